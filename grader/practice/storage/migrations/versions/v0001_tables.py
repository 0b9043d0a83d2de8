"""The tables as they began."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "classrooms",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "hand_ins",
        sa.Column("assignment", sa.String(length=64), nullable=False),
        sa.Column("student", sa.String(length=120), nullable=False),
        sa.Column("question", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("responses", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("assignment", "student", "question", "number"),
    )
    op.create_table(
        "online_answers",
        sa.Column("assignment", sa.String(length=64), nullable=False),
        sa.Column("student", sa.String(length=120), nullable=False),
        sa.Column("question", sa.String(length=120), nullable=False),
        sa.Column("slot", sa.String(length=120), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("assignment", "student", "question", "slot"),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "learners",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("pseudonym", sa.String(length=120), nullable=False),
        sa.Column("classroom_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["classroom_id"],
            ["classrooms.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_learners_classroom_id"), "learners", ["classroom_id"], unique=False)
    op.create_table(
        "plays",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("learner_id", sa.String(length=64), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("lesson", sa.String(length=120), nullable=False),
        sa.Column("recipe", sa.String(length=120), nullable=False),
        sa.Column("parameter", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.String(length=120), nullable=False),
        sa.Column("seed", sa.String(length=120), nullable=False),
        sa.Column("asked", sa.String(length=120), nullable=False),
        sa.Column("edition", sa.String(length=120), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("revealed_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["learners.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("learner_id", "question_id"),
    )
    op.create_index(op.f("ix_plays_learner_id"), "plays", ["learner_id"], unique=False)
    op.create_table(
        "answers",
        sa.Column("play_id", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=120), nullable=False),
        sa.Column("step", sa.String(length=120), nullable=False),
        sa.Column("skill", sa.String(length=120), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("checked", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("followed", sa.Double(), nullable=True),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("credit", sa.Double(), nullable=True),
        sa.Column("tried_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["play_id"],
            ["plays.id"],
        ),
        sa.PrimaryKeyConstraint("play_id", "slot"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("learner_id", sa.String(length=64), nullable=False),
        sa.Column("classroom_id", sa.String(length=64), nullable=True),
        sa.Column("play_id", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.String(length=120), nullable=False),
        sa.Column("slot", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("skill", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("verdict", sa.Integer(), nullable=True),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["learners.id"],
        ),
        sa.ForeignKeyConstraint(
            ["play_id"],
            ["plays.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_events_classroom_at", "events", ["classroom_id", "at"], unique=False)
    op.create_index(op.f("ix_events_learner_id"), "events", ["learner_id"], unique=False)
    op.create_index(op.f("ix_events_play_id"), "events", ["play_id"], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_index(op.f("ix_events_play_id"), table_name="events")
    op.drop_index(op.f("ix_events_learner_id"), table_name="events")
    op.drop_index("ix_events_classroom_at", table_name="events")
    op.drop_table("events")
    op.drop_table("answers")
    op.drop_index(op.f("ix_plays_learner_id"), table_name="plays")
    op.drop_table("plays")
    op.drop_index(op.f("ix_learners_classroom_id"), table_name="learners")
    op.drop_table("learners")
    op.drop_table("settings")
    op.drop_table("online_answers")
    op.drop_table("hand_ins")
    op.drop_table("classrooms")
