"""Schedules: what is due is done once, whatever beats and clocks do."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.models import Job
from service.jobs.schedules import Schedules
from service.jobs.store import JobStore

NIGHTLY = "0 3 * * *"


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


class Beat:
    """One beat's view of a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.schedules, self.store = Schedules(database, clock), JobStore(database, clock)
        self.enqueued: list[Job] = []

    def act(self) -> int:
        """How many evaluations it has asked for now."""
        return self.schedules.act(self.store, self.enqueued.append)


@pytest.fixture
def clock() -> Clock:
    """Noon."""
    return Clock()


@pytest.fixture
def beat(database: Database, clock: Clock) -> Beat:
    """A beat with faces scheduled nightly since noon."""
    beat = Beat(database, clock)
    beat.schedules.put("faces", NIGHTLY, True)
    return beat


def jobs(beat: Beat) -> int:
    """How many there are."""
    return beat.store.list(100, 0)[1]


def test_a_tick_is_done_when_it_comes_and_once(beat: Beat, clock: Clock) -> None:
    assert beat.act() == 0, "this morning was before the schedule"
    clock.now += timedelta(hours=15)
    assert [beat.act(), beat.act()] == [1, 0]
    (job,) = beat.enqueued
    assert (job.kind, job.domain, job.state) == ("evaluation", "faces", "queued")
    clock.now += timedelta(hours=24)
    assert [beat.act(), jobs(beat)] == [0, 1], "while one waits, no other is asked for"
    beat.store.cancel(job.id)
    clock.now += timedelta(hours=24)
    assert beat.act() == 1
    assert jobs(beat) == 2


def test_what_was_missed_is_made_up_for_once(beat: Beat, clock: Clock) -> None:
    clock.now += timedelta(days=30)
    assert [beat.act(), beat.act()] == [1, 0]


def test_a_clock_that_goes_back_repeats_nothing(beat: Beat, clock: Clock) -> None:
    clock.now += timedelta(days=2)
    assert beat.act() == 1
    clock.now -= timedelta(days=1)
    assert beat.act() == 0
    clock.now += timedelta(days=1)
    assert beat.act() == 0


def test_two_beats_at_once_make_one_job(beat: Beat, database: Database, clock: Clock) -> None:
    clock.now += timedelta(days=1)
    beats = [Beat(database, clock) for _ in range(2)]
    for _ in range(10):
        together, acted = threading.Barrier(2), list[int]()

        def tick(one: Beat, together: threading.Barrier = together, acted: list[int] = acted) -> None:
            together.wait(60)
            acted.append(one.act())

        threads = [threading.Thread(target=tick, args=(one,)) for one in beats]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(acted) == [0, 1]
        beat.store.cancel(beat.store.list(1, 0)[0][0].id)
        clock.now += timedelta(days=1)
    assert jobs(beat) == sum(len(one.enqueued) for one in beats) == 10


def test_a_beat_that_dies_before_it_has_moved_on_loses_nothing(
    beat: Beat, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now += timedelta(days=1)

    def die(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Schedules, "_move", die)
        with pytest.raises(KeyboardInterrupt):
            beat.act()
    assert [beat.act(), jobs(beat)] == [1, 1]


def test_a_schedule_can_be_changed_stopped_and_removed(beat: Beat, clock: Clock) -> None:
    beat.schedules.put("faces", "0 * * * *", False)
    clock.now += timedelta(hours=5)
    assert beat.act() == 0
    beat.schedules.put("faces", "0 * * * *", True)
    assert beat.act() == 0, "what came due while it was off is not made up for"
    clock.now += timedelta(hours=1)
    assert beat.act() == 1
    assert [(each.domain, each.cron, each.enabled) for each in beat.schedules.all()] == [("faces", "0 * * * *", True)]
    beat.schedules.remove("faces")
    clock.now += timedelta(hours=1)
    assert beat.act() == 0


def test_what_cannot_be_done_is_refused(beat: Beat) -> None:
    with pytest.raises(ServiceError, match="hour '25'") as told:
        beat.schedules.put("faces", "0 25 * * *", True)
    assert told.value.problem.code == "invalid_schedule"
    with pytest.raises(ServiceError, match="no schedule of seasons") as told:
        beat.schedules.remove("seasons")
    assert told.value.problem.code == "unknown_schedule"
