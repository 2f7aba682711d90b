"""What can be done with jobs: create, look, cancel, and, for workers, take, renew and end. Each is one transaction.

Their photos are service.jobs.photos's.
"""

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.leases import is_over
from service.jobs.models import ACTIVE, EDITING, ENDED, PREPARING, Delivery, Event, Item, Job, Study
from service.jobs.photos import Photos
from service.jobs.wanted import Queue, Upload, Wanted

WAITED_SECONDS = 10.0  # for a job that is just being made by another request with the same key
_LEASE = timedelta(minutes=1)  # after which whoever was making a job, and says nothing of it, has died
RATE_SECONDS = 300.0  # how far back photos are counted to say how fast they are edited


class JobStore:
    """The jobs of a database. `now` is the clock, so that tests can move it.

    Attributes:
        photos: of the jobs.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.database, self._now = database, now
        self.photos = Photos(database, now)

    def create(self, job_id: str, wanted: Wanted, uploads: Iterable[Upload]) -> Job:
        """A queued job, or the one that was made with the same key before; refused uploads are failed from the start.

        What `uploads` raises is raised, and then there is no job. Raises ServiceError where the key was given to
        another request.
        """
        while not self._begin(job_id, wanted):  # there is one with its key
            if before := self.made_with(wanted):
                return before
        try:
            total, refused = self.photos.put(job_id, self._kept(job_id, uploads))
            done = {"state": "queued", "total": total, "events": refused, "lease_until": None}
            there = self._change(job_id, Job.state == PREPARING, **done)
        except IntegrityError:  # of photos whose job is gone
            there = False
        except BaseException:
            with self.database.write() as session:
                session.execute(delete(Job).where(Job.id == job_id))
            raise
        if not there:  # another request with its key took this one for dead
            raise ServiceError("too_busy", "The photos came too slowly to be a job; send the request again.")
        return self.get(job_id)

    def made_with(self, wanted: Wanted) -> Job | None:
        """The job that was made with the same key, if any; one that is just being made is waited for.

        Raises ServiceError where that was another request, or takes too long.
        """
        if wanted.idempotency_key is None:
            return None
        same = (Job.owner == wanted.owner, Job.idempotency_key == wanted.idempotency_key)
        given_up_at = time.monotonic() + WAITED_SECONDS
        while True:
            with self.database.read() as session:
                job = session.scalar(select(Job).where(*same))
            if job and job.fingerprint != wanted.fingerprint:
                raise ServiceError("idempotency_conflict")
            if job is None or job.state != PREPARING:
                return job
            if self._drop(job.id):
                return None
            if time.monotonic() > given_up_at:
                sentence = "What was sent with this Idempotency-Key before is still being taken in; ask again later."
                raise ServiceError("too_busy", sentence, retry_after=5)
            time.sleep(0.1)

    def _begin(self, job_id: str, wanted: Wanted) -> bool:
        """Makes the row of a job that has no photos yet; False where there is one with its key."""
        values = {**vars(wanted), "attributes": dict(wanted.attributes), "options": dict(wanted.options)}
        now = self._now()
        job = Job(
            **values, id=job_id, state=PREPARING, total=0, created_at=now, enqueued_at=now, lease_until=now + _LEASE
        )
        try:
            with self.database.write() as session:
                session.add(job)
        except IntegrityError:
            if wanted.idempotency_key is None:
                raise
            return False
        return True

    def _kept(self, job_id: str, uploads: Iterable[Upload]) -> Iterator[Upload]:
        """The photos of a job that is being made; meanwhile it is said that whoever makes it lives."""
        renewed = self._now()
        for upload in uploads:
            yield upload
            if self._now() - renewed > _LEASE / 6:
                renewed = self._now()
                self._change(job_id, Job.state == PREPARING, lease_until=renewed + _LEASE)

    def _drop(self, job_id: str) -> bool:
        """Removes a job whose maker died while it was being made; False where the maker lives."""
        with self.database.write() as session:
            dead = delete(Job).where(Job.id == job_id, Job.state == PREPARING, self._is_free())
            return bool(_count(session.execute(dead)))

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
        self,
        limit: int,
        offset: int,
        states: Sequence[str] = (),
        domain: str | None = None,
        owner: str | None = None,
        kind: str | None = None,
    ) -> tuple[Sequence[Job], int]:
        """Jobs from the newest, and how many there are; of those states, that domain, owner and kind if given."""
        chosen: list[ColumnElement[bool]] = [Job.state.in_(states)] if states else []
        chosen += [Job.domain == domain] if domain is not None else []
        chosen += [Job.owner == owner] if owner is not None else []
        chosen += [Job.kind == kind] if kind is not None else []
        chosen += [Job.state != PREPARING]
        query = select(Job).where(*chosen).order_by(Job.created_at.desc(), Job.id).limit(limit).offset(offset)
        with self.database.read() as session:
            total = session.scalar(select(func.count(Job.id)).where(*chosen)) or 0
            return session.scalars(query).all(), total

    def news(self, job_id: str, after: int, limit: int) -> Sequence[Item | Event]:
        """What happened after the job's event number `after`, in order: photos that ended, and what it told of."""
        photos = select(Item).where(Item.job_id == job_id, Item.ended > after).order_by(Item.ended).limit(limit)
        events = select(Event).where(Event.job_id == job_id, Event.number > after).order_by(Event.number).limit(limit)
        with self.database.read() as session:
            found = [*session.scalars(photos), *session.scalars(events)]
        return sorted(found, key=event_number)[:limit]

    def tell(self, job_id: str, name: str, data: Mapping[str, Any], progress: Mapping[str, Any] | None = None) -> None:
        """An event of a job, for all who watch it, and how far the job is, if that is given."""
        changed: dict[str, Any] = {} if progress is None else {"progress": dict(progress)}
        job = update(Job).where(Job.id == job_id).values(events=Job.events + 1, **changed).returning(Job.events)
        with self.database.write() as session:
            if number := session.scalar(job):
                session.add(Event(job_id=job_id, number=number, name=name, data=dict(data), at=self._now()))

    def queue(self, job: Job) -> Queue:
        """Where an active job stands."""
        earlier = and_(Job.priority == job.priority, Job.enqueued_at < job.enqueued_at)
        same = and_(Job.state.in_(ACTIVE), Job.kind.in_(EDITING if job.kind in EDITING else (job.kind,)))
        before = and_(same, Job.id != job.id, or_(Job.priority > job.priority, earlier))
        # Jobs of the same priority take turns, so that it is as if all of them were before.
        shares = and_(same, Job.priority >= job.priority)
        left = select(func.count(Item.id)).join(Job, Item.job_id == Job.id).where(shares, Item.state == "queued")
        with self.database.read() as session:
            ahead = session.scalar(select(func.count(Job.id)).where(before)) or 0
            pace = self._pace(session) if job.total else None
            seconds = (session.scalar(left) or 0) * pace if pace else None
        return Queue(ahead, seconds)

    def _pace(self, session: Session) -> float | None:
        """Seconds that a photo took in the last minutes, of the time in which there was work; None if none ended."""
        now = self._now()
        since = now - timedelta(seconds=RATE_SECONDS)
        query = select(func.count(Item.id)).where(Item.ended_at > since, Item.attempts > 0)
        worked = select(Job.started_at, Job.finished_at).where(
            Job.total > 0, Job.started_at.is_not(None), or_(Job.finished_at.is_(None), Job.finished_at > since)
        )
        ended = session.scalar(query) or 0
        passed = covered([(max(begin, since), end or now) for begin, end in session.execute(worked) if begin])
        return passed / ended if ended > 1 and passed > 0 else None

    def next(self, *kinds: str, domains: Collection[str] | None = None) -> str | None:
        """The job of these kinds and domains whose turn it is: of those that nobody has, the most urgent."""
        query = select(Job.id).where(Job.kind.in_(kinds), Job.state.in_(ACTIVE), self._is_free())
        query = query if domains is None else query.where(Job.domain.in_(list(domains)))
        with self.database.read() as session:
            return session.scalar(query.order_by(Job.priority.desc(), Job.enqueued_at, Job.id).limit(1))

    def retry(self, job_id: str) -> Job:
        """Queues an ended job again, with its photos that failed or were not begun. Raises ServiceError.

        One without photos goes on where it stopped, unless it has succeeded.
        """
        job, now = self.get(job_id), self._now()
        again = and_(Item.job_id == job_id, Item.state != "done", Item.source.is_not(None))
        fresh = {"state": "queued", "attempts": 0, "error": None, "ended": None, "ended_at": None}
        back = {"state": "queued", "error": None, "finished_at": None, "enqueued_at": now}
        with self.database.write() as session:
            queued = session.execute(update(Job).where(Job.id == job_id, Job.state.in_(ENDED)).values(**back))
            if not _count(queued):
                raise ServiceError("job_not_finished", f"The job is {job.state}; try it again when it has ended.")
            photos = _count(session.execute(update(Item).where(again).values(**fresh)))
            if not photos and (job.kind == "translation" or job.state == "succeeded"):
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
        job, this = self.get(job_id), update(Job).where(Job.id == job_id)
        at_once = this.where(Job.state == "queued").values(state="cancelled", finished_at=self._now())
        asked = this.where(Job.state.in_(("running", "cancelling"))).values(state="cancelling")
        with self.database.write() as session:
            if _count(session.execute(at_once)):
                self._announce(session, job_id)
            elif not _count(session.execute(asked)):
                raise ServiceError("job_finished", f"The job has already {job.state}; there is nothing to cancel.")
        return self.get(job_id)

    def take(self, job_id: str, seconds: float) -> str | None:
        """A lease on an active job that nobody has, as its owner's token; None where there is nothing to take."""
        owner, now = uuid.uuid4().hex, self._now()
        free = select(Job).where(Job.id == job_id, Job.state.in_(ACTIVE), self._is_free())
        with self.database.write() as session:
            job = session.scalar(free.with_for_update())
            if job is None:
                return None
            job.state = "running" if job.state == "queued" else job.state
            job.started_at = job.started_at or now
            job.lease_owner, job.lease_until = owner, now + timedelta(seconds=seconds)
        return owner

    def renew(self, job_id: str, owner: str, seconds: float, progress: Mapping[str, Any] | None = None) -> str | None:
        """Keeps a lease for longer; the job's state, or None where the lease was lost to another.

        `progress` is how far a job without photos is, if that is given.
        """
        changed: dict[str, Any] = {} if progress is None else {"progress": dict(progress)}
        until = self._now() + timedelta(seconds=seconds)
        mine = update(Job).where(Job.id == job_id, Job.lease_owner == owner)
        with self.database.write() as session:
            return session.scalar(mine.values(lease_until=until, **changed).returning(Job.state))

    def release(self, job_id: str, owner: str) -> None:
        """Gives a lease back with the job unfinished, so that it may be continued."""
        self._change(job_id, Job.lease_owner == owner, lease_owner=None, lease_until=None, enqueued_at=self._now())

    def end(
        self, job_id: str, owner: str, state: str, error: str | None = None, outcome: Mapping[str, Any] | None = None
    ) -> None:
        """Ends a job, if the lease still holds."""
        values: dict[str, Any] = {"state": state, "error": error, "finished_at": self._now()}
        values |= {"lease_owner": None, "lease_until": None, "outcome": outcome and dict(outcome)}
        with self.database.write() as session:
            ended = update(Job).where(Job.id == job_id, Job.lease_owner == owner).values(**values)
            if _count(session.execute(ended)):
                self._announce(session, job_id)

    def begun_with(self, job_id: str, name: str, digest: str) -> None:
        """Records the release that edits the job's first photo."""
        self._change(job_id, Job.release_name.is_(None), release_name=name, release_digest=digest)

    def stale(self, seconds: float) -> Sequence[Job]:
        """Active jobs that nobody works on and that were last enqueued at least `seconds` ago; enqueue them anew."""
        now, patience = self._now(), timedelta(seconds=seconds)
        # Or so it says that it will be: the clock has since gone back.
        waited = or_(Job.enqueued_at < now - patience, Job.enqueued_at > now + patience)
        with self.database.write() as session:
            found = session.scalars(select(Job).where(Job.state.in_(ACTIVE), self._is_free(), waited)).all()
            # Its place in the queue stays: the most urgent of them is still the one that waited longest.
            for place, job in enumerate(sorted(found, key=lambda job: job.enqueued_at)):
                job.enqueued_at = now + timedelta(microseconds=place)
        return found

    def remove_ended(self, hours: float) -> Sequence[str]:
        """Removes jobs that ended at least `hours` ago, and webhooks that were called by then; the jobs' ids.

        Those of studies stay as long as these: people vote for weeks.
        """
        before = self._now() - timedelta(hours=hours)
        with self.database.write() as session:
            ended = and_(Job.state.in_(ENDED), Job.finished_at < before, Job.id.not_in(select(Study.id)))
            made = and_(Job.state == PREPARING, self._is_free())
            unfinished = and_(made, Job.created_at < before)  # whoever made it died meanwhile
            found = session.scalars(select(Job.id).where(or_(ended, unfinished))).all()
            session.execute(delete(Job).where(Job.id.in_(found)))
            session.execute(delete(Delivery).where(Delivery.state != "due", Delivery.due_at < before))
        return found

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are jobs."""
        with self.database.read() as session:
            return set(session.scalars(select(Job.id).where(Job.id.in_(ids))))

    def _is_free(self) -> ColumnElement[bool]:
        """Whether nobody works on a job."""
        return or_(Job.lease_until.is_(None), is_over(Job.lease_until, self._now()))

    def _announce(self, session: Session, job_id: str) -> None:
        """In the same transaction that a job ends: that its webhook is to be called."""
        job = session.scalar(select(Job).where(Job.id == job_id))
        if job and (url := job.options.get("webhook")):
            body = {"job": job.id, "kind": job.kind, "state": job.state, "done": job.done, "failed": job.failed}
            session.add(Delivery(job_id=job.id, url=url, body=body, due_at=self._now()))

    def _change(self, job_id: str, condition: Any, **values: object) -> bool:
        with self.database.write() as session:
            return _count(session.execute(update(Job).where(Job.id == job_id, condition).values(**values))) == 1


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount


def covered(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Seconds that lie in any of the spans."""
    seconds, reached = 0.0, None
    for begin, end in sorted(spans):
        begin = begin if reached is None else max(begin, reached)
        if end > begin:
            seconds, reached = seconds + (end - begin).total_seconds(), end
    return seconds


def event_number(event: Item | Event) -> int:
    """The number that an event has among those of its job."""
    return event.number if isinstance(event, Event) else event.ended or 0
