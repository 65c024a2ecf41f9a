"""Taking polls, looks and resolves: idempotent work, leased so that two workers do not do it twice
at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.spec import Rate
from service.actions import lanes
from service.domain.lanes import take, take_probing
from service.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Work:
    """Which rows of which table are due, and where their lease is kept."""

    table: str
    lane: str
    due: str
    lease: str
    where: str = "true"
    probes: bool = False  # what comes of it shows whether the platform is there


POLL: Final = Work("notices", "lane", "poll_at", "poll_lease_until")
FIND: Final = Work("notices", "lane", "settle_at", "poll_lease_until", "state = 'perhaps_sent'")
LOOK: Final = Work("takedowns", "lane_look", "look_at", "look_lease_until", probes=True)
RESOLVE: Final = Work(
    "takedowns",
    "lane_look",
    "resolve_at",
    "look_lease_until",
    "state IN ('resolving', 'open', 'restricted')",  # what is held rests
    probes=True,
)


async def claim(
    u: Unit, work: Work, lane_id: str, rate: Rate, slots: int, now: datetime, until: datetime
) -> list[UUID]:
    """Lease up to `slots` due rows of a lane, as far as the lane allows now."""
    rows = await u.run(
        f"SELECT id FROM {work.table} WHERE {work.lane} = :lane AND {work.due} <= :now"
        f" AND ({work.lease} IS NULL OR {work.lease} < :now) AND {work.where}"
        f" ORDER BY priority, {work.due} LIMIT :n FOR UPDATE SKIP LOCKED",
        lane=lane_id,
        now=now,
        n=slots,
    )
    found: list[UUID] = list(rows.scalars())
    if not found:
        return []
    lane = await lanes.lock(u, lane_id)
    if lane is None:
        return []
    busy = await _busy(u, work, lane_id, now)
    if work.probes:
        granted = found[: take_probing(lane, rate, now, len(found), busy, until - now)]
    else:
        granted = found[: take(lane, rate, now, len(found), busy)]
    if granted:
        await lanes.keep(u, lane)
        await u.run(
            f"UPDATE {work.table} SET {work.lease} = :until WHERE id = ANY(:ids)",
            until=until,
            ids=granted,
        )
    return granted


async def _busy(u: Unit, work: Work, lane_id: str, now: datetime) -> int:
    found: Any = await u.run(
        f"SELECT count(*) FROM {work.table} WHERE {work.lane} = :lane"
        f" AND {work.lease} >= :now AND {work.due} IS NOT NULL",
        lane=lane_id,
        now=now,
    )
    return int(found.scalar_one())


async def drop(u: Unit, work: Work, ids: Collection[UUID]) -> None:
    """Nothing is due of these any more, and nobody is at work on them."""
    await u.run(
        f"UPDATE {work.table} SET {work.due} = NULL, {work.lease} = NULL WHERE id = ANY(:ids)",
        ids=list(ids),
    )


async def release(u: Unit, work: Work, ids: list[UUID]) -> None:
    """End the leases of rows whose work is done."""
    await u.run(
        f"UPDATE {work.table} SET {work.lease} = NULL WHERE id = ANY(:ids)",
        ids=ids,
    )
