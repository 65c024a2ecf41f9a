"""Runs the steps on the connection that `service.store.schema` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from service.store import tables  # noqa: F401 - fills the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    transaction_per_migration=True,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
