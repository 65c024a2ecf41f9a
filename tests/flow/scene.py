"""An office and its worker processes, with all the ways to disturb them.

The practice platform, which counts what arrived, runs in this process. `key_file`, `vault` and
`scene` are fixtures for whoever names them.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from service.embedded.postgres import EmbeddedPostgres
from service.playground.behaviours import ignored
from service.playground.script import Fault
from service.playground.serve import Playground
from service.store.sealing import Vault
from service.store.unit import Store
from tests.flow.office import Office
from tests.flow.processes import POLL_S, Process
from tests.flow.worker import Orders, specs


class Scene:
    """An office that takes addresses in and looks at the record, and workers that do the rest."""

    def __init__(self, office: Office, orders: Orders) -> None:
        self.office = office
        self.orders = orders
        self.urls: list[str] = []

    def worker(self, dies: str = "") -> Process:
        given = self.orders
        return Process(Orders(given.database_url, given.redis_url, given.key_file, dies))

    async def hand_in(self, count: int, *faults: Fault) -> None:
        add, name = self.office.playground.add, f"scene{len(self.urls)}"
        script = ignored().meeting(sends=faults)
        new = [add("peertube", script, f"{name}-{n}") for n in range(count)]
        self.urls += new
        await self.office.take_in(await self.office.case(), *new)

    async def out(self, count: int = 1) -> None:
        """Wait until the platform has taken this many calls."""

        async def taken() -> bool:
            return self.office.playground.sent("peertube") >= count

        await self.office.until(taken)

    async def all_sent(self) -> bool:
        return await self.office.states("notices") == {"sent": len(self.urls)}

    async def ends_well(self, within_s: float = 12) -> None:
        """Everything arrived, and the platform counts each report once."""
        await self.office.until(self.all_sent, within_s)
        playground = self.office.playground
        reports = Counter(len(playground.item(url).reports) for url in self.urls)
        assert reports == {1: len(self.urls)}
        assert await self.office.states("requests", carrying=True) == {"asked": len(self.urls)}
        open_ones = await self.office.rows(
            "SELECT count(*) AS n FROM attempts WHERE state IN ('intent', 'perhaps')"
        )
        assert open_ones[0].n == 0

    async def freeze(self, process: Process) -> None:
        """Stop it between two transactions. In one it would keep its locks, for a minute at most:
        then the database ends it.
        """
        while True:
            process.signal(signal.SIGSTOP)
            inside = await self.office.rows(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            if not inside:
                return
            process.signal(signal.SIGCONT)
            await asyncio.sleep(POLL_S)

    async def doubts(self) -> int:
        """How many notices nobody was sure of at some time."""
        rows = await self.office.rows(
            "SELECT DISTINCT subject_id FROM entries WHERE target = 'perhaps_sent'"
        )
        return len(rows)


@asynccontextmanager
async def open_scene(store: Store, playground: Playground, orders: Orders) -> AsyncIterator[Scene]:
    """A scene on an empty Redis."""
    redis: Redis = Redis.from_url(orders.redis_url)
    await redis.flushall()
    await redis.aclose()
    async with Office(store, playground=playground) as office:
        office.specs.update(specs())
        yield Scene(office, orders)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The key that seals, where another process can read it."""
    path = tmp_path / "key"
    Vault.make_file(path)
    return path


@pytest.fixture
def vault(key_file: Path) -> Vault:
    """The same key, here."""
    return Vault.from_file(key_file)


@pytest.fixture
async def scene(
    store: Store,
    playground: Playground,
    migrated: EmbeddedPostgres,
    database: str,
    redis_url: str,
    key_file: Path,
) -> AsyncIterator[Scene]:
    """On the Postgres and the Redis that tests share."""
    orders = Orders(migrated.url("efface_app", database), redis_url, str(key_file))
    async with open_scene(store, playground, orders) as found:
        yield found
