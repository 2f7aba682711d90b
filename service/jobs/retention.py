"""What is kept of jobs, so that it can be proven that what is old is not."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from service.jobs.models import ENDED, Item, Job, Study
from service.jobs.store import JobStore
from service.storage import BlobStore

_LATE = timedelta(minutes=30)  # jobs are removed every ten


@dataclass(frozen=True)
class Kept:
    """How much there is, and how old.

    Attributes:
        jobs: rows, however they stand.
        photos: of those jobs.
        oldest_job: when it was made.
        folders: of files, one a job at most.
        oldest_folder: when it last changed.
        overdue: jobs that should have gone half an hour ago or more.
    """

    jobs: int
    photos: int
    oldest_job: datetime | None
    folders: int
    oldest_folder: datetime | None
    overdue: int


def kept(store: JobStore, blobs: BlobStore, hours: float) -> Kept:
    """What is kept now, of which ended jobs should go after so many hours."""
    changed = [seconds for _, seconds in blobs.groups()]
    before = datetime.now(UTC) - timedelta(hours=hours) - _LATE
    ended = select(func.count(Job.id)).where(Job.state.in_(ENDED), Job.finished_at < before)
    overdue = ended.where(Job.id.not_in(select(Study.id)))  # which have a time of their own
    with store.database.read() as session:
        jobs, oldest = session.execute(select(func.count(Job.id), func.min(Job.created_at))).one()
        return Kept(
            jobs=jobs,
            photos=session.scalar(select(func.count(Item.id))) or 0,
            oldest_job=oldest,
            folders=len(changed),
            oldest_folder=datetime.fromtimestamp(min(changed), UTC) if changed else None,
            overdue=session.scalar(overdue) or 0,
        )
