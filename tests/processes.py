"""What is running, for tests that start and stop real processes."""

import subprocess
import time
from collections.abc import Callable, Iterable


def table() -> dict[int, tuple[int, str, str]]:
    """Every process: its parent, its state and its command line."""
    lines = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    rows = (line.split(None, 3) for line in lines)
    return {int(row[0]): (int(row[1]), row[2], row[3] if len(row) > 3 else "") for row in rows}


def descendants(root: int) -> dict[int, str]:
    """The command lines of all processes below this one."""
    processes = table()
    family, found = {root}, dict[int, str]()
    while grown := {pid for pid, (parent, _, _) in processes.items() if parent in family} - family:
        family |= grown
        found |= {pid: processes[pid][2] for pid in grown}
    return found


def alive(pids: Iterable[int]) -> dict[int, str]:
    """Those that still run; a zombie does not, somebody just has not asked how it ended."""
    processes = table()
    return {pid: processes[pid][2] for pid in pids if pid in processes and not processes[pid][1].startswith("Z")}


def until(condition: Callable[[], object], what: str, seconds: float = 90) -> None:
    """Wait for it; a bound against hanging, not a measure."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.1)
