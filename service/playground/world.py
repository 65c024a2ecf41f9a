"""Everything the practice platforms share: items, accounts, counters, time, and what calls meet.

One world per playground. No wire format is known here.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from service.playground.clock import Clock
from service.playground.item import Item
from service.playground.script import Fault, Op

__all__ = ["Account", "World"]

_SKEW_S = 0.01  # two clocks of one machine; a call this much early is on time
_IN_FLIGHT_S = 0.25  # calls that were on their way when another item's 429 went out


@dataclass(slots=True)
class Account:
    """The centre's login at one practice platform. Change `password` to lock it out."""

    name: str = "practice-centre"
    password: str = "practice-password"  # noqa: S105 - opens nothing but the playground


@dataclass(slots=True)
class _Wait:
    """A Retry-After that was given: from when, and until when, in real epoch seconds."""

    given: float
    until: float


@dataclass(slots=True)
class World:
    """What `GET /practice/state` shows, and what tests read as attributes."""

    clock: Clock = field(default_factory=Clock)
    items: dict[tuple[str, str], Item] = field(default_factory=dict)  # by platform and key
    accounts: dict[str, Account] = field(default_factory=dict)
    calls: Counter[tuple[str, Op]] = field(default_factory=Counter)
    early_calls: int = 0  # one item, called again before the Retry-After it gave
    early_lane_calls: int = 0  # another item of the platform, called while that Retry-After ran
    media_requests: int = 0
    media_bytes: int = 0
    stray_reports: int = 0  # about something that is no practice item
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    _faults: dict[tuple[str, Op], deque[Fault]] = field(default_factory=dict)
    _waits: dict[tuple[str, Op, str], _Wait] = field(default_factory=dict)

    def add(self, item: Item) -> Item:
        """Raises `ValueError` when the address is taken."""
        if (item.platform, item.key) in self.items:
            raise ValueError(f"{item.platform} has an item {item.name!r} already")
        self.items[item.platform, item.key] = item
        return item

    def find(self, platform: str, key: str) -> Item | None:
        return self.items.get((platform, key))

    def account(self, platform: str) -> Account:
        return self.accounts.setdefault(platform, Account())

    def prepare(self, platform: str, op: Op, *faults: Fault) -> None:
        """The next calls of this kind, of whatever item, meet these faults first."""
        self._faults.setdefault((platform, op), deque()).extend(faults)

    def meet(self, platform: str, op: Op, item: Item | None) -> Fault:
        """What this call meets. Counts it, and counts it as early if it was told to wait."""
        self.calls[platform, op] += 1
        self._count_early(platform, op, item)
        queued = self._faults.get((platform, op))
        own = item.next_fault(op) if item else Fault()
        fault = queued.popleft() if queued else own
        if fault.retry_after_s is not None:
            now = time.time()
            key = (platform, op, item.key if item else "")
            self._waits[key] = _Wait(now, retry_at(fault, now))
        return fault

    async def linger(self, wait_s: float) -> None:
        """Wait in real time, or for ever; the end of the playground ends it early."""
        if wait_s <= 0:
            return
        try:
            await asyncio.wait_for(self.closing.wait(), None if math.isinf(wait_s) else wait_s)
        except TimeoutError:
            return

    def state(self) -> dict[str, object]:
        """JSON for people and tests."""
        now_s = self.clock.now()
        return {
            "practice": True,
            "speed": self.clock.speed,
            "now_s": round(now_s, 3),
            "early_calls": self.early_calls,
            "early_lane_calls": self.early_lane_calls,
            "media_requests": self.media_requests,
            "media_bytes": self.media_bytes,
            "stray_reports": self.stray_reports,
            "items": [item.state(now_s) for item in self.items.values()],
        }

    def _count_early(self, platform: str, op: Op, item: Item | None) -> None:
        now = time.time()
        own_key = item.key if item else ""
        for (of_platform, of_op, key), wait in self._waits.items():
            if (of_platform, of_op) != (platform, op) or now >= wait.until - _SKEW_S:
                continue
            if key == own_key:
                self.early_calls += 1
                if item:
                    item.early_calls += 1
            elif now >= wait.given + _IN_FLIGHT_S:
                self.early_lane_calls += 1


def retry_at(fault: Fault, now: float) -> float:
    """Until when its Retry-After asks to wait, in epoch seconds: it is written in whole ones."""
    wait_s = math.ceil(fault.retry_after_s or 0.0)
    return math.ceil(now) + wait_s if fault.as_date else now + wait_s
