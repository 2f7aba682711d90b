"""Runs a command that must not outlive whoever started it: `python leash.py GRACE COMMAND...`.

When its standard input closes, because whoever started it asks it to stop or is gone (kill -9 included), the command
gets SIGTERM, and what is left of its group SIGKILL after GRACE seconds. Ends as the command did.
Standard library only: it starts in moments and holds nothing.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

POLL_SECONDS = 0.05


def main() -> int:
    """The command's exit code; 128 and its number where a signal ended it, as shells have it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it lives as long as the command
    grace, command = float(sys.argv[1]), sys.argv[2:]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_heed_signals)
    deadline = None
    while child.poll() is None and (deadline is None or time.monotonic() < deadline):
        if deadline is not None:
            time.sleep(POLL_SECONDS)
        elif select.select([sys.stdin], [], [], POLL_SECONDS)[0]:  # nothing is ever written to it
            child.terminate()
            deadline = time.monotonic() + grace
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone, or (macOS) nothing but zombies
        os.killpg(child.pid, signal.SIGKILL)
    status = child.wait()
    return status if status >= 0 else 128 - status


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
