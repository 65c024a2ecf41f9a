"""What arq 0.28 alone loses, starves or repeats: the rows of `test_arq.ROWS` that need no process
to die. One yard, with real Redis.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from adapters.errors import Throttled
from service.actions.settling import start
from service.engine import jobs, queue
from service.engine.queue import QUEUE
from service.store.unit import Store
from tests.flow.adapters import Gate
from tests.prove.yard import open_yard

Figure = Callable[[str], None]


async def test_a_job_that_fails_or_takes_too_long_loses_no_work(
    store: Store, redis: Redis, redis_url: str, figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that raises is done by the next sweep, and one that takes longer than arq lets it is
    not cut off. E2.
    """
    monkeypatch.setattr(queue, "JOB_MAX_S", 0.2)
    faults = [KeyError("a"), KeyError("b")]

    async def stumbles(*given: Any) -> Any:
        if faults:
            raise faults.pop()
        return await start(*given)

    monkeypatch.setitem(jobs.KINDS, "send", dataclasses.replace(jobs.KINDS["send"], take=stumbles))
    async with open_yard(store, redis_url, platforms=1, sweep_s=1) as yard:
        gate = Gate()
        yard.sites[0].meet(None, taken=True, gate=gate)
        await yard.all_listen()
        await yard.hand_in(await yard.office.case(), 8)
        await asyncio.wait_for(gate.entered.wait(), 60)
        await asyncio.sleep(0.5)  # arq has given the job up long ago
        gate.opened.set()
        await yard.ends_well(60, surprises=("job.failed",))

    assert not faults
    figure("8 sent, 0 lost, 0 twice; 2 jobs raised, 1 took longer than arq allows")


async def test_work_that_comes_while_its_lane_is_at_work_is_done_at_once(
    store: Store, redis: Redis, redis_url: str, figure: Figure
) -> None:
    """Work made for a lane whose job is running is begun at once, not by a sweep. E7, E8."""
    async with open_yard(store, redis_url, platforms=1, workers=1, sweep_s=300) as yard:
        site, case, gate = yard.sites[0], await yard.office.case(), Gate()
        site.meet(None, taken=True, gate=gate)
        await yard.all_listen()
        await yard.hand_in(case, 1)
        await asyncio.wait_for(gate.entered.wait(), 60)

        for _ in range(5):
            await yard.hand_in(case, 1)

        async def others_came() -> bool:
            return len(site.came) == 6

        await yard.office.until(others_came, within_s=60)
        gate.opened.set()
        await yard.ends_well(60)
        delays = yard.delays()
    figure(f"6 sent, 0 lost, 0 twice, while one call hung; longest {delays[-1]:.1f} s, sweep 300 s")


async def test_platforms_that_hang_do_not_starve_the_others(
    store: Store, redis: Redis, redis_url: str, figure: Figure
) -> None:
    """As many platforms hang as there are jobs at once in arq's own count; the others are
    called all the same, without a sweep. E9.
    """
    async with open_yard(store, redis_url, platforms=12, workers=1, sweep_s=300) as yard:
        case, gates = await yard.office.case(), [Gate() for _ in range(10)]
        for site, gate in zip(yard.sites, gates, strict=False):
            site.meet(None, taken=True, gate=gate)
        await yard.all_listen()
        for gate in gates:
            await yard.hand_in(case, 1)
            await asyncio.wait_for(gate.entered.wait(), 60)
        for _ in range(2):
            await yard.hand_in(case, 5)

        async def others_came() -> bool:
            return sum(len(site.came) for site in yard.sites[10:]) == 10

        await yard.office.until(others_came, within_s=60)
        for gate in gates:
            gate.opened.set()
        await yard.ends_well(60)
    figure("10 platforms hung, 10 notices of 2 others were sent meanwhile; 0 lost, 0 twice")


async def test_the_same_job_many_times_calls_once(
    store: Store, redis: Redis, redis_url: str, figure: Figure
) -> None:
    """The same job started again and again, in two workers, while its call is out: one call. E11"""
    async with open_yard(store, redis_url, platforms=1, sweep_s=1) as yard:
        gate = Gate()
        yard.sites[0].meet(None, taken=True, gate=gate)
        await yard.all_listen()
        await yard.hand_in(await yard.office.case(), 1)
        await asyncio.wait_for(gate.entered.wait(), 60)
        lane = (await yard.office.one("notices")).lane
        client = queue.connect(redis_url)
        for n in range(50):
            await client.enqueue_job("send", lane, _job_id=f"again{n}")
        await until_empty(redis, "again")
        await client.aclose(close_connection_pool=True)
        gate.opened.set()
        await yard.ends_well(60)
        calls = yard.sites[0].calls

    assert calls == 1
    figure("51 starts of one job: 1 call")


async def until_empty(redis: Redis, name: str) -> None:
    """Wait until no job whose id begins so is left."""
    async with asyncio.timeout(60):
        while [i for i in await redis.zrange(QUEUE, 0, -1) if i.startswith(name.encode())]:
            await asyncio.sleep(0.02)


