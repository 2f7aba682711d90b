"""The rows: a job and its items. What changes here needs a migration in service/jobs/migrations."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from service.jobs.wanted import LONGEST_NAME

PREPARING = "preparing"  # its photos are still being put down; shown as queued, and given to nobody
# A job is queued, running, then succeeded, failed or cancelled; cancelling is a running job that was asked to stop.
ACTIVE = ("queued", "running", "cancelling")
EDITING = ("translation", "study")  # kinds of jobs that edit photos: the same workers do, and they take turns
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

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own idiom
        datetime: UtcTime, dict[str, Any]: JSON, list[str]: JSON, list[Any]: JSON,
    }  # fmt: skip


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
    filename: Mapped[str] = mapped_column(String(LONGEST_NAME))  # the client's, for display alone
    state: Mapped[str] = mapped_column(String(16), default="queued")  # queued | done | failed
    attempts: Mapped[int] = mapped_column(default=0)  # begun, by whichever worker
    error: Mapped[str | None]
    source: Mapped[str | None]  # a blob's key, or the name within the job's folder
    result: Mapped[str | None]  # a blob's key
    format: Mapped[str | None] = mapped_column(String(8))  # of the result
    release: Mapped[str | None] = mapped_column(String(200))  # name@digest that edited it
    attributes: Mapped[dict[str, Any] | None]  # the change, where it is not that of the whole job
    ended: Mapped[int | None]  # the number of the job's event that its end was
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class Event(Base):
    """Something that a job without photos tells of, such as a training run's losses."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("job_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Job(Base):
    """A job. `lease_until` is how long its worker has promised to have it; past it, anyone may take the job over."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_lease", "state", "lease_until"),
        # Of one who asks, the same key is the same job.
        Index("ix_jobs_owner_key", "owner", "idempotency_key", unique=True),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))  # translation | training | evaluation | study
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what is asked beside; by kind
    progress: Mapped[dict[str, Any] | None]  # how far one without photos is; by kind
    outcome: Mapped[dict[str, Any] | None]  # what it brought about; by kind
    domain: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    attributes: Mapped[dict[str, Any]]
    format: Mapped[str | None] = mapped_column(String(8))
    aligned: Mapped[bool] = mapped_column(default=False)  # no faces are looked for
    priority: Mapped[int] = mapped_column(default=0)  # the higher go first
    owner: Mapped[str] = mapped_column(String(32), default="")  # the API key that made it; "" where there are none
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    fingerprint: Mapped[str | None] = mapped_column(String(64))  # of what was asked with that key
    events: Mapped[int] = mapped_column(default=0)  # how many: each end of a photo is one, and each Event
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


class Key(Base):
    """An API key. Its secret is not kept, only what it hashes to."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the secret, which is random
    scopes: Mapped[list[str]]
    per_minute: Mapped[int | None]  # requests; None: as the settings say
    at_once: Mapped[int | None]
    quota: Mapped[int | None]  # photos a day
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Usage(Base):
    """How many photos an API key has had taken on in a day, UTC."""

    __tablename__ = "usage"

    owner: Mapped[str] = mapped_column(String(32), primary_key=True)  # the key's id
    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # as in 2026-11-25
    photos: Mapped[int]


class Deed(Base):
    """The audit log: who did what, when and why. Rows are added, never changed."""

    __tablename__ = "deeds"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(140))  # an API key's name and id, or "local"
    what: Mapped[str] = mapped_column(String(40))  # promote | rollback | ...
    domain: Mapped[str | None] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(200))  # a release as name@digest, say
    why: Mapped[str]
    data: Mapped[dict[str, Any]]


class Schedule(Base):
    """When the promoted releases of a domain are evaluated."""

    __tablename__ = "schedules"

    domain: Mapped[str] = mapped_column(String(32), primary_key=True)
    cron: Mapped[str] = mapped_column(String(100))  # minute hour day month weekday, UTC
    enabled: Mapped[bool] = mapped_column(default=True)
    ticked_at: Mapped[datetime | None]  # the tick that was last acted upon; whoever moves it on acts


class Score(Base):
    """What an evaluation found of a release."""

    __tablename__ = "scores"
    __table_args__ = (Index("ix_scores_domain_digest", "domain", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str | None] = mapped_column(String(32))  # which may long be removed
    at: Mapped[datetime]
    domain: Mapped[str] = mapped_column(String(32))
    release: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    metrics: Mapped[dict[str, Any]]  # by name: value, low, high
    reference: Mapped[str] = mapped_column(String(64))  # fingerprint of the photos: only equals can be compared
    dropped: Mapped[dict[str, Any]]  # metrics that are worse than before, with what they were


class Delivery(Base):
    """A webhook that is to be called because a job has ended, until it has been."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(String(32))  # which may be removed meanwhile
    url: Mapped[str]
    body: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="due")  # due | delivered | given_up
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(index=True)
    error: Mapped[str | None]


class Seat(Base):
    """What one training runs on, while it does."""

    __tablename__ = "seats"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)  # machine/device
    owner: Mapped[str] = mapped_column(String(32))
    until: Mapped[datetime]


class Study(Base):
    """A blind comparison of releases by people's votes. The job of the same id makes its pictures."""

    __tablename__ = "studies"

    id: Mapped[str] = mapped_column(String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))  # for those who made it; voters do not see it
    question: Mapped[str] = mapped_column(String(300))  # that voters are asked
    candidates: Mapped[list[Any]]  # name and digest of each release
    edits: Mapped[list[Any]]  # changes of attributes
    photos: Mapped[int]
    token: Mapped[str] = mapped_column(String(64), unique=True)  # in the link that voters get
    seed: Mapped[str] = mapped_column(String(64))  # of all that voters must not be able to tell; stays here
    created_at: Mapped[datetime] = mapped_column(index=True)


class Vote(Base):
    """A voter's answer to one question of a study, which is a photo and an edit: one, which may be changed."""

    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("study_id", "voter", "question"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"))
    voter: Mapped[str] = mapped_column(String(64))  # random, made by the voter's browser
    question: Mapped[int]
    candidate: Mapped[int]  # its place in the study's list
    place: Mapped[int]  # at which its picture was shown, from 1
    at: Mapped[datetime]
