"""What follows a request: clocks, reminders, who speaks for whom, and which notice carries it."""

from __future__ import annotations

from adapters.spec import Grade, Purpose
from service.domain import clocks, mailing, regimes, routing
from service.domain.effects.moves import (
    OUT,
    UNSENT,
    Follows,
    after,
    look_now,
)
from service.domain.states import (
    ENDED,
    LIVE,
    Event,
    NoticeState,
    RequestState,
    TakedownState,
)
from service.domain.world import Moved, Notice, Request, World

N, R, E = NoticeState, RequestState, Event


def start_clocks(world: World, request: Request, moved: Moved) -> Follows:
    request.reason = None
    since = None if moved.move.event is E.REPLIED else request.asked_at  # they wait for our reply
    clocks.start(world, request, since or moved.move.at)
    yield from ()


def grade(world: World, request: Request, moved: Moved) -> Follows:
    """They say that they have it: what carried it is acknowledged, and a law may count from now."""
    for notice in world.notices_of(request, (N.SENT,)):
        if notice.grade not in regimes.PROVEN:
            notice.grade = Grade.ACKNOWLEDGED
    if moved.source in LIVE:
        clocks.start_theirs(world, request, moved.move.at)
    yield from ()


def stop_clocks(world: World, request: Request, moved: Moved) -> Follows:
    clocks.stop(world, request, "answer", moved.move.at)
    yield from ()


def void_clocks(world: World, request: Request, moved: Moved) -> Follows:
    request.reason = moved.move.reason
    end = clocks.abandon if moved.target is R.WITHDRAWN else clocks.void
    end(world, request, world.now)
    yield from ()


def remind(world: World, request: Request, moved: Moved) -> Follows:
    """They are reminded once their time is over since they last heard of it: from us, or from
    another case, whose place this one takes.
    """
    spec = world.spec(request.addressee)
    if spec.remind and Purpose.REMINDER in spec.purposes and request.carrying:
        wait = max(world.pace.remind_first, world.pace.day * (spec.remind.hours / 24))
        heard = moved.move.at if moved.move.event is E.REPLIED else request.asked_at
        request.remind_at = (heard or moved.move.at) + wait
        before = world.requests.get(request.follows_id) if request.follows_id else None
        if moved.move.event is E.TAKE_OVER_ASKED and before and before.remind_at:
            request.remind_at = max(request.remind_at, before.remind_at)
    yield from ()


def stop_reminders(world: World, request: Request, moved: Moved) -> Follows:
    request.remind_at = None
    for notice in world.notices_of(request, UNSENT):
        if notice.purpose is Purpose.REMINDER:
            yield from leave(world, request, notice, moved)


def tell_followers(world: World, request: Request, moved: Moved) -> Follows:
    for other in world.group(request):
        follows = other.follows_id == request.id and other.state in (*LIVE, *ENDED)
        if follows and other.state is not moved.target:
            yield after(moved, other, moved.move.event)


def look_soon(world: World, request: Request, moved: Moved) -> Follows:
    if request.is_beside:
        return
    takedown = world.takedowns[request.takedown_id]
    if moved.move.event in (E.SAYS_REMOVED, E.SAYS_RESTRICTED):
        takedown.waits_look = True
    takedown.look_step = 0
    soon = world.now + world.pace.look_soon
    if takedown.look_at is not None:
        takedown.look_at = min(takedown.look_at, soon)
    yield from ()


def look_first(world: World, request: Request) -> None:
    """Look before anything leaves about it: somebody says that it is gone."""
    takedown = world.takedowns[request.takedown_id]
    takedown.waits_look = True
    look_now(world, takedown)


def take_carrying(world: World, request: Request) -> bool:
    """Make this the one of its group that is asked, unless another one was asked already."""
    holder = next((r for r in world.group(request) if r.carrying), None)
    if holder is None:
        request.carrying = True
    return request.carrying


