"""OpenVINO without its telemetry and safe for threads: `from .offline import openvino as ov`, never `import openvino`.

Importing openvino reports the use of it to an analytics service over the network, and so do its converter and NNCF,
unless the package that does the reporting is not to be had. So it is hidden from them before they are imported; NNCF
must be imported after this module.

Which of NumPy's types its own are, openvino looks up when it is first given an array. Two threads that do so at once
can lock up the whole process: one waits for the GIL and has the lock of the lookup, the other waits for that lock and
has the GIL. So it is looked up here, while whoever else imports this module waits.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # how Python says that there is none

import openvino  # noqa: E402 - see above

openvino.Type.f32.to_dtype()  # see above

__all__ = ["openvino"]
