"""A crew of workers, each in a process of its own, that are killed at random instants."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from tests.flow.processes import Process
from tests.prove.recording_platform import RecordingPlatform, Report

CREW = 4
CALM = 0.95  # no kill after this part of the messages: the storm ends before the work does


@dataclass(frozen=True, slots=True)
class Kill:
    """One process that was killed. `at` is just before the signal."""

    pid: int
    at: float


class Storm:
    """Keeps a crew at work, and kills some of it as messages arrive."""

    def __init__(
        self, platform: RecordingPlatform, make: Callable[[], Process], chance: random.Random
    ) -> None:
        self._platform, self._make, self._chance = platform, make, chance
        self._crew: list[Process] = []
        self.kills: list[Kill] = []

    async def __aenter__(self) -> Self:
        for _ in range(CREW):
            self._join()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._crew:
            await process.killed()

    async def drained(self) -> None:
        """Let all of them end what they began, and begin nothing more."""
        crew, self._crew = self._crew, []
        for process in crew:
            await process.ready()
            process.signal(signal.SIGTERM)
        for process in crew:
            assert await process.drained() == 0

    async def until(self, met: Callable[[], Awaitable[Any]], within_s: float) -> None:
        """Let them work until then."""
        async with asyncio.timeout(within_s):
            while not await met():
                await asyncio.sleep(0.05)

    def _join(self) -> None:
        process = self._make()
        process.start()
        self._crew.append(process)

    async def rage(self, kills: int, messages: int) -> None:
        """Kill so often, each time when a number of messages drawn by chance has arrived."""
        marks = sorted(self._chance.randrange(1, int(messages * CALM)) for _ in range(kills))
        for mark in marks:
            while self._platform.arrived < mark or not self._at_work():
                await asyncio.sleep(0.002)
            await asyncio.sleep(self._chance.random() * 0.02)
            await self._kill(self._chance.choice(self._at_work()))

    def _at_work(self) -> list[Process]:
        return [process for process in self._crew if process.is_ready]

    async def _kill(self, victim: Process) -> None:
        self._crew.remove(victim)
        self.kills.append(Kill(victim.pid, time.monotonic()))
        await victim.killed()
        self._join()

    def unanswered(self) -> int:
        """How many messages whose answer nobody was there to take."""
        return sum(report.unanswered_at(kill.at) for kill, report in self._of_the_killed())

    def window_s(self, count: int) -> float:
        """How long before the kills so many of the messages were answered, at most."""
        ages = sorted(
            kill.at - report.answered
            for kill, report in self._of_the_killed()
            if report.answered is not None and report.answered < kill.at
        )
        return ages[count - 1] if count > 0 else 0.0

    def reached(self) -> Counter[str]:
        """How often a worker that was killed later had brought each address to its desk."""
        return Counter(report.url for _, report in self._of_the_killed())

    def _of_the_killed(self) -> list[tuple[Kill, Report]]:
        kills = {kill.pid: kill for kill in self.kills}
        reports = self._platform.reports
        return [(kills[report.caller], report) for report in reports if report.caller in kills]
