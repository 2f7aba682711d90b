"""Seats: what trainings run on, one each. A seat is a row with a lease, so it is free again when its owner has died."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from service.jobs.database import Database
from service.jobs.leases import is_over
from service.jobs.models import Seat


class Seats:
    """The seats of all machines. `now` is the clock, so that tests can move it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def claim(self, names: Sequence[str], seconds: float) -> tuple[str, str] | None:
        """One of these seats that is free, and its owner's token; None where all are taken."""
        owner = uuid.uuid4().hex
        for name in names:
            if self._claim(name, owner, seconds):
                return name, owner
        return None

    def renew(self, name: str, owner: str, seconds: float) -> bool:
        """Keeps a seat for longer; False where it was lost to another."""
        until = self._now() + timedelta(seconds=seconds)
        mine = update(Seat).where(Seat.name == name, Seat.owner == owner)
        with self._database.write() as session:
            return session.scalar(mine.values(until=until).returning(Seat.name)) is not None

    def leave(self, name: str, owner: str) -> None:
        """Frees a seat."""
        with self._database.write() as session:
            session.execute(delete(Seat).where(Seat.name == name, Seat.owner == owner))

    def _claim(self, name: str, owner: str, seconds: float) -> bool:
        now = self._now()
        until = now + timedelta(seconds=seconds)
        try:
            with self._database.write() as session:
                session.execute(delete(Seat).where(Seat.name == name, is_over(Seat.until, now)))
                if session.scalar(select(Seat.name).where(Seat.name == name)):
                    return False
                session.add(Seat(name=name, owner=owner, until=until))
        except IntegrityError:  # another was faster
            return False
        return True
