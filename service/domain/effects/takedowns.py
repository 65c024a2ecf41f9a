"""What follows a takedown: who is asked, who waits, who is let go, and when to look again."""

from __future__ import annotations

from datetime import datetime

from adapters.spec import Ability, Field
from service.domain import clocks, ids, mailing, routing
from service.domain.effects.moves import (
    MAY_HAVE_ARRIVED,
    OUR_MISTAKES,
    Follows,
    after,
    start_looks,
)
from service.domain.effects.requests import (
    hand_over,
    heir_of,
    join_notice,
    leave_notices,
    look_first,
    take_over,
)
from service.domain.states import (
    LIVE,
    Actor,
    Event,
    Machine,
    NoticeState,
    RequestState,
)
from service.domain.world import Move, Moved, Request, Takedown, World

N, R, E = NoticeState, RequestState, Event


def plan_requests(world: World, takedown: Takedown, moved: Moved) -> Follows:
    yield from climb(world, takedown, moved.move.at)


def next_rung(world: World, request: Request, moved: Moved) -> Follows:
    takedown = world.takedowns[request.takedown_id]
    if request.round != takedown.round:
        return
    of_front = moved.target is R.WRONG_ADDRESSEE and request.addressee == takedown.front
    platform = world.specs.get(takedown.platform or "") if of_front else None
    if platform is not None and Ability.RESOLVE in platform.can:
        takedown.resolve_at, takedown.resolve_step = world.now, 0  # it moved: who hosts it now
    yield from climb(world, takedown, moved.move.at)


def climb(world: World, takedown: Takedown, at: datetime) -> Follows:
    """Plan whom to ask now: as far up the ladder as answers and silence have led. Beside that, who
    would not act or says what is not so hears a complaint. While the network is asked who hosts it,
    nobody else is.
    """
    if not world.may_leave(takedown) or takedown.locator_mac is None:
        return
    for request in world.requests_of(takedown):
        if routing.may_complain(world, takedown, request):
            yield from mailing.complaint(world, request, at)
    if takedown.resolve_at:
        return
    known = {(r.addressee, r.basis) for r in world.requests_of(takedown)}
    highest = routing.climbed(world, takedown)
    case = world.cases[takedown.case_id]
    for planned in routing.plan(takedown, case, world.specs):
        if planned.rung > highest or (planned.addressee, planned.basis) in known:
            continue
        request = Request(
            id=ids.new_id(),
            organisation_id=takedown.organisation_id,
            case_id=takedown.case_id,
            takedown_id=takedown.id,
            addressee=planned.addressee,
            basis=planned.basis,
            rung=planned.rung,
            round=takedown.round,
            locator_mac=takedown.locator_mac,
            created_at=world.now,
        )
        world.add(request)
        yield Move(Machine.REQUEST, request.id, E.PLAN, Actor.ENGINE, at)


def turned_minor(world: World, takedown: Takedown) -> Follows:
    """The person turns out to be a minor: hotlines hear of it, desks that were asked are told, and
    those that are closed for minors are not asked any more.
    """
    for request in world.requests_of(takedown):
        spec = world.spec(request.addressee)
        if request.state is R.PENDING and (reason := spec.closed_for_minors):
            yield Move(Machine.REQUEST, request.id, E.NOT_REACHED, Actor.ENGINE, world.now, reason)
        tells = Field.DEPICTED_IS_MINOR in spec.discloses and not request.is_beside
        if tells and request.carrying and request.state in LIVE and not spec.closed_for_minors:
            yield from mailing.supplement(world, request, world.now)
    yield from climb(world, takedown, world.now)


def replan_notices(world: World, takedown: Takedown, moved: Moved) -> Follows:
    for request in world.requests_of(takedown):
        if request.state is R.JOINED:
            yield from take_over(world, request, moved)
        yield from join_notice(world, request, moved)


def hold_requests(world: World, takedown: Takedown, moved: Moved) -> Follows:
    for request in world.requests_of(takedown):
        yield from leave_notices(world, request, moved)
        yield from hand_over(world, request, moved)


def drop_requests(world: World, takedown: Takedown, moved: Moved) -> Follows:
    takedown.waits_look, takedown.resolve_at = False, None
    for request in world.requests_of(takedown):
        clocks.stop(world, request, "removal", takedown.gone_at or moved.move.at)
        if request.state in (R.PENDING, R.JOINED, *LIVE):
            yield after(moved, request, E.SEEN_GONE)
        heir = heir_of(world, request) if request.carrying else None
        if heir:
            # it is gone for one case; for the other that is seen before anything leaves
            look_first(world, heir)
            yield from take_over(world, heir, moved)


def withdraw_requests(world: World, takedown: Takedown, moved: Moved) -> Follows:
    takedown.withdrawn_because = moved.move.reason
    for request in world.by_takedown[takedown.id]:
        if request.state is R.WITHDRAWN:
            continue
        asked = bool(world.notices_of(request, MAY_HAVE_ARRIVED))
        yield after(moved, request, E.WITHDRAW, moved.move.reason)
        if asked and moved.move.reason in OUR_MISTAKES:
            yield from mailing.retraction(world, request, moved.move.at)


def new_round(world: World, takedown: Takedown, moved: Moved) -> Follows:
    for request in world.requests_of(takedown):
        request.carrying, request.remind_at = False, None
        yield from leave_notices(world, request, moved)
    takedown.round += 1
    takedown.reappeared += 1
    takedown.gone_at = takedown.closed_at = None


def renew(world: World, takedown: Takedown, moved: Moved) -> Follows:
    if takedown.gone_at is not None:
        yield from new_round(world, takedown, moved)


def look(world: World, takedown: Takedown, moved: Moved) -> Follows:
    start_looks(world, takedown)
    yield from ()


def stop_looks(world: World, takedown: Takedown, moved: Moved) -> Follows:
    takedown.look_at = takedown.resolve_at = takedown.handed_on_at = None
    yield from ()
