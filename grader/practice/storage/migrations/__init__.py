"""The schema's history, by Alembic: `versions` has one file a change, the oldest first."""
