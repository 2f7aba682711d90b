"""What can be done with jobs: create, look, cancel, and, for workers, take, renew and end. Each is one transaction."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import selectinload

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.models import ACTIVE, ENDED, Item, Job


@dataclass(frozen=True)
class Upload:
    """A photo to be put in a job: where it is stored, or why it was refused."""

    filename: str
    source: str | None
    error: str | None = None


class JobStore:
    """The jobs of a database. `now` is the clock, so that tests can move it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.database, self._now = database, now

    def create(
        self,
        job_id: str,
        domain: str,
        attributes: Mapping[str, bool],
        format: str | None,
        uploads: Sequence[Upload],
        aligned: bool = False,
    ) -> Job:
        """A queued job; refused uploads are its failed items from the start."""
        now = self._now()
        items = [_item(index, upload) for index, upload in enumerate(uploads)]
        job = Job(
            id=job_id, kind="translation", domain=domain, attributes=dict(attributes), format=format,
            aligned=aligned, total=len(items), items=items, created_at=now, enqueued_at=now,
        )  # fmt: skip
        with self.database.write() as session:
            session.add(job)
        return self.get(job_id)

    def get(self, job_id: str, items: bool = False) -> Job:
        """A job, with its items if asked. Raises ServiceError where there is none."""
        query = select(Job).where(Job.id == job_id)
        with self.database.read() as session:
            job = session.scalar(query.options(selectinload(Job.items)) if items else query)
        if job is None:
            raise ServiceError("unknown_job")
        return job

    def list(self, limit: int, offset: int) -> tuple[Sequence[Job], int]:
        """Jobs from the newest, and how many there are."""
        query = select(Job).order_by(Job.created_at.desc(), Job.id).limit(limit).offset(offset)
        with self.database.read() as session:
            return session.scalars(query).all(), session.scalar(select(func.count(Job.id))) or 0

    def cancel(self, job_id: str) -> Job:
        """Asks a job to stop: at once if none works on it, else after the photos in work. Raises ServiceError."""
        job = self.get(job_id)
        now = self._now()
        idle = self._change(job_id, Job.state == "queued", state="cancelled", finished_at=now)
        if not idle and not self._change(job_id, Job.state.in_(("running", "cancelling")), state="cancelling"):
            raise ServiceError("job_finished", f"The job has already {job.state}; there is nothing to cancel.")
        return self.get(job_id)

    def take(self, job_id: str, seconds: float) -> str | None:
        """A lease on an active job that nobody has, as its owner's token; None where there is nothing to take."""
        owner, now = uuid.uuid4().hex, self._now()
        free = or_(Job.lease_until.is_(None), Job.lease_until < now)
        lease: dict[str, Any] = {"lease_owner": owner, "lease_until": now + timedelta(seconds=seconds)}
        with self.database.write() as session:
            job = session.scalar(select(Job).where(Job.id == job_id, Job.state.in_(ACTIVE), free))
            if job is None:
                return None
            job.state = "running" if job.state == "queued" else job.state
            job.started_at = job.started_at or now
            job.lease_owner, job.lease_until = lease["lease_owner"], lease["lease_until"]
        return owner

    def renew(self, job_id: str, owner: str, seconds: float) -> str | None:
        """Keeps a lease for longer; the job's state, or None where the lease was lost to another."""
        until = self._now() + timedelta(seconds=seconds)
        if not self._change(job_id, Job.lease_owner == owner, lease_until=until):
            return None
        return self.get(job_id).state

    def release(self, job_id: str, owner: str) -> None:
        """Gives a lease back with the job unfinished, so that it may be continued."""
        self._change(job_id, Job.lease_owner == owner, lease_owner=None, lease_until=None, enqueued_at=self._now())

    def end(self, job_id: str, owner: str, state: str, error: str | None = None) -> None:
        """Ends a job, if the lease still holds."""
        values = {"state": state, "error": error, "finished_at": self._now(), "lease_owner": None, "lease_until": None}
        self._change(job_id, Job.lease_owner == owner, **values)

    def begin_item(self, job_id: str, besides: Collection[int] = ()) -> Item | None:
        """The next photo of a job that is not dealt with, its attempts counted; None where there is none for now.

        One that was begun before may have ended its worker, so it is only begun while no other is in work: it is then
        known whose fault a further end is.

        Args:
            besides: ids of the items that are in work.
        """
        query = select(Item).where(Item.job_id == job_id, Item.state == "queued", Item.id.not_in(list(besides)))
        with self.database.write() as session:
            item = session.scalar(query.order_by(Item.index).limit(1))
            if item is None or (item.attempts and besides):
                return None
            item.attempts += 1
        return item

    def end_item(self, item: Item, **values: object) -> None:
        """Records what became of a photo; the first record stands."""
        with self.database.write() as session:
            session.execute(update(Item).where(Item.id == item.id, Item.state == "queued").values(**values))

    def begun_with(self, job_id: str, name: str, digest: str) -> None:
        """Records the release that edits the job's first photo."""
        self._change(job_id, Job.release_name.is_(None), release_name=name, release_digest=digest)

    def stale(self, seconds: float) -> Sequence[str]:
        """Active jobs that nobody works on and that were last enqueued at least `seconds` ago; enqueue them anew."""
        now = self._now()
        free = or_(Job.lease_until.is_(None), Job.lease_until < now)
        waited = Job.enqueued_at < now - timedelta(seconds=seconds)
        with self.database.write() as session:
            found = session.scalars(select(Job.id).where(Job.state.in_(ACTIVE), free, waited)).all()
            session.execute(update(Job).where(Job.id.in_(found)).values(enqueued_at=now))
        return found

    def remove_ended(self, hours: float) -> Sequence[str]:
        """Removes jobs that ended at least `hours` ago; their ids."""
        before = self._now() - timedelta(hours=hours)
        with self.database.write() as session:
            found = session.scalars(select(Job.id).where(Job.state.in_(ENDED), Job.finished_at < before)).all()
            session.execute(delete(Job).where(Job.id.in_(found)))
        return found

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are jobs."""
        with self.database.read() as session:
            return set(session.scalars(select(Job.id).where(Job.id.in_(ids))))

    def _change(self, job_id: str, condition: Any, **values: object) -> bool:
        with self.database.write() as session:
            result = session.execute(update(Job).where(Job.id == job_id, condition).values(**values))
            assert isinstance(result, CursorResult)
            return result.rowcount == 1


def _item(index: int, upload: Upload) -> Item:
    state = "failed" if upload.error else "queued"
    return Item(index=index, filename=upload.filename[:255], state=state, source=upload.source, error=upload.error)
