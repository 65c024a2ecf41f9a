"""The four kinds of job. Each takes what is due of one lane, calls, and has the results written
down.

A ring only says that a lane may have work, so a lost or doubled one costs at most one sweep. Taking
is done for as many as there are free slots, in one transaction: while calls of a lane are out, the
next ones wait a moment for more slots, so that a busy lane is taken in large bites.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from service.actions import due, look_at, looks, poll_notice, resolve_locator, send_notice, settling
from service.actions.context import Context
from service.engine.recorder import Recorder
from service.engine.slots import Slots
from service.store.unit import Bell, DatabaseAway, Ring

log = structlog.get_logger()

GATHER_S: Final = 0.01
OTHERS_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work: how it is taken, called, and recorded."""

    take: Callable[[Context, str, int], Awaitable[Sequence[Any]]]
    call: Callable[[Context, Any], Awaitable[Any]]
    record: Callable[[Context, Sequence[Any]], Awaitable[None]]


KINDS: Final[dict[str, Kind]] = {
    "send": Kind(settling.start, send_notice.call, send_notice.record_results),
    "poll": Kind(poll_notice.take, poll_notice.call, poll_notice.record_said),
    "look": Kind(looks.take, looks.call, look_at.record_sights),
    "resolve": Kind(resolve_locator.take, resolve_locator.call, resolve_locator.record_resolved),
}


class Jobs:
    """The work of one worker on lanes, with its slots. Rung by arq, by the worker's own timer, and
    by whoever makes work.
    """

    def __init__(self, ctx: Context, slots: int, bell: Bell) -> None:
        self._ctx = ctx
        self._bell = bell
        self._slots = Slots(slots)
        self._recorders = {name: Recorder(name, self._writer(kind)) for name, kind in KINDS.items()}
        self._calls: set[asyncio.Task[None]] = set()
        self._starts: set[asyncio.Task[set[asyncio.Task[None]]]] = set()
        self._at_work: dict[Ring, asyncio.Task[int]] = {}
        self._rung: set[Ring] = set()  # once more, while it is seen to
        self._timers: dict[Ring, asyncio.TimerHandle] = {}
        self._full: set[Ring] = set()  # whose work waits for a call of theirs to end
        self._out: Counter[Ring] = Counter()  # calls that are not on record yet
        self.stopping = False

    def _writer(self, kind: Kind) -> Callable[[Sequence[Any]], Awaitable[None]]:
        async def write(results: Sequence[Any]) -> None:
            await kind.record(self._ctx, results)

        return write

    def ring(self, name: str, lane: str) -> None:
        """See to a lane, in a task of its own. One that is seen to already is looked at once
        more.
        """
        ring = (name, lane)
        self._rung.add(ring)
        if ring not in self._at_work and not self.stopping:
            task = asyncio.create_task(self._see_to(name, lane, set()))
            self._at_work[ring] = task
            task.add_done_callback(lambda _: self._leave(ring))

    def _leave(self, ring: Ring) -> None:
        del self._at_work[ring]
        if ring in self._rung:  # between its last look and its end
            self.ring(*ring)

    async def run(self, name: str, lane: str) -> int:
        """Do what is due of one lane and have it written. Returns how many calls were made."""
        calls: set[asyncio.Task[None]] = set()
        made = await self._see_to(name, lane, calls)
        while calls:
            # waiting does not cancel: a call in flight always ends by itself
            await asyncio.wait(calls)
        return made

    async def _see_to(self, name: str, lane: str, calls: set[asyncio.Task[None]]) -> int:
        """Begin what is due, as slots come free. What has begun is among `calls` until it is on
        record.
        """
        made, began = 0, time.monotonic()
        try:
            while slots := await self._reserve(lane):
                self._rung.discard((name, lane))
                started = await self._begin(name, lane, slots)
                made += len(started)
                calls |= started
                for task in started:
                    task.add_done_callback(calls.discard)
                if len(started) == slots:
                    self._bell.ring([(name, lane)])  # there may be more than one worker can do
                elif (name, lane) not in self._rung:
                    await self._ring_when_open(name, lane)
                    break
        except DatabaseAway:
            log.warning("job.database_away", kind=name)
        except Exception as error:  # the next ring or sweep tries again
            log.error("job.failed", kind=name, exc_info=error)
        if made:
            took = round((time.monotonic() - began) * 1000)
            log.info("job.done", kind=name, platform=lane.partition("/")[0], count=made, ms=took)
        return made

    async def _reserve(self, lane: str) -> int:
        """Slots for a lane, at least one; none when nothing more is to be begun."""
        while not self.stopping:
            if slots := self._slots.take(lane):
                return slots
            await self._slots.wait(lane)
            if self._slots.holds(lane):
                await asyncio.sleep(GATHER_S)
        return 0

    async def _begin(self, name: str, lane: str, slots: int) -> set[asyncio.Task[None]]:
        """Cancelled or not, what is taken is called: a START without its call is a doubt."""
        start = asyncio.create_task(self._start(name, lane, slots))
        self._starts.add(start)
        start.add_done_callback(self._starts.discard)
        await asyncio.wait({start})
        return start.result()

    async def _start(self, name: str, lane: str, slots: int) -> set[asyncio.Task[None]]:
        items: Sequence[Any] = ()
        try:
            items = await KINDS[name].take(self._ctx, lane, slots)
        finally:
            self._slots.give_back(lane, slots - len(items))
        self._out[name, lane] += len(items)
        tasks = {asyncio.create_task(self._one(name, lane, item)) for item in items}
        self._calls |= tasks
        for task in tasks:
            task.add_done_callback(self._calls.discard)
        return tasks

    async def _one(self, name: str, lane: str, item: Any) -> None:
        """Call, and have it written. The slot is taken until then: whatever kills this process
        leaves no more in doubt than it has slots.
        """
        try:
            result = await KINDS[name].call(self._ctx, item)
            await self._recorders[name].put(result)
        finally:
            self._slots.give_back(lane)
        self._out[name, lane] -= 1
        if (name, lane) in self._full:
            self._full.discard((name, lane))
            self.ring(name, lane)

    async def _ring_when_open(self, name: str, lane: str) -> None:
        """Work that waits only for its lane's pace is begun when the lane opens, not at the next
        sweep.
        """
        at = await due.opens_at(self._ctx, name, lane)
        ring = (name, lane)
        if at is None or ring in self._timers or self.stopping:
            return
        wait = (at - self._ctx.now()).total_seconds()
        if wait <= 0 and self._out[ring]:
            self._full.add(ring)
            return
        if wait <= 0:  # other workers have all the calls that may be out
            wait = OTHERS_S
        loop = asyncio.get_running_loop()
        self._timers[ring] = loop.call_later(wait, self._ring_now, ring)

    def _ring_now(self, ring: Ring) -> None:
        self._timers.pop(ring, None)
        if not self.stopping:
            self._bell.ring((ring,))

    async def drain(self, within_s: float) -> int:
        """Begin nothing more, and wait for what is being taken and what is out. Returns how many
        calls were left when time was up.
        """
        self.stopping = True
        for timer in self._timers.values():
            timer.cancel()
        self._slots.go_on()
        until = time.monotonic() + within_s
        while out := {*self._starts, *self._calls, *self._at_work.values()}:
            left_s = until - time.monotonic()
            if left_s <= 0:
                break
            await asyncio.wait(out, timeout=left_s)
        return len(self._starts) + len(self._calls)
