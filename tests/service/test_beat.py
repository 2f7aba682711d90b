"""Beat's own clock: what it has done again and again goes on, whatever is done to the machine's."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.beat import ScheduleEntry, Scheduler

from service.worker import celery


class Machine:
    """The machine's clocks: the one that people set, and the one that they cannot."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = datetime(2026, 11, 25, 12, tzinfo=UTC), 1000.0
        patch.setattr(time, "time", lambda: self.wall.timestamp())
        patch.setattr(time, "monotonic", lambda: self.steady)
        patch.setattr(celery, "now", lambda: self.wall)

    def later(self, seconds: float) -> None:
        """Time passes for both."""
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


class Beat(Scheduler):
    """Celery's scheduler, which notes what it would send."""

    sent: list[str | None]
    producer: Any = None

    def setup_schedule(self) -> None:
        self.sent = []
        self.update_from_dict(celery.conf.beat_schedule)

    def apply_entry(self, entry: ScheduleEntry, producer: object = None) -> None:
        self.sent.append(entry.name)


def ticks(beat: Beat) -> set[str | None]:
    """What is due now."""
    beat.sent.clear()
    while beat.tick() == 0:
        pass
    return set(beat.sent)


@pytest.mark.parametrize("hours", [-1, 1])
def test_an_hour_that_is_put_back_or_forward_changes_nothing(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    celery.conf.beat_schedule  # noqa: B018 - it is read before the clocks stand still
    machine = Machine(monkeypatch)
    beat = Beat(celery)
    machine.later(700)
    assert ticks(beat) == {"reconcile", "evaluate", "webhooks", "retire"}
    assert ticks(beat) == set()
    machine.wall += timedelta(hours=hours)
    assert ticks(beat) == set(), "nothing is due because of it"
    machine.later(11)
    assert ticks(beat) == {"reconcile", "webhooks"}, "and what is due is not put off"
