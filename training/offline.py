"""OpenVINO without its telemetry: `from .offline import openvino as ov`, never `import openvino`.

Importing openvino reports the use of it to an analytics service over the network, and so do its converter and NNCF,
unless the package that does the reporting is not to be had. So it is hidden from them before they are imported; NNCF
must be imported after this module.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # how Python says that there is none

import openvino  # noqa: E402 - see above

__all__ = ["openvino"]
