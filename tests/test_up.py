"""`python -m service up` with its real processes: everything starts, what is killed comes back, nothing is left."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from service.up import PARTS, free_port
from tests.processes import alive, descendants, until
from tests.service.releases import tiny_release
from training.domains import SEASONS

pytestmark = pytest.mark.timeout(300)


class Up:
    """One `up`, its output in a file."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.log = folder / "up.log"
        mine = {"INIT_PORT": str(self.port), "INIT_DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1"}
        inherited = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service", "up"],
                env={**inherited, **mine, **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def has_said(self, words: str) -> bool:
        assert self.process.poll() is None, f"it ended:\n{self.said}"
        return words in self.said

    def wait_for(self, words: str) -> None:
        until(lambda: self.has_said(words), f"{words!r} in\n{self.said}", seconds=240)

    def health(self) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}/health/ready", trust_env=False, timeout=60)

    def children(self) -> dict[int, str]:
        return descendants(self.process.pid)

    def child(self, part: str) -> int | None:
        found = [pid for pid, command in self.children().items() if command.endswith(f"-m service {part}")]
        return found[0] if found else None

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(**settings: str) -> Up:
        started.append(Up(tmp_path, **settings))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def run_up(**settings: str) -> subprocess.CompletedProcess[str]:
    """An `up` that is expected to end at once."""
    environment = {**os.environ, **settings}
    command = [sys.executable, "-m", "service", "up"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_it_gets_ready_revives_a_killed_worker_and_leaves_nothing_on_ctrl_c(
    up: Callable[..., Up], tmp_path: Path
) -> None:
    tiny_release(tmp_path / "releases")
    running = up(INIT_RELEASES_DIR=str(tmp_path / "releases"))
    running.wait_for(f"INIT Studio is ready: http://127.0.0.1:{running.port}")
    assert running.health().status_code == 200
    until(lambda: running.health().json()["checks"]["worker"]["ok"], "the worker to answer")
    until(lambda: all(map(running.child, PARTS)), "those that nobody waits for to be started")

    worker = running.child("worker")
    assert worker
    os.kill(worker, signal.SIGKILL)
    until(lambda: running.child("worker") not in (None, worker), "another worker")
    running.wait_for("ended (signal SIGKILL); starting it again")

    family = running.children()
    assert running.end(signal.SIGINT) == 0, running.said
    until(lambda: not alive(family), "all to be gone")


def test_without_a_release_it_is_up_and_says_what_is_missing(up: Callable[..., Up], tmp_path: Path) -> None:
    running = up(INIT_RELEASES_DIR=str(tmp_path / "none"))
    running.wait_for("INIT Studio is ready")
    until(lambda: all(map(running.child, PARTS)), "all to be started")
    assert "faces: No release of faces is promoted" in running.said


def test_a_domain_without_a_model_is_told_and_not_waited_for(up: Callable[..., Up], tmp_path: Path) -> None:
    tiny_release(tmp_path / "releases")
    tiny_release(tmp_path / "releases", domain=SEASONS, promote=False)
    running = up(INIT_RELEASES_DIR=str(tmp_path / "releases"))
    running.wait_for("INIT Studio is ready")
    running.wait_for("seasons: No release of seasons is promoted; run `python -m training promote seasons tiny`")
    assert running.health().status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_stopped_while_it_starts(up: Callable[..., Up], number: signal.Signals) -> None:
    running = up()
    until(lambda: running.child("worker"), "the first to be started")
    family = running.children()
    assert running.end(number) == 0, running.said
    assert "is ready" not in running.said
    until(lambda: not alive(family), "all to be gone")


def test_nothing_survives_when_it_is_killed(up: Callable[..., Up]) -> None:
    running = up()
    running.wait_for(" | ")  # a part has said something, by when the guardian has been told of those before it
    family = running.children()
    running.end(signal.SIGKILL)
    until(lambda: not alive(family), "all to be gone")


def test_a_taken_port_is_one_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run_up(INIT_PORT=port, INIT_DATA_DIR=str(tmp_path / "data"))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert port in ended.stderr
    assert "INIT_PORT=" in ended.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "nonsense", "redis://host.invalid:6379/0"])
def test_a_broken_redis_url_is_one_sentence(tmp_path: Path, url: str) -> None:
    ended = run_up(REDIS_URL=url, INIT_PORT=str(free_port()), INIT_DATA_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "REDIS_URL" in ended.stderr


def test_a_setting_that_cannot_be_is_one_sentence() -> None:
    ended = run_up(INIT_PORT="eighty")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "INIT_PORT" in ended.stderr
    assert "eighty" in ended.stderr
