"""Jobs take what is due, call, and have it written; nothing hung or stopped keeps the others."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from service import log
from service.actions import due
from service.domain import ids
from service.domain.pace import Pace
from service.domain.states import Actor, Event, Machine
from service.domain.world import Move, World
from service.engine import jobs
from service.engine.jobs import Jobs, Kind
from service.store.unit import DatabaseAway


class Work:
    """Work in memory: what is due by lane, what is out, what was written."""

    def __init__(self) -> None:
        self.due: dict[str, deque[int]] = {}
        self.out: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.called: list[int] = []
        self.done: list[int] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.away = False
        self.taking = asyncio.Event()
        self.taking.set()
        self.writing = asyncio.Event()
        self.writing.set()
        self.takes = 0
        self.opens_at: datetime | None = None

    def add(self, lane: str, *items: int) -> None:
        self.due.setdefault(lane, deque()).extend(items)

    async def take(self, _: Any, lane: str, slots: int) -> Sequence[tuple[str, int]]:
        if self.away:
            raise DatabaseAway
        self.takes += 1
        await self.taking.wait()
        waiting = self.due.get(lane, deque())
        return [(lane, waiting.popleft()) for _ in range(min(slots, len(waiting)))]

    async def call(self, _: Any, item: tuple[str, int]) -> int:
        lane, number = item
        self.called.append(number)
        self.out[lane] += 1
        self.most[lane] = max(self.most[lane], self.out[lane])
        try:
            if lane in self.gates:
                await self.gates[lane].wait()
            else:
                await asyncio.sleep(0)
        finally:
            self.out[lane] -= 1
        return number

    async def record(self, _: Any, results: Sequence[int]) -> None:
        await self.writing.wait()
        self.done += results


class Now:
    """The one thing that jobs ask of their context."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Heard:
    def __init__(self) -> None:
        self.rings: list[tuple[str, str]] = []

    def ring(self, rings: Any) -> None:
        self.rings += sorted(rings)


NOW = datetime.fromisoformat("2026-11-22T12:00:00+00:00")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """A kind of work that needs no database."""
    made = Work()

    async def opens_at(_: Any, __: str, ___: str) -> datetime | None:
        return made.opens_at

    monkeypatch.setitem(jobs.KINDS, "send", Kind(made.take, made.call, made.record))
    monkeypatch.setattr(due, "opens_at", opens_at)
    return made


@pytest.fixture
def bell() -> Heard:
    return Heard()


@pytest.fixture
async def eight(work: Work, bell: Heard) -> AsyncIterator[Jobs]:
    """Jobs with eight slots, two for each lane."""
    made = Jobs(Now(NOW), 8, bell)  # type: ignore[arg-type]
    yield made
    for gate in work.gates.values():
        gate.set()
    await made.drain(1)


def run(made: Jobs, lane: str) -> asyncio.Task[int]:
    return asyncio.create_task(made.run("send", lane))


async def test_a_job_does_all_that_is_due(work: Work, eight: Jobs) -> None:
    work.add("a", *range(9))

    made = await eight.run("send", "a")

    assert made == 9
    assert sorted(work.done) == list(range(9))
    assert work.most["a"] == 2


async def test_a_job_without_work_makes_no_call(work: Work, eight: Jobs) -> None:
    assert await eight.run("send", "a") == 0
    assert eight._slots.used == 0


async def test_a_hung_lane_holds_a_quarter_and_the_rest_goes_on(work: Work, eight: Jobs) -> None:
    work.gates["hung"] = asyncio.Event()
    work.add("hung", 1, 2, 3, 4, 5)
    work.add("quick", *range(10, 30))
    hung = run(eight, "hung")
    await asyncio.sleep(0)

    await asyncio.wait_for(eight.run("send", "quick"), 2)

    assert sorted(work.done) == list(range(10, 30))
    assert (work.out["hung"], work.most["hung"]) == (2, 2)
    work.gates["hung"].set()
    await hung
    assert sorted(work.done)[:5] == [1, 2, 3, 4, 5]


