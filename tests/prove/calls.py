"""Calls in a world of tables: attempts, what truly arrived, lanes, and answers that are judged by
the product's own functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, cast
from uuid import UUID

from adapters.spec import AnswerKind, Grade, ItemOutcome, Purpose, Rate, Receipt, Settle
from service.actions import attempts, send_notice
from service.actions.send_notice import STARTS_MAX, Result, Started
from service.domain import lanes, mailing
from service.domain.lanes import Lane
from service.domain.states import Event, NoticeState, RequestState, TakedownState
from service.domain.world import Move, Notice
from tests.domain.test_lives import Lives
from tests.domain.worlds import SPECS

N, R, T, E = NoticeState, RequestState, TakedownState, Event
PACED: Final = Rate(per_minute=600, burst=20, in_flight=4)


@dataclass(slots=True)
class Attempt:
    """One call, as it is on record and as it was. `arrived`: the message lies there, known or not.
    `guess`: a person said that it had not arrived although it had.
    """

    id: UUID
    notice_id: UUID
    started_at: datetime
    again: bool  # under the key of the one before
    state: str = "intent"
    arrived: bool = False
    lives: bool = True  # its worker does
    answered: bool = False
    guessed: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in attempts.OPEN

    @property
    def repeats(self) -> bool:
        return self.again


@dataclass(frozen=True, slots=True)
class _Call:
    """As much of a started call as its answer is judged by."""

    attempt_id: UUID
    notice_id: UUID


class Calling(Lives):
    """How calls begin and end; when they do, is up to the rules of `test_machine`."""

    made: ClassVar[int]
    attempts: list[Attempt]
    lanes: dict[str, Lane]

    def of(self, notice: Notice) -> list[Attempt]:
        return [a for a in self.attempts if a.notice_id == notice.id]

    def open_of(self, notice: Notice) -> Attempt:
        (only,) = (a for a in self.of(notice) if a.is_open)
        return only

    def waiting(self) -> list[Attempt]:
        """Calls whose workers are alive, and which have not been answered."""
        return [a for a in self.attempts if a.lives and not a.answered]

    def doubtful(self, *ways: Settle) -> list[Notice]:
        found = self.notices(N.PERHAPS_SENT)
        return [n for n in found if SPECS[n.addressee].perhaps_sent in ways]

    def startable(self, way: Settle) -> list[Notice]:
        return [n for n in self.notices(N.DUE) if SPECS[n.addressee].perhaps_sent is way]

    def begin_call(self, notice: Notice, arrives: bool) -> None:
        if notice.starts >= STARTS_MAX:
            self.play.does(notice, E.SET_ASIDE)
            return
        self.sort_out(notice)
        if not self.play.world.by_notice[notice.id]:
            self.play.does(notice, E.CANCEL, reason="empty")
        elif self.lane_opens(notice):
            self.no_held_or_withdrawn_is_in(notice)
            self.play.start(notice)
            self.call(notice, arrives, again=False)

    def sort_out(self, notice: Notice) -> None:
        world = self.play.world
        for link in world.carried_by(notice):
            if not mailing.may_carry(world, notice, world.requests[link.request_id]):
                world.unlink(link)

    def lane_opens(self, notice: Notice) -> bool:
        lane, now = self.lanes[notice.addressee], self.play.now
        out = sum(n.addressee == notice.addressee for n in self.notices(N.SENDING))
        granted = lanes.take(lane, PACED, now, 1, out)
        assert not granted or lane.not_before is None or now >= lane.not_before
        return bool(granted)

    def no_held_or_withdrawn_is_in(self, notice: Notice) -> None:
        if notice.purpose is Purpose.RETRACTION:
            return
        for link in self.play.world.carried_by(notice):
            request = self.play.world.requests[link.request_id]
            takedown = self.play.world.takedowns[request.takedown_id]
            assert takedown.state in (T.OPEN, T.RESTRICTED)
            assert not self.play.world.held[takedown.id]
            assert request.state is not R.WITHDRAWN

    def call(self, notice: Notice, arrives: bool, *, again: bool) -> None:
        assert notice.attempt_id is not None
        made = Attempt(notice.attempt_id, notice.id, self.play.now, again, arrived=arrives)
        self.attempts.append(made)
        type(self).made += 1

    def answer_comes(self, attempt: Attempt, event: Event, **more: Any) -> None:
        """Judged as the recorder has it judged: by the attempt, whoever holds the lease."""
        attempt.answered = True
        world = self.play.world
        notice = world.notices[attempt.notice_id]
        receipt = None
        if event is E.ACCEPTED:
            receipt = Receipt("theirs", Grade.ACCEPTED_BY_ADDRESSEE)
        started = cast("Started", _Call(attempt.id, notice.id))
        result = Result(started, event, self.play.now, "their_code", receipt, **more)
        move, change = send_notice._judge(world, attempt, result)
        if attempt.state in ("intent", "perhaps"):
            attempt.state = attempts.STATE_AFTER[change.result.event]
        if move is not None:
            self.apply(move)

    def apply(self, move: Move) -> None:
        notice = self.play.world.notices[move.id]
        assert self.play.does(notice, move.event, move.by, move.reason, at=move.at)

    def is_answered(self, attempt: Attempt, event: Event, kind: AnswerKind | None) -> None:
        if event in (E.ACCEPTED, E.REJECTED):
            attempt.arrived = event is E.ACCEPTED
        elif event in (E.NOT_SENT, E.NEEDS_PERSON):
            attempt.arrived = False
        links = self.play.world.by_notice[attempt.notice_id]
        outcomes = (ItemOutcome(str(links[0].request_id), kind),) if kind and links else ()
        self.answer_comes(attempt, event, outcomes=outcomes if event is E.ACCEPTED else ())

    def finds(self, notice: Notice) -> None:
        attempt = self.open_of(notice)
        event = E.ACCEPTED if attempt.arrived else E.NOT_SENT
        attempt.lives = attempt.lives and attempt.arrived  # what is not there by now never lands
        attempt.state = attempts.STATE_AFTER[event]
        assert self.play.does(notice, event)
