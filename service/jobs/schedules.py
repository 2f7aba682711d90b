"""When the promoted releases are evaluated. Kept in the database, so that every beat and every API knows the same."""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, or_, select, update

from service.errors import ServiceError
from service.jobs.cron import parse
from service.jobs.database import Database
from service.jobs.models import Job, Schedule
from service.jobs.store import JobStore
from service.jobs.wanted import Wanted

log = logging.getLogger(__name__)


class Schedules:
    """The schedules of a database. `now` is the clock, so that tests can move it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def all(self) -> Sequence[Schedule]:
        """By domain."""
        with self._database.read() as session:
            return session.scalars(select(Schedule).order_by(Schedule.domain)).all()

    def put(self, domain: str, cron: str, enabled: bool) -> Schedule:
        """A domain's schedule from now on: what was due before is not made up for. Raises ServiceError."""
        try:
            parse(cron)
        except ValueError as error:
            raise ServiceError("invalid_schedule", str(error)) from None
        made = Schedule(domain=domain, cron=cron, enabled=enabled, ticked_at=self._now())
        with self._database.write() as session:
            return session.merge(made)

    def remove(self, domain: str) -> None:
        """Raises ServiceError where there is none."""
        with self._database.write() as session:
            gone = session.scalar(delete(Schedule).where(Schedule.domain == domain).returning(Schedule.domain))
        if gone is None:
            raise ServiceError("unknown_schedule", f"There is no schedule of {domain}; PUT one.")

    def act(self, store: JobStore, enqueue: Callable[[Job], None]) -> int:
        """Makes the evaluations that are due; how many.

        Of the ticks that were missed, the last is done. Whoever moves `ticked_at` on has acted; it only goes forward,
        so a clock that is set back repeats nothing. The job is there before that, under a key of its own, so that a
        beat which dies between the two, or a second one, neither loses it nor makes it twice. While one still waits
        for its turn no other is made: evaluations that take longer than their schedule would pile up.
        """
        acted = 0
        for schedule in self.all():
            tick = parse(schedule.cron).last(self._now()) if schedule.enabled else None
            if tick is None or (schedule.ticked_at is not None and tick <= schedule.ticked_at):
                continue
            if _is_waiting(store, schedule.domain, tick.isoformat()):
                self._move(schedule.domain, tick)
                continue
            key = f"schedule {schedule.domain} {tick:%Y-%m-%dT%H:%MZ}"
            wanted = Wanted(
                schedule.domain,
                kind="evaluation",
                idempotency_key=key,
                fingerprint="",
                options={"tick": tick.isoformat()},
            )
            job = store.made_with(wanted) or store.create(uuid.uuid4().hex, wanted, [])
            if self._move(schedule.domain, tick):
                log.info("The promoted release of %s is evaluated, as scheduled for %s", schedule.domain, tick)
                enqueue(job)
                acted += 1
        return acted

    def _move(self, domain: str, tick: datetime) -> bool:
        """Whether it was this call that moved it on."""
        behind = or_(Schedule.ticked_at.is_(None), Schedule.ticked_at < tick)
        moved = update(Schedule).where(Schedule.domain == domain, Schedule.enabled, behind).values(ticked_at=tick)
        with self._database.write() as session:
            return session.scalar(moved.returning(Schedule.domain)) is not None


def _is_waiting(store: JobStore, domain: str, tick: str) -> bool:
    """Whether the evaluation of a tick before this one is."""
    waiting, _ = store.list(200, 0, ["queued"], domain, kind="evaluation")
    return any(job.options.get("tick", tick) != tick for job in waiting)
