"""Doors that a browser has opened are kept here, so that closing them ends what an old cookie could do."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "grants",
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("visitor", "door"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("grants")