def pass_on(world: World, request: Request, moved: Moved) -> Follows:
    if not request.carrying:
        return
    request.carrying = False
    heir = heir_of(world, request)
    if heir:
        heir.carrying = True
        yield after(moved, heir, E.TAKE_OVER)


def heir_of(world: World, request: Request) -> Request | None:
    return next(
        (
            r
            for r in world.group(request)
            if r.state is R.JOINED and world.may_leave(world.takedowns[r.takedown_id])
        ),
        None,
    )


def hand_over(world: World, request: Request, moved: Moved) -> Follows:
    heir = heir_of(world, request) if request.carrying else None
    if heir:
        yield from take_over(world, heir, moved)


def take_over(world: World, heir: Request, moved: Moved) -> Follows:
    """Let one that may leave take over from one that rests: held before an answer, or seen gone.

    A held one whose notice is out keeps it until that is settled, so that nobody is asked twice.
    """
    holder = next((r for r in world.group(heir) if r.carrying), None)
    state = world.takedowns[holder.takedown_id].state if holder else None
    if holder is None:
        heir.carrying = True
        yield after(moved, heir, E.TAKE_OVER)
    elif (
        state in (TakedownState.GONE, TakedownState.CLOSED)
        or holder.state is R.REMOVED_WITHOUT_WORD  # seen gone, and held since
    ):
        holder.carrying, heir.carrying = False, True
        yield after(moved, heir, E.TAKE_OVER)
    elif state is TakedownState.HELD and holder.state is R.PENDING:
        if world.notices_of(holder, OUT):
            return
        holder.carrying, heir.carrying = False, True
        yield after(moved, holder, E.JOIN)
        yield after(moved, heir, E.TAKE_OVER)
    elif state is TakedownState.HELD and holder.state in LIVE:
        holder.carrying, heir.carrying = False, True
        heir.follows_id, heir.asked_at = holder.id, holder.asked_at
        yield after(moved, heir, E.TAKE_OVER_ASKED)


def leave_notices(world: World, request: Request, moved: Moved) -> Follows:
    for notice in world.all_notices_of(request, UNSENT):
        still_to_file = moved.move.reason == "nobody_filed" and notice.state is N.BY_HAND
        if notice.purpose is Purpose.PRESERVE and mailing.may_be_kept(world, request):
            continue
        if mailing.rests(world, notice, request):
            yield from mailing.set_apart(world, notice, moved.move.at)
            continue
        if notice.purpose is not Purpose.RETRACTION and not still_to_file:
            yield from leave(world, request, notice, moved)


def leave(world: World, request: Request, notice: Notice, moved: Moved) -> Follows:
    world.unlink(world.carried[notice.id, request.id])
    if not world.by_notice[notice.id] and notice.state in (N.DUE, N.BY_HAND):
        yield after(moved, notice, E.CANCEL, "empty")


def join_notice(world: World, request: Request, moved: Moved) -> Follows:
    """Put a pending request into an unsent first notice, or join the request that is asked
    already.
    """
    takedown = world.takedowns[request.takedown_id]
    if request.state is not R.PENDING or world.notices_of(request, (*UNSENT, *OUT)):
        return
    if routing.is_closed(world.spec(request.addressee), world.cases[request.case_id]):
        reason = world.spec(request.addressee).closed_for_minors
        yield after(moved, request, E.NOT_REACHED, reason)
        return
    if not take_carrying(world, request):
        yield after(moved, request, E.JOIN)
        if world.may_leave(takedown):
            yield from take_over(world, request, moved)
        return
    if not world.may_leave(takedown) or takedown.waits_look:
        return
    if world.spec(request.addressee).office and not _is_whole(world, request):
        return  # the sweep puts it into the packet that the case may have already
    _, moves = mailing.first_notice(world, request, moved.move.at)
    yield from moves


def _is_whole(world: World, request: Request) -> bool:
    return world.whole is None or request.case_id in world.whole
