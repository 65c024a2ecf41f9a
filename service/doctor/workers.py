"""Workers and lanes: whether somebody does the work, and whether it can leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.registry import ADAPTERS
from service.actions.queries.health import BEATS
from service.doctor.chart import Chart
from service.domain.lanes import LONGEST_WAIT

_BEATS: Final = text(
    "SELECT count(*) FILTER (WHERE beat_at > :since) AS alive,"
    " count(*) FILTER (WHERE beat_at <= :since) AS lost,"
    " count(*) FILTER (WHERE beat_at > :since AND NOT redis) AS deaf,"
    " count(*) FILTER (WHERE beat_at > :ahead) AS ahead FROM workers"
)
AHEAD: Final = timedelta(seconds=10)
SILENT_MAX: Final = timedelta(seconds=30)  # a busy machine's worker beats late
SWEEP_MAX: Final = timedelta(minutes=2)  # a round over a large backlog takes its time


async def examine(conn: AsyncConnection, chart: Chart, now: datetime, sweep: timedelta) -> None:
    """Signs of life, by the rows that workers keep."""
    since = now - max(BEATS * sweep, SILENT_MAX)
    row = (await conn.execute(_BEATS, {"since": since, "ahead": now + AHEAD})).one()
    if not row.alive:
        chart.wrong(
            "workers.alive", "No worker gives signs of life: nothing is sent.",
            "Start `efface worker`.",
        )  # fmt: skip
    if row.lost and row.alive:
        chart.warn(
            "workers.alive",
            f"Workers that ended without a word: {row.lost}.",
            "Look into its log: it was killed, or lost the database.",
        )
    if row.deaf:
        chart.warn(
            "workers.alive",
            f"Workers that do not hear Redis, and find work by sweeps alone: {row.deaf}.",
            "Look at Redis, and at the network between.",
        )
    if row.ahead:
        chart.wrong(
            "workers.alive",
            f"Workers whose clock is ahead of ours: {row.ahead}.",
            "Let every machine keep its time by NTP.",
        )
    chart.close("workers.alive", f"Workers that are alive: {row.alive}.")


_SWEPT: Final = text("SELECT ended_at FROM sweeps")


async def swept(conn: AsyncConnection, chart: Chart, now: datetime, sweep: timedelta) -> None:
    """When the last whole sweep ended, by whichever worker."""
    ended_at = await conn.scalar(_SWEPT)
    if ended_at is None or ended_at < now - max(BEATS * sweep, SWEEP_MAX):
        chart.wrong(
            "workers.sweep",
            "No sweep has ended for too long: deadlines pass, and lost rings stay lost.",
            "See whether a worker runs and what its log says.",
        )


_SHUT: Final = text("""
SELECT l.platform, l.closed_because IS NOT NULL AS closed, l.killed,
       l.not_before > :far AS far FROM lanes l
 WHERE (l.closed_because IS NOT NULL OR l.killed OR l.not_before > :far)
   AND (EXISTS (SELECT 1 FROM notices n WHERE n.lane = l.id
                AND (n.state = 'due' OR n.poll_at IS NOT NULL))
        OR EXISTS (SELECT 1 FROM takedowns t WHERE t.lane_look = l.id
                   AND (t.look_at IS NOT NULL OR t.resolve_at IS NOT NULL)))
 ORDER BY l.id
""")
_OURS: Final = {cls.spec.name for cls in ADAPTERS}
_WHY: Final[Mapping[tuple[str, str], Callable[[Any], bool]]] = {
    (
        "Lanes with work that an error has closed",
        "Mend the platform's settings: todo says what it answered.",
    ): lambda row: row.closed,
    (
        "Lanes with work of platforms that are switched off",
        "Switch the platform on, or withdraw what waits.",
    ): lambda row: row.killed and not row.closed,
    (
        "Lanes with work that must wait for more than a day",
        "Ask the platform why; setting it up anew lifts the wait.",
    ): lambda row: not row.killed and not row.closed,
}


async def lanes(conn: AsyncConnection, chart: Chart, now: datetime) -> None:
    """Lanes that keep work waiting until a person does something."""
    rows = (await conn.execute(_SHUT, {"far": now + LONGEST_WAIT})).all()
    for (why, do), which in _WHY.items():
        shut = [row.platform for row in rows if which(row)]
        if shut:
            names = ", ".join(sorted({name if name in _OURS else "others" for name in shut}))
            chart.warn("lanes.open", f"{why}: {len(shut)} ({names}).", do)
    chart.close("lanes.open", "No work waits behind a closed lane.")
