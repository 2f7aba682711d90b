"""How Alembic runs the migrations: on the connection, and in the transaction, that Database.migrate hands over."""

from alembic import context

from service.jobs.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
