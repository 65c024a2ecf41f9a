"""Which notice carries which request: gathering first notices, reminders, and retractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from adapters.spec import Channel, ContentClass, Purpose
from service.domain import ids, routing
from service.domain.states import (
    LIVE,
    Actor,
    Event,
    Machine,
    NoticeState,
    RequestState,
    TakedownState,
)
from service.domain.world import Carried, Move, Notice, Request, World, lane_of

MAY_CARRY = {
    Purpose.FIRST: (RequestState.PENDING,),
    Purpose.REMINDER: (
        RequestState.ASKED,
        RequestState.ACKNOWLEDGED,
        RequestState.IN_REVIEW,
        RequestState.NO_ANSWER,
    ),
    Purpose.SUPPLEMENT: LIVE,
    Purpose.REPLY: (RequestState.NEEDS_INFO,),
    Purpose.COMPLAINT: (RequestState.REFUSED, RequestState.SAYS_REMOVED),
    Purpose.RETRACTION: (RequestState.WITHDRAWN,),
    Purpose.PRESERVE: tuple(RequestState),
}
"""What a notice may carry when it starts."""
ONCE: Final = (Purpose.SUPPLEMENT, Purpose.PRESERVE)
"""What is called for once, and by nothing again: a hold delays it and takes nothing of it back."""


def may_carry(world: World, notice: Notice, request: Request) -> bool:
    """Whether this notice may carry this request now."""
    takedown = world.takedowns[request.takedown_id]
    if request.state not in MAY_CARRY[notice.purpose]:
        return False
    if notice.purpose is Purpose.RETRACTION:
        return True
    if notice.purpose is Purpose.PRESERVE:
        return may_be_kept(world, request)
    if notice.purpose is Purpose.COMPLAINT and request.state is RequestState.SAYS_REMOVED:
        return routing.contradicts(takedown, request) and world.may_leave(takedown)
    if routing.is_closed(world.spec(request.addressee), world.cases[request.case_id]):
        return False
    if notice.purpose is Purpose.FIRST and (not request.carrying or takedown.waits_look):
        return False
    return world.may_leave(takedown)


def rests(world: World, notice: Notice, request: Request) -> bool:
    """Whether this notice keeps this request and waits until nothing holds it any more."""
    takedown = world.takedowns[request.takedown_id]
    wanted = notice.purpose in ONCE and request.state in MAY_CARRY[notice.purpose]
    withdrawn = takedown.state is TakedownState.WITHDRAWN
    return wanted and not withdrawn and bool(world.held.get(takedown.id))


def set_apart(world: World, notice: Notice, at: datetime) -> Iterator[Move]:
    """Put what rests into a message of its own, so that nothing else in this one waits for it."""
    links = world.carried_by(notice)
    carried = [r for link in links if (r := world.requests.get(link.request_id))]
    resting = [request for request in carried if rests(world, notice, request)]
    if not resting or len(resting) == len(links):
        return
    for request in resting:
        world.unlink(world.carried[notice.id, request.id])
    own = _new(world, resting[0], notice.purpose, notice.due_at, notice.priority)
    _carry(world, own, resting)
    yield _plan(own, at)
    if notice.state is NoticeState.BY_HAND:
        yield _hand_over(own, at)


def may_be_kept(world: World, request: Request) -> bool:
    """Whether they may be asked to keep what they hold: also about what is gone."""
    takedown = world.takedowns[request.takedown_id]
    return takedown.state is not TakedownState.WITHDRAWN and not world.held.get(takedown.id)


def first_notice(world: World, request: Request, at: datetime) -> tuple[Notice, list[Move]]:
    """The unsent first notice that carries a request from now on, and the moves that make it if it
    is new.

    A channel that takes many addresses gathers those of one case, or of one host, while nothing has
    left: each request that joins gets its whole undo time, and the first is kept waiting at most
    twice that. Offices are told by a person, whom one packet suits better than ten.
    """
    spec = world.spec(request.addressee)
    due_at = world.now + world.pace.undo
    priority = world.takedowns[request.takedown_id].priority
    if spec.gathers or spec.channel is Channel.FORM:
        for notice in world.by_desk[request.case_id, request.addressee]:
            if (
                notice.purpose is Purpose.FIRST
                and notice.state in (NoticeState.DUE, NoticeState.BY_HAND, None)
                and notice.tries == 0
                and notice.id not in world.taken
                and len(world.by_notice[notice.id]) < spec.carries.urls
                and (spec.office or _is_young(world, notice, due_at))
                and notice.basis is request.basis
                and _is_alike(world, notice, request)
            ):
                if notice.state is not NoticeState.BY_HAND:
                    notice.due_at = max(notice.due_at, due_at)
                notice.priority = min(notice.priority, priority)
                _carry(world, notice, (request,))
                return notice, []
    notice = _new(world, request, Purpose.FIRST, due_at, priority)
    _carry(world, notice, (request,))
    moves = [_plan(notice, at)]
    if spec.channel is Channel.FORM:
        moves.append(_hand_over(notice, at, "web_form"))
    return notice, moves


def reminder(world: World, requests: Iterable[Request]) -> Iterator[Move]:
    """One reminder for all open items of a case at one desk, as many messages as their number
    needs.
    """
    for some in _messages(world, requests):
        spec = world.spec(some[0].addressee)
        priority = min(world.takedowns[r.takedown_id].priority for r in some)
        notice = _new(world, some[0], Purpose.REMINDER, world.now, priority)
        _carry(world, notice, some)
        for request in some:
            request.reminders += 1
            request.remind_at = next_reminder(world, request)
        yield _plan(notice, world.now)
        if Purpose.REMINDER not in spec.purposes:
            yield _hand_over(notice, world.now)


def _messages(world: World, requests: Iterable[Request]) -> Iterator[list[Request]]:
    """Those of one desk in messages: as many that are alike in each as it may carry."""
    kinds: dict[tuple[bytes | None, ContentClass], list[Request]] = {}
    for request in sorted(requests, key=lambda r: r.id):
        kind = (_host_of(world, request), world.takedowns[request.takedown_id].content_class)
        kinds.setdefault(kind, []).append(request)
    for alike in kinds.values():
        most = world.spec(alike[0].addressee).carries.urls
        yield from (alike[i : i + most] for i in range(0, len(alike), most))


def _is_alike(world: World, notice: Notice, request: Request) -> bool:
    """Whether one message can say the same of it: its words are about one class, and where the
    channel takes one host, about that host.
    """
    wanted = world.takedowns[request.takedown_id].content_class
    same_class = all(here is wanted for here, _ in world.said_in(notice))
    return same_class and notice.host_mac == _host_of(world, request)


def _host_of(world: World, request: Request) -> bytes | None:
    """What a message of its desk may not mix; None where it may carry many hosts. A takedown of
    before hosts were kept is like no other.
    """
    takedown = world.takedowns[request.takedown_id]
    one_host = world.spec(request.addressee).carries.same_host
    return (takedown.host_mac or takedown.id.bytes) if one_host else None


def next_reminder(world: World, request: Request) -> datetime:
    """Daily for a week, then weekly, then monthly; never sooner than the addressee allows."""
    pace, spec = world.pace, world.spec(request.addressee)
    age = world.now - (request.asked_at or world.now)
    wait = pace.remind_first
    if age >= pace.remind_weekly_for:
        wait = pace.month
    elif age >= pace.remind_daily_for:
        wait = pace.week
    least = pace.day * (spec.remind.hours / 24) if spec.remind else wait
    return world.now + max(wait, least)


def retraction(world: World, request: Request, at: datetime) -> Iterator[Move]:
    """Tell one desk that we were wrong, when there was time to stop that. A channel without a
    second message leaves it to a person.
    """
    yield from _further(world, request, Purpose.RETRACTION, at)


def supplement(world: World, request: Request, at: datetime) -> Iterator[Move]:
    """Tell one desk what has turned out since it was asked."""
    yield from _further(world, request, Purpose.SUPPLEMENT, at)


def preserve(world: World, request: Request, at: datetime) -> Iterator[Move]:
    """Ask one desk to keep what it holds for the authorities."""
    yield from _further(world, request, Purpose.PRESERVE, at)


def complaint(world: World, request: Request, at: datetime) -> Iterator[Move]:
    """Ask one desk to decide again: it refused, or says removed of what is seen up. Each ground has
    a message of its own.
    """
    yield from _further(world, request, Purpose.COMPLAINT, at)


def _further(world: World, request: Request, purpose: Purpose, at: datetime) -> Iterator[Move]:
    """One more message to a desk, gathered for the undo time with what else there is to say so."""
    spec = world.spec(request.addressee)
    due_at = world.now + world.pace.undo
    for notice in world.by_desk[request.case_id, request.addressee]:
        if (
            notice.purpose is purpose
            and notice.id not in world.taken
            and len(world.by_notice[notice.id]) < spec.carries.urls
            and (notice.state is NoticeState.BY_HAND or _may_wait(world, notice, due_at))
            and _on_one_ground(world, notice, request)
            and _waits_alike(world, notice, request)
            and _is_alike(world, notice, request)
        ):
            notice.due_at = max(notice.due_at, due_at)
            _carry(world, notice, (request,))
            return
    notice = _new(world, request, purpose, due_at, 0)
    _carry(world, notice, (request,))
    yield _plan(notice, at)
    if purpose not in spec.purposes:
        yield _hand_over(notice, at)


def reply(world: World, request: Request) -> tuple[Notice, list[Move]]:
    """An answer to what one desk asked about one address. A channel without a second message leaves
    it to a person.
    """
    notice = _new(world, request, Purpose.REPLY, world.now + world.pace.undo, 0)
    _carry(world, notice, (request,))
    moves = [_plan(notice, world.now)]
    if Purpose.REPLY not in world.spec(request.addressee).purposes:
        moves.append(_hand_over(notice, world.now))
    return notice, moves


def _on_one_ground(world: World, notice: Notice, request: Request) -> bool:
    """Whether a complaint says of this request what it says of the others."""
    if notice.purpose is not Purpose.COMPLAINT:
        return True
    return all(state is request.state for _, state in world.said_in(notice))


def _waits_alike(world: World, notice: Notice, request: Request) -> bool:
    """Whether both wait for the end of a hold, or neither does."""
    here = (world.requests.get(link.request_id) for link in world.by_notice[notice.id])
    waits = rests(world, notice, request)
    return all(rests(world, notice, other) is waits for other in here if other)


def _may_wait(world: World, notice: Notice, due_at: datetime) -> bool:
    unsent = notice.state in (NoticeState.DUE, None) and notice.tries == 0
    return unsent and _is_young(world, notice, due_at)


def _is_young(world: World, notice: Notice, due_at: datetime) -> bool:
    """Whether it may be kept until then for what joins it."""
    return due_at <= notice.created_at + 2 * world.pace.undo + timedelta(seconds=1)


def _new(
    world: World, request: Request, purpose: Purpose, due_at: datetime, priority: int
) -> Notice:
    notice = Notice(
        id=ids.new_id(),
        organisation_id=request.organisation_id,
        case_id=request.case_id,
        addressee=request.addressee,
        purpose=purpose,
        basis=request.basis,
        lane=lane_of(request.addressee, request.organisation_id),
        reference=ids.new_reference(),
        created_at=world.now,
        due_at=due_at,
        priority=priority,
        host_mac=_host_of(world, request),
    )
    world.add(notice)
    return notice


def _carry(world: World, notice: Notice, requests: Iterable[Request]) -> None:
    position = len(world.by_notice[notice.id])
    for offset, request in enumerate(requests):
        world.link(Carried(notice.id, request.id, position + offset))


def _plan(notice: Notice, at: datetime) -> Move:
    return Move(Machine.NOTICE, notice.id, Event.PLAN, Actor.ENGINE, at)


def _hand_over(notice: Notice, at: datetime, reason: str = "no_machine_for_it") -> Move:
    return Move(Machine.NOTICE, notice.id, Event.HAND_OVER, Actor.ENGINE, at, reason)
