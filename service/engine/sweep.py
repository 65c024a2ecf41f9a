"""One round of everything that time alone brings, and the rings for whatever is due.

Run by an arq cron tick, or by the worker's own timer while Redis does not answer. Its interval is
the worst
delay that a lost ring can cost.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from service.actions import due, judging, once, quiet, resolve_locator, taking, upkeep
from service.actions.context import Context
from service.store.unit import DatabaseAway, Ring, Unit

log = structlog.get_logger()

ROUNDS: Final[tuple[Callable[[Context], Awaitable[int]], ...]] = (
    upkeep.expire_leases,
    upkeep.give_up_doubt,
    resolve_locator.take_back_late,
    judging.judge_by_time,
    judging.judge_waiting,
    upkeep.end_holds,
    upkeep.pass_clocks,
    upkeep.miss_filings,
    upkeep.pick_up,
    upkeep.send_reminders,
    once.forget_old,
    taking.forget_gone,
    quiet.forget_over,
)


async def sweep(ctx: Context) -> set[Ring]:
    """Do the rounds, each by itself: one that fails does not keep the others. Returns what to
    ring.
    """
    began = time.monotonic()
    for round_ in ROUNDS:
        try:
            await round_(ctx)
        except DatabaseAway:
            log.warning("sweep.database_away")
            return set()
        except Exception as error:  # noqa: BLE001 - the next round tries again
            log.error("sweep.failed", kind=round_.__name__, error=type(error).__name__)
    try:
        rings = await due.lanes_with_work(ctx)
        await _say_ended(ctx, round((time.monotonic() - began) * 1000))
    except DatabaseAway:
        return set()
    return rings


async def _say_ended(ctx: Context, took_ms: int) -> None:
    """Write down that a whole sweep is through: its age tells whether time still brings work."""

    async def work(u: Unit) -> None:
        await u.run(
            "INSERT INTO sweeps (id, ended_at, took_ms) VALUES (1, :now, :took)"
            " ON CONFLICT (id) DO UPDATE SET ended_at = :now, took_ms = :took",
            now=ctx.now(),
            took=took_ms,
        )

    await ctx.store.run(work)
