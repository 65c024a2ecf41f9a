"""Fixtures of the API tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from service.store.unit import Store
from tests.api.house import House


@pytest.fixture
async def house(store: Store) -> AsyncIterator[House]:
    async with House(store) as made:
        yield made
