"""Fixtures of the API tests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from service.embedded.postgres import EmbeddedPostgres
from service.store.sealing import Vault
from service.store.unit import Store, make_engine
from tests.api.house import House, Ready
from tests.database import Clones, clone


@pytest.fixture(scope="session")
def vault() -> Vault:
    """The key that sealed what is ready."""
    return Vault(os.urandom(32))


@pytest.fixture(scope="session")
def ready(migrated: EmbeddedPostgres, vault: Vault) -> Ready:
    """The two centres, made once."""

    async def make() -> Ready:
        name = await clone(migrated)
        store = Store(make_engine(migrated.url("efface_app", name)), vault)
        async with House(store) as house:
            made = Ready(name, house.ours, house.theirs, house.app)
        await store.close()
        return made

    return asyncio.run(make())


@pytest.fixture(scope="session")
async def clones(migrated: EmbeddedPostgres, ready: Ready) -> AsyncIterator[Clones]:
    """Databases that have the two centres and nothing else."""
    async with Clones(migrated, ready.database) as made:
        yield made


@pytest.fixture
async def house(store: Store, ready: Ready) -> AsyncIterator[House]:
    async with House(store, ready) as made:
        yield made
