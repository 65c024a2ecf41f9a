"""Whole lives at random: whatever happens in whatever order, some things are never true.

One world is played by the rules alone. What starts is decided by the same functions as in the
engine.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.spec import (
    AnswerKind,
    Field,
    Observation,
    Promise,
    Purpose,
    Regime,
    Seen,
    Source,
)
from service.actions import look_at
from service.domain import clocks, follow, mailing, regimes
from service.domain.states import (
    ENDED,
    ENDS_ANSWER_CLOCK,
    LIVE,
    Actor,
    Event,
    NoticeState,
    RequestState,
    TakedownState,
)
from service.domain.world import Case, Notice, Request, Takedown
from tests.domain.worlds import SPECS, Play

N, R, T, E = NoticeState, RequestState, TakedownState, Event
ANSWERABLE: Final = (*LIVE, *ENDED, R.REMOVED_WITHOUT_WORD)
ANSWERS: Final = tuple(follow.ANSWER_EVENT.values())
OVER: Final = (*ENDED, R.ALREADY_REPORTED, R.FORWARDED)
NOT_ASKED: Final = (R.PENDING, R.JOINED, R.NOT_REACHED, R.WITHDRAWN)
SENDING_ENDS: Final = (E.ACCEPTED, E.NOT_SENT, E.UNCERTAIN, E.LEASE_EXPIRED, E.NEEDS_PERSON)
DOUBT_ENDS: Final = (
    (E.ACCEPTED, Actor.ENGINE),
    (E.ACCEPTED, Actor.CASE_WORKER),
    (E.NOT_SENT, Actor.ENGINE),
    (E.REJECTED, Actor.ENGINE),
    (E.BOUNCED, Actor.CASE_WORKER),
    (E.UNCONFIRM, Actor.ENGINE),
    (E.CANCEL, Actor.CASE_WORKER),
    (E.RESEND, Actor.ENGINE),
)
OUTCOMES: Final = (
    AnswerKind.ALREADY_REPORTED,
    AnswerKind.WRONG_ADDRESSEE,
    AnswerKind.CONTENT_GONE,
    AnswerKind.SAYS_REMOVED,
    AnswerKind.UNSPECIFIED,
)
REASONS: Final = ("consent", "wrong_url", "wrong_person", "lawful", "other")
picks = st.integers(0, 1_000)
WORD: Final = Source("https://keyed.example/promise", date(2026, 11, 26))
BOUND: Final = replace(
    SPECS["keyed"],
    discloses=tuple(Field),
    regimes=(Regime.US_TAKE_IT_DOWN,),
    promises=(Promise("removal", 24, WORD), Promise("answer", 12, WORD)),
)


class Lives(RuleBasedStateMachine):
    """Two cases of one centre, three pictures on two hosts, five platforms."""

    play: Play
    cases: list[Case]

    @initialize()
    def begin(self) -> None:
        self.play = Play()
        self.play.world.specs = SPECS | {"keyed": BOUND}
        where = ("KR", "US")
        self.cases = [
            self.play.case(removal_days=3.0, jurisdictions=where),
            self.play.case(minor=True, jurisdictions=where),
        ]

    # choosing

    def takedowns(self, *states: TakedownState) -> list[Takedown]:
        found = self.play.world.takedowns.values()
        return [t for t in found if not states or t.state in states]

    def notices(self, *states: NoticeState) -> list[Notice]:
        return [n for n in self.play.world.notices.values() if n.state in states]

    def requests(self, *states: RequestState) -> list[Request]:
        return [r for r in self.play.world.requests.values() if r.state in states]

    # what comes in

    @rule(
        case=st.sampled_from((0, 1)),
        thing=st.sampled_from(b"abc"),
        name=st.sampled_from(sorted(SPECS)),
    )
    def hand_in(self, case: int, thing: int, name: str) -> None:
        mac = bytes([thing])
        known = [
            t
            for t in self.takedowns()
            if (t.case_id, t.platform, t.locator_mac) == (self.cases[case].id, name, mac)
        ]
        if all(t.state is T.WITHDRAWN for t in known):
            host = bytes([thing % 2])
            self.play.opened(self.cases[case], platform=name, locator_mac=mac, host_mac=host)

    @rule(hours=st.sampled_from((0.1, 1, 24, 200)))
    def wait(self, hours: float) -> None:
        self.play.later(hours=hours)

    # delivery

    @precondition(lambda self: bool(self.notices(N.DUE)))
    @rule(pick=picks)
    def start(self, pick: int) -> None:
        notice = choose(self.notices(N.DUE), pick)
        world = self.play.world
        for link in world.carried_by(notice):
            request = world.requests[link.request_id]
            if not mailing.may_carry(world, notice, request):
                world.unlink(link)
        if not world.by_notice[notice.id]:
            self.play.does(notice, E.CANCEL, reason="empty")
            return
        for link in world.carried_by(notice):
            request = world.requests[link.request_id]
            assert request.state in mailing.MAY_CARRY[notice.purpose]
            if notice.purpose is Purpose.FIRST:
                assert request.carrying
        self.play.start(notice)

    @precondition(lambda self: bool(self.notices(N.SENDING)))
    @rule(
        pick=picks, event=st.sampled_from(SENDING_ENDS), outcome=st.sampled_from((None, *OUTCOMES))
    )
    def call_ends(self, pick: int, event: Event, outcome: AnswerKind | None) -> None:
        notice = choose(self.notices(N.SENDING), pick)
        if outcome and event is E.ACCEPTED:
            self.play.world.carried_by(notice)[0].outcome = outcome
        self.play.does(notice, event)

    @precondition(lambda self: bool(self.notices(N.SENDING)))
    @rule(pick=picks, outcome=st.sampled_from((None, *OUTCOMES[:3])))
    def call_is_refused(self, pick: int, outcome: AnswerKind | None) -> None:
        notice = choose(self.notices(N.SENDING), pick)
        self.play.world.carried_by(notice)[0].outcome = outcome
        self.play.does(notice, E.REJECTED, reason="refused")

    @precondition(lambda self: bool(self.notices(N.PERHAPS_SENT)))
    @rule(pick=picks, how=st.sampled_from(DOUBT_ENDS))
    def doubt_ends(self, pick: int, how: tuple[Event, Actor]) -> None:
        notice = choose(self.notices(N.PERHAPS_SENT), pick)
        self.play.does(notice, *how, reason="decided")

    @precondition(lambda self: bool([n for n in self.notices(*follow.PROOF) if n.tries]))
    @rule(pick=picks)
    def late_answer(self, pick: int) -> None:
        notice = choose([n for n in self.notices(*follow.PROOF) if n.tries], pick)
        event = follow.proof_of(notice)
        assert event
        assert self.play.does(notice, event)

    @precondition(lambda self: bool(self.notices(N.SENT, N.UNCONFIRMED)))
    @rule(pick=picks)
    def bounce(self, pick: int) -> None:
        self.play.does(
            choose(self.notices(N.SENT, N.UNCONFIRMED), pick),
            E.BOUNCED,
            Actor.CASE_WORKER,
            "bounced",
        )

    @precondition(lambda self: bool(self.notices(N.DUE)))
    @rule(pick=picks, back=st.booleans())
    def set_aside(self, pick: int, back: bool) -> None:
        notice = choose(self.notices(N.DUE), pick)
        self.play.does(notice, E.SET_ASIDE)
        self.play.does(notice, E.RETRY if back else E.CANCEL, Actor.SUPERVISOR)

    # people

    @precondition(lambda self: bool(self.notices(N.BY_HAND)))
    @rule(pick=picks, what=st.sampled_from(("file", "give_up", "cancel")))
    def by_hand(self, pick: int, what: str) -> None:
        notice = choose(self.notices(N.BY_HAND), pick)
        if what == "file":
            notice.filed, notice.tries = True, notice.tries + 1
            self.play.does(notice, E.FILED, Actor.CASE_WORKER)
        elif what == "cancel":
            self.play.does(notice, E.CANCEL, Actor.CASE_WORKER, "cancel")
        elif notice.purpose is Purpose.FIRST:
            for link in self.play.world.carried_by(notice):
                request = self.play.world.requests[link.request_id]
                if request.state is R.PENDING:
                    self.play.does(request, E.NOT_REACHED, reason="nobody_filed")

    @precondition(lambda self: bool([n for n in self.notices(N.SENT) if n.filed]))
    @rule(pick=picks)
    def unfile(self, pick: int) -> None:
        filed = [n for n in self.notices(N.SENT) if n.filed]
        self.play.does(choose(filed, pick), E.UNFILED, Actor.CASE_WORKER, "not_filed")

    @precondition(lambda self: bool(self.requests(R.NOT_REACHED)))
    @rule(pick=picks)
    def ask_anew(self, pick: int) -> None:
        self.play.does(choose(self.requests(R.NOT_REACHED), pick), E.ASK_ANEW, Actor.CASE_WORKER)

    @precondition(lambda self: bool(self.takedowns(T.OPEN, T.RESTRICTED, T.GONE, T.CLOSED)))
    @rule(pick=picks)
    def hold(self, pick: int) -> None:
        self.play.hold(choose(self.takedowns(T.OPEN, T.RESTRICTED, T.GONE, T.CLOSED), pick))

    @precondition(lambda self: bool(self.takedowns(T.HELD)))
    @rule(pick=picks)
    def release(self, pick: int) -> None:
        self.play.release(choose(self.takedowns(T.HELD), pick))

    @precondition(lambda self: bool([t for t in self.takedowns() if t.state is not T.WITHDRAWN]))
    @rule(pick=picks, reason=st.sampled_from(REASONS))
    def withdraw(self, pick: int, reason: str) -> None:
        going = [t for t in self.takedowns() if t.state is not T.WITHDRAWN]
        self.play.withdraw(choose(going, pick), reason)

    # what they say, and what is seen

    @precondition(lambda self: bool(self.requests(*ANSWERABLE)))
    @rule(pick=picks, event=st.sampled_from(ANSWERS))
    def answer(self, pick: int, event: Event) -> None:
        """About what was asked, or seen gone before anybody was asked."""
        self.play.does(choose(self.requests(*ANSWERABLE), pick), event)

    @precondition(lambda self: bool(self.requests(R.NEEDS_INFO)))
    @rule(pick=picks)
    def reply(self, pick: int) -> None:
        self.play.does(choose(self.requests(R.NEEDS_INFO), pick), E.REPLIED, Actor.CASE_WORKER)

    @precondition(lambda self: bool(self.takedowns()))
    @rule(pick=picks, seen=st.sampled_from(Seen), proof=st.booleans())
    def look(self, pick: int, seen: Seen, proof: bool) -> None:
        takedown = choose(self.takedowns(), pick)
        sight = look_at.Sight(takedown.id, Observation(seen, "rule", "api", proof), self.play.now)
        follow.apply(self.play.world, self.note(look_at.take_in(self.play.world, takedown, sight)))

    @rule()
    def clocks_pass(self) -> None:
        for clock in list(self.play.world.clocks.values()):
            if clock.state != "running" or clock.due_at > self.play.now:
                continue
            request = self.play.world.requests[clock.request_id]
            takedown = self.play.world.takedowns[request.takedown_id]
            clocks.expire(clock, takedown)
            if clocks.is_silence(clock) and request.state in (
                R.ASKED,
                R.ACKNOWLEDGED,
                R.IN_REVIEW,
            ):
                self.play.does(request, E.SILENCE)

    @rule()
    def remind(self) -> None:
        due = defaultdict(list)
        for request in self.requests(*mailing.MAY_CARRY[Purpose.REMINDER]):
            takedown = self.play.world.takedowns[request.takedown_id]
            waits = self.play.world.notices_of(request, (*follow.UNSENT, N.SENDING, N.PERHAPS_SENT))
            ready = request.remind_at is not None and request.remind_at <= self.play.now
            if ready and request.carrying and self.play.world.may_leave(takedown) and not waits:
                due[request.case_id, request.addressee].append(request)
        for requests in due.values():
            follow.apply(
                self.play.world, self.note(list(mailing.reminder(self.play.world, requests)))
            )

    @rule()
    def pick_up(self) -> None:
        """What nothing carries although it may go is put into a notice by the sweep."""
        world = self.play.world
        for request in self.requests(R.PENDING):
            takedown = world.takedowns[request.takedown_id]
            carried = world.notices_of(request, (*follow.UNSENT, *follow.MAY_HAVE_ARRIVED))
            free = world.may_leave(takedown) and not takedown.waits_look
            if free and request.carrying and not carried and request.round == takedown.round:
                _, moves = mailing.first_notice(world, request, world.now)
                follow.apply(world, self.note(moves))

    def note(self, moves: list[Any]) -> list[Any]:
        return moves

    # what is never true

    @invariant()
    def one_request_of_a_group_carries(self) -> None:
        for group, requests in self.play.world.by_group.items():
            assert sum(r.carrying for r in requests) <= 1, group

    @invariant()
    def what_follows_a_move_is_always_legal(self) -> None:
        refused = [(m.event, s) for m, s in self.play.world.refused if m.by is Actor.ENGINE]
        asked_of_us = {E.SILENCE, E.RESEND, E.UNCONFIRM, *ANSWERS}
        assert [line for line in refused if line[0] not in asked_of_us] == []

    @invariant()
    def an_unsent_first_notice_carries_nobody_who_left(self) -> None:
        for notice in self.notices(N.DUE, N.BY_HAND, N.SET_ASIDE):
            if notice.purpose is not Purpose.FIRST:
                continue
            for link in self.play.world.by_notice[notice.id]:
                request = self.play.world.requests[link.request_id]
                assert request.state not in (R.WITHDRAWN, R.JOINED)

    @invariant()
    def a_message_for_one_host_carries_one(self) -> None:
        world = self.play.world
        for notice in world.notices.values():
            if world.spec(notice.addressee).carries.same_host:
                links = world.by_notice[notice.id]
                carried = (world.requests[link.request_id] for link in links)
                assert len({world.takedowns[r.takedown_id].host_mac for r in carried}) <= 1

    @invariant()
    def an_empty_notice_is_cancelled(self) -> None:
        for notice in self.notices(N.DUE, N.BY_HAND):
            assert self.play.world.by_notice[notice.id], notice.purpose

    @invariant()
    def a_request_waits_in_one_first_notice(self) -> None:
        for request in self.requests(R.PENDING):
            unsent = self.play.world.notices_of(request, follow.UNSENT)
            assert len([n for n in unsent if n.purpose is Purpose.FIRST]) <= 1

    @invariant()
    def nobody_was_asked_without_a_notice(self) -> None:
        for request in self.requests(*LIVE, *ENDED):
            assert request.asked_at is not None
            assert self.play.world.by_request[request.id] or request.follows_id

    @invariant()
    def a_joined_request_that_may_go_has_somebody_to_follow(self) -> None:
        for request in self.requests(R.JOINED):
            takedown = self.play.world.takedowns[request.takedown_id]
            if not self.play.world.may_leave(takedown):
                continue
            (carrier,) = (r for r in self.play.world.group(request) if r.carrying)
            state = self.play.world.takedowns[carrier.takedown_id].state
            assert state not in (T.GONE, T.CLOSED, T.WITHDRAWN)
            out = self.play.world.notices_of(carrier, follow.OUT)
            assert state is not T.HELD or carrier.state in ENDED or out

    @invariant()
    def clocks_run_only_for_those_who_were_asked(self) -> None:
        for clock in self.play.world.clocks.values():
            request = self.play.world.requests[clock.request_id]
            if clock.state == "running":
                assert request.state not in NOT_ASKED
            if clock.state == "running" and clock.ends_on == "answer":
                assert request.state not in ENDS_ANSWER_CLOCK

    @invariant()
    def what_others_set_counts_once_and_a_law_s_only_with_proof(self) -> None:
        for request in self.requests():
            theirs = [c for c in self.play.clocks(request) if c.kind != "own" and c.state != "void"]
            assert len({c.rule for c in theirs}) == len(theirs)
            if any(c.kind == "legal" and c.state == "running" for c in theirs):
                grades = {n.grade for n in self.play.notices(request)}
                assert grades & regimes.PROVEN

    @invariant()
    def nobody_is_reminded_after_the_asking_ended(self) -> None:
        for request in self.requests(*OVER, *NOT_ASKED, R.REMOVED_WITHOUT_WORD):
            assert request.remind_at is None

    @invariant()
    def a_takedown_is_held_while_something_holds_it(self) -> None:
        for takedown in self.takedowns():
            assert (takedown.state is T.HELD) is bool(self.play.world.held[takedown.id])

    @invariant()
    def nothing_about_a_held_takedown_waits_to_leave(self) -> None:
        for notice in self.notices(N.DUE):
            if notice.purpose in (Purpose.FIRST, Purpose.REMINDER):
                for link in self.play.world.by_notice[notice.id]:
                    request = self.play.world.requests[link.request_id]
                    assert self.play.world.takedowns[request.takedown_id].state is not T.HELD

    @invariant()
    def what_is_gone_says_since_when(self) -> None:
        for takedown in self.takedowns(T.GONE, T.CLOSED):
            assert takedown.gone_at is not None
            assert takedown.seen is Seen.GONE

    @invariant()
    def what_is_open_and_may_go_is_asked_somewhere(self) -> None:
        """A takedown that came back, or was released, has requests of its present round."""
        for takedown in self.takedowns(T.OPEN, T.RESTRICTED):
            states = {r.state for r in self.play.world.requests_of(takedown)}
            assert states
            assert R.REMOVED_WITHOUT_WORD not in states

    @invariant()
    def versions_grow_by_one_along_the_states(self) -> None:
        last: dict[Any, tuple[int, Any]] = {}
        for moved in self.play.world.moved:
            version, state = last.get(moved.row.id, (0, None))
            assert moved.version == version + 1
            assert moved.source is state
            last[moved.row.id] = (moved.version, moved.target)


def choose(found: list[Any], pick: int) -> Any:
    return sorted(found, key=lambda row: row.id)[pick % len(found)]


Lives.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLives = Lives.TestCase
