"""Runs the migrations on the connection, and inside the transaction, that the store hands over."""

from __future__ import annotations

from alembic import context

from explorer.store.decisions.database import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
