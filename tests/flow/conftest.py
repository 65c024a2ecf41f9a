"""The practice platforms of a story, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from service.playground.serve import Playground
from tests.flow.office import SITE


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Story time moves only when a story says so."""
    async with Playground(speed=1.0, peertube_site=SITE) as playground:
        yield playground
