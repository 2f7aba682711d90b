"""Priorities, the order in which photos ended, who made a job, and keys that make a request twice one job"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# No batch_alter_table: where it makes a table anew in SQLite, rows that refer to the old one are deleted with it.


def upgrade() -> None:
    """Photos that have ended are given places in the order of the upload: theirs was not kept."""
    time = sa.DateTime(timezone=True)
    op.add_column("jobs", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("owner", sa.String(32), nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("events", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("idempotency_key", sa.String(200)))
    op.add_column("jobs", sa.Column("fingerprint", sa.String(64)))
    op.create_index("ix_jobs_owner_key", "jobs", ["owner", "idempotency_key"], unique=True)
    op.add_column("items", sa.Column("ended", sa.Integer()))
    op.add_column("items", sa.Column("ended_at", time))
    op.drop_index("ix_items_job_id", "items")
    op.create_index("ix_items_job_state", "items", ["job_id", "state"])
    op.create_index("ix_items_job_ended", "items", ["job_id", "ended"])
    op.create_index("ix_items_ended_at", "items", ["ended_at"])
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
    for name in ("ix_items_ended_at", "ix_items_job_ended", "ix_items_job_state"):
        op.drop_index(name, "items")
    op.create_index("ix_items_job_id", "items", ["job_id"])
    op.drop_column("items", "ended_at")
    op.drop_column("items", "ended")
    op.drop_index("ix_jobs_owner_key", "jobs")
    for name in ("fingerprint", "idempotency_key", "events", "owner", "priority"):
        op.drop_column("jobs", name)
