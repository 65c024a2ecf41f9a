"""The whole engine of the machines: decide, advance, follow.

Every move that follows another is the engine's, and names the entry that it follows from. What an
effect does stands in `domain.effects`, one function each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from service.domain import ids
from service.domain.effects import notices, requests, takedowns
from service.domain.effects.moves import (
    ANSWER_EVENT,
    ARRIVED,
    MAY_HAVE_ARRIVED,
    OUR_MISTAKES,
    OUT,
    PROOF,
    UNSENT,
    Follows,
    look_now,
    machine_of,
    proof_of,
)
from service.domain.effects.notices import prove_earlier
from service.domain.effects.takedowns import climb, turned_minor
from service.domain.states import (
    ENDED,
    LIVE,
    Effect,
    Event,
    IllegalMove,
    Machine,
    NoticeState,
    RequestState,
    decide,
)
from service.domain.world import Move, Moved, Notice, Request, Row, Takedown, Told, World

__all__ = [
    "ANSWER_EVENT",
    "ARRIVED",
    "EFFECTS",
    "GUARDS",
    "MAY_HAVE_ARRIVED",
    "OUR_MISTAKES",
    "OUT",
    "PROOF",
    "UNSENT",
    "apply",
    "climb",
    "look_now",
    "machine_of",
    "proof_of",
    "prove_earlier",
    "release_event",
    "turned_minor",
]

N, E = NoticeState, Event
ANSWERED: Final = frozenset({*LIVE, *ENDED}) - {RequestState.ASKED, RequestState.NO_ANSWER}


def apply(world: World, moves: Iterable[Move]) -> None:
    """Decide each move by itself and everything that follows from it. A refused move stops nobody
    else.
    """
    queue: deque[tuple[Move, UUID | None]] = deque((move, None) for move in moves)
    while queue:
        move, because = queue.popleft()
        row = world.subject(move)
        try:
            rule = decide(move.machine, row.state, move.event, move.by)
            guard = GUARDS.get((move.machine, move.event))
            if guard and not guard(world, row):
                raise IllegalMove(row.state, move.event, move.by)
        except IllegalMove:
            world.refused.append((move, row.state))
            continue
        moved = world.advance(row, rule, move, ids.new_id(), because)
        follows = [m for effect in rule.effects for m in EFFECTS[effect](world, row, moved)]
        queue.extendleft((m, moved.entry_id) for m in reversed(follows))


def tell(world: World, row: Row, moved: Moved) -> Follows:
    takedown_id = row.id if isinstance(row, Takedown) else None
    if isinstance(row, Request):
        takedown_id = row.takedown_id
    world.told.append(
        Told(
            organisation_id=row.organisation_id,
            case_id=row.case_id,
            takedown_id=takedown_id,
            machine=moved.move.machine,
            subject_id=row.id,
            event=moved.move.event,
            state=moved.target,
            at=moved.move.at,
        )
    )
    yield from ()


def _is_answered(world: World, notice: Notice) -> bool:
    """Whether they have said anything about what it carries."""
    said = {world.requests[link.request_id].state for link in world.carried_by(notice)}
    return bool(said & ANSWERED)


GUARDS: Final[dict[tuple[Machine, Event], Callable[[World, Row], bool]]] = {
    # only what a person filed can be unfiled, and an answer proves that it was
    (Machine.NOTICE, E.UNFILED): lambda world, row: (
        isinstance(row, Notice) and row.filed and not _is_answered(world, row)
    ),
    # what was never sent cannot have arrived
    (Machine.NOTICE, E.PROVEN): lambda _, row: isinstance(row, Notice) and row.tries > 0,
    # what was never asked cannot have been answered
    **{
        (Machine.REQUEST, event): lambda _, row: isinstance(row, Request) and row.was_asked
        for event in ANSWER_EVENT.values()
    },
    # silence says nothing while nobody knows whether they were asked
    (Machine.REQUEST, E.SILENCE): lambda world, row: (
        isinstance(row, Request)
        and (row.follows_id is not None or bool(world.notices_of(row, (N.SENT,))))
    ),
    (Machine.TAKEDOWN, E.RESOLVED): lambda world, row: not world.held.get(row.id),
    **{
        (Machine.TAKEDOWN, event): lambda world, row: not world.held.get(row.id)
        for event in (E.RELEASE_OPEN, E.RELEASE_RESTRICTED, E.RELEASE_GONE)
    },
    (Machine.TAKEDOWN, E.HOLD): lambda world, row: bool(world.held.get(row.id)),
}
"""What a table cannot say, because it looks at more than the state."""

EFFECTS: Final[dict[Effect, Callable[..., Follows]]] = {
    Effect.ASK_CARRIED: notices.ask_carried,
    Effect.FAIL_CARRIED: notices.fail_carried,
    Effect.UNASK_CARRIED: notices.unask_carried,
    Effect.FREE_CARRIED: notices.free_carried,
    Effect.SHED_CARRIED: notices.shed_carried,
    Effect.POLL: notices.poll,
    Effect.STOP_POLLS: notices.stop_polls,
    Effect.SETTLE: notices.settle,
    Effect.SEND_LATER: notices.send_later,
    Effect.START_CLOCKS: requests.start_clocks,
    Effect.GRADE: requests.grade,
    Effect.STOP_CLOCKS: requests.stop_clocks,
    Effect.VOID_CLOCKS: requests.void_clocks,
    Effect.REMIND: requests.remind,
    Effect.STOP_REMINDERS: requests.stop_reminders,
    Effect.TELL_FOLLOWERS: requests.tell_followers,
    Effect.LOOK_SOON: requests.look_soon,
    Effect.HAND_OVER: requests.hand_over,
    Effect.PASS_ON: requests.pass_on,
    Effect.LEAVE_NOTICES: requests.leave_notices,
    Effect.JOIN_NOTICE: requests.join_notice,
    Effect.NEXT_RUNG: takedowns.next_rung,
    Effect.PLAN_REQUESTS: takedowns.plan_requests,
    Effect.REPLAN_NOTICES: takedowns.replan_notices,
    Effect.HOLD_REQUESTS: takedowns.hold_requests,
    Effect.DROP_REQUESTS: takedowns.drop_requests,
    Effect.WITHDRAW_REQUESTS: takedowns.withdraw_requests,
    Effect.NEW_ROUND: takedowns.new_round,
    Effect.RENEW: takedowns.renew,
    Effect.LOOK: takedowns.look,
    Effect.STOP_LOOKS: takedowns.stop_looks,
    Effect.TELL: tell,
}

_RELEASED: Final = {
    "gone": E.RELEASE_GONE,
    "restricted": E.RELEASE_RESTRICTED,
}


def release_event(takedown: Takedown) -> Event:
    """Releasing the last hold leads to what was last seen."""
    return _RELEASED.get(takedown.seen.value if takedown.seen else "", E.RELEASE_OPEN)
