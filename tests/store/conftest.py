"""A centre of its own for each test of the store; the tests of one file share a database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from service.store.unit import Store
from tests.database import Clones
from tests.store.ground import Ground


@pytest.fixture(scope="module")
async def database(clones: Clones) -> AsyncIterator[str]:
    """A migrated database, by name."""
    name = await clones.lend()
    yield name
    await clones.take_back(name)


@pytest.fixture
async def ground(store: Store) -> Ground:
    """An organisation with one open case."""
    return await Ground(store).lay()
