"""Run by Alembic with a connection that `backend.db.migrate` opened."""

from __future__ import annotations

from alembic import context

from backend.db.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
