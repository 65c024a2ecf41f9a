"""What follows a notice: carried requests are asked or reach nobody; polls and doubts are timed."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.spec import Ability, AnswerKind, Grade, Purpose, Settle
from service.domain import clocks, mailing, regimes
from service.domain.effects.moves import (
    ANSWER_EVENT,
    ARRIVED,
    Follows,
    after,
    look_now,
)
from service.domain.effects.requests import (
    hand_over,
    heir_of,
    join_notice,
    leave,
    look_first,
    take_carrying,
    take_over,
)
from service.domain.pace import doubling
from service.domain.states import (
    ENDED,
    LIVE,
    Actor,
    Event,
    NoticeState,
    RequestState,
)
from service.domain.world import Moved, Notice, Request, World

N, R, E = NoticeState, RequestState, Event


def ask_carried(world: World, notice: Notice, moved: Moved) -> Follows:
    at = moved.move.at
    notice.sent_at = at if notice.sent_at is None else min(at, notice.sent_at)
    notice.settle_at = notice.lease_until = None
    grade = _grade(moved)
    if grade and notice.grade not in regimes.PROVEN:
        notice.grade = grade
    for link in world.carried_by(notice):
        request = world.requests[link.request_id]
        if notice.purpose is Purpose.FIRST:
            yield from _asked(world, request, moved, at)
        elif notice.purpose is Purpose.REPLY and request.state is R.NEEDS_INFO:
            yield after(moved, request, E.REPLIED)
        if link.outcome is AnswerKind.CONTENT_GONE or link.outcome is AnswerKind.UNSPECIFIED:
            look_now(world, world.takedowns[request.takedown_id])
        elif link.outcome and request.state is not R.WITHDRAWN:
            yield after(moved, request, ANSWER_EVENT[link.outcome])


def _grade(moved: Moved) -> str | None:
    """What the receipt of this move proves; without one, a person's word for it is only that."""
    receipt = moved.move.facts.get("receipt") or {}
    by_person = Grade.STATED_BY_PERSON if moved.move.by is not Actor.ENGINE else None
    return receipt.get("grade") or by_person


def _asked(world: World, request: Request, moved: Moved, at: datetime) -> Follows:
    if request.state in (R.PENDING, R.NOT_REACHED):
        if not request.carrying:
            take_carrying(world, request)
        request.asked_at = at
        yield after(moved, request, E.ASKED)
        return
    _start_earlier(world, request, at, proven=_grade(moved) in regimes.PROVEN)
    if request.state in LIVE:
        clocks.start_theirs(world, request, at)


def _start_earlier(world: World, request: Request, at: datetime, *, proven: bool) -> None:
    if request.asked_at is None or at < request.asked_at:
        clocks.correct(world, request, at, proven=proven)
        request.asked_at = at


def prove_earlier(world: World, notice: Notice, at: datetime) -> None:
    """An earlier start of a notice that arrived was proven: clocks count from there. What was said
    meanwhile stands.
    """
    if notice.state in ARRIVED and notice.purpose is Purpose.FIRST:
        notice.sent_at = min(at, notice.sent_at or at)
        for link in world.carried_by(notice):
            proven = notice.grade in regimes.PROVEN
            _start_earlier(world, world.requests[link.request_id], at, proven=proven)


def fail_carried(world: World, notice: Notice, moved: Moved) -> Follows:
    notice.lease_until = notice.settle_at = None
    if notice.purpose is not Purpose.FIRST:
        return
    links = world.carried_by(notice)
    one_item_only = any(link.outcome for link in links)
    for link in links:
        request = world.requests[link.request_id]
        if link.outcome in (AnswerKind.ALREADY_REPORTED, AnswerKind.WRONG_ADDRESSEE):
            request.asked_at = request.asked_at or moved.move.at
            yield after(moved, request, ANSWER_EVENT[link.outcome], moved.move.reason)
        elif link.outcome is AnswerKind.CONTENT_GONE:
            look_first(world, request)
            if (heir := heir_of(world, request)) and request.carrying:
                look_first(world, heir)
                yield from take_over(world, heir, moved)
        elif one_item_only:
            yield from join_notice(world, request, moved)
            yield from hand_over(world, request, moved)
        elif request.state in (R.PENDING, *LIVE) and not world.notices_of(request, ARRIVED):
            yield after(moved, request, E.NOT_REACHED, moved.move.reason)
            yield from _unask_followers(world, request, moved, E.NOT_REACHED)


def _unask_followers(world: World, request: Request, moved: Moved, event: Event) -> Follows:
    """Those who took over from one that was asked were asked by its notice alone."""
    for other in world.group(request):
        if other.follows_id == request.id and not world.notices_of(other, ARRIVED):
            yield from _unask(world, other, moved, event, moved.move.reason)


