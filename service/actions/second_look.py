"""A turn in the lane for a look that is made once more, from a second vantage."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adapters.spec import Observation, Seen
from service.actions import lanes, quiet
from service.actions.context import Context
from service.domain.lanes import reserve
from service.store.unit import DatabaseAway, Unit

LONGEST_WAIT: Final = timedelta(seconds=20)
"""For a turn in the lane. The look's lease is renewed, so that the wait and the call fit in."""
NOT_MADE: Final = Observation(Seen.CANNOT_SEE, "not_made", "machine")


async def may(ctx: Context, takedown_id: UUID, lane_id: str, host: bytes | None = None) -> bool:
    """Whether the second look may be made; waits for its turn, with no transaction open.

    It is counted in the lane like any look, and not made where the platform, or the `host`, wants
    to be left alone.
    """
    try:
        at = await ctx.store.run(lambda u: _turn(u, ctx, takedown_id, lane_id, host))
        if at is None:
            return False
        wait = at - ctx.now()
        if wait <= timedelta():
            return True
        await asyncio.sleep(wait.total_seconds())
        return await ctx.store.run(lambda u: _is_open(u, lane_id, host, ctx.now()))
    except DatabaseAway:
        return False


async def _turn(
    u: Unit, ctx: Context, takedown_id: UUID, lane_id: str, host: bytes | None
) -> datetime | None:
    now, spec = ctx.now(), ctx.spec_of(lane_id)
    await u.run(
        "UPDATE takedowns SET look_lease_until = :until WHERE id = :id",
        id=takedown_id,
        until=now + ctx.rules.pace.lease,
    )
    if await _is_quiet(u, host, now):
        return None
    lane = await lanes.lock(u, lane_id)
    if lane is None or spec is None:
        return None
    at = reserve(lane, spec.lane, now, LONGEST_WAIT)
    if at is not None:
        await lanes.keep(u, lane)
    return at


async def _is_quiet(u: Unit, host: bytes | None, now: datetime) -> bool:
    return host is not None and bool(await quiet.waits(u, [host], now))


async def _is_open(u: Unit, lane_id: str, host: bytes | None, now: datetime) -> bool:
    """Whether nobody asked to be left alone while we waited."""
    if await _is_quiet(u, host, now):
        return False
    lane = await lanes.lock(u, lane_id)
    return lane is not None and not lane.is_shut(now)
