"""What a process holds on to, read from outside while it works."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from redis.asyncio import Redis

from tests.flow.office import Office
from tests.prove.fleet import Member

PAGE_MB: Final = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Gauges:
    """Readings by name, oldest first."""

    members: Sequence[Member]
    office: Office
    redis: Redis
    readings: dict[str, list[float]] = field(default_factory=dict)

    async def watch(self, for_s: float, every_s: float) -> None:
        """Read everything again and again."""
        end = time.monotonic() + for_s
        while time.monotonic() < end:
            await asyncio.sleep(every_s)
            await self.read()

    async def read(self) -> None:
        """Every gauge once."""
        for member in self.members:
            name = member.log.stem
            self._note(f"{name} MB", _rss_mb(member.pid))
            self._note(f"{name} files", len(list(Path(f"/proc/{member.pid}/fd").iterdir())))
            self._note(f"{name} sockets", _sockets(member.pid))
            self._note(f"{name} tasks", await _tasks(member))
        (row,) = await self.office.rows(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
        )
        self._note("postgres connections", row.n)
        self._note("redis connections", (await self.redis.info("clients"))["connected_clients"])

    def _note(self, name: str, value: float) -> None:
        self.readings.setdefault(name, []).append(value)

    def thirds(self) -> dict[str, tuple[float, float]]:
        """Per gauge, the middle reading of the first third and of the last."""
        found = {}
        for name, values in self.readings.items():
            third = max(1, len(values) // 3)
            found[name] = (median(values[:third]), median(values[-third:]))
        return found


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB


def _sockets(pid: int) -> int:
    found = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += entry.readlink().name.startswith("socket:")
        except FileNotFoundError:  # closed meanwhile
            continue
    return found


async def _tasks(member: Member) -> int:
    def counts() -> list[int]:
        return [line["count"] for line in member.lines() if line.get("event") == "tasks.counted"]

    before = len(counts())
    os.kill(member.pid, signal.SIGUSR1)
    async with asyncio.timeout(60):
        while len(found := counts()) <= before:
            await asyncio.sleep(0.02)
    return found[-1]