def _unask(
    world: World, request: Request, moved: Moved, event: Event, reason: str | None
) -> Follows:
    """It was asked by what turned out not to be there: if it still waits, this event says so."""
    if request.state in ENDED:
        return
    request.follows_id = request.asked_at = None
    if request.state in LIVE:
        yield after(moved, request, event, reason)
    else:  # it was seen gone or withdrawn meanwhile
        clocks.unstart(world, request, world.now)


def _is_unasked(world: World, notice: Notice, request: Request) -> bool:
    """Whether nothing has asked it, now that this notice was not filed."""
    asks = notice.purpose is not Purpose.RETRACTION and request.follows_id is None
    return asks and not world.notices_of(request, ARRIVED)


def unask_carried(world: World, notice: Notice, moved: Moved) -> Follows:
    notice.filed, notice.sent_at, notice.grade = False, None, None
    for link in world.carried_by(notice):
        request = world.requests[link.request_id]
        unasked = _is_unasked(world, notice, request)
        stays = _is_still_to_file(world, notice, request, unasked=unasked)
        if unasked:
            yield from _unask(world, request, moved, E.ASK_ANEW, "unfiled")
            yield from _unask_followers(world, request, moved, E.ASK_ANEW)
        if not stays:
            yield from leave(world, request, notice, moved)


def _is_still_to_file(world: World, notice: Notice, request: Request, *, unasked: bool) -> bool:
    """Whether what was not filed after all is still wanted: a first notice only where nobody else
    has asked meanwhile; for a reminder comes another.
    """
    if notice.purpose is Purpose.REMINDER:
        return False
    if notice.purpose is Purpose.FIRST:
        takedown = world.takedowns[request.takedown_id]
        return unasked and request.state in LIVE and world.may_leave(takedown)
    return mailing.may_carry(world, notice, request) or mailing.rests(world, notice, request)


def shed_carried(world: World, notice: Notice, moved: Moved) -> Follows:
    for link in world.carried_by(notice):
        request = world.requests[link.request_id]
        stays = mailing.may_carry(world, notice, request) or mailing.rests(world, notice, request)
        if not stays:
            yield from leave(world, request, notice, moved)
            yield from hand_over(world, request, moved)
    yield from mailing.set_apart(world, notice, moved.move.at)
    if not world.by_notice[notice.id] and moved.source is N.SET_ASIDE:
        yield after(moved, notice, E.CANCEL, "empty")


def free_carried(world: World, notice: Notice, moved: Moved) -> Follows:
    notice.lease_until = notice.settle_at = None
    if moved.move.by is Actor.ENGINE or notice.purpose is not Purpose.FIRST:
        return
    for link in world.carried_by(notice):
        request = world.requests[link.request_id]
        if request.state is R.PENDING:
            yield after(moved, request, E.NOT_REACHED, "cancelled")


def poll(world: World, notice: Notice, moved: Moved) -> Follows:
    """A message in a thread that is asked about already brings the same answers: only one is
    asked.
    """
    others = {
        other.id
        for link in world.by_notice[notice.id]
        for other in world.notices_of(world.requests[link.request_id], (N.SENT,))
    } - {notice.id}
    if Ability.POLL in world.spec(notice.addressee).can and not others:
        notice.poll_step = 0
        notice.poll_at = world.now + doubling(world.pace.poll_first, world.pace.poll_most, 0)
    yield from ()


def stop_polls(world: World, notice: Notice, moved: Moved) -> Follows:
    notice.poll_at = None
    yield from ()


def settle(world: World, notice: Notice, moved: Moved) -> Follows:
    """Say when the doubt is looked into: by the channel's own means, else when a reminder would be
    due.
    """
    spec, pace = world.spec(notice.addressee), world.pace
    notice.lease_until = None
    notice.settle_step = 0
    if spec.perhaps_sent is Settle.SAME_KEY:
        notice.settle_at = world.now + doubling(
            pace.retry_first, pace.settle_most, notice.tries - 1
        )
    elif spec.perhaps_sent is Settle.LOOK_UP:
        notice.settle_at = world.now + spec.settle_after
    else:
        notice.settle_at = world.now + pace.unconfirmed_after
    yield from ()


def send_later(world: World, notice: Notice, moved: Moved) -> Follows:
    notice.lease_until = notice.settle_at = None
    wait = doubling(world.pace.retry_first, world.pace.retry_most, max(notice.tries - 1, 0))
    if moved.move.event is E.RETRY:
        notice.starts, wait = 0, timedelta()
    notice.due_at = world.now + wait  # and its lane waits for as long as they said
    yield from ()
