"""A Postgres that comes and goes, has no room, or gives up on a statement: nothing is lost, nothing
is sent twice, no process ends, and clients are told to come back. What happens to a COMMIT without
a reply is in `test_commits.py`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from service.embedded.postgres import EmbeddedPostgres
from service.playground.behaviours import ignored
from service.playground.visit import CASE
from service.store import schema
from tests.flow.office import Office
from tests.prove import scale
from tests.prove.fleet import Member, Place, doubts, fleet_at, office_at, reports, until
from tests.prove.load import token_of

Figure = Callable[[str], None]

CALLS: Final = 5000
CLIENTS: Final = 8
HANDS_IN_EVERY: Final = 4  # the other calls read
PLATFORMS: Final = ("peertube", "bluesky")  # one that can be asked again, one where nobody knows
HOW: Final = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)  # fast, at once, killed
CALM_S: Final = (5.0, 15.0)  # between two restarts
DOWN_MAX_S: Final = 2.0
DONE_S: Final = 300.0


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A Postgres of this test's own, to be shut down."""
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    server.start()
    asyncio.run(schema.migrate(server.url("efface_migrator"), app_role="efface_app"))
    yield server
    server.stop()


@dataclass
class Clients:
    """Some who call at once, each repeating a call with its own key until it is answered."""

    office: Office
    address: str
    token: str
    urls: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Make all calls."""
        numbers = iter(range(CALLS))
        async with httpx.AsyncClient(
            base_url=f"{self.address}/api/v1",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=120,
            trust_env=False,
        ) as client:
            await asyncio.gather(*(self._one(client, n, numbers) for n in range(CLIENTS)))

    async def _one(self, client: httpx.AsyncClient, me: int, numbers: Iterator[int]) -> None:
        case = await self._call(client, "POST", "/cases", {"reference": f"client-{me}", **CASE})
        for number in numbers:
            if number % HANDS_IN_EVERY:
                await self._call(client, "GET", "/takedowns?limit=5")
            else:
                add, name = self.office.playground.add, PLATFORMS[number // HANDS_IN_EVERY % 2]
                url = add(name, ignored(), f"item-{number}")
                body = {"case_id": case["id"], "items": [url]}
                made = await self._call(client, "POST", "/takedowns", body)
                assert [line["status"] for line in made["items"]] == ["accepted"]
                self.urls.append(url)

    async def _call(
        self, client: httpx.AsyncClient, method: str, path: str, body: Any = None
    ) -> Any:
        """The reply that it has in the end; whoever is told to come back does so."""
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        while True:
            reply = await client.request(method, path, json=body, headers=headers)
            self.statuses[reply.status_code] += 1
            if reply.is_success:
                return reply.json()
            if reply.status_code != 503 or "retry-after" not in reply.headers:
                self.wrong.append(f"{method} {path} {reply.status_code} {reply.text[:200]}")
            await asyncio.sleep(float(reply.headers.get("retry-after", 5)))


class Monkey:
    """Shuts Postgres down in all ways there are, and starts it again."""

    def __init__(self, server: EmbeddedPostgres, seed: int) -> None:
        self._server = server
        self._chance = random.Random(seed)
        self.restarts = 0

    async def restart(self) -> None:
        process, how = self._server._process, HOW[self.restarts % len(HOW)]
        assert process is not None
        os.kill(process.pid, how)
        async with asyncio.timeout(60):
            while process.poll() is None:
                await asyncio.sleep(0.01)
        await asyncio.sleep(self._chance.uniform(0, DOWN_MAX_S))
        self._server.start()
        self.restarts += 1

    async def now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(*CALM_S))
            await self.restart()


@asynccontextmanager
async def disturbed(monkey: Monkey) -> AsyncIterator[None]:
    """All the time."""
    task = asyncio.create_task(monkey.now_and_then())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@scale.in_full
async def test_a_postgres_restarted_again_and_again_loses_nothing(
    own_postgres: EmbeddedPostgres, redis_url: str, tmp_path: Path, figure: Figure
) -> None:
    """Postgres shut down again and again (in order, at once, killed), away for up to 2 s, under
    calls of 8 clients at an API with two workers: each call is carried out once, each address is
    reported once, clients see 2xx or 503 with Retry-After, no process ends, nothing is doubtful.
    """
    place = Place(own_postgres.url("efface_app"), redis_url, tmp_path)
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    monkey = Monkey(own_postgres, seed)
    async with office_at(place) as office, fleet_at(place, apis=1) as ((api,), workers):
        clients = Clients(office, f"http://127.0.0.1:{api.port}", await token_of(office))
        began = time.monotonic()
        async with disturbed(monkey):
            await clients.run()

            async def all_sent() -> bool:
                return await office.states("notices") == {"sent": len(clients.urls)}

            await until(all_sent, DONE_S)
        took = time.monotonic() - began

        await exactly_once(office, clients)
        still_there([api, *workers])
        told_back, n = clients.statuses[503], len(clients.urls)
    figure(
        f"{CALLS:,} calls, {monkey.restarts} restarts in {took:.0f} s: {n:,} addresses, 0 lost,"
        f" 0 twice, 0 in doubt; {told_back} times 503 with Retry-After, nothing else but 2xx;"
        " 0 processes ended"
    )


async def exactly_once(office: Office, clients: Clients) -> None:
    """One batch for each call, one report for each address."""
    assert clients.wrong == []
    count = len(clients.urls)
    assert reports(office, clients.urls) == {1: count}
    (row,) = await office.rows(
        "SELECT (SELECT count(*) FROM batches) AS batches,"
        " (SELECT count(*) FROM takedowns) AS takedowns, (SELECT count(*) FROM cases) AS cases,"
        " (SELECT count(*) FROM attempts WHERE state IN ('intent', 'perhaps')) AS open"
    )
    assert (row.batches, row.takedowns, row.cases, row.open) == (count, count, CLIENTS, 0)
    assert await doubts(office) == 0


def still_there(members: list[Member]) -> None:
    """None of these processes has ended, and none was surprised."""
    assert [member._code() for member in members] == [None] * len(members)
    assert [line for member in members for line in member.errors()] == []