async def test_a_slot_is_taken_until_the_result_is_on_record(work: Work, eight: Jobs) -> None:
    work.writing.clear()
    work.add("a", *range(9))

    running = run(eight, "a")
    await asyncio.sleep(0.1)

    # whatever kills this worker now leaves two in doubt, not nine
    assert (work.called, work.out["a"], eight._slots.used) == ([0, 1], 0, 2)
    work.writing.set()
    assert await running == 9
    assert eight._slots.used == 0


async def test_a_lane_that_found_no_slot_is_fed_when_one_is_free(work: Work, eight: Jobs) -> None:
    gate = asyncio.Event()
    for lane in "abcd":
        work.gates[lane] = gate
        work.add(lane, *(ord(lane) for _ in range(2)))
    full = [run(eight, lane) for lane in "abcd"]
    await asyncio.sleep(0.01)
    work.add("late", 1, 2, 3)
    late = run(eight, "late")
    await asyncio.sleep(0.01)
    assert work.out["late"] == 0

    gate.set()
    assert await late == 3
    await asyncio.gather(*full)

    assert sorted(work.done)[:3] == [1, 2, 3]


async def test_a_lane_that_waits_comes_before_those_that_have_slots_already(
    work: Work, eight: Jobs
) -> None:
    gate = asyncio.Event()
    for lane in "abcd":
        work.gates[lane] = gate
        work.add(lane, *range(40))
    full = [run(eight, lane) for lane in "abcd"]
    await asyncio.sleep(0.01)
    work.add("late", 999)
    work.add("later", 1000)
    late = [run(eight, "late"), run(eight, "later")]
    await asyncio.sleep(0.01)

    gate.set()
    await asyncio.gather(*full, *late)

    assert work.called.index(999) < work.called.index(1000) < 40


async def test_a_doubled_job_does_nothing_twice(work: Work, eight: Jobs) -> None:
    work.add("a", *range(6))

    made = await asyncio.gather(run(eight, "a"), run(eight, "a"), run(eight, "a"))

    assert sum(made) == 6
    assert sorted(work.done) == list(range(6))


async def test_a_lane_that_opens_soon_is_rung_then(work: Work, eight: Jobs, bell: Heard) -> None:
    work.opens_at = NOW + timedelta(milliseconds=30)

    await eight.run("send", "paced")
    await eight.run("send", "paced")
    assert bell.rings == []

    await asyncio.sleep(0.1)
    assert bell.rings == [("send", "paced")]


async def test_a_database_that_is_away_ends_the_job_and_frees_its_slots(
    work: Work, eight: Jobs
) -> None:
    work.away = True

    with capture_logs() as lines:
        assert await eight.run("send", "a") == 0

    assert [line["event"] for line in lines] == ["job.database_away"]
    assert eight._slots.used == 0


async def test_a_cancelled_job_lets_its_call_end_and_be_written(work: Work, eight: Jobs) -> None:
    work.gates["a"] = asyncio.Event()
    work.add("a", 1)
    job = run(eight, "a")
    await asyncio.sleep(0.01)

    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    assert work.out["a"] == 1

    work.gates["a"].set()
    assert await eight.drain(1) == 0
    assert work.done == [1]


async def test_draining_waits_for_calls_and_begins_no_more(
    work: Work, eight: Jobs, bell: Heard
) -> None:
    work.gates["a"] = asyncio.Event()
    work.add("a", 1, 2, 3)
    work.opens_at = NOW + timedelta(milliseconds=80)
    job = run(eight, "a")
    await eight.run("send", "paced")
    await asyncio.sleep(0.01)
    asyncio.get_running_loop().call_later(0.05, work.gates["a"].set)

    left = await eight.drain(2)

    assert left == 0
    assert sorted(work.done) == [1, 2]
    await job
    await asyncio.sleep(0.1)
    assert await eight.run("send", "a") == 0
    assert ("send", "paced") not in bell.rings


