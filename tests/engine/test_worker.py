"""A worker as it runs: rung through Redis, by its own clock without, and drained without a loss."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from service.embedded.redis import EmbeddedRedis
from service.engine import sequencer
from service.engine.run import EngineWorker
from service.store.unit import DatabaseAway, Store
from tests.flow.adapters import Gate, Site
from tests.flow.office import Office

NOBODY = "unix:///nonexistent/redis.sock"


@asynccontextmanager
async def working(
    office: Office, redis_url: str, *, sweep_s: float = 60, drain_s: float = 5
) -> AsyncIterator[EngineWorker]:
    """A started worker, stopped at the end."""
    worker = EngineWorker(office.ctx, redis_url, slots=8, sweep_s=sweep_s, drain_s=drain_s)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


@asynccontextmanager
async def desk(store: Store) -> AsyncIterator[tuple[Office, Site]]:
    """A centre with one platform in memory."""
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        yield office, site


async def hand_in(office: Office, site: Site, name: str) -> Any:
    return await office.take_in(await office.case(), site.url(name))


async def listens(worker: EngineWorker) -> None:
    while not worker.listener.listening:
        await asyncio.sleep(0.01)


def arrived(site: Site, n: int) -> Any:
    async def met() -> bool:
        return len(site.messages) >= n

    return met


async def test_work_that_was_just_made_is_done_at_once(store: Store, redis_url: str) -> None:
    async with desk(store) as (office, site), working(office, redis_url) as worker:
        await listens(worker)
        began = time.monotonic()

        await hand_in(office, site, "a")
        await office.until(arrived(site, 1))

        assert time.monotonic() - began < 2
        assert worker.bell.answers


async def test_without_any_redis_the_work_is_done_all_the_same(store: Store) -> None:
    async with desk(store) as (office, site), working(office, NOBODY, sweep_s=0.2) as worker:
        await hand_in(office, site, "a")
        await office.until(arrived(site, 1))
        (life,) = await office.all("workers")

        assert not worker.bell.answers
        assert not life.redis


async def test_what_was_due_before_the_worker_came_is_swept_up(store: Store) -> None:
    async with desk(store) as (office, site):
        await hand_in(office, site, "a")

        async with working(office, NOBODY, sweep_s=0.2):
            await office.until(arrived(site, 1))


async def test_a_redis_that_comes_back_is_listened_to_again(store: Store, tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / "redis")
    server.start()
    try:
        async with desk(store) as (office, site), working(office, server.url) as worker:
            await listens(worker)
            server.kill()
            await hand_in(office, site, "a")
            await office.until(arrived(site, 1))
            assert not worker.bell.answers

            server.start()
            worker.listener.listening = False
            await asyncio.wait_for(listens(worker), 10)
            await hand_in(office, site, "b")
            await office.until(arrived(site, 2))
            assert worker.bell.answers
    finally:
        server.stop()


async def test_a_worker_that_stops_ends_its_call_and_records_it(
    store: Store, redis_url: str
) -> None:
    async with desk(store) as (office, site), working(office, redis_url) as worker:
        await listens(worker)
        gate = Gate()
        site.meet(None, taken=True, gate=gate)
        await hand_in(office, site, "a")
        await asyncio.wait_for(gate.entered.wait(), 5)
        stopping = asyncio.create_task(worker.stop())
        await asyncio.sleep(0.1)

        assert not stopping.done()
        gate.opened.set()

        assert await stopping == 0
        assert (await office.one("notices")).state == "sent"
        assert await office.all("workers") == []


async def test_a_worker_that_must_go_says_what_it_left(store: Store, redis_url: str) -> None:
    async with desk(store) as (office, site):
        worker = EngineWorker(office.ctx, redis_url, slots=8, sweep_s=60, drain_s=0.1)
        await worker.start()
        await listens(worker)
        gate = Gate()
        site.meet(None, taken=True, gate=gate)
        await hand_in(office, site, "a")
        await asyncio.wait_for(gate.entered.wait(), 5)

        assert await worker.stop() >= 1
        assert (await office.one("notices")).state == "sending"

        gate.opened.set()
        await worker.jobs.drain(5)


async def test_two_workers_share_the_work_and_do_nothing_twice(
    store: Store, redis_url: str
) -> None:
    async with (
        desk(store) as (office, site),
        working(office, redis_url, sweep_s=1),
        working(office, redis_url, sweep_s=1),
    ):
        case = await office.case()
        await office.take_in(case, *(site.url(str(n)) for n in range(12)))
        await office.until(arrived(site, 12), within_s=30)
        await asyncio.sleep(0.3)

    assert len(site.messages) == 12
    assert len({m.urls for m in site.messages}) == 12


async def test_events_are_numbered_while_the_worker_runs(store: Store, redis_url: str) -> None:
    async with desk(store) as (office, site), working(office, redis_url):
        await hand_in(office, site, "a")

        async def numbered() -> bool:
            events = await office.all("events")
            return bool(events) and all(event.seq for event in events)

        await office.until(numbered)


async def test_a_sequencer_that_stumbles_goes_on(
    store: Store, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [DatabaseAway(), KeyError("a")]
    count = sequencer.number_events

    async def stumbles(*arguments: Any) -> int:
        if faults:
            raise faults.pop()
        return await count(*arguments)

    monkeypatch.setattr(sequencer, "number_events", stumbles)
    async with desk(store) as (office, site), working(office, redis_url):
        await hand_in(office, site, "a")

        async def numbered() -> bool:
            return all(event.seq for event in await office.all("events"))

        await office.until(numbered)


async def test_a_worker_that_is_stopping_takes_no_rings_back(store: Store) -> None:
    async with desk(store) as (office, _):
        worker = EngineWorker(office.ctx, NOBODY, slots=8, sweep_s=60)
        worker.jobs.stopping = True

        worker._run_here({("send", "desk")})

        assert worker.jobs._at_work == {}
        await worker.bell.close()
