"""A centre of its own for each test of the store; the tests of one file share a database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from service.store.unit import Store
from tests.database import Clones
from tests.store.ground import Ground


@pytest.fixture(scope="module")
def database(clones: Clones) -> Iterator[str]:
    """A migrated database, by name."""
    name = asyncio.run(clones.lend())
    yield name
    asyncio.run(clones.take_back(name))


@pytest.fixture
async def ground(store: Store) -> Ground:
    """An organisation with one open case."""
    return await Ground(store).lay()
