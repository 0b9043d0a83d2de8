"""What a student's own numbers give at a step is worked out where it is shown; kept, it would be the answer itself."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the column away."""
    op.drop_column("answers", "followed")


def downgrade() -> None:
    """Make it again, empty."""
    op.add_column("answers", sa.Column("followed", sa.Double(), nullable=True))
