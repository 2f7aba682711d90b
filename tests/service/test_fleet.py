"""Several API processes on one address, as processes: who dies comes back, and what was accepted is answered."""

import errno
import os
import re
import resource
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import httpx
import pytest

from service import fleet
from service.fleet import bind, run
from service.metrics import Metrics
from service.noticeboard import Noticeboard
from service.seat import Seat, say_closed, say_ready, take
from service.settings import Settings
from service.usher import Usher
from tests.processes import descendants
from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.running import Running, running_service, wait_for
from tests.service.uploads import form, upload

pytestmark = pytest.mark.timeout(300)
PATIENCE = 120.0  # a bound against hanging, not a measure


@pytest.fixture
def running(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    """Two processes; INIT_API_MODELS is the fixture's parameter, or "each"."""
    tiny_release(tmp_path / "releases")
    settings = {"INIT_API_PROCESSES": "2", "INIT_RUNTIME": "torch", "INIT_DEADLINE_SECONDS": "100"}
    settings["INIT_API_MODELS"] = getattr(request, "param", "each")
    with running_service(tmp_path, tmp_path / "releases", parts=["api"], environment=settings) as running:
        yield running


def processes(running: Running) -> dict[int, str]:
    """Those that serve: the number of each by its process id."""
    found = descendants(running.processes["api"].pid).items()
    return {pid: each[1] for pid, command in found if (each := re.search(r"service\.fleet (\d)", command))}


def metrics(running: Running) -> str:
    return httpx.get(f"{running.url}/metrics", timeout=PATIENCE, trust_env=False).text


def edited(running: Running) -> dict[str, float]:
    """How many photos each of them says it has edited, as any of them tells it."""
    done = r'init_request_seconds_count\{.*process="(\d)".*translate",status="200"\} ([\d.]+)'
    found = re.findall(done, metrics(running))
    return {number: float(count) for number, count in found}


def edit(running: Running, image: bytes | None = None) -> int:
    """Has a photo edited, on a connection of its own; the answer's status."""
    address = f"{running.url}/v1/faces/translate"
    return httpx.post(address, timeout=PATIENCE, trust_env=False, **form(image)).status_code


def test_all_of_them_serve_and_each_tells_what_all_have_done(running: Running) -> None:
    wait_for(lambda: len(processes(running)) == 2, PATIENCE, running.logs)
    large, sent = photos.encoded(photos.portrait(0, (890, 1090)), "PNG"), 0

    def both_have() -> bool:
        nonlocal sent
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda _: edit(running, large), range(4))) == [200] * 4
        sent += 4
        return len(edited(running)) == 2

    wait_for(both_have, PATIENCE, running.logs)
    wait_for(lambda: sum(edited(running).values()) == sent, PATIENCE, lambda: f"{sent}, {edited(running)}")


def test_one_that_is_killed_comes_back_and_the_other_serves_meanwhile(running: Running) -> None:
    wait_for(lambda: len(processes(running)) == 2, PATIENCE, running.logs)
    before = processes(running)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    answers = []

    def is_back() -> bool:
        answers.append(edit(running))
        now = processes(running)
        return victim not in now and sorted(now.values()) == sorted(before.values())

    wait_for(is_back, PATIENCE, running.logs)
    assert answers == [200] * len(answers)


@pytest.mark.parametrize("running", ["shared"], indirect=True)
def test_when_the_process_of_the_models_is_killed_requests_wait_for_the_next(running: Running) -> None:
    def host() -> list[int]:
        found = descendants(running.processes["api"].pid).items()
        return [pid for pid, command in found if "service.model_host" in command]

    wait_for(lambda: len(processes(running)) == 2, PATIENCE, running.logs)
    (victim,) = host()
    with ThreadPoolExecutor(3) as pool:
        under_way = [pool.submit(edit, running) for _ in range(12)]
        os.kill(victim, signal.SIGKILL)
        answers = [each.result() for each in under_way]
    assert answers == [200] * 12, running.logs()
    assert host() not in ([], [victim])

    def tells() -> bool:
        return bool(re.search(r'init_batch_size_count\{.*process="models"', metrics(running)))

    wait_for(tells, PATIENCE, running.logs)


@pytest.mark.parametrize("running", ["shared"], indirect=True)
def test_what_was_accepted_before_sigterm_is_answered_and_nothing_is_left(running: Running) -> None:
    process = running.processes["api"]
    with upload(running.url) as half:
        half.send_head()
        in_flight = re.compile(r'init_in_flight\{process="\d"\} 1')
        wait_for(lambda: bool(in_flight.search(metrics(running))), PATIENCE, running.logs)
        family = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        half.send_body()
        status, _, body = half.answer()
    assert (status, body[-2:]) == (200, b"\xff\xd9")
    assert process.wait(PATIENCE) == 0, running.logs()
    del running.processes["api"]
    assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []


def test_a_board_tells_the_series_of_all_by_the_number_of_each(tmp_path: Path) -> None:
    text = b"# HELP a_total Counts.\n# TYPE a_total counter\na_total 2.0\n"
    Noticeboard(tmp_path, "1").put(text)
    told = Noticeboard(tmp_path, "2").merged(text.replace(b"2.0", b"3.0")).decode()
    assert told.count("# TYPE a_total counter") == 1
    assert [line for line in told.splitlines() if not line.startswith("#")] == [
        'a_total{process="1"} 2.0',
        'a_total{process="2"} 3.0',
    ]


class Child:
    """Who has taken a seat, as the usher sees it."""

    def __init__(self) -> None:
        self.process: SimpleNamespace | None = SimpleNamespace(returncode=None)


