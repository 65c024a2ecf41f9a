"""Copyright notices: only for whoever holds the rights and says so, address by address, and never
before a person has said it again on filing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.spec import ContentClass, Locator, Purpose, Regime, Spec
from service.actions import composing, holding, matters, reading
from service.actions.context import Caller, Context
from service.actions.matters import OpenCase
from service.domain import follow, notices, routing
from service.domain.errors import Conflict
from service.domain.states import Actor
from service.domain.world import Move, Notice, Takedown, World
from service.store import entries
from service.store.unit import Unit

REFUSED: Final = "no_copyright_notice"
FACT: Final[Mapping[str, Any]] = {"rights_holder": True}
"""What the entry of a move commits to where somebody said so."""


def refusal(
    caller: Caller,
    case: OpenCase,
    takedown: Takedown,
    locator: Locator,
    specs: Mapping[str, Spec],
) -> str | None:
    """Why nobody is asked on the ground of copyright about it, although whoever holds the rights
    says so; None when somebody is. Nothing else waits for it.
    """
    if caller.actor is Actor.INTEGRATOR:
        return "Who holds the rights is entered by a case worker: hand it in again by theirs."
    if case.facts().minor:
        return "A copyright notice names people to others, and the person is or may be a minor."
    if not routing.copyright_desks(takedown, specs):
        return "No copyright desk is known for this address. Everybody else is asked."
    lacking = _lacking(case, takedown.content_class, [locator])
    if lacking:
        return (
            f"A copyright notice lacks: {lacking}. Everybody else is asked. Complete the case"
            " (`rights` is a statement) or the organisation's profile, and hand it in again."
        )
    return None


def recall(takedown: Takedown, row: Any) -> None:
    """Make it what its row says: whom to ask follows from what was known when it came."""
    takedown.id, takedown.platform, takedown.front = row.id, row.platform, row.front
    takedown.engines, takedown.content_class = row.engines, ContentClass(row.content_class)


def _lacking(case: OpenCase, content_class: ContentClass, locators: Sequence[Locator]) -> str:
    found = notices.missing(case.matter(content_class), Regime.COPYRIGHT, locators)
    return ", ".join(element.value for element in found)


async def claim(
    u: Unit, ctx: Context, world: World, case: OpenCase, caller: Caller, takedown: Takedown
) -> list[Move]:
    """Put the word of whoever holds the rights on record for what was taken in before. The
    copyright desks join the others; where a person approves what leaves, it is held until they
    have.
    """
    if takedown.rights_holder:
        return []
    takedown.rights_holder = True
    await entries.fact(
        u, world.now, organisation_id=takedown.organisation_id, case_id=takedown.case_id,
        event="rights_claimed", actor=caller.actor, key_id=caller.key_id,
        facts={"takedown": str(takedown.id)}, key=case.key,
    )  # fmt: skip
    locator = (await reading.locators(u, [takedown.id]))[takedown.id]
    approved = await composing.approved_digests(u, [takedown.id])
    desks = await ctx.platforms.of(u, takedown.organisation_id)
    found = matters.plan(case, takedown, locator, ctx.rules.specs, desks)
    kinds = composing.forbidden(case, found, approved.get(takedown.id))
    if kinds:
        return await holding.set_holds(u, world, takedown, kinds, case.key)
    return list(follow.climb(world, takedown, world.now))


async def check_filing(u: Unit, world: World, notice: Notice, *, said: bool) -> None:
    """Raises `Conflict` where a copyright notice was filed and nobody says who wanted it, or lacks
    what the law asks for.
    """
    if not world.spec(notice.addressee).rights_in or notice.purpose is not Purpose.FIRST:
        return
    if not said:
        raise Conflict("Say with `rights_holder` that whoever holds the rights wants it filed.")
    case = await matters.open_case(u, notice.organisation_id, notice.case_id)
    carried = [world.requests[link.request_id] for link in world.carried_by(notice)]
    of = world.takedowns[carried[0].takedown_id].content_class
    found = await reading.locators(u, [r.takedown_id for r in carried])
    if lacking := _lacking(case, of, list(found.values())):
        raise Conflict(f"The copyright notice lacks: {lacking}. Complete the case first.")
