"""The rows: a job and its items. What changes here needs a migration in service/jobs/migrations."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

# A job is queued, running, then succeeded, failed or cancelled; cancelling is a running job that was asked to stop.
ACTIVE = ("queued", "running", "cancelling")
ENDED = ("succeeded", "failed", "cancelled")


class UtcTime(TypeDecorator[datetime]):
    """Times with their zone, always UTC, also where the database keeps none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class Base(DeclarativeBase):
    """Base of all rows."""

    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own idiom


class Item(Base):
    """One photo of a job."""

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("job_id", "index"),
        Index("ix_items_job_state", "job_id", "state"),
        Index("ix_items_job_ended", "job_id", "ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    index: Mapped[int]
    filename: Mapped[str] = mapped_column(String(255))  # the client's, for display alone
    state: Mapped[str] = mapped_column(String(16), default="queued")  # queued | done | failed
    attempts: Mapped[int] = mapped_column(default=0)  # begun, by whichever worker
    error: Mapped[str | None]
    source: Mapped[str | None]  # blob keys
    result: Mapped[str | None]
    format: Mapped[str | None] = mapped_column(String(8))  # of the result
    release: Mapped[str | None] = mapped_column(String(200))  # name@digest that edited it
    ended: Mapped[int | None]  # the number of the job's event that its end was
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class Job(Base):
    """A job. `lease_until` is how long its worker has promised to have it; past it, anyone may take the job over."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_lease", "state", "lease_until"),
        # Of one who asks, the same key is the same job.
        UniqueConstraint("owner", "idempotency_key"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    domain: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    attributes: Mapped[dict[str, Any]]
    format: Mapped[str | None] = mapped_column(String(8))
    aligned: Mapped[bool] = mapped_column(default=False)  # no faces are looked for
    priority: Mapped[int] = mapped_column(default=0)  # the higher go first
    owner: Mapped[str] = mapped_column(String(32), default="")  # the API key that made it; "" where there are none
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    fingerprint: Mapped[str | None] = mapped_column(String(64))  # of what was asked with that key
    events: Mapped[int] = mapped_column(default=0)  # how many there have been: each end of a photo is one
    total: Mapped[int]
    error: Mapped[str | None]
    release_name: Mapped[str | None] = mapped_column(String(120))
    release_digest: Mapped[str | None] = mapped_column(String(64))
    lease_owner: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    enqueued_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    items: Mapped[list[Item]] = relationship(order_by=Item.index, cascade="all, delete-orphan", passive_deletes=True)

    # Counted, not kept: a counter beside the rows that it counts can disagree with them after a crash.
    done: Mapped[int] = column_property(
        select(func.count(Item.id))
        .where(Item.job_id == id, Item.state == "done")
        .correlate_except(Item)
        .scalar_subquery()
    )
    failed: Mapped[int] = column_property(
        select(func.count(Item.id))
        .where(Item.job_id == id, Item.state == "failed")
        .correlate_except(Item)
        .scalar_subquery()
    )
