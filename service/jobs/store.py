"""What can be done with jobs: create, look, cancel, and, for workers, take, renew and end. Each is one transaction."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.models import ACTIVE, ENDED, Item, Job

RATE_SECONDS = 300.0  # how far back photos are counted to say how fast they are edited


@dataclass(frozen=True)
class Upload:
    """A photo to be put in a job: where it is stored, or why it was refused."""

    filename: str
    source: str | None
    error: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What a job is asked for.

    Attributes:
        domain: what the photos show.
        attributes: the change.
        format: of the results; None: each photo's own.
        aligned: whether no faces are looked for.
        priority: the higher go first.
        owner: the API key of who asks; "" where there are none.
        idempotency_key: asked again with the same, it is the same job.
        fingerprint: of all that was asked with that key.
    """

    domain: str
    attributes: Mapping[str, bool]
    format: str | None = None
    aligned: bool = False
    priority: int = 0
    owner: str = ""
    idempotency_key: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class Queue:
    """Where a job stands.

    Attributes:
        ahead: jobs whose turn comes before.
        seconds: until it has ended, if photos are edited as fast as lately; None where none were.
    """

    ahead: int
    seconds: float | None


class JobStore:
    """The jobs of a database. `now` is the clock, so that tests can move it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.database, self._now = database, now

    def create(self, job_id: str, wanted: Wanted, uploads: Sequence[Upload]) -> Job:
        """A queued job, or the one that was made with the same key before; refused uploads are failed from the start.

        Raises ServiceError where the key was given to another request.
        """
        now = self._now()
        items = [_item(index, upload) for index, upload in enumerate(uploads)]
        refused = [item for item in items if item.state == "failed"]
        for number, item in enumerate(refused, 1):
            item.ended, item.ended_at = number, now
        values = {**vars(wanted), "attributes": dict(wanted.attributes)}
        job = Job(
            **values, id=job_id, kind="translation", events=len(refused), total=len(items), items=items,
            created_at=now, enqueued_at=now,
        )  # fmt: skip
        try:
            with self.database.write() as session:
                session.add(job)
        except IntegrityError:  # the same key, at the same time
            if before := self.made_with(wanted):
                return before
            raise
        return self.get(job_id)

    def made_with(self, wanted: Wanted) -> Job | None:
        """The job that was made with the same key, if any. Raises ServiceError where that was another request."""
        if wanted.idempotency_key is None:
            return None
        same = (Job.owner == wanted.owner, Job.idempotency_key == wanted.idempotency_key)
        with self.database.read() as session:
            job = session.scalar(select(Job).where(*same))
        if job and job.fingerprint != wanted.fingerprint:
            raise ServiceError("idempotency_conflict")
        return job

    def find(self, job_id: str) -> Job | None:
        """A job, if there is one."""
        with self.database.read() as session:
            return session.scalar(select(Job).where(Job.id == job_id))

    def get(self, job_id: str) -> Job:
        """A job. Raises ServiceError where there is none."""
        job = self.find(job_id)
        if job is None:
            raise ServiceError("unknown_job")
        return job

    def list(
        self, limit: int, offset: int, states: Sequence[str] = (), domain: str | None = None
    ) -> tuple[Sequence[Job], int]:
        """Jobs from the newest, and how many there are; of those states and that domain alone if given."""
        chosen: list[ColumnElement[bool]] = [Job.state.in_(states)] if states else []
        chosen += [Job.domain == domain] if domain is not None else []
        query = select(Job).where(*chosen).order_by(Job.created_at.desc(), Job.id).limit(limit).offset(offset)
        with self.database.read() as session:
            total = session.scalar(select(func.count(Job.id)).where(*chosen)) or 0
            return session.scalars(query).all(), total

    def items(self, job_id: str, after: int, limit: int, state: str | None = None) -> Sequence[Item]:
        """Photos of a job whose index is greater than `after`, in their order; of that state alone if given."""
        query = select(Item).where(Item.job_id == job_id, Item.index > after)
        query = query.where(Item.state == state) if state else query
        with self.database.read() as session:
            return session.scalars(query.order_by(Item.index).limit(limit)).all()

    def item(self, job_id: str, index: int) -> Item:
        """A photo of a job. Raises ServiceError where there is none."""
        for item in self.items(job_id, index - 1, 1):
            if item.index == index:
                return item
        raise ServiceError("unknown_photo")

    def news(self, job_id: str, after: int, limit: int) -> Sequence[Item]:
        """Photos that ended after the job's event number `after`, in the order in which they did."""
        query = select(Item).where(Item.job_id == job_id, Item.ended > after).order_by(Item.ended).limit(limit)
        with self.database.read() as session:
            return session.scalars(query).all()

    def queue(self, job: Job) -> Queue:
        """Where an active job stands."""
        earlier = and_(Job.priority == job.priority, Job.enqueued_at < job.enqueued_at)
        before = and_(Job.state.in_(ACTIVE), Job.id != job.id, or_(Job.priority > job.priority, earlier))
        # Jobs of the same priority take turns, so that it is as if all of them were before.
        shares = and_(Job.state.in_(ACTIVE), Job.priority >= job.priority)
        left = select(func.count(Item.id)).join(Job, Item.job_id == Job.id).where(shares, Item.state == "queued")
        now = self._now()
        lately = Item.ended_at > now - timedelta(seconds=RATE_SECONDS)
        with self.database.read() as session:
            ahead = session.scalar(select(func.count(Job.id)).where(before)) or 0
            ended, since = session.execute(select(func.count(Item.id), func.min(Item.ended_at)).where(lately)).one()
            seconds = None
            if ended > 1 and since and (passed := (now - since).total_seconds()) > 0:
                seconds = (session.scalar(left) or 0) * passed / ended
        return Queue(ahead, seconds)

    def next(self, domains: Collection[str]) -> str | None:
        """The job of these domains whose turn it is: of those that nobody has, the most urgent; None of none."""
        free = or_(Job.lease_until.is_(None), Job.lease_until < self._now())
        query = select(Job.id).where(Job.state.in_(ACTIVE), Job.domain.in_(list(domains)), free)
        with self.database.read() as session:
            return session.scalar(query.order_by(Job.priority.desc(), Job.enqueued_at, Job.id).limit(1))

    def retry(self, job_id: str) -> Job:
        """Queues an ended job again, with its photos that failed or were not begun. Raises ServiceError."""
        job, now = self.get(job_id), self._now()
        again = and_(Item.job_id == job_id, Item.state != "done", Item.source.is_not(None))
        fresh = {"state": "queued", "attempts": 0, "error": None, "ended": None, "ended_at": None}
        back = {"state": "queued", "error": None, "finished_at": None, "enqueued_at": now}
        with self.database.write() as session:
            queued = session.execute(update(Job).where(Job.id == job_id, Job.state.in_(ENDED)).values(**back))
            if not _count(queued):
                raise ServiceError("job_not_finished", f"The job is {job.state}; try it again when it has ended.")
            if not _count(session.execute(update(Item).where(again).values(**fresh))):
                raise ServiceError("nothing_to_retry")
        return self.get(job_id)

    def remove(self, job_id: str) -> None:
        """Removes an ended job; its files are the caller's to remove. Raises ServiceError."""
        job = self.get(job_id)
        with self.database.write() as session:
            gone = session.execute(delete(Job).where(Job.id == job_id, Job.state.in_(ENDED)))
        if not _count(gone):
            raise ServiceError("job_not_finished", f"The job is {job.state}; cancel it first.")

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
        row, job = update(Item).where(Item.id == item.id), update(Job).where(Job.id == item.job_id)
        with self.database.write() as session:
            if _count(session.execute(row.where(Item.state == "queued").values(**values))):
                number = session.scalar(job.values(events=Job.events + 1).returning(Job.events))
                session.execute(row.values(ended=number, ended_at=self._now()))

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
            return _count(session.execute(update(Job).where(Job.id == job_id, condition).values(**values))) == 1


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount


def _item(index: int, upload: Upload) -> Item:
    state = "failed" if upload.error else "queued"
    return Item(index=index, filename=upload.filename[:255], state=state, source=upload.source, error=upload.error)
