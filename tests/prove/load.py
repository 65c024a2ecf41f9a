"""What a centre does all day, as load: cases, addresses handed in, pages read."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Self

from service.actions import organisations
from service.domain.states import Actor
from service.playground.script import Script
from service.playground.visit import CASE
from tests.flow.office import Office
from tests.prove.balancer import Balancer

LINES: Final = 5
IN_A_CASE: Final = 10  # calls that hand in, before the next case
EVERY_S: Final = 0.25
PLATFORMS: Final = ("peertube", "bluesky")
READERS: Final = 2


async def token_of(office: Office, role: Actor = Actor.CASE_WORKER) -> str:
    """A key of this office, as a program has it."""
    return (await organisations.make_key(office.ctx, office.organisation, role)).token


class Load:
    """Hands in new addresses and reads pages, through a balancer, until stopped."""

    def __init__(
        self,
        office: Office,
        balancer: Balancer,
        script: Callable[[], Script],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._office = office
        self._balancer = balancer
        self._script = script
        self._every_s = every_s
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.accepted: list[str] = []
        self.takedowns: list[str] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._hand_in()),
            *(asyncio.create_task(self._read()) for _ in range(READERS)),
        ]
        return self

    async def stop(self) -> None:
        """Let every call end."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _hand_in(self) -> None:
        case: dict[str, Any] = {}
        for number in itertools.count():
            if self._stopping.is_set():
                return
            if number % IN_A_CASE == 0:
                body = {"reference": f"load-{number}", **CASE}
                case = await self._balancer.call("POST", "/cases", body) or case
            add = self._office.playground.add
            urls = [
                add(PLATFORMS[n % 2], self._script(), f"load{number}-{n}") for n in range(LINES)
            ]
            body = {"case_id": case["id"], "items": urls}
            made = await self._balancer.call("POST", "/takedowns", body)
            for line in made["items"] if made else ():
                assert line["status"] == "accepted", line
                self.accepted.append(line["url"])
                self.takedowns.append(line["takedown_id"])
            await self._see()
            await self._pause(self._every_s)

    async def _see(self) -> None:
        """Somebody looks at one of them, and says what they see."""
        if self.takedowns:
            seen = {"seen": "up", "seen_at": datetime.now(UTC).isoformat(), "how": "in a browser"}
            path = f"/takedowns/{random.choice(self.takedowns[-20:])}/observations"
            await self._balancer.call("POST", path, seen)

    async def _read(self) -> None:
        while not self._stopping.is_set():
            paths = ["/todo", "/takedowns?limit=20", "/events?after=0&limit=50", "/platforms"]
            if self.takedowns:
                one = random.choice(self.takedowns)
                paths += [f"/takedowns/{one}", f"/takedowns/{one}/timeline"]
            await self._balancer.call("GET", random.choice(paths))
            await self._pause(0.05)
