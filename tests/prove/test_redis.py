"""Redis may vanish at any moment: nothing is lost, nothing is sent twice, and a sweep is the most
that it costs.

One yard of platforms in memory, the API, and two workers as they ship. What arq does in the same
cases, row by row, is in `test_arq.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from service.embedded.redis import EmbeddedRedis
from service.engine import queue, run
from service.store.unit import Store
from tests.prove import scale
from tests.prove.yard import Yard, at_percent, open_yard

Figure = Callable[[str], None]


NOWHERE: Final = "unix:///nonexistent/redis.sock"
STOPPED_S: Final = 30
SWEEP_S: Final = scale.of(1, 5)  # as it ships, in full
PER_CALL: Final = scale.of(4, 5)
EVERY_S: Final = 0.2  # in full, 25 addresses a second: half of what this process takes in
ADDED_S: Final = scale.of(10, 1)  # beside a sweep; the small form runs beside other tests
ALONE_S: Final = scale.of(10, 4)  # the same where there is no calm to compare with
PLATFORMS: Final = 20  # each is rung every 4 s, so the next ring seldom makes up for a lost one
LATER_S: Final = 120  # to be done with it on a busy machine


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of this test's own, to be stopped."""
    server = EmbeddedRedis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def meanwhile(work: Any) -> AsyncIterator[None]:
    """Something that goes on until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def calm(yard: Yard) -> float:
    """What 99 in 100 wait at most under the same load while nothing is wrong, in seconds: how busy
    this machine is.
    """
    await yard.load(scale.of(5, 25), PER_CALL, EVERY_S)
    await yard.ends_well(LATER_S)
    return at_percent(yard.delays(), 99)


def waited(yard: Yard, calm_s: float | None = None, unheard_s: float = 0.0) -> str:
    """What the load had to wait, in words: at most a sweep and a second more than in calm, or a
    sweep and four seconds where there is no calm to compare with. `unheard_s`: how long a worker
    waits for a tick that is late before it sweeps by itself.
    """
    delays = yard.delays()
    p50, p99 = at_percent(delays, 50), at_percent(delays, 99)
    assert p99 <= SWEEP_S + unheard_s + (ALONE_S if calm_s is None else calm_s + ADDED_S)
    words = f"p50 {p50 * 1000:.0f} ms, p99 {p99:.1f} s, longest {delays[-1]:.1f} s"
    calm = "" if calm_s is None else f", p99 in calm {calm_s:.1f} s"
    return f"{len(delays):,} sent, 0 lost, 0 twice; {words} (sweep {SWEEP_S} s{calm})"


async def test_a_redis_emptied_every_second_costs_a_sweep_at_most(
    store: Store, redis_url: str, figure: Figure
) -> None:
    """Redis emptied every second under 25 addresses a second: none is lost, none is sent twice,
    and 99 in 100 wait no longer than a sweep and one second.
    """
    redis: Redis = Redis.from_url(redis_url)
    wiped = 0

    async def wipe() -> None:
        nonlocal wiped
        while True:
            await redis.flushall()
            wiped += 1
            await asyncio.sleep(1)

    async with open_yard(store, redis_url, platforms=PLATFORMS, sweep_s=SWEEP_S) as yard:
        await yard.all_listen()
        calm_s = await calm(yard)
        async with meanwhile(wipe()):
            await yard.load(scale.of(15, 300), PER_CALL, EVERY_S)
            await yard.ends_well(LATER_S)
        words = waited(yard, calm_s)
        await yard.all_listen()
    await redis.aclose()

    figure(f"emptied {wiped} times: {words}")


async def test_without_redis_from_start_to_end_everything_is_done(
    store: Store, figure: Figure
) -> None:
    """Without Redis from start to end the API takes everything in (202), readiness says degraded,
    and everything is sent, once, 99 in 100 within a sweep and four seconds of a busy machine.
    """
    said: set[str] = set()

    async def look_at(yard: Yard) -> None:
        while True:
            found = await yard.ready()
            said.add(f"{found['status']} {found['reasons']}")
            await asyncio.sleep(0.1)

    async with open_yard(store, NOWHERE, platforms=PLATFORMS, sweep_s=SWEEP_S) as yard:
        async with meanwhile(look_at(yard)):
            await yard.load(scale.of(10, 75), PER_CALL, EVERY_S)
            await yard.ends_well(LATER_S)
        words = waited(yard)
        statuses = yard.statuses

    assert set(statuses) == {202}
    assert said == {"degraded ['redis_away']"}
    figure(f"{words}; {len(statuses)} of {len(statuses)} calls answered 202")


@scale.in_full
async def test_a_redis_that_stops_for_a_while_stops_nobody(
    store: Store, own_redis: EmbeddedRedis, figure: Figure
) -> None:
    """A Redis that is stopped (it takes connections and says nothing) under load: no worker ends,
    everything is sent once, 99 in 100 within a sweep and the seconds until a tick is missed, and
    when it goes on it is heard again. E10.
    """
    assert own_redis._process is not None
    async with open_yard(store, own_redis.url, platforms=PLATFORMS, sweep_s=SWEEP_S) as yard:
        await yard.all_listen()
        calm_s = await calm(yard)
        loading = asyncio.create_task(yard.load(10_000, PER_CALL, EVERY_S))
        os.kill(own_redis._process.pid, signal.SIGSTOP)
        try:
            await yard.all_listen(hear=False)
            await yard.until_it_says("degraded", "redis_away")  # it is noticed
            await asyncio.sleep(STOPPED_S)
            assert not any(w.listener.listening for w in yard.workers)
        finally:
            os.kill(own_redis._process.pid, signal.SIGCONT)
            yard.no_more = True
        await loading
        await yard.all_listen()
        await yard.ends_well(LATER_S)
        words = waited(yard, calm_s, run.LATE_S)

        await yard.until_it_says("ready")

    figure(f"stopped for {STOPPED_S} s: {words}; 0 workers ended")


async def test_a_ring_is_heard_as_fast_as_it_ships(
    store: Store, redis_url: str, figure: Figure
) -> None:
    """From a 202 to the call at the platform, one at a time, beside whatever else this machine
    does: no sweep is waited for. `make bench` measures it on an idle one.
    """
    async with open_yard(store, redis_url, platforms=1, workers=1, sweep_s=60) as yard:
        await yard.all_listen()
        await yard.load(scale.of(10, 30), 1, 0.15)
        await yard.ends_well(LATER_S)
        delays = yard.delays()
        worker = yard.workers[0].listener._worker

    assert worker is not None
    assert (worker.poll_delay_s, queue.LOOK_S) == (0, 0.1)
    assert at_percent(delays, 50) < scale.of(5000, 1000) / 1000
    p50, p99 = (round(1000 * at_percent(delays, p)) for p in (50, 99))
    figure(f"{len(delays)} calls, one at a time: p50 {p50} ms, p99 {p99} ms")