async def test_what_a_stop_or_a_cancellation_finds_being_taken_is_still_called(
    work: Work, eight: Jobs
) -> None:
    work.add("a", 1)
    work.taking.clear()
    job = asyncio.create_task(eight.run("send", "a"))
    await asyncio.sleep(0.01)

    draining = asyncio.create_task(eight.drain(within_s=5))
    job.cancel()
    await asyncio.sleep(0.01)
    work.taking.set()

    assert await draining == 0
    assert work.done == [1]


async def test_draining_says_how_many_calls_it_left(work: Work, eight: Jobs) -> None:
    work.gates["a"] = asyncio.Event()
    work.add("a", 1, 2)
    run_ = run(eight, "a")
    await asyncio.sleep(0.01)

    assert await eight.drain(0.01) == 2
    work.gates["a"].set()
    await run_


async def test_an_idle_worker_drains_at_once(eight: Jobs) -> None:
    assert await eight.drain(0) == 0


async def test_a_lane_that_was_hungry_when_work_stopped_is_not_fed(work: Work, eight: Jobs) -> None:
    gate = asyncio.Event()
    for lane in "abcd":
        work.gates[lane] = gate
        work.add(lane, 1, 2)
    full = [run(eight, lane) for lane in "abcd"]
    await asyncio.sleep(0.01)
    work.add("late", 99)
    late = run(eight, "late")
    await asyncio.sleep(0.01)

    draining = asyncio.create_task(eight.drain(5))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*full, late)

    assert await draining == 0
    assert 99 not in work.done


async def test_a_ring_returns_at_once_and_its_lane_is_seen_to(work: Work, eight: Jobs) -> None:
    work.gates["a"] = asyncio.Event()
    work.add("a", 1, 2, 3)

    eight.ring("send", "a")
    await asyncio.sleep(0.01)
    assert work.out["a"] == 2

    work.gates["a"].set()
    async with asyncio.timeout(5):
        while len(work.done) < 3:
            await asyncio.sleep(0.01)


async def test_a_lane_that_is_rung_while_its_calls_hang_is_looked_at_again(
    work: Work, eight: Jobs
) -> None:
    work.gates["a"] = asyncio.Event()
    work.add("a", 1)
    eight.ring("send", "a")
    await asyncio.sleep(0.01)

    work.add("a", 2)
    eight.ring("send", "a")
    await asyncio.sleep(0.01)

    assert work.called == [1, 2]


async def test_a_lane_that_is_rung_while_it_is_taken_from_is_taken_from_again(
    work: Work, eight: Jobs
) -> None:
    work.taking.clear()
    eight.ring("send", "a")
    await asyncio.sleep(0.01)
    eight.ring("send", "a")
    eight.ring("send", "a")
    assert len(eight._at_work) == 1

    work.taking.set()
    work.add("a", 1)
    async with asyncio.timeout(5):
        while eight._at_work:
            await asyncio.sleep(0.01)
    assert work.takes == 2


async def test_a_worker_that_is_full_lets_the_others_know(
    work: Work, eight: Jobs, bell: Heard
) -> None:
    work.add("a", 1, 2, 3)

    await eight.run("send", "a")

    assert set(bell.rings) == {("send", "a")}


async def test_a_fault_ends_the_job_and_says_only_its_kind_and_our_line(
    work: Work, eight: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = Move(Machine.NOTICE, ids.new_id(), Event.START, Actor.ENGINE, NOW)

    async def fail(*_: Any) -> Sequence[Any]:
        return [World(NOW, Pace(), {}).subject(unknown)]

    monkeypatch.setitem(jobs.KINDS, "send", Kind(fail, work.call, work.record))
    with capture_logs() as lines:
        assert await eight.run("send", "a") == 0

    (line,) = lines
    said = log.about(line.pop("exc_info"))
    assert line == {"event": "job.failed", "kind": "send", "log_level": "error"}
    assert said.pop("error") == "KeyError"
    assert re.fullmatch(r"service\.domain\.world\.subject:[0-9]+", said.pop("where"))
    assert said == {}
    assert eight._slots.used == 0


async def test_a_timer_that_rings_after_the_stop_is_silent(eight: Jobs, bell: Heard) -> None:
    eight.stopping = True

    eight._ring_now(("send", "a"))

    assert bell.rings == []
