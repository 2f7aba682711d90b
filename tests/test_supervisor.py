"""The supervisor on small programs: what dies comes back, what is stopped is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.supervisor import MOST_FAILURES, GaveUp, Program, Supervisor
from tests.processes import alive, descendants, until

SLEEPER = "import time; time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); " + SLEEPER
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"


def program(name: str, code: str, stage: int = 1) -> Program:
    return Program(name, [sys.executable, "-c", code], stage=stage)


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def start(*programs: Program, grace: float = 10) -> Supervisor:
        made.append(Supervisor(programs, grace))
        made[-1].watch()
        return made[-1]

    yield start
    for supervisor in made:
        if not supervisor.stopping:
            supervisor.stop()


def leader(supervisor: Supervisor, index: int = 0) -> int:
    process = supervisor.children[index].process
    assert process is not None
    return process.pid


def watch_until(supervisor: Supervisor, condition: Callable[[], object], what: str) -> None:
    def watched() -> object:
        supervisor.watch()
        return condition()

    until(watched, what)


def test_a_program_that_was_killed_is_started_again(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(program("one", SLEEPER))
    first = leader(supervisor)
    os.kill(first, signal.SIGKILL)
    child = supervisor.children[0]
    watch_until(supervisor, lambda: child.process and child.process.pid != first, "a new process")


def test_who_comes_last_waits_to_be_called_and_is_started_again_like_the_others(
    supervise: Callable[..., Supervisor],
) -> None:
    last = Program("two", [sys.executable, "-c", SLEEPER], last=True)
    supervisor = supervise(program("one", SLEEPER), last)
    first, second = supervisor.children
    assert first.process
    supervisor.watch()
    assert second.process is None
    supervisor.start_last()
    supervisor.watch()
    killed = leader(supervisor, 1)
    supervisor.start_last()  # which changes nothing for those who have begun
    os.kill(killed, signal.SIGKILL)
    watch_until(supervisor, lambda: second.process and second.process.pid != killed, "a new process")


def test_what_a_killed_program_had_started_goes_with_it(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(program("pool", PARENT))
    first = leader(supervisor)
    until(lambda: descendants(first), "its child")
    below = descendants(first)
    os.kill(first, signal.SIGKILL)
    watch_until(supervisor, lambda: not alive(below), "its child to be gone")


def test_a_program_that_never_stays_is_given_up_with_its_last_words(
    supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    supervisor = supervise(program("bad", "import sys; sys.exit('no such table')"))
    child, waits = supervisor.children[0], list[float]()

    def due_at_once() -> bool:
        if not child.process:  # its back-off, noted and not sat out
            waits.append(child.start_at - time.monotonic())
            child.start_at = 0
        return False

    with pytest.raises(GaveUp, match=rf"bad ended {MOST_FAILURES} times.*\n(no such table\n?)+"):
        watch_until(supervisor, due_at_once, "it to be given up")
    assert len(waits) > 1
    assert waits == sorted(waits)
    assert "bad | no such table" in capfd.readouterr().out


def test_stop_leaves_nothing_not_even_what_ignores_it(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(program("deaf", STUBBORN), program("pool", PARENT), grace=0.5)
    until(lambda: supervisor.children[0].lines, "the stubborn one to be deaf")
    until(lambda: descendants(leader(supervisor, 1)), "the pool's child")
    leaders = [leader(supervisor, 0), leader(supervisor, 1)]
    below = {*leaders, *descendants(leaders[1])}
    supervisor.stop()
    until(lambda: not alive(below), "what was killed to be gone")


def test_a_lower_stage_outlives_the_higher_ones(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    note = "import signal, sys, time, pathlib\n"
    note += "def end(*_):\n time.sleep({wait}); pathlib.Path({path!r}).open('a').write('{name} '); sys.exit()\n"
    note += "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(600)"
    path = str(tmp_path / "order")
    supervisor = supervise(
        program("broker", note.format(wait=0, path=path, name="broker"), stage=0),
        program("worker", note.format(wait=0.5, path=path, name="worker")),
    )
    until(lambda: all(child.lines for child in supervisor.children), "both to be up")
    supervisor.stop()
    assert Path(path).read_text() == "worker broker "


def test_a_second_request_to_stop_ends_the_grace(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(program("deaf", STUBBORN), grace=600)
    until(lambda: supervisor.children[0].lines, "it to be deaf")
    supervisor.request_stop(signal.SIGINT, None)
    supervisor.request_stop(signal.SIGINT, None)
    supervisor.stop()  # without the second request this would take ten minutes
    assert supervisor.guardian.poll() is not None


def test_a_second_request_counts_for_a_guardian_that_has_to_be_replaced(
    supervise: Callable[..., Supervisor],
) -> None:
    supervisor = supervise(program("deaf", STUBBORN), grace=600)
    until(lambda: supervisor.children[0].lines, "it to be deaf")
    supervisor.guardian.kill()
    supervisor.guardian.wait()
    supervisor.request_stop(signal.SIGINT, None)
    supervisor.request_stop(signal.SIGINT, None)
    supervisor.stop()
    process = supervisor.children[0].process
    assert process
    assert process.returncode == -signal.SIGKILL


def test_no_child_survives_a_guardian_that_is_killed_while_it_stops_them(
    supervise: Callable[..., Supervisor],
) -> None:
    supervisor = supervise(program("deaf", STUBBORN), program("pool", PARENT), grace=600)
    until(lambda: supervisor.children[0].lines, "the stubborn one to be deaf")
    until(lambda: descendants(leader(supervisor, 1)), "the pool's child")
    leaders = [leader(supervisor, 0), leader(supervisor, 1)]
    below = {*leaders, *descendants(leaders[1])}
    supervisor.rest = lambda _: supervisor.guardian.kill()
    supervisor.stop()
    until(lambda: not alive(below), "all to be gone")


def test_the_guardian_is_replaced_and_knows_everyone(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(program("one", SLEEPER))
    pid, guardian = leader(supervisor), supervisor.guardian.pid
    os.kill(guardian, signal.SIGKILL)
    watch_until(supervisor, lambda: supervisor.guardian.pid != guardian, "a new guardian")
    supervisor.stop()
    until(lambda: not alive([pid]), "it to be gone")


def test_no_child_survives_a_killed_supervisor() -> None:
    code = (
        "import sys, time; from service.supervisor import Program, Supervisor\n"
        f"s = Supervisor([Program('one', [sys.executable, '-c', {SLEEPER!r}])]); s.watch()\n"
        "print('told', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "told\n"  # the guardian, of the child
        below = descendants(process.pid)
        assert len(below) == 2
        process.kill()
    until(lambda: not alive(below), "all to be gone")
