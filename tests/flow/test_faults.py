"""A worker that is killed, frozen or cut off: nothing is lost, nothing is sent twice.

There is doubt only where a call was out. The worker runs in a process of its own; the practice
platform, which counts what arrived, runs here.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from service.embedded.postgres import EmbeddedPostgres
from service.playground.script import Fault, Op
from service.playground.serve import Playground
from service.store import schema
from service.store.sealing import Vault
from service.store.unit import Store, make_engine
from tests.flow import scene as scenes
from tests.flow.scene import Scene, open_scene
from tests.flow.worker import LEASE_S, PACE, Orders

key_file, vault, scene = scenes.key_file, scenes.vault, scenes.scene


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A Postgres of this test's own, to be killed."""
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    server.start()
    asyncio.run(schema.migrate(server.url("efface_migrator"), app_role="efface_app"))
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("moment", "doubts", "calls"),
    [
        ("in_start", 0, 1),  # nothing was promised, so nothing is doubtful
        ("after_start", 1, 1),
        ("after_call", 1, 1),
        ("in_record", 1, 1),
    ],
)
async def test_a_worker_that_dies_while_sending_leaves_a_doubt_at_most_and_never_a_second_report(
    scene: Scene, moment: str, doubts: int, calls: int
) -> None:
    await scene.hand_in(1)

    async with scene.worker(dies=moment) as process:
        assert await process.ended() == -signal.SIGKILL
    async with scene.worker():
        await scene.ends_well()

    assert await scene.doubts() == doubts
    assert scene.office.playground.sent("peertube") == calls


async def test_a_worker_killed_in_the_call_left_a_report_that_is_found_not_repeated(
    scene: Scene,
) -> None:
    await scene.hand_in(1, Fault.hang())

    async with scene.worker() as process:
        await scene.out()
        process.signal(signal.SIGKILL)
        await process.ended()
    assert await scene.office.states("notices") == {"sending": 1}
    async with scene.worker():
        await scene.ends_well()

    notice = await scene.office.one("notices")
    assert await scene.office.trace(notice.id) == ["plan", "start", "lease_expired", "accepted"]
    assert scene.office.playground.sent("peertube") == 1


async def test_a_worker_frozen_past_its_lease_changes_nothing_when_it_wakes(scene: Scene) -> None:
    await scene.hand_in(1, Fault.slow(0.9))

    async with AsyncExitStack() as stack:
        frozen = await stack.enter_async_context(scene.worker())
        await scene.out()
        await scene.freeze(frozen)
        await asyncio.sleep(LEASE_S)
        await stack.enter_async_context(scene.worker())
        await scene.ends_well()
        frozen.signal(signal.SIGCONT)
        await asyncio.sleep(0.3)
        frozen.signal(signal.SIGTERM)
        assert await frozen.drained() == 0

    await scene.ends_well()
    assert await scene.doubts() == 1
    assert scene.office.playground.sent("peertube") == 1


async def test_redis_wiped_under_work_costs_a_sweep_and_nothing_else(scene: Scene) -> None:
    redis: Redis = Redis.from_url(scene.orders.redis_url)

    async with scene.worker():
        for _ in range(5):
            await scene.hand_in(12)
            await redis.flushall()
            await asyncio.sleep(0.1)
            await redis.flushall()
        await scene.ends_well()
    await redis.aclose()

    assert await scene.doubts() == 0
    assert (await scene.office.states("attempts"))["accepted"] == 60
    assert scene.office.playground.sent("peertube") == 60


async def test_postgres_restarted_under_work_loses_nothing_and_repeats_nothing(
    own_postgres: EmbeddedPostgres,
    playground: Playground,
    redis_url: str,
    vault: Vault,
    key_file: Path,
) -> None:
    url = own_postgres.url("efface_app")
    store = Store(make_engine(url), vault)

    async with open_scene(store, playground, Orders(url, redis_url, str(key_file))) as scene:
        await scene.hand_in(40, Fault.slow(0.2))
        async with scene.worker():
            for already in (3, 15):
                await scene.out(already)
                own_postgres.kill()
                own_postgres.start()
            await scene.ends_well()
    await store.close()


async def test_a_worker_told_to_stop_lets_its_call_end_and_begins_no_other(scene: Scene) -> None:
    await scene.hand_in(1, Fault.slow(0.8))

    async with scene.worker() as process:
        await scene.out()
        process.signal(signal.SIGTERM)
        await scene.hand_in(3)
        assert await process.drained() == 0

    assert await scene.office.states("notices") == {"sent": 1, "due": 3}
    assert await scene.doubts() == 0
    assert scene.office.playground.world.calls["peertube", Op.SEND] == 1
    assert PACE.lease.total_seconds() == LEASE_S
