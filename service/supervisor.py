"""Starts a few programs, prefixes their lines, restarts those that die, and stops them all with itself.

Knows nothing of what it runs; `service.up` says that.
"""

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE_SECONDS = 10.0
STEADY_SECONDS = 10.0  # a child that lived this long was not failing at its start
MOST_FAILURES = 5
KEPT_LINES = 15
GUARDIAN = Path(__file__).with_name("guardian.py")


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stage: int = 1  # higher stages are stopped first
    standard_input: str = ""  # a configuration with a password, which a command line would show to everyone
    marked: bool = True  # its lines, with its name; otherwise it writes where the supervisor does
    inherited: Sequence[int] = ()  # file descriptors that it is given
    last: bool = False  # it is not started before `Supervisor.start_last`


class GaveUp(Exception):
    """A child died at its start again and again; the text has its last lines."""


class Child:
    """One program: its process now, and how often it failed to stay."""

    def __init__(self, program: Program, width: int) -> None:
        self.program = program
        self.prefix = f"{program.name:<{width}} | "
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.failures = 0
        self.process: subprocess.Popen[str] | None = None
        self.since = 0.0
        self.start_at = math.inf if program.last else 0.0

    def start(self) -> int:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, and its group can be killed.
        self.process = subprocess.Popen(
            self.program.command,
            env={**os.environ, **self.program.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if self.program.marked else None,
            stderr=subprocess.STDOUT if self.program.marked else None,
            pass_fds=self.program.inherited,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.since = time.monotonic()
        threading.Thread(target=self.copy_lines, args=(self.process,), daemon=True).start()
        return self.process.pid

    def copy_lines(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(self.program.standard_input)
        if process.stdout is None:
            return
        with process.stdout:
            for line in process.stdout:
                self.lines.append(line.rstrip("\n"))
                print(self.prefix + line.rstrip("\n"), flush=True)

    def died(self) -> None:
        """Count the death, and set when to start again: at once, then later and later."""
        assert self.process is not None
        status, self.process = self.process.returncode, None
        steady = time.monotonic() - self.since > STEADY_SECONDS
        self.failures = 1 if steady else self.failures + 1
        if self.failures == MOST_FAILURES:
            said = "\n".join(self.lines)
            raise GaveUp(f"{self.program.name} ended {MOST_FAILURES} times at its start; its last lines:\n{said}")
        wait = 0.0 if self.failures == 1 else 0.25 * 2**self.failures
        self.start_at = time.monotonic() + wait
        print(f"{self.prefix}ended ({describe(status)}); starting it again in {wait:g} s", flush=True)


class Supervisor:
    """Children and their guardian. `watch` is to be called often; `stop` always, at the end.

    Attributes:
        rest: passes that many seconds, or somewhat less; who has something to do meanwhile puts it here.
    """

    def __init__(self, programs: Sequence[Program], grace: float = GRACE_SECONDS) -> None:
        width = max(len(program.name) for program in programs)
        self.children = [Child(program, width) for program in programs]
        self.grace = grace
        self.stopping = False
        self.rest: Callable[[float], None] = time.sleep
        self.guardian = start_guardian(grace)

    def handle_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.request_stop)

    def start_last(self) -> None:
        """From now on those run that come last, so that they did not hold up what others wait for."""
        for child in self.children:
            if child.start_at == math.inf:
                child.start_at = 0.0

    def request_stop(self, _signal: int, _frame: object) -> None:
        """Only note it, so that no start is cut in half; asked twice, nobody gets any more grace."""
        if self.stopping:
            self.grace = 0.0  # for a guardian that has to be replaced
            self.guardian.terminate()
        self.stopping = True

    def watch(self) -> None:
        """Notice who died, start who is due."""
        if self.guardian.poll() is not None:
            self.replace_guardian()
        for child in self.children:
            if child.process and child.process.poll() is not None:
                self.bury(child)
            if not child.process and time.monotonic() >= child.start_at:
                leader = child.start()
                self.tell(f"+{leader} {child.program.stage}")

    def bury(self, child: Child) -> None:
        assert child.process is not None
        leader = child.process.pid
        kill_group(leader)  # its own children, a pool's processes say, may have outlived it
        self.tell(f"-{leader}")
        child.died()

    def tell(self, line: str) -> None:
        assert self.guardian.stdin is not None
        # A guardian that was killed is replaced at the next watch, and told of everyone then.
        with contextlib.suppress(BrokenPipeError):
            self.guardian.stdin.write(line + "\n")
            self.guardian.stdin.flush()

    def replace_guardian(self) -> None:
        assert self.guardian.stdin is not None
        self.guardian.stdin.close()
        self.guardian = start_guardian(self.grace)
        for child in self.children:
            if child.process:
                self.tell(f"+{child.process.pid} {child.program.stage}")

    def stop(self) -> None:
        """Let the guardian stop everyone, and reap them meanwhile so that it sees them gone."""
        self.stopping = True
        if self.guardian.poll() is not None:
            self.replace_guardian()
        assert self.guardian.stdin is not None
        self.guardian.stdin.close()
        while self.guardian.poll() is None:
            for child in self.children:
                if child.process:
                    child.process.poll()
            self.rest(0.02)
        # It may have been killed before it was done: a SIGTERM may find it without its handler yet.
        unfinished = self.guardian.returncode != 0
        for child in self.children:
            if child.process:
                if unfinished:
                    kill_group(child.process.pid)
                child.process.wait()


def kill_group(leader: int) -> None:
    # Gone already, or (macOS) a group of nothing but zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def start_guardian(grace: float) -> subprocess.Popen[str]:
    # Isolated and without site-packages, so that it is there before the first child.
    command = [sys.executable, "-I", "-S", str(GUARDIAN), str(grace)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)


def describe(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