def test_an_address_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings.model_validate({"port": taken.getsockname()[1], "api_processes": 2})
        assert run(settings) == 1
    assert "cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wanted", "gpus", "cores", "count"),
    [
        ({}, 0, 16, 1),
        ({}, 1, 16, 12),
        ({}, 1, 6, 4),
        ({}, 1, 1, 1),
        ({}, 2, 64, 12),
        ({"runtime": "openvino-int8"}, 1, 16, 1),
        ({"api_processes": 3}, 1, 16, 3),
        ({"api_processes": 1}, 1, 16, 1),
    ],
)
def test_beside_a_gpu_there_are_as_many_processes_as_the_cores_bear_unless_it_is_said(
    monkeypatch: pytest.MonkeyPatch, wanted: dict[str, object], gpus: int, cores: int, count: int
) -> None:
    monkeypatch.setattr(fleet, "count_gpus", lambda: gpus)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert fleet.processes(Settings.model_validate(wanted)) == count


@dataclass
class Door:
    """Two seats with an usher at an address."""

    seats: list[Seat]
    children: list[Child]
    usher: Usher
    address: tuple[str, int]
    clients: ExitStack

    def come(self, count: int) -> list[socket.socket]:
        """So many connect, and are shown to their seats."""
        found = [self.clients.enter_context(socket.create_connection(self.address, timeout=10)) for _ in range(count)]
        self.usher.rest(0.2)
        return found


@pytest.fixture
def door() -> Iterator[Door]:
    with ExitStack() as stack:
        (listener,) = [stack.enter_context(each) for each in bind("127.0.0.1", 0)]
        seats, children = [stack.enter_context(Seat()) for _ in range(2)], [Child(), Child()]
        pairs = dict(zip(seats, children, strict=True))
        usher = stack.enter_context(Usher([listener], pairs))  # type: ignore[arg-type]  # stand-ins
        yield Door(seats, children, usher, listener.getsockname(), stack)


def test_nobody_listens_before_one_can_serve(door: Door) -> None:
    door.usher.rest(0.1)
    with pytest.raises(ConnectionRefusedError):
        door.come(1)
    say_ready(door.seats[1].theirs)
    door.usher.rest(0.1)
    door.come(1)
    assert [seat.connections for seat in door.seats] == [None, 1]


def test_who_has_the_fewest_connections_is_given_the_next(door: Door) -> None:
    for seat in door.seats:
        say_ready(seat.theirs)
    door.usher.rest(0.1)
    door.come(6)
    assert [seat.connections for seat in door.seats] == [3, 3]
    say_closed(door.seats[0].theirs, 2)
    door.usher.rest(0.1)
    door.come(2)
    assert [seat.connections for seat in door.seats] == [3, 3]


def test_what_one_who_died_had_not_taken_goes_to_another(door: Door) -> None:
    say_ready(door.seats[0].theirs)
    door.usher.rest(0.1)
    (client,) = door.come(1)
    say_ready(door.seats[1].theirs)
    door.usher.rest(0.1)
    door.children[0].process = SimpleNamespace(returncode=None)  # it died, and another has taken its seat
    door.usher.rest(0.1)
    assert [seat.connections for seat in door.seats] == [None, 1]
    given = take(door.seats[1].theirs)
    assert given is not None
    with given:
        given.sendall(b"here")
        assert client.recv(4) == b"here"


def test_what_was_with_the_last_who_died_waits_for_the_next_who_can_serve(door: Door) -> None:
    say_ready(door.seats[0].theirs)
    door.usher.rest(0.1)
    (client,) = door.come(1)
    door.children[0].process = None
    door.usher.rest(0.1)
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(1)  # it is still open
    say_ready(door.seats[1].theirs)
    door.usher.rest(0.1)
    given = take(door.seats[1].theirs)
    assert given is not None
    given.close()


def test_one_that_has_ended_is_given_nothing(door: Door) -> None:
    for seat in door.seats:
        say_ready(seat.theirs)
    door.usher.rest(0.1)
    door.children[0].process = None
    door.come(2)
    assert [seat.connections for seat in door.seats] == [None, 2]


def test_at_a_seat_one_hears_that_nobody_gives_any_more() -> None:
    with Seat() as seat:
        assert take(seat.theirs) is None
        theirs = seat.theirs.dup()
    with theirs, pytest.raises(EOFError):
        take(theirs)


def test_a_connection_that_could_not_be_taken_is_lost_alone_and_no_longer_counted() -> None:
    with Seat() as seat, socket.socket() as connection:
        say_ready(seat.theirs)
        seat.hear()
        assert seat.give(connection)
        assert seat.give(connection)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        os.close(lowest := os.dup(0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))  # as many files are open as may be
        try:
            assert take(seat.theirs) is None
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert seat.give(connection)
        taken = take(seat.theirs)
        assert taken
        taken.close()
        seat.hear()
        assert seat.connections == 1


def test_who_cannot_be_given_more_is_not_and_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ETOOMANYREFS, "Too many references: cannot splice")

    with Seat() as seat, socket.socket() as connection:
        say_ready(seat.theirs)
        seat.hear()
        monkeypatch.setattr(socket, "send_fds", full)
        assert not seat.give(connection)
        assert seat.connections == 0


def test_what_all_have_counted_is_put_together_once_however_many_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, put_up, board, metrics = [100.0], Event(), Noticeboard(tmp_path, "1"), Metrics()

    def rest(_: float) -> None:
        put_up.set()
        Event().wait()

    monkeypatch.setattr("service.metrics.time", SimpleNamespace(monotonic=lambda: now[0], sleep=rest))
    metrics.share(board)
    assert put_up.wait(60)
    first = metrics.text()
    metrics.rejected("faces", "too_busy")
    assert metrics.text() is first
    now[0] += 2
    assert re.search(rb"init_rejections_total\{.*too_busy.*\} 1\.0", metrics.text())
