"""Rings through a real Redis: fast, as JSON, and worth nothing when they are lost.

The letters behind a test's name are the measured failures of arq's own ways, of which ours is the
opposite.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import pickletools
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis

from service.engine import queue
from service.engine.queue import QUEUE, ArqBell, Listener


class Ear:
    """What a listener calls."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.at: list[float] = []
        self.ticks = 0
        self.gate: asyncio.Event | None = None
        self.fails = False
        self.cancelled = 0

    async def run(self, kind: str, lane: str) -> None:
        self.heard.append((kind, lane))
        self.at.append(time.monotonic())
        if self.fails:
            raise KeyError("https://example.com/secret")
        if self.gate:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise

    async def tick(self) -> None:
        self.ticks += 1

    async def hears(self, n: int, within_s: float = 30) -> None:
        end = time.monotonic() + within_s
        while len(self.heard) < n:
            assert time.monotonic() < end, f"heard {self.heard}"
            await asyncio.sleep(0.005)


@pytest.fixture
async def bell(redis: Redis, redis_url: str) -> AsyncIterator[ArqBell]:
    made = ArqBell(redis_url)
    yield made
    await made.close()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def listener(redis: Redis, redis_url: str, ear: Ear) -> AsyncIterator[Listener]:
    """A worker's ear that listens already."""
    made = Listener(redis_url, ear.run, ear.tick, sweep_s=1, jobs=60)
    listening = asyncio.create_task(made.listen())
    while not made.listening:
        await asyncio.sleep(0.005)
    yield made
    await queue.end([listening])


async def everything(redis: Any) -> list[bytes]:
    """Every key and value that lies in Redis."""
    found = []
    for key in await redis.keys("*"):
        found.append(key)
        if await redis.type(key) == b"zset":
            found += await redis.zrange(key, 0, -1)
        elif await redis.type(key) == b"list":
            found += await redis.lrange(key, 0, -1)
        else:
            found.append(await redis.get(key) or b"")
    return found


async def until_sent(bell: ArqBell) -> None:
    while bell._task and not bell._task.done():
        await asyncio.sleep(0.005)


async def until_no_retry_is_left(redis: Redis, within_s: float = 30) -> None:
    """Wait, for arq puts a job away only after its work has ended."""
    end = time.monotonic() + within_s
    while left := await redis.keys("arq:retry:*"):
        assert time.monotonic() < end, f"left behind: {left}"
        await asyncio.sleep(0.005)


