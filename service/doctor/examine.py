"""The whole examination, from the settings to the last line of the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.doctor import (
    box,
    configured,
    database,
    invariants,
    proxies,
    record,
    relay,
    rights,
    rings,
    shape,
    skew,
    workers,
)
from service.doctor.chart import Chart
from service.settings import Settings
from service.store.sealing import Vault

Now = Callable[[], datetime]


def now_here() -> datetime:
    return datetime.now(UTC)


async def examine(
    given: Mapping[str, Any], *, now: Now = now_here, replay: bool = True
) -> tuple[Chart, bool]:
    """Everything that can be looked at, and whether that went as far as the record.

    `given` wins over the environment. Without `replay` the lines of the record are not read.
    """
    chart = Chart()
    settings = configured.load(chart, given)
    if settings is None:
        return chart, False
    configured.examine(chart, settings)
    configured.adapters(chart)
    await rings.examine(chart, settings, now)
    await relay.examine(chart, settings)
    await box.examine(chart, settings)
    await proxies.examine(chart, settings)
    try:
        async with database.read_only(settings) as conn:
            whole = await _database(conn, chart, settings, now, replay=replay)
    except (SQLAlchemyError, *database.ERRORS) as error:
        _broke_off(chart, error)
        return chart, False
    chart.close("database.reachable", "The database answers.")
    return chart, whole


def _broke_off(chart: Chart, error: Exception) -> None:
    says, do = database.away(error)
    if "database.version" in chart.seen():
        says = f"The database broke off the examination ({type(error).__name__})."
        do = "Look into its log. What is wrong with its shape or rights may be why."
    chart.wrong("database.reachable", says, do)


async def _database(
    conn: AsyncConnection, chart: Chart, settings: Settings, now: Now, *, replay: bool
) -> bool:
    await database.examine(conn, chart)

    async def time() -> datetime:
        found: datetime | None = await conn.scalar(text("SELECT clock_timestamp()"))
        assert found is not None
        return found

    await skew.examine(chart, "Database", time, now)
    if not await database.is_migrated(conn, chart):
        return False
    await rights.examine(conn, chart)
    await shape.examine(conn, chart)
    await database.connections(conn, chart, settings, now())
    await database.practice(conn, chart, settings)
    await workers.examine(conn, chart, now(), timedelta(seconds=settings.sweep_s))
    await workers.swept(conn, chart, now(), timedelta(seconds=settings.sweep_s))
    await workers.lanes(conn, chart, now())
    if not settings.imap_host:
        await box.elsewhere(conn, chart, now())
    await invariants.examine(conn, chart, now())
    vault = Vault.from_file(settings.key_file)
    opens = await database.key(conn, chart, vault)
    if replay:
        await record.examine(conn, chart, vault, opens=opens)
    return True
