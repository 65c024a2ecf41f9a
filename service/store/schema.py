"""Bringing a database to the shape this version needs, and what the application's role may do in
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from service.store import checks, tables

_FOLDER: Final = Path(__file__).parents[2] / "migrations"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


async def migrate(url: str, *, app_role: str, owner_role: str | None = None) -> None:
    """Run every step that this database has not seen, then say again what the application's role
    may do.

    `url` connects as a role that owns the tables or is a member of `owner_role`. Safe to repeat,
    and safe to
    start twice at once: the second waits.
    """
    engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.begin() as conn:
            await conn.execute(text("SELECT pg_advisory_xact_lock(7077085)"))
            if owner_role:
                await conn.execute(text(f'SET ROLE "{owner_role}"'))
            await conn.run_sync(lambda c: command.upgrade(_config(c), "head"))
            for statement in grants(app_role):
                await conn.execute(text(statement))
    finally:
        await engine.dispose()


def grants(role: str) -> Iterator[str]:
    """The application's rights: it can add to the record and read it, never take away from it."""
    yield f'GRANT USAGE ON SCHEMA public TO "{role}"'
    yield f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}"'
    for table in tables.APPEND_ONLY:
        yield f'GRANT SELECT, INSERT ON {table} TO "{role}"'
    for table in tables.NO_DELETE:
        yield f'GRANT SELECT, INSERT, UPDATE ON {table} TO "{role}"'
    for table in tables.FREE:
        yield f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"'
    for view in tables.VIEWS:
        yield f'GRANT SELECT ON {view} TO "{role}"'
    yield f'GRANT SELECT ON alembic_version TO "{role}"'


def drift(connection: Connection) -> list[Any]:
    """What the migrated database and the model disagree on; empty when they agree."""
    known: dict[str, Any] = connection.dialect.ischema_names  # type: ignore[attr-defined]
    known["xid8"] = checks.Xid8
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


def head() -> str:
    """The newest step that this version knows."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    found = ScriptDirectory.from_config(config).get_current_head()
    assert found is not None
    return found
