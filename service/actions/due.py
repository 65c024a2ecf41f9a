"""Where work is due: what a sweep rings, and when a lane that is full opens again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from adapters.spec import Settle
from service.actions import claims, lanes
from service.actions.context import Context
from service.domain.lanes import Lane
from service.domain.lanes import opens_at as lane_opens_at
from service.store.unit import Unit

_SOON: Final = timedelta(seconds=60)  # later than that is the sweep's business

_ANSWERS: Final = "(l.probe_at IS NULL OR l.probe_at <= :now)"
_SENDS: Final = f"{_ANSWERS} AND (l.full_until IS NULL OR l.full_until <= :now)"
_LANES: Final = """
SELECT l.id FROM lanes l
 WHERE NOT l.killed AND (l.not_before IS NULL OR l.not_before <= :now)
   AND l.closed_because IS NULL
"""
_HAS: Final = {
    "send": f"{_SENDS} AND EXISTS (SELECT 1 FROM notices n WHERE n.lane = l.id"
    " AND n.state = 'due' AND n.due_at <= :now)",
    "resend": f"{_SENDS} AND EXISTS (SELECT 1 FROM notices n WHERE n.lane = l.id"
    " AND n.settle_at <= :now AND n.state = 'perhaps_sent' AND n.addressee = ANY(:same_key))",
    "poll": "EXISTS (SELECT 1 FROM notices n WHERE n.lane = l.id AND n.poll_at <= :now)",
    "find": "EXISTS (SELECT 1 FROM notices n WHERE n.lane = l.id AND n.settle_at <= :now"
    " AND n.state = 'perhaps_sent' AND n.addressee = ANY(:look_up))",
    "look": f"{_ANSWERS} AND EXISTS (SELECT 1 FROM takedowns t WHERE t.lane_look = l.id"
    " AND t.look_at <= :now)",
    "resolve": f"{_ANSWERS} AND EXISTS (SELECT 1 FROM takedowns t WHERE t.lane_look = l.id"
    f" AND t.resolve_at <= :now AND t.{claims.RESOLVE.where})",
}


async def lanes_with_work(ctx: Context) -> set[tuple[str, str]]:
    """Every kind and lane that has something due and is open now."""
    specs = ctx.rules.specs.values()
    names = {
        settle: [s.name for s in specs if s.perhaps_sent is settle]
        for settle in (Settle.SAME_KEY, Settle.LOOK_UP)
    }

    async def work(u: Unit) -> set[tuple[str, str]]:
        columns = ", ".join(f"{test} AS has_{kind}" for kind, test in _HAS.items())
        rows = await u.run(
            _LANES.replace(" FROM lanes", f", {columns} FROM lanes", 1),
            now=ctx.now(),
            same_key=names[Settle.SAME_KEY],
            look_up=names[Settle.LOOK_UP],
        )
        rings = set()
        for row in rows:
            if row.has_send or row.has_resend:
                rings.add(("send", row.id))
            if row.has_poll or row.has_find:
                rings.add(("poll", row.id))
            if row.has_look:
                rings.add(("look", row.id))
            if row.has_resolve:
                rings.add(("resolve", row.id))
        return rings

    return await ctx.store.read(work)


_BACKLOG: Final = {
    "send": "SELECT min(due_at) FROM notices WHERE lane = :lane AND state = 'due'",
    "poll": f"SELECT min({claims.POLL.due}) FROM notices WHERE lane = :lane"
    " AND poll_at IS NOT NULL AND poll_lease_until IS NULL",
    "look": f"SELECT min({claims.LOOK.due}) FROM takedowns WHERE lane_look = :lane"
    " AND look_at IS NOT NULL AND look_lease_until IS NULL",
    "resolve": f"SELECT min({claims.RESOLVE.due}) FROM takedowns WHERE lane_look = :lane"
    f" AND resolve_at IS NOT NULL AND look_lease_until IS NULL AND {claims.RESOLVE.where}",
}


async def opens_at(ctx: Context, kind: str, lane_id: str) -> datetime | None:
    """When the next row of a lane may be taken, if that is within a minute; None otherwise. Now,
    when it only waits for a call to end.
    """
    spec = ctx.spec_of(lane_id)
    if spec is None:
        return None

    async def work(u: Unit) -> datetime | None:
        now = ctx.now()
        first: datetime | None = (await u.run(_BACKLOG[kind], lane=lane_id)).scalar()
        if first is None:
            return None
        row = (
            await u.run(f"SELECT {lanes.COLUMNS} FROM lanes WHERE id = :id", id=lane_id)
        ).one_or_none()
        if row is None:
            return None
        opens = lane_opens_at(
            Lane(*tuple(row)),
            spec.lane,
            now,
            sends=kind == "send",
            probes=kind in ("look", "resolve"),
        )
        if opens is None or (at := max(opens, first)) > now + _SOON:
            return None
        return at  # now: what is due was left because as many calls are out as may be

    return await ctx.store.read(work)
