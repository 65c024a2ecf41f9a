"""Fixtures on a migrated database: each test has one to itself, as it was when it was new."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any, Final, Self

import asyncpg
import pytest
from sqlalchemy import QueuePool, event
from sqlalchemy.ext.asyncio import AsyncEngine

from service.embedded.postgres import EmbeddedPostgres
from service.store import schema
from service.store.sealing import Vault
from service.store.unit import Store, make_engine

_numbers = count(1)

CATALOGS: Final = (
    "pg_attrdef", "pg_attribute", "pg_class", "pg_constraint", "pg_default_acl",
    "pg_event_trigger", "pg_extension", "pg_index", "pg_inherits", "pg_namespace", "pg_policy",
    "pg_proc", "pg_publication", "pg_rewrite", "pg_sequence", "pg_statistic_ext", "pg_trigger",
    "pg_type",
)  # fmt: skip
SHAPE: Final = " UNION ALL ".join(
    f"SELECT '{catalog}', count(*), max(CAST(CAST(xmin AS text) AS bigint))::text FROM {catalog}"
    for catalog in CATALOGS
) + (
    " UNION ALL SELECT 'settings', count(*), min(s.setconfig::text) FROM pg_db_role_setting s"
    " JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()"
    " UNION ALL SELECT 'rights', datconnlimit, datacl::text FROM pg_database"
    " WHERE datname = current_database()"
)
"""What no row of ours may have changed: every statement that changes a catalog leaves its own
transaction in it.
"""
TABLES: Final = (
    "SELECT c.relname, pg_relation_size(c.oid) AS bytes FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'public' AND c.relkind = 'r'"
)
ALONE: Final = (
    "SELECT bool_and(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL($1::int[])"
)
ALIVE: Final = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid = ANY($1::int[])"
)
MOST_BYTES: Final = 1024 * 1024
"""Of all tables, with what was deleted from them: a database that has grown beyond is dropped."""


@pytest.fixture(scope="session")
def migrated(postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    """The server, with every migration applied to its `efface` database."""
    asyncio.run(schema.migrate(postgres.url("efface_migrator"), app_role="efface_app"))
    return postgres


def plain_dsn(url: str) -> str:
    """SQLAlchemy's address as asyncpg reads it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def connect(server: EmbeddedPostgres, name: str = "postgres") -> asyncpg.Connection[Any]:
    """A connection as superuser."""
    return await asyncpg.connect(plain_dsn(server.superuser_url(name)))


async def clone(server: EmbeddedPostgres, template: str = "efface") -> str:
    """The name of a new database that is like the migrated one, or like another."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    conn = await connect(server)
    try:
        await conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        await conn.close()
    return name


async def drop(server: EmbeddedPostgres, name: str) -> None:
    """Drop a clone, whoever is connected."""
    conn = await connect(server)
    try:
        await conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await conn.close()


@dataclass(frozen=True)
class New:
    """How a database was when it was new: its shape, and its rows by table in COPY's format."""

    shape: list[Any]
    rows_by_table: Mapping[str, bytes]

    @classmethod
    async def of(cls, conn: asyncpg.Connection[Any]) -> New:
        rows_by_table = {}
        for table, size_bytes in await conn.fetch(TABLES):
            if size_bytes:
                rows = BytesIO()
                await conn.copy_from_table(table, output=rows, format="binary")
                rows_by_table[table] = rows.getvalue()
        return cls(await conn.fetch(SHAPE), rows_by_table)


class Warm:
    """An engine that outlives the test: its connections have planned every statement already."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._pids: list[int] = []
        event.listen(self.engine.sync_engine, "connect", self._note)

    def _note(self, connection: Any, _record: object) -> None:
        self._pids.append(connection.driver_connection.get_server_pid())

    async def pids(self, conn: asyncpg.Connection[Any]) -> list[int]:
        """Its backends. None, and it begins anew, when one is in use still or is not there."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        if pool.checkedout() or await conn.fetchval(ALIVE, self._pids) != pool.checkedin():
            await self.engine.dispose()
            self._pids.clear()
        return self._pids


class Clones:
    """Databases like one template. One that was used is emptied and lent again: that takes a tenth
    of making and dropping it. It is dropped when anything but rows was changed.
    """

    def __init__(self, server: EmbeddedPostgres, template: str = "efface") -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []
        self._new: New | None = None
        self._warm: dict[str, Warm] = {}
        self._keepers: dict[str, asyncpg.Connection[Any]] = {}  # a superuser's, one in each

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for warm in self._warm.values():
            await warm.engine.dispose()
        for keeper in self._keepers.values():
            keeper.terminate()

    def engine(self, name: str) -> AsyncEngine:
        """The application's own to one that was lent."""
        if name not in self._warm:
            self._warm[name] = Warm(self._server.url("efface_app", name))
        return self._warm[name].engine

    async def lend(self) -> str:
        """One that nobody has, by name."""
        if self._free:
            return self._free.pop()
        name = await clone(self._server, self._template)
        if self._new is None:
            self._new = await New.of(await self._keeper(name))
        return name

    async def _keeper(self, name: str) -> asyncpg.Connection[Any]:
        if name not in self._keepers:
            self._keepers[name] = await connect(self._server, name)
        return self._keepers[name]

    async def take_back(self, name: str) -> None:
        """It is used no more: whoever is still connected is sent away."""
        if await self._made_new(name):
            self._free.append(name)
            return
        if name in self._warm:
            await self._warm.pop(name).engine.dispose()
        if name in self._keepers:
            self._keepers.pop(name).terminate()
        await drop(self._server, name)

    async def _made_new(self, name: str) -> bool:
        """Whether it is as it was. What a test did to the server must not fail the next one."""
        try:
            return await self._emptied(await self._keeper(name), name)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    async def _emptied(self, conn: asyncpg.Connection[Any], name: str) -> bool:
        new = self._new
        assert new is not None, "it was lent by somebody else"
        ours = await self._warm[name].pids(conn) if name in self._warm else []
        if await conn.fetchval(ALONE, ours) is False or await conn.fetch(SHAPE) != new.shape:
            return False
        size_bytes_by_table = dict(await conn.fetch(TABLES))
        if sum(size_bytes_by_table.values()) > MOST_BYTES:
            return False
        used = [table for table, size_bytes in size_bytes_by_table.items() if size_bytes]
        async with conn.transaction():
            # No trigger and no foreign key: what the application may never delete is deleted.
            await conn.execute("SET LOCAL session_replication_role = replica")
            await conn.execute(";".join(f"DELETE FROM {table}" for table in used))
            for table, rows in new.rows_by_table.items():
                await conn.copy_to_table(table, source=BytesIO(rows), format="binary")
        return True


@pytest.fixture(scope="session")
async def clones(migrated: EmbeddedPostgres) -> AsyncIterator[Clones]:
    """Migrated databases without a row."""
    async with Clones(migrated) as made:
        yield made


@pytest.fixture
async def database(clones: Clones) -> AsyncIterator[str]:
    """A migrated database of this test's own, by name."""
    name = await clones.lend()
    yield name
    await clones.take_back(name)


@pytest.fixture
def vault() -> Vault:
    """A key that seals what this test stores."""
    return Vault(os.urandom(32))


@pytest.fixture
async def store(clones: Clones, database: str, vault: Vault) -> Store:
    """The store as the running product has it: its own role, its own rights."""
    return Store(clones.engine(database), vault)


__all__ = [
    "Clones",
    "clone",
    "clones",
    "connect",
    "database",
    "drop",
    "migrated",
    "plain_dsn",
    "store",
    "vault",
]
