"""One round of everything that time alone brings, and the rings for whatever is due.

Run by an arq cron tick, or by the worker's own timer while Redis does not answer. Its interval is
the worst delay that a lost ring can cost.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import structlog

from service.actions import (
    due,
    handing_on,
    judging,
    once,
    quiet,
    resolve_locator,
    taking,
    upkeep,
)
from service.actions.context import Context
from service.store.unit import DatabaseAway, Ring, Unit

log = structlog.get_logger()


class Round(NamedTuple):
    """One thing that time brings: what does it, and where there is something of it to do, as SQL
    from FROM on.
    """

    do: Callable[[Context], Awaitable[int]]
    due: str


ROUNDS: Final[tuple[Round, ...]] = (
    Round(upkeep.expire_leases, upkeep.LEASES_OVER),
    Round(upkeep.give_up_doubt, upkeep.DOUBTS_OVER),
    Round(resolve_locator.take_back_late, handing_on.OVERDUE),
    Round(judging.judge_by_time, judging.TO_JUDGE),
    Round(judging.judge_waiting, judging.LACKING),
    Round(upkeep.end_holds, upkeep.HOLDS_OVER),
    Round(upkeep.pass_clocks, upkeep.CLOCKS_OVER),
    Round(upkeep.miss_filings, upkeep.UNFILED),
    Round(upkeep.pick_up, upkeep.UNCARRIED),
    Round(upkeep.send_reminders, upkeep.TO_REMIND),
    Round(once.forget_old, once.OLD),
    Round(taking.forget_gone, taking.TAKEN),
    Round(quiet.forget_over, quiet.OVER),
)


async def sweep(ctx: Context) -> set[Ring]:
    """Do the rounds in which something is due, each by itself: one that fails does not keep the
    others. Returns what to ring.
    """
    began = time.monotonic()
    rest = ROUNDS
    try:
        while rest := await _from_the_next(ctx, rest):
            await _do(ctx, rest[0])
            rest = rest[1:]
        rings = await due.lanes_with_work(ctx)
        await _say_ended(ctx, round((time.monotonic() - began) * 1000))
    except DatabaseAway:
        log.warning("sweep.database_away")
        return set()
    return rings


async def _from_the_next(ctx: Context, rounds: tuple[Round, ...]) -> tuple[Round, ...]:
    """These rounds without the first ones, in which nothing is due. Asked in one statement: most
    sweeps have nothing to do.
    """
    wanted = ", ".join(f"(SELECT 1 {round_.due} LIMIT 1)" for round_ in rounds)
    values = {**upkeep.values(ctx), **handing_on.values(ctx), **once.values(ctx)}

    async def work(u: Unit) -> tuple[Any, ...]:
        names = {name: values[name] for name in values if f":{name}" in wanted}
        return tuple((await u.run(f"SELECT {wanted}", **names)).one())

    try:
        found = await ctx.store.read(work) if rounds else ()
    except DatabaseAway:
        raise
    except Exception as error:  # noqa: BLE001 - then each is done, whether it is due or not
        log.error("sweep.not_asked", error=type(error).__name__)
        return rounds
    first = next((n for n, something in enumerate(found) if something), len(rounds))
    return rounds[first:]


async def _do(ctx: Context, round_: Round) -> None:
    try:
        await round_.do(ctx)
    except DatabaseAway:
        raise
    except Exception as error:  # noqa: BLE001 - the next sweep tries again
        log.error("sweep.failed", kind=round_.do.__name__, error=type(error).__name__)


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
