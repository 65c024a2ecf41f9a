"""What all effects speak in: the move that follows another, and the states they ask about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adapters.spec import AnswerKind
from service.domain.states import Actor, Event, Machine, NoticeState
from service.domain.world import Move, Moved, Notice, Request, Row, Takedown, World

N, E = NoticeState, Event
UNSENT: Final = (N.DUE, N.BY_HAND, N.SET_ASIDE)
OUT: Final = (N.SENDING, N.PERHAPS_SENT)
ARRIVED: Final = (N.SENT, N.UNCONFIRMED)
MAY_HAVE_ARRIVED: Final = (N.SENDING, N.SENT, N.UNCONFIRMED, N.PERHAPS_SENT)
ANSWER_EVENT: Final = {
    AnswerKind.ACKNOWLEDGED: E.ACKNOWLEDGED,
    AnswerKind.IN_REVIEW: E.IN_REVIEW,
    AnswerKind.NEEDS_INFO: E.NEEDS_INFO,
    AnswerKind.ALREADY_REPORTED: E.ALREADY_REPORTED,
    AnswerKind.FORWARDED: E.FORWARDED,
    AnswerKind.SAYS_REMOVED: E.SAYS_REMOVED,
    AnswerKind.SAYS_RESTRICTED: E.SAYS_RESTRICTED,
    AnswerKind.REFUSED: E.REFUSED,
    AnswerKind.WRONG_ADDRESSEE: E.WRONG_ADDRESSEE,
}
"""`CONTENT_GONE` and `UNSPECIFIED` are missing on purpose: they move nothing and make us look."""
PROOF: Final = {
    N.DUE: E.PROVEN,
    N.SENDING: E.PROVEN,
    N.PERHAPS_SENT: E.ACCEPTED,
    N.UNCONFIRMED: E.PROVEN,
}
"""What it makes of a notice that a message of it arrived, however we hear of that."""
OUR_MISTAKES: Final = frozenset({"wrong_url", "wrong_person", "lawful"})

Follows = Iterator[Move]


def after(moved: Moved, row: Row, event: Event, reason: str | None = None) -> Move:
    """A move of the engine that follows from another."""
    return Move(machine_of(row), row.id, event, Actor.ENGINE, moved.move.at, reason)


def proof_of(notice: Notice) -> Event | None:
    """What proof that a message of it arrived moves it by; None: what was never sent cannot have
    arrived, and what is settled stays so.
    """
    return PROOF.get(notice.state) if notice.tries and notice.state else None


def machine_of(row: Row) -> Machine:
    if isinstance(row, Takedown):
        return Machine.TAKEDOWN
    return Machine.REQUEST if isinstance(row, Request) else Machine.NOTICE


def start_looks(world: World, takedown: Takedown) -> None:
    """The first look is due at once."""
    takedown.look_at, takedown.look_step = world.now, 0


def look_now(world: World, takedown: Takedown) -> None:
    """The next look is due at once, and looks are frequent again, where they were not stopped."""
    if takedown.look_at is not None:
        start_looks(world, takedown)
