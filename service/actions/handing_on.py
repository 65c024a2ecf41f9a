"""Handing a site on to the platform whose software it says it runs, and the way back from there.

A site may say what it likes, and an instance does not reach every other. So nothing that was found
about the site is lost: it lies, sealed, in the locator of what was handed on, until it is clear
what that is. Whoever cannot tell gives it back.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from adapters.spec import Locator, Url
from service.actions import lanes, reading
from service.actions.context import Context
from service.actions.matters import OpenCase
from service.domain import notices
from service.domain.states import Actor
from service.domain.world import Takedown, World, look_lane_of
from service.store import entries
from service.store.unit import Unit

TRIES: Final = 3
"""So often an instance is asked that says it does not know the thing: some minutes."""
UNKNOWN: Final = "cannot_resolve"
LATE: Final = "not_in_time"
TURN: Final = 4
"""So many times as long it may wait for its turn: an hour, 500 addresses at ten a minute."""
BATCH: Final = 200
_BACK: Final = "back"


async def by_software(u: Unit, ctx: Context, takedown: Takedown, site: Locator) -> Locator | None:
    """The same address as a platform reads it that is set up for the software that runs there.

    What came back from one goes to no other.
    """
    software = site.parts.get("software")
    if not software or takedown.handed_on_at is not None:
        return None
    for desk in (await ctx.platforms.of(u, takedown.organisation_id)).values():
        if desk.ready and software in desk.adapter.spec.software:
            found = desk.adapter.match_at(Url(site.url))
            if found is not None:
                return found
    return None


async def hand_on(
    u: Unit, world: World, case: OpenCase, takedown: Takedown, site: Locator, found: Locator
) -> None:
    """Let that platform resolve it: the takedown is still `resolving`, and known by the address
    that was handed in.
    """
    await _put_at(u, takedown, found)
    takedown.resolve_at, takedown.resolve_step = world.now, 0
    takedown.handed_on_at = world.now
    values = {**notices.locator_values(found), _BACK: notices.locator_values(site)}
    await u.run(
        "UPDATE takedowns SET locator_sealed = :sealed WHERE id = :id",
        id=takedown.id,
        sealed=case.key.seal_json(reading.PLACE_LOCATOR, takedown.id, values),
    )
    await _note(u, world, case, takedown, found.platform, back=False)


def way_back(case: OpenCase, takedown_id: UUID, sealed: bytes) -> Locator | None:
    """The site as it was found, out of a sealed locator; None for what was not handed on."""
    values = case.key.open_json(reading.PLACE_LOCATOR, takedown_id, sealed)
    return notices.locator_from(values[_BACK]) if _BACK in values else None


def is_unknown_there(takedown: Takedown, reason: str | None, *, nothing_there: bool) -> bool:
    """Whether the platform has said, once more, that it does not know the thing.

    That nothing is there is no proof: it is another's site, which shows an instance what it likes.
    """
    return nothing_there or (reason == UNKNOWN and takedown.resolve_step + 1 >= TRIES)


async def take_back(
    u: Unit, world: World, case: OpenCase, takedown: Takedown, site: Locator, reason: str | None
) -> None:
    """Let it be the site's again, as if nobody else had been asked."""
    await _put_at(u, takedown, site)
    await _note(u, world, case, takedown, reason, back=True)


OVERDUE: Final = """
  FROM takedowns t JOIN lanes l ON l.id = t.lane_look
 WHERE t.handed_on_at <= :handed AND t.state = 'resolving'
   AND (t.look_lease_until IS NULL OR t.look_lease_until < :now)
   AND (t.resolve_step > 0 OR t.handed_on_at <= :at_last OR l.killed OR l.closed_because IS NOT NULL
        OR l.down_since IS NOT NULL OR l.not_before > :now)
 ORDER BY t.handed_on_at
"""
"""What only waits for its turn stays longer: a lane that is open comes to it."""


def values(ctx: Context) -> dict[str, Any]:
    """What stands for itself in it, now."""
    now = ctx.now()
    handed, at_last = (now - n * ctx.rules.pace.handed_on for n in (1, TURN))
    return {"now": now, "handed": handed, "at_last": at_last}


async def overdue(ctx: Context) -> list[UUID]:
    """What was handed on some time ago, and was asked about in vain or cannot be asked about now:
    the lane of that platform may be shut for hours, or until a person opens it.
    """

    async def work(u: Unit) -> list[UUID]:
        rows = await u.run(f"SELECT t.id {OVERDUE} LIMIT {BATCH}", **values(ctx))
        return list(rows.scalars())

    return await ctx.store.read(work)


async def _put_at(u: Unit, takedown: Takedown, locator: Locator) -> None:
    takedown.platform, takedown.kind = locator.platform, locator.kind
    takedown.lane_look = look_lane_of(locator.platform, takedown.organisation_id)
    await lanes.ensure(u, lanes.of(locator.platform, takedown.organisation_id))


async def _note(
    u: Unit, world: World, case: OpenCase, takedown: Takedown, reason: str | None, *, back: bool
) -> None:
    """A line about this takedown, which does not move: `because` names its own last one."""
    await entries.fact(
        u, world.now, organisation_id=takedown.organisation_id, case_id=case.id,
        event="handed_back" if back else "handed_on", actor=Actor.ENGINE,
        because=takedown.entry_id, reason=reason, facts={"takedown": str(takedown.id)},
        key=case.key,
    )  # fmt: skip
