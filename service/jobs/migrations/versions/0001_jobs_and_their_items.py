"""Jobs and their items"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("domain", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("format", sa.String(8)),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("release_name", sa.String(120)),
        sa.Column("release_digest", sa.String(64)),
        sa.Column("lease_owner", sa.String(32)),
        sa.Column("lease_until", time),
        sa.Column("enqueued_at", time, nullable=False),
        sa.Column("created_at", time, nullable=False, index=True),
        sa.Column("started_at", time),
        sa.Column("finished_at", time),
    )
    op.create_index("ix_jobs_state_lease", "jobs", ["state", "lease_until"])
    op.create_table(
        "items",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("source", sa.String()),
        sa.Column("result", sa.String()),
        sa.Column("format", sa.String(8)),
        sa.Column("release", sa.String(200)),
        sa.UniqueConstraint("job_id", "index"),
    )


def downgrade() -> None:
    """Removes both tables, and with them all jobs."""
    op.drop_table("items")
    op.drop_table("jobs")