async def test_a_ring_wakes_who_waits(
    bell: ArqBell, listener: Listener, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LOOK_S", 4)  # in Redis, by itself
    await asyncio.sleep(0.2)  # until it looks no more

    for n in range(5):
        began = time.monotonic()
        bell.ring([("look", f"lane{n}")])
        await ear.hears(n + 1)
        assert time.monotonic() - began < 2


async def test_what_rings_while_nobody_listens_leaves_one_press_of_the_bell(
    bell: ArqBell, redis: Any
) -> None:
    for n in range(50):
        bell.ring([("look", f"lane{n}")])
        await until_sent(bell)

    assert await redis.lrange(queue.PRESSED, 0, -1) == [b"1"]


async def test_who_picks_no_more_leaves_the_bell_to_others(
    bell: ArqBell, listener: Listener, redis: Any
) -> None:
    listener.pick_no_more()
    await asyncio.sleep(3 * queue.LOOK_S)  # until it waits for the bell no more

    bell.ring([("look", "lane")])
    await until_sent(bell)
    await asyncio.sleep(3 * queue.LOOK_S)

    assert await redis.lrange(queue.PRESSED, 0, -1) == [b"1"]


async def test_a_ring_is_heard_faster_than_arq_polls(
    bell: ArqBell, listener: Listener, ear: Ear
) -> None:
    waits = []
    for n in range(20):
        rung = time.monotonic()
        bell.ring([("send", f"lane/{n}")])
        await ear.hears(n + 1)
        waits.append(ear.at[n] - rung)

    assert sorted(waits)[9] < 0.15  # the median; arq's own pace would make it a quarter
    assert ear.heard == [("send", f"lane/{n}") for n in range(20)]


async def test_rings_of_one_moment_are_rung_once(bell: ArqBell, redis: Redis) -> None:
    for _ in range(20):
        bell.ring([("send", "a"), ("look", "b")])
    bell.ring([])
    await until_sent(bell)

    assert await redis.zcard(QUEUE) == 2


async def test_the_same_ring_is_heard_while_the_first_is_at_work_e7_e8(
    bell: ArqBell, listener: Listener, ear: Ear
) -> None:
    ear.gate = asyncio.Event()
    bell.ring([("send", "a")])
    await ear.hears(1)

    bell.ring([("send", "a")])

    await ear.hears(2)
    ear.gate.set()
    await asyncio.sleep(0.05)
    bell.ring([("send", "a")])
    await ear.hears(3)


async def test_a_ring_whose_work_failed_is_forgotten_and_the_next_is_heard_e2(
    bell: ArqBell, listener: Listener, ear: Ear, redis: Redis
) -> None:
    ear.fails = True
    bell.ring([("send", "a")])
    await ear.hears(1)
    await asyncio.sleep(0.1)

    ear.fails = False
    bell.ring([("send", "a")])
    await ear.hears(2)

    assert len(ear.heard) == 2
    await until_no_retry_is_left(redis)
    assert [key for key in await redis.keys("*") if b"result" in key] == []


async def test_an_emptied_redis_is_no_reason_to_stop_e5(
    bell: ArqBell, listener: Listener, ear: Ear, redis: Redis
) -> None:
    ear.gate = asyncio.Event()
    bell.ring([("send", "a")])
    await ear.hears(1)

    await redis.flushall()
    ear.gate.set()
    bell.ring([("send", "b")])

    await ear.hears(2)
    assert ear.heard == [("send", "a"), ("send", "b")]


async def test_rings_behind_many_that_are_at_work_elsewhere_are_heard_e9(
    bell: ArqBell, listener: Listener, ear: Ear, redis_url: str
) -> None:
    ear.gate = asyncio.Event()
    bell.ring([("send", f"hung/{n}") for n in range(60)])
    await ear.hears(60)
    other = Ear()
    free = Listener(redis_url, other.run, other.tick, sweep_s=60, jobs=60)
    listening = asyncio.create_task(free.listen())

    bell.ring([("send", f"later/{n}") for n in range(20)])
    try:
        await other.hears(20)
    finally:
        ear.gate.set()
        await queue.end([listening])


async def test_what_lies_in_redis_is_json_and_never_pickle(
    bell: ArqBell, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell.ring([("send", "peertube/0191"), ("look", "peertube/look")])
    await until_sent(bell)

    found = await everything(redis)

    assert any(b'"peertube/look"' in value for value in found)
    assert [value for value in found if is_pickle(value)] == []
    assert is_pickle(pickle.dumps({"f": "send"}))


def is_pickle(value: bytes) -> bool:
    """Whether the bytes begin a pickle of any protocol that arq writes."""
    if value[:1] != b"\x80":
        return False
    try:
        return bool(list(pickletools.genops(value)))
    except ValueError:
        return True


class Planted:
    """A payload that would run when somebody unpickles it."""

    def __reduce__(self) -> Any:
        return (exec, ("raise SystemExit('it ran')",))


async def test_a_planted_pickle_does_not_run_e13(
    bell: ArqBell, listener: Listener, ear: Ear, redis: Redis
) -> None:
    await redis.psetex("arq:job:planted", 60_000, pickle.dumps(Planted()))
    await redis.zadd(QUEUE, {"planted": 0})
    await asyncio.sleep(0.1)

    bell.ring([("send", "a")])

    await ear.hears(1)
    assert ear.heard == [("send", "a")]
    assert listener.listening


async def test_a_job_of_a_kind_that_is_not_ours_harms_nobody(
    bell: ArqBell, listener: Listener, ear: Ear, redis_url: str
) -> None:
    stranger: ArqRedis = queue.connect(redis_url)
    await stranger.enqueue_job("unknown", "a", 1, None)
    await stranger.aclose(close_connection_pool=True)

    bell.ring([("poll", "a")])

    await ear.hears(1)
    assert ear.heard == [("poll", "a")]


async def test_a_ring_that_redis_does_not_take_is_handed_back(tmp_path: Any) -> None:
    back: list[set[tuple[str, str]]] = []
    bell = ArqBell(f"unix://{tmp_path}/nobody.sock", otherwise=back.append)

    bell.ring([("send", "a"), ("look", "b")])
    await until_sent(bell)
    await bell.close()

    assert back == [{("send", "a"), ("look", "b")}]
    assert not bell.answers


async def test_a_ring_into_the_void_is_no_error(tmp_path: Any) -> None:
    bell = ArqBell(f"unix://{tmp_path}/nobody.sock")

    bell.ring([("send", "a")])
    await until_sent(bell)
    await bell.close()

    assert not bell.answers


async def test_what_is_done_whole_is_done_before_a_cancellation() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.05)
        done.append("work")

    task = asyncio.create_task(queue.whole(work()))
    for _ in range(3):
        await asyncio.sleep(0.005)
        task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["work"]


async def test_a_bell_that_was_closed_rings_no_more_and_holds_no_connection(
    redis: Redis, redis_url: str
) -> None:
    bell = ArqBell(redis_url)
    bell.ring([("send", "lane")])
    await until_sent(bell)
    await bell.close()
    before = await everything(redis)

    bell.ring([("look", "lane")])
    await asyncio.sleep(0.2)

    assert await everything(redis) == before
    assert len(await redis.client_list()) == 1, "that of this test"


async def test_a_bell_that_never_rang_closes(redis_url: str) -> None:
    await ArqBell(redis_url).close()


async def test_the_tick_comes_by_itself(listener: Listener, ear: Ear) -> None:
    began = time.monotonic()
    while not ear.ticks:
        assert time.monotonic() - began < 4
        await asyncio.sleep(0.02)

    assert listener.ticked_at >= began


async def test_a_worker_that_stops_leaves_rings_to_others(
    bell: ArqBell, listener: Listener, ear: Ear, redis: Redis
) -> None:
    bell.ring([("send", "a")])
    await ear.hears(1)

    listener.pick_no_more()
    bell.ring([("send", "b")])
    await asyncio.sleep(0.2)

    assert ear.heard == [("send", "a")]
    assert await redis.zcard(QUEUE) >= 1


async def test_what_runs_when_a_worker_stops_is_no_failure(
    bell: ArqBell, redis: Redis, redis_url: str, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    ear.gate = asyncio.Event()
    listener = Listener(redis_url, ear.run, ear.tick, sweep_s=60, jobs=60)
    listening = asyncio.create_task(listener.listen())
    bell.ring([("send", "a")])
    await ear.hears(1)

    await queue.end([listening])

    assert ear.cancelled == 1
    assert [r.levelname for r in caplog.records if r.levelno >= logging.WARNING] == []


async def test_what_was_picked_as_a_worker_stops_is_begun(
    redis: Redis, redis_url: str, ear: Ear
) -> None:
    listener = Listener(redis_url, ear.run, ear.tick, sweep_s=60, jobs=60)
    listening = asyncio.create_task(listener.listen())
    while listener._worker is None:
        await asyncio.sleep(0.005)
    picked = asyncio.create_task(ear.run("send", "a"))
    listener._worker.job_tasks["picked"] = picked

    await listener._worker.end()

    assert ear.heard == [("send", "a")]
    assert not picked.cancelled()
    await queue.end([listening])


def test_who_never_listened_has_nothing_to_stop(redis_url: str, ear: Ear) -> None:
    Listener(redis_url, ear.run, ear.tick, sweep_s=5, jobs=1).pick_no_more()


def test_a_client_waits_for_redis_only_so_long() -> None:
    options = queue.connect("redis://127.0.0.1:1/0").connection_pool.connection_kwargs

    assert options["socket_timeout"] == 5
    assert options["socket_connect_timeout"] == 2


async def test_what_is_sent_is_rung_before_what_is_asked_and_looked_at(redis_url: str) -> None:
    redis = queue.connect(redis_url)
    await redis.flushall()
    bell = ArqBell(redis_url)

    bell.ring([("look", "a/look/1"), ("poll", "a/1"), ("send", "b/1"), ("send", "a/1")])
    await bell.close()

    rung = await redis.queued_jobs(queue_name=queue.QUEUE)
    await redis.aclose(close_connection_pool=True)
    assert sorted((job.function, *job.args) for job in rung) == [
        ("look", "a/look/1"), ("poll", "a/1"), ("send", "a/1"), ("send", "b/1"),
    ]  # fmt: skip
    at = {job.function: job.score or 0 for job in rung}  # milliseconds: those of one come at once
    assert at["send"] <= min(at["look"], at["poll"])
