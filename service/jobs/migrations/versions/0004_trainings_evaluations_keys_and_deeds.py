"""Jobs without photos, API keys, the audit log, scheduled evaluations and their scores, webhooks"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Jobs that are there are translations, which have no options."""
    op.add_column("jobs", sa.Column("options", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("jobs", sa.Column("progress", sa.JSON()))
    op.add_column("jobs", sa.Column("outcome", sa.JSON()))
    op.add_column("items", sa.Column("attributes", sa.JSON()))
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.UniqueConstraint("job_id", "number"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("per_minute", sa.Integer()),
        sa.Column("at_once", sa.Integer()),
        sa.Column("quota", sa.Integer()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
    )
    op.create_table(
        "deeds",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", TIME, nullable=False, index=True),
        sa.Column("who", sa.String(140), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("domain", sa.String(32)),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
    )
    op.create_table(
        "schedules",
        sa.Column("domain", sa.String(32), primary_key=True),
        sa.Column("cron", sa.String(100), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("ticked_at", TIME),
    )
    op.create_table(
        "scores",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("job_id", sa.String(32)),
        sa.Column("at", TIME, nullable=False),
        sa.Column("domain", sa.String(32), nullable=False),
        sa.Column("release", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("dropped", sa.JSON(), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False, index=True),
        sa.Column("error", sa.String()),
    )
    op.create_index("ix_scores_domain_digest", "scores", ["domain", "digest"])


def downgrade() -> None:
    """Removes what has no place any more, jobs without photos included."""
    op.execute("DELETE FROM jobs WHERE kind <> 'translation'")
    for table in ("deliveries", "scores", "schedules", "deeds", "keys", "events"):
        op.drop_table(table)
    op.drop_column("items", "attributes")
    for name in ("outcome", "progress", "options"):
        op.drop_column("jobs", name)
