"""One installation, to be broken in one place and looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import asyncpg

from service.doctor import examine
from service.doctor.chart import Chart, Level
from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis
from tests.database import plain_dsn


def ills(chart: Chart, level: Level = Level.WRONG) -> set[str]:
    """The checks that found something of this level, but for what ails every test's Postgres: that
    it is quick and not durable.
    """
    return {f.check for f in chart.findings if f.level is level} - {"database.durable"}


@dataclass
class Patient:
    """Servers, settings and a clock. `chart` looks at all of it, as `efface doctor` does."""

    server: EmbeddedPostgres
    database: str
    redis: EmbeddedRedis
    key_file: Path
    smtp_port: int
    ahead: timedelta = timedelta()
    changed: dict[str, Any] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        return {
            "database_url": self.server.url("efface_app", self.database),
            "redis_url": self.redis.url,
            "key_file": self.key_file,
            "smtp_host": "127.0.0.1",
            "smtp_port": self.smtp_port,
            "sweep_s": 300,  # a beat stays fresh for as long as a test takes
            **self.changed,
        }

    async def chart(self, *, replay: bool = True) -> Chart:
        found, _ = await examine.examine(
            self.settings(), now=lambda: examine.now_here() + self.ahead, replay=replay
        )
        return found

    async def with_worker(self) -> Self:
        """Give it a worker's sign of life."""
        await self.plant(
            "INSERT INTO workers (id, started_at, beat_at, redis) VALUES ('w', now(), now(), true)"
            " ON CONFLICT (id) DO UPDATE SET beat_at = now()"
        )
        return self

    async def ails(self, level: Level = Level.WRONG) -> set[str]:
        """The checks that find something of this level."""
        return ills(await self.chart(), level)

    async def plant(self, *statements: str) -> None:
        """Do by hand what the product never would, past guards and foreign keys."""
        conn = await asyncpg.connect(plain_dsn(self.server.superuser_url(self.database)))
        try:
            await conn.execute("SET session_replication_role = replica")
            for statement in statements:
                assert not (await conn.execute(statement)).endswith(" 0"), "nothing was planted"
        finally:
            await conn.close()
