"""Priorities, the order in which photos ended, who made a job, and keys that make a request twice one job"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Photos that have ended are given places in the order of the upload: theirs was not kept."""
    time = sa.DateTime(timezone=True)
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("owner", sa.String(32), nullable=False, server_default=""))
        jobs.add_column(sa.Column("events", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("idempotency_key", sa.String(200)))
        jobs.add_column(sa.Column("fingerprint", sa.String(64)))
        jobs.create_unique_constraint("uq_jobs_owner_idempotency_key", ["owner", "idempotency_key"])
    with op.batch_alter_table("items") as items:
        items.add_column(sa.Column("ended", sa.Integer()))
        items.add_column(sa.Column("ended_at", time))
        items.drop_index("ix_items_job_id")
        items.create_index("ix_items_job_state", ["job_id", "state"])
        items.create_index("ix_items_job_ended", ["job_id", "ended"])
        items.create_index("ix_items_ended_at", ["ended_at"])
    photo = sa.table("items", *[sa.column(name) for name in ("id", "job_id", "index", "state", "ended")])
    before, job = photo.alias(), sa.table("jobs", sa.column("id"), sa.column("events"))
    place = sa.select(sa.func.count()).where(
        before.c.job_id == photo.c.job_id, before.c.state != "queued", before.c.index <= photo.c.index
    )
    ended = sa.select(sa.func.count()).where(photo.c.job_id == job.c.id, photo.c.state != "queued")
    op.execute(sa.update(photo).where(photo.c.state != "queued").values(ended=place.scalar_subquery()))
    op.execute(sa.update(job).values(events=ended.scalar_subquery()))


def downgrade() -> None:
    """Forgets them."""
    with op.batch_alter_table("items") as items:
        for name in ("ix_items_ended_at", "ix_items_job_ended", "ix_items_job_state"):
            items.drop_index(name)
        items.create_index("ix_items_job_id", ["job_id"])
        items.drop_column("ended_at")
        items.drop_column("ended")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_constraint("uq_jobs_owner_idempotency_key", type_="unique")
        for name in ("fingerprint", "idempotency_key", "events", "owner", "priority"):
            jobs.drop_column(name)
