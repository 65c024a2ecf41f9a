"""The three steps that every peer does: the product's own adapter over its own transport, with the
very notice that the product would send.
"""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Final

from yarl import URL

from adapters.base import Tools
from adapters.peertube import PeerTube
from adapters.spec import (
    ContentClass,
    Grade,
    Item,
    Key,
    Locator,
    Purpose,
    Receipt,
    Regime,
    Sender,
    Statement,
)
from bench.ground import CASE, PROFILE, SITE, tools
from service.domain import notices
from service.domain.notices import Frame, Matter

AT_ONCE: Final = 64
"""Calls that one process has out: as many as one lane of the product's worker in this run."""
POLL_AGAIN_S: Final = 0.05
_MATTER: Final = Matter(
    sender=Sender(PROFILE["legal_name"], PROFILE["email"], PROFILE["address"]),
    statements=tuple(Statement(s["kind"], s["words"], s["language"]) for s in CASE["statements"]),
    content_class=ContentClass.NCII,
    depicted_minor=False,
    synthetic=False,
)


class Steps:
    """Send, poll until there is news, look. All in words, which any peer can keep."""

    def __init__(self, stub_url: str) -> None:
        self._tools: Tools = tools()
        settings = {"base_url": stub_url, "site_url": SITE}
        secrets = {"username": "bench", "password": "bench"}
        self._adapter = PeerTube(settings, secrets, self._tools)

    async def send(self, url: str) -> str:
        """The platform's own number of the report."""
        reference = str(uuid.uuid4())
        frame = Frame(
            Purpose.FIRST, Regime.TERMS, reference=reference, composed_at=datetime.now(UTC)
        )
        items = [Item(reference, self._locator(url))]
        notice = notices.compose(PeerTube.spec, _MATTER, frame, items)
        receipt = await self._adapter.send(notice, Key(reference.replace("-", "")))
        return receipt.reference or ""

    async def poll(self, reference: str) -> str:
        """What they say, once they say anything."""
        receipt = Receipt(reference, Grade.ACCEPTED_BY_ADDRESSEE)
        while True:
            answers = (await self._adapter.poll(receipt)).answers
            if answers:
                return answers[-1].status
            await asyncio.sleep(POLL_AGAIN_S)

    async def look(self, url: str) -> str:
        """What is seen there."""
        return (await self._adapter.look(self._locator(url))).seen.value

    def _locator(self, url: str) -> Locator:
        found = self._adapter.match(URL(url))
        assert found is not None
        return found

    async def close(self) -> None:
        await self._tools.http.aclose()
