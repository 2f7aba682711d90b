"""How many photos each API key has had taken on, by day"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was counted before."""
    op.create_table(
        "usage",
        sa.Column("owner", sa.String(32), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("photos", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Forgets it."""
    op.drop_table("usage")
