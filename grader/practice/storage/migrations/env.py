"""What Alembic runs: the migrations on the connection that `database` has opened, inside its transaction."""

from alembic import context

from grader.practice.storage.models import Base

# Outside of a run there is no configuration: whoever only imports this file migrates nothing.
if hasattr(context, "config"):
    context.configure(
        connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()