async def test_many_ticks_at_once_do_everything_once(
    store: Store, redis: Redis, redis_url: str, figure: Figure
) -> None:
    """Ticks that come many times over, in two workers at once, start everything once. E12"""
    ticks = 40
    async with open_yard(store, redis_url, platforms=4, sweep_s=300) as yard:
        case = await yard.office.case()
        await yard.all_listen()
        await redis.flushall()
        for worker in yard.workers:
            worker.listener.pick_no_more()
        for _ in range(4):
            await yard.hand_in(case, 5)
        await redis.flushall()  # no ring is left: only ticks can find the work
        for worker in yard.workers:
            assert worker.listener._worker is not None
            worker.listener._worker.allow_pick_jobs = True
        client = queue.connect(redis_url)
        for n in range(ticks):
            await client.enqueue_job("sweep", _job_id=f"tick{n}")
        await until_empty(redis, "tick")
        await client.aclose(close_connection_pool=True)
        await yard.ends_well(60)
    figure(f"{ticks} ticks at once: 20 sent, 0 lost, 0 twice")


JUNK: Final[dict[str, tuple[bytes, bytes]]] = {
    "no_json": (b"junk1", b"\x00\xff not json"),
    "no_object": (b"junk2", b"[1, 2]"),
    "wrong_types": (
        b"junk3",
        json.dumps({"t": "x", "f": "send", "a": ["l"], "k": {}, "et": 1}).encode(),
    ),
    "no_name": (b"junk4", json.dumps({"t": 1, "f": ["send"], "a": [], "k": {}, "et": 1}).encode()),
    "arguments": (
        b"junk5",
        json.dumps({"t": 1, "f": "send", "a": [1, 2, 3], "k": {}, "et": 1}).encode(),
    ),
    "id": (b"\xff\xfe", b"{}"),
}


@pytest.mark.parametrize("kinds", [[*JUNK][:-1], [*JUNK][-1:]], ids=["jobs", "id"])
async def test_junk_in_redis_deafens_nobody(
    store: Store, redis: Redis, redis_url: str, figure: Figure, kinds: list[str]
) -> None:
    """Whatever somebody writes into Redis is not run, ends no worker, and keeps no work from being
    done. E13.
    """
    async with open_yard(store, redis_url, platforms=1, workers=1, sweep_s=1) as yard:
        await yard.all_listen()
        for job, planted in map(JUNK.__getitem__, kinds):
            await redis.psetex(b"arq:job:" + job, 60_000, planted)
            await redis.zadd(QUEUE, {job: 1})
        await asyncio.sleep(0.2)
        await yard.hand_in(await yard.office.case(), 3)
        await yard.ends_well(60, surprises=("redis.stumbled",))
        if kinds != ["id"]:  # one that nobody can read stays there until it is taken away
            await yard.all_listen()
    figure(f"junk ({', '.join(kinds).replace('_', ' ')}): 3 sent, 0 lost, 0 twice; 0 workers ended")


async def test_what_is_due_in_days_needs_nothing_in_redis(
    store: Store, redis: Redis, redis_url: str, figure: Figure
) -> None:
    """What is due in half a day is not kept in Redis at all, and is done when it is due. E14."""
    async with open_yard(store, redis_url, platforms=1, workers=1, sweep_s=1) as yard:
        site, office = yard.sites[0], yard.office
        site.meet(Throttled("later", until=office.time() + timedelta(hours=12)), taken=False)
        await yard.all_listen()
        await yard.hand_in(await office.case(), 1)

        async def told_to_wait() -> bool:
            return bool(await office.states("attempts") == {"not_sent": 1})

        await office.until(told_to_wait, within_s=60)
        soon = (time.time() + 5) * 1000
        kept = [score for _, score in await redis.zrange(QUEUE, 0, -1, withscores=True)]
        assert [score for score in kept if score > soon] == []
        await redis.flushall()
        assert site.calls == 1
        office.time.forward(hours=12, minutes=1)
        await office.until(yard.all_sent, within_s=60)
        assert site.calls == 2
    figure("due in 12 hours, Redis emptied meanwhile: sent once, when it was due")


async def test_a_worker_that_goes_takes_no_other_s_health_with_it(
    store: Store, redis: Redis, redis_url: str, figure: Figure
) -> None:
    """One of two workers ends in good order: readiness stays ready, the other's sign of life stays,
    and it does the work. E15.
    """
    async with open_yard(store, redis_url, platforms=2, workers=2, sweep_s=1) as yard:
        await yard.all_listen()
        await yard.until_it_says("ready")
        first, second = yard.workers
        assert await first.stop() == 0
        yard.workers.remove(first)

        assert [w.id for w in await yard.office.all("workers")] == [second.name]
        await yard.load(4, 2, 0.05)
        await yard.ends_well(60)
        await yard.until_it_says("ready")
    figure("8 sent by the one that stayed, 0 lost, 0 twice; readiness: ready")
