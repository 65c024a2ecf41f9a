"""A healthy installation, told by real stories, of which each test may break a copy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from adapters.contract.relay import Relay, relay
from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis
from service.store import schema
from service.store.schema import drift as schema_drift
from service.store.sealing import Vault
from service.store.unit import Store, make_engine
from tests.adapters.mail.conftest import authority
from tests.database import SHAPE, Clones, clone
from tests.doctor.patient import Patient
from tests.doctor.stories import tell

__all__ = ["authority"]

_read: dict[tuple[Any, ...], list[Any]] = {}


def drift(connection: Connection) -> list[Any]:
    """What the product's own finds. It takes half a second, and most tests change no catalog."""
    shape = tuple(tuple(row) for row in connection.exec_driver_sql(SHAPE))
    if shape not in _read:
        _read[shape] = schema_drift(connection)
    return _read[shape]


@pytest.fixture(autouse=True)
def _read_a_shape_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "drift", drift)


@pytest.fixture(scope="session")
def seal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key file of the stories."""
    path = tmp_path_factory.mktemp("seal") / "seal.key"
    Vault.make_file(path)
    return path


async def told_in(server: EmbeddedPostgres, seal: Path) -> str:
    """A new database in which stories were told, by name."""
    name = await clone(server)
    store = Store(make_engine(server.url("efface_app", name)), Vault.from_file(seal))
    try:
        await tell(store)
    finally:
        await store.close()
    return name


@pytest.fixture(scope="session")
def told(migrated: EmbeddedPostgres, seal: Path) -> str:
    """Told once, never changed afterwards."""
    return asyncio.run(told_in(migrated, seal))


@pytest.fixture(scope="session")
async def copies(migrated: EmbeddedPostgres, told: str) -> AsyncIterator[Clones]:
    """Copies of it."""
    async with Clones(migrated, told) as made:
        yield made


@pytest.fixture
async def copy(copies: Clones) -> AsyncIterator[str]:
    """A copy of it for one test, by name."""
    name = await copies.lend()
    yield name
    await copies.take_back(name)


@pytest.fixture(scope="session")
def rings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis of the doctor's own, whose settings tests change and put back."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("rings"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def post() -> AsyncIterator[Relay]:
    """A mail relay that takes everybody."""
    async with relay() as found:
        yield found


@pytest.fixture
async def patient(
    migrated: EmbeddedPostgres, copy: str, rings: EmbeddedRedis, seal: Path, post: Relay
) -> Patient:
    """All of it, in good health, with a worker."""
    return await Patient(migrated, copy, rings, seal, post.port).with_worker()


@pytest.fixture(scope="session")
def durable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A Postgres as it is in earnest: what is committed is on disk."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("durable"))
    server.start()
    asyncio.run(schema.migrate(server.url("efface_migrator"), app_role="efface_app"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def told_in_earnest(durable: EmbeddedPostgres, seal: Path) -> str:
    """The stories on such a Postgres, which no test changes."""
    return asyncio.run(told_in(durable, seal))


@pytest.fixture
async def in_earnest(
    durable: EmbeddedPostgres, told_in_earnest: str, rings: EmbeddedRedis, seal: Path, post: Relay
) -> Patient:
    """The same on such a Postgres."""
    return await Patient(durable, told_in_earnest, rings, seal, post.port).with_worker()
