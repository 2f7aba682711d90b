"""Stops the children of `python -m service up` when it ends, however it ended (kill -9 included).

Runs as a process of its own that outlives its parent by moments. The parent names its children's process groups
on this standard input, `+PID STAGE` and `-PID`. When that closes, groups are stopped, the highest stage first:
SIGTERM to each leader, SIGKILL to what is left of its group after the grace. SIGTERM ends the grace at once.
Standard library only: it must start in moments and hold nothing.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable

POLL_SECONDS = 0.05


def main() -> None:
    grace = float(sys.argv[1])
    hurry = False

    def no_grace(_signal: int, _frame: object) -> None:
        nonlocal hurry
        hurry = True

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, no_grace)
    stages = read_stages()
    for stage in sorted(set(stages.values()), reverse=True):
        leaders = [leader for leader, of in stages.items() if of == stage]
        for leader in leaders:
            send(os.kill, leader, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while any(map(exists, leaders)) and not hurry and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        for leader in leaders:
            send(os.killpg, leader, signal.SIGKILL)


def read_stages() -> dict[int, int]:
    """The groups that are left when the parent closes the pipe, each with its stage."""
    stages: dict[int, int] = {}
    for line in sys.stdin:
        leader, _, stage = line[1:].partition(" ")
        if line.startswith("+"):
            stages[int(leader)] = int(stage)
        else:
            stages.pop(int(leader), None)
    return stages


def exists(leader: int) -> bool:
    try:
        os.kill(leader, 0)
    except OSError:
        return False
    return True


def send(kill: Callable[[int, int], None], leader: int, number: int) -> None:
    # Gone already, or (macOS) a group of nothing but zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        kill(leader, number)


if __name__ == "__main__":
    main()
