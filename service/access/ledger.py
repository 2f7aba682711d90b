"""How many photos each key has had taken on today, by the UTC calendar: a row a key and day, which outlives restarts.

A job's photos are put down before it is accepted. Photos that are sent alone are counted here first and put down every
few seconds, so that none of them waits for the database; of those, a crash forgets the last few seconds.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.access.keys import Caller
from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.models import Usage
from service.jobs.photos import CHUNK, batched

T = TypeVar("T")


class Ledger:
    """Its methods may be called from any thread. `now` is the clock, so that tests can move it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now, self._lock = database, now, threading.Lock()
        self._known: Mapping[str, int] = {}  # as last read, of the day `_day`
        self._new: dict[str, int] = {}  # since then
        self._day = self._today()

    def note(self, caller: Caller) -> None:
        """Counts a photo that is sent alone; asks no database. Raises ServiceError where the quota is used up."""
        with self._lock:
            if self._day != self._today():
                self._known = {}
            if caller.quota and self._known.get(caller.id, 0) + self._new.get(caller.id, 0) >= caller.quota:
                raise self._exceeded(caller)
            self._new[caller.id] = self._new.get(caller.id, 0) + 1

    def take_back(self, caller: Caller) -> None:
        """A photo that was counted was not taken on."""
        with self._lock:
            self._new[caller.id] = self._new.get(caller.id, 0) - 1

    def sync(self) -> None:
        """Puts down what was counted, and reads what others have put down."""
        with self._lock:
            new, self._new = self._new, {}
            day = self._today()
        try:
            if new:
                with self._database.write() as session:
                    for owner, photos in new.items():
                        _add(session, owner, day, photos)
            known = self.today()
        except BaseException:
            with self._lock:
                for owner, photos in new.items():
                    self._new[owner] = self._new.get(owner, 0) + photos
            raise
        with self._lock:
            self._known, self._day = known, day

    def today(self) -> Mapping[str, int]:
        """What is put down of today, by the keys' ids."""
        with self._database.read() as session:
            return _read(session, self._today())

    def charge(self, caller: Caller, photos: int) -> None:
        """Puts down photos of a job, or takes them back (fewer than 0). Raises ServiceError beyond the quota."""
        if not caller.id:
            return
        with self._database.write() as session:
            total = _add(session, caller.id, self._today(), photos)
            if photos > 0 and caller.quota and total > caller.quota:
                raise self._exceeded(caller)  # which rolls back

    def _today(self) -> str:
        return self._now().date().isoformat()

    def _exceeded(self, caller: Caller) -> ServiceError:
        now = self._now()
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        sentence = f"This key may have {caller.quota} photos edited a day; there are more again after midnight, UTC."
        return ServiceError("quota_exceeded", sentence, retry_after=int((midnight - now).total_seconds()) + 1)


class Bill:
    """What one job costs a key, as its photos come; taken back where the job is not made after all."""

    def __init__(self, ledger: Ledger, caller: Caller) -> None:
        self._ledger, self._caller, self._photos = ledger, caller, 0

    def each(self, photos: Iterable[T]) -> Iterator[T]:
        """The photos, each put down before it comes; raises ServiceError where they are more than the key has left."""
        for chunk in batched(photos, CHUNK):
            self._ledger.charge(self._caller, len(chunk))
            self._photos += len(chunk)
            yield from chunk

    def cancel(self) -> None:
        """Takes it all back."""
        if self._photos:
            self._ledger.charge(self._caller, -self._photos)


def _add(session: Session, owner: str, day: str, photos: int) -> int:
    """Adds to a row, in one statement, so that nothing is lost between two who do; what it then has."""
    insert = _insert(session).values(owner=owner, day=day, photos=photos)
    changed = {"photos": Usage.photos + photos}
    row = insert.on_conflict_do_update(index_elements=["owner", "day"], set_=changed).returning(Usage.photos)
    total: int = session.scalars(row).one()
    return total


def _insert(session: Session) -> Any:
    return sqlite.insert(Usage) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(Usage)


def _read(session: Session, day: str) -> dict[str, int]:
    rows = session.execute(select(Usage.owner, Usage.photos).where(Usage.day == day))
    return {owner: photos for owner, photos in rows}
