"""The engine's gate: who is let in, who is told to come back and when, and what is known of a request inside."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.engine import admission
from service.engine.admission import Abandoned, Gate
from service.errors import ServiceError


class Clock:
    """Stands for the module time."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    perf_counter = monotonic


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the gate reads, moved by tests."""
    clock = Clock()
    monkeypatch.setattr(admission, "time", clock)
    return clock


def refused(gate: Gate, bulk: bool = False, seconds: float = math.inf) -> ServiceError | None:
    """Why a request is not let in."""
    try:
        with gate.enter(bulk, seconds):
            return None
    except ServiceError as error:
        return error


def spend(gate: Gate, clock: Clock, seconds: float, times: int = 100) -> None:
    """Has requests take so long, one after another."""
    for _ in range(times):
        with gate.enter(False, math.inf):
            clock.now += seconds


def test_as_many_are_let_in_as_there_are_places(clock: Clock) -> None:
    gate = Gate(2)
    with gate.enter(False, 30), gate.enter(False, 30) as second:
        assert gate.inside == 2
        assert second.place == 2, "in the order in which they came"
        error = refused(gate)
        assert error
        assert error.problem.code == "too_busy"
    assert gate.inside == 0
    assert refused(gate) is None


def test_when_to_come_back_follows_from_how_long_requests_took(clock: Clock) -> None:
    gate = Gate(4)
    spend(gate, clock, 10.0)
    with gate.enter(False, 60), gate.enter(False, 60), gate.enter(False, 60), gate.enter(False, 60):
        error = refused(gate)
        assert error
        assert error.retry_after == 20, "half of the four at ten seconds each"


def test_who_could_not_be_answered_in_time_is_not_let_in(clock: Clock) -> None:
    gate = Gate(64)
    spend(gate, clock, 10.0)
    with gate.enter(False, 30), gate.enter(False, 30), gate.enter(False, 30):
        assert refused(gate, seconds=25)
        assert refused(gate, seconds=35) is None


def test_bulk_takes_half_of_the_places(clock: Clock) -> None:
    gate = Gate(3)
    with gate.enter(True, 30), gate.enter(True, 30):
        assert refused(gate, bulk=True)
        assert refused(gate) is None
    with Gate(1).enter(True, 30):
        pass


def test_a_request_knows_when_nobody_waits_for_it_any_more(clock: Clock) -> None:
    with Gate(1).enter(False, 30) as request:
        request.check()
        clock.now += 31
        with pytest.raises(Abandoned):
            request.check()
    with Gate(1).enter(False, 30) as gone:
        pass
    with pytest.raises(Abandoned), gone.stage("decode"):
        pytest.fail("work for nobody")


def test_stages_add_up(clock: Clock) -> None:
    with Gate(1).enter(False, 30) as request:
        for _ in range(2):
            with request.stage("decode"):
                clock.now += 0.5
    assert request.timings.decode == pytest.approx(1000)


def test_places_are_counted_rightly_from_many_threads() -> None:
    gate, most, lock = Gate(1000), 0, threading.Lock()

    def visit(_: int) -> int:
        nonlocal most
        with gate.enter(False, 60) as request:
            with lock:
                most = max(most, gate.inside)
            time.sleep(0)
            return request.place

    with ThreadPoolExecutor(8) as threads:
        places = list(threads.map(visit, range(400)))
    assert sorted(places) == list(range(1, 401))
    assert 1 <= most <= 8
    assert gate.inside == 0
