"""Whether a job's photos are framed already, so that no faces are looked for"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Jobs that are there were made when all photos were taken as framed."""
    op.add_column("jobs", sa.Column("aligned", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Forgets it."""
    op.drop_column("jobs", "aligned")
