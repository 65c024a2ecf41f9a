"""A yard of platforms in memory, the API in front of it, and workers that listen at one Redis.

Everything lives in this process, so that what arrived, and when, is known to the millisecond. Each
worker and the API have connections of their own, as processes would.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Final, cast

import httpx
from structlog.testing import capture_logs

from adapters.spec import Ability, Key, Notice, Receipt
from service.actions import organisations
from service.actions.context import Context
from service.actions.queries import health
from service.api import application
from service.domain.states import Actor
from service.engine.queue import ArqBell
from service.engine.run import EngineWorker
from service.store.unit import Bell, Store, make_engine
from tests.flow.adapters import Site
from tests.flow.office import Office

SLOTS: Final = 64
NEVER: Final = timedelta(days=365)
PACE: Final = {"poll_first": NEVER, "poll_most": NEVER, "retry_first": timedelta(seconds=0.2)}


class Watched(Site):
    """A platform that notes when it was called about which address."""

    def __init__(self, name: str, **spec: Any) -> None:
        super().__init__(name, **spec)
        self.came: dict[str, list[float]] = {}

    async def take(self, notice: Notice, key: Key) -> Receipt:
        for item in notice.items:
            self.came.setdefault(item.locator.url, []).append(time.monotonic())
        return await super().take(notice, key)


class Yard:
    """One centre with several platforms. `handed` is when the API said 202, by address."""

    def __init__(
        self, office: Office, redis_url: str, sites: Sequence[Watched], lines: Sequence[Any]
    ) -> None:
        self.office = office
        self.lines = lines  # everything that was logged
        self.redis_url = redis_url
        self.sites = sites
        self.workers: list[EngineWorker] = []
        self.handed: dict[str, float] = {}
        self.statuses: list[int] = []
        self.no_more = False  # the load ends after the call that is on its way
        self.api: httpx.AsyncClient

    def context(self, stack: AsyncExitStack, bell: Bell | None = None) -> Context:
        """The office's context with connections of its own."""
        ours = self.office.store
        url = ours.engine.url.render_as_string(hide_password=False)
        store = Store(make_engine(url), ours.vault, bell)
        stack.push_async_callback(store.close)
        return dataclasses.replace(self.office.ctx, store=store)

    async def hire(self, stack: AsyncExitStack, sweep_s: float) -> EngineWorker:
        """One more worker, as it ships."""
        ctx = self.context(stack)
        worker = EngineWorker(ctx, self.redis_url, slots=SLOTS, sweep_s=sweep_s, drain_s=10)
        worker.name = f"{worker.name}:{len(self.workers)}"  # all share one process id
        await worker.start()
        stack.push_async_callback(worker.stop)
        self.workers.append(worker)
        return worker

    async def open_door(self, stack: AsyncExitStack, sweep_s: float) -> None:
        """The API, with a bell of its own that rings through Redis and nowhere else."""
        bell = ArqBell(self.redis_url)
        stack.push_async_callback(bell.close)
        ctx = self.context(stack, bell)
        sweep = timedelta(seconds=sweep_s)
        app = application.make(ctx, lambda: health.readiness(ctx, sweep))
        made = await organisations.make_key(ctx, self.office.organisation, Actor.CASE_WORKER)
        self.api = httpx.AsyncClient(
            transport=httpx.ASGITransport(cast("Any", app)),
            base_url="http://api.test",
            headers={"Authorization": f"Bearer {made.token}"},
        )
        stack.push_async_callback(self.api.aclose)

    async def hand_in(self, case: Any, count: int) -> None:
        """One call of the API with so many new addresses of one platform, each in its turn."""
        site, first = self.sites[len(self.statuses) % len(self.sites)], len(self.handed)
        urls = [site.url(str(n)) for n in range(first, first + count)]
        body = {"case_id": str(case.id), "items": urls}
        reply = await self.api.post("/api/v1/takedowns", json=body)
        self.statuses.append(reply.status_code)
        assert reply.status_code == 202, reply.text
        self.handed |= dict.fromkeys(urls, time.monotonic())

    async def load(self, calls: int, per_call: int, every_s: float) -> None:
        """Addresses at an even rate: so many calls, each with so many."""
        case = await self.office.case()
        began = time.monotonic()
        for n in range(calls):
            await asyncio.sleep(max(0.0, began + n * every_s - time.monotonic()))
            if self.no_more:
                return
            await self.hand_in(case, per_call)

    @property
    def came(self) -> dict[str, list[float]]:
        """When each address arrived at its platform."""
        return {url: at for site in self.sites for url, at in site.came.items()}

    async def all_sent(self) -> bool:
        return await self.office.states("notices") == {"sent": len(self.handed)}

    async def ends_well(self, within_s: float, surprises: Sequence[str] = ()) -> None:
        """Everything arrived once, is on record as sent, was never doubted, and nobody died.
        `surprises` are errors that may be logged.
        """
        await self.office.until(self.all_sent, within_s)
        assert set(self.came) == set(self.handed)
        assert [url for url, at in self.came.items() if len(at) != 1] == []
        assert await self.office.states("attempts") == {"accepted": len(self.handed)}
        errors = [line for line in self.lines if line["log_level"] in ("error", "critical")]
        assert [line for line in errors if line["event"] not in surprises] == []
        assert [t for w in self.workers for t in w._tasks if t.done()] == []

    def delays(self) -> list[float]:
        """Seconds from each 202 to the call at the platform, shortest first."""
        came = self.came
        return sorted(max(0.0, came[url][0] - at) for url, at in self.handed.items())

    async def ready(self) -> Any:
        """What readiness says."""
        return (await self.api.get("/health/ready")).json()

    async def until_it_says(self, status: str, *reasons: str) -> None:
        """Wait until readiness says so."""

        async def met() -> bool:
            said = await self.ready()
            return bool((said["status"], said["reasons"]) == (status, list(reasons)))

        await self.office.until(met, within_s=60)

    async def all_listen(self, *, hear: bool = True) -> None:
        """Wait until every worker hears Redis, or none does."""

        async def met() -> bool:
            return all(w.listener.listening is hear for w in self.workers)

        await self.office.until(met, within_s=60)


@asynccontextmanager
async def open_yard(
    store: Store, redis_url: str, *, platforms: int = 10, workers: int = 2, sweep_s: float = 5
) -> AsyncIterator[Yard]:
    """A yard at work; everybody has gone home at the end."""
    sites = [Watched(f"desk{n}", can=frozenset({Ability.POLL})) for n in range(platforms)]
    async with (
        Office(store, adapters=[s.adapter for s in sites], pace=PACE) as office,
        AsyncExitStack() as stack,
    ):
        lines = stack.enter_context(capture_logs())
        for site in sites:
            await office.platform(site.name, {}, {})
        yard = Yard(office, redis_url, sites, lines)
        await yard.open_door(stack, sweep_s)
        for _ in range(workers):
            await yard.hire(stack, sweep_s)
        yield yard


def at_percent(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed; the values are sorted."""
    return values[min(len(values) - 1, int(len(values) * percent / 100))]
