"""The photos of jobs, as rows: listed for who looks, and for workers begun and ended, many in one transaction.

What is asked of the database for a photo does not grow with the job: it goes through a job's rows in the order in which
they were made, each queued one once.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.models import Item, Job
from service.jobs.wanted import LONGEST_NAME, Upload

T = TypeVar("T")

CHUNK = 500  # photos that are put into a job at once


@dataclass(frozen=True)
class Ended:
    """What became of a photo: columns of its row; `release`: name and digest of what edited it."""

    item: Item
    values: Mapping[str, Any]
    release: tuple[str, str] | None = None


class Photos:
    """The photos of a database's jobs; see JobStore."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def put(self, job_id: str, uploads: Iterable[Upload]) -> tuple[int, int]:
        """Puts photos into a job, a part at a time; how many, and how many of those are refused from the start."""
        total = refused = 0
        for chunk in batched(uploads, CHUNK):
            rows = [_row(job_id, total + place, upload) for place, upload in enumerate(chunk)]
            for row in rows:
                if row["state"] == "failed":
                    refused += 1
                    row |= {"ended": refused, "ended_at": self._now()}
            with self._database.write() as session:
                session.execute(insert(Item), rows)
            total += len(rows)
        return total, refused

    def list(self, job_id: str, after: int, limit: int, state: str | None = None) -> Sequence[Item]:
        """Photos of a job whose index is greater than `after`, in their order; of that state alone if given."""
        query = select(Item).where(Item.job_id == job_id, Item.index > after)
        query = query.where(Item.state == state) if state else query
        with self._database.read() as session:
            return session.scalars(query.order_by(Item.index).limit(limit)).all()

    def get(self, job_id: str, index: int) -> Item:
        """A photo of a job. Raises ServiceError where there is none."""
        for item in self.list(job_id, index - 1, 1):
            if item.index == index:
                return item
        raise ServiceError("unknown_photo")

    def turn(
        self, job_id: str, owner: str, seconds: float, ended: Sequence[Ended], most: int, besides: Collection[int] = ()
    ) -> tuple[str | None, Sequence[Item]]:
        """One step of a worker: what has ended is put down, the lease is kept for longer, and more is begun.

        Args:
            owner: of the lease.
            seconds: that the lease is to last from now.
            ended: what became of photos; of each the first record stands.
            most: photos to begin.
            besides: ids of those that are in work.

        Returns:
            The job's state, None where the lease was lost to another; and the photos that are begun.
        """
        row = select(Job.state, Job.lease_owner, Job.events, Job.release_name).where(Job.id == job_id)
        with self._database.write() as session:
            job = session.execute(row.with_for_update()).one_or_none()
            if job is None:
                return None, []
            changed = self._end(session, job.events, ended)
            if job.release_name is None and (first := next((each.release for each in ended if each.release), None)):
                changed |= {"release_name": first[0], "release_digest": first[1]}
            if job.lease_owner != owner:
                if changed:
                    session.execute(update(Job).where(Job.id == job_id).values(**changed))
                return None, []
            changed["lease_until"] = self._now() + timedelta(seconds=seconds)
            session.execute(update(Job).where(Job.id == job_id).values(**changed))
            begun = self._begin(session, job_id, most, besides) if most > 0 and job.state == "running" else []
        return job.state, begun

    def hand_back(self, items: Sequence[Item]) -> None:
        """Counts the last attempts at these photos as none: they ended for a reason that is not theirs."""
        ids = [item.id for item in items]
        with self._database.write() as session:
            session.execute(update(Item).where(Item.id.in_(ids)).values(attempts=Item.attempts - 1))

    def _begin(self, session: Session, job_id: str, most: int, besides: Collection[int]) -> Sequence[Item]:
        """The next photos that are not dealt with, their attempts counted.

        One that was begun before may have ended its worker, so it is begun alone: it is then known whose fault a
        further end is.
        """
        query = select(Item).where(Item.job_id == job_id, Item.state == "queued", Item.id.not_in(list(besides)))
        # Their ids are in the order of their indices, and the index of states has them in that order.
        found = session.scalars(query.order_by(Item.id).limit(most).with_for_update()).all()
        fresh = list(takewhile(lambda item: item.attempts == 0, found))
        begun = fresh or ([] if besides else found[:1])
        for item in begun:
            item.attempts += 1
        return begun

    def _end(self, session: Session, events: int, ended: Sequence[Ended]) -> dict[str, Any]:
        """Puts down what has ended; what changes in the job's row by that. Each is an event of the job, numbered on."""
        if not ended:
            return {}
        ids = [each.item.id for each in ended]
        open_ones = select(Item.id).where(Item.id.in_(ids), Item.state == "queued").with_for_update()
        left = set(session.scalars(open_ones))
        for each in ended:
            if each.item.id in left:
                events += 1
                left.discard(each.item.id)
                row = update(Item).where(Item.id == each.item.id)
                session.execute(row.values(**each.values, ended=events, ended_at=self._now()))
        return {"events": events}


def _row(job_id: str, index: int, upload: Upload) -> dict[str, Any]:
    return {
        "job_id": job_id, "index": index, "filename": upload.filename[:LONGEST_NAME], "source": upload.source,
        "state": "failed" if upload.error else "queued", "error": upload.error, "attempts": 0,
        "attributes": upload.attributes and dict(upload.attributes), "ended": None, "ended_at": None,
    }  # fmt: skip


def batched(photos: Iterable[T], most: int) -> Iterator[list[T]]:
    """Lists of at most `most` of them."""
    rest = iter(photos)
    while chunk := list(islice(rest, most)):
        yield chunk
