"""Fixtures on a migrated database: each test gets a copy of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from itertools import count

import asyncpg
import pytest

from service.embedded.postgres import EmbeddedPostgres
from service.store import schema
from service.store.sealing import Vault
from service.store.unit import Store, make_engine

_numbers = count(1)


@pytest.fixture(scope="session")
def migrated(postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    """The server, with every migration applied to its `efface` database."""
    asyncio.run(schema.migrate(postgres.url("efface_migrator"), app_role="efface_app"))
    return postgres


def plain_dsn(url: str) -> str:
    """SQLAlchemy's address as asyncpg reads it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def clone(server: EmbeddedPostgres) -> str:
    """The name of a new database that is like the migrated one."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    conn = await asyncpg.connect(plain_dsn(server.superuser_url("postgres")))
    try:
        await conn.execute(f"CREATE DATABASE {name} TEMPLATE efface")
    finally:
        await conn.close()
    return name


async def drop(server: EmbeddedPostgres, name: str) -> None:
    """Drop a clone, whoever is connected."""
    conn = await asyncpg.connect(plain_dsn(server.superuser_url("postgres")))
    try:
        await conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await conn.close()


@pytest.fixture
async def database(migrated: EmbeddedPostgres) -> AsyncIterator[str]:
    """A migrated database of this test's own, by name."""
    name = await clone(migrated)
    yield name
    await drop(migrated, name)


@pytest.fixture
def vault() -> Vault:
    """A key that seals what this test stores."""
    return Vault(os.urandom(32))


@pytest.fixture
async def store(migrated: EmbeddedPostgres, database: str, vault: Vault) -> AsyncIterator[Store]:
    """The store as the running product has it: its own role, its own rights."""
    made = Store(make_engine(migrated.url("efface_app", database)), vault)
    yield made
    await made.close()


__all__ = ["clone", "database", "drop", "migrated", "plain_dsn", "store", "vault"]
