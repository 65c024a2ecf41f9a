"""A playground over real sockets, and a plain client: none of our adapters is used here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from service.playground.serve import Playground


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Story time moves only by `clock.forward`, as good as."""
    playground = Playground(speed=1.0)
    await playground.start()
    yield playground
    await playground.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield session
