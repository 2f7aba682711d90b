"""Threads that compute stand back behind the one that answers.

Under overload they would take its share of the processor, so that a request is not even read, let alone refused, for
seconds.
"""

import os
import sys
import threading

NICER = 5  # than the event loop, which is then given about three times the share of each of them, if it wants it
LAST = 19
_BASE = os.getpriority(os.PRIO_PROCESS, 0) if sys.platform == "linux" else 0  # before anybody stood back


def stand_back() -> None:
    """Lowers the priority of the calling thread, and with it of those that it is going to start, for good."""
    if sys.platform != "linux":  # elsewhere priorities are the whole process's
        return
    thread = threading.get_native_id()
    wanted = min(LAST, _BASE + NICER)
    if wanted > os.getpriority(os.PRIO_PROCESS, thread):
        os.setpriority(os.PRIO_PROCESS, thread, wanted)
