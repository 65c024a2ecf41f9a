"""Lives of notices at random, by the tables alone: calls, crashes, leases, late answers, people.

What `tests.domain.test_lives` plays with moves is played here with calls. Each call is an attempt
whose message arrived or did not, whatever anybody knows about it; what its answer moves is judged
by the product's own functions.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adapters.spec import AnswerKind, Seen, Settle
from service.actions import attempts, by_hand
from service.actions.send_notice import STARTS_MAX
from service.domain import ids
from service.domain.lanes import Lane
from service.domain.states import (
    STATES,
    TABLES,
    Actor,
    Event,
    Machine,
    NoticeState,
    RequestState,
    TakedownState,
    allowed,
    decide,
)
from tests.domain.test_lives import Lives, choose, picks
from tests.domain.worlds import PACE, SPECS
from tests.prove import scale
from tests.prove.calls import Calling
from tests.prove.conftest import Figure

N, R, T, E = NoticeState, RequestState, TakedownState, Event
LIVES: Final = scale.of(50, 500, 5_000)
STEPS: Final = 50
MISSED_BY_FEW: Final = 4  # states that fifty lives may not come to
ENDS: Final = (N.REJECTED, N.BOUNCED, N.CANCELLED, R.WITHDRAWN, T.WITHDRAWN)
ANSWERS: Final = (E.ACCEPTED, E.REJECTED, E.NOT_SENT, E.UNCERTAIN, E.NEEDS_PERSON)
WORDS: Final = ("sent", "not_sent", "bounced", "retry", "cancel")


class Calls(Calling):
    """The same cases, pictures and platforms; their lanes; and every call that was ever made."""

    seen: ClassVar[Counter[tuple[Machine, Any, Event]]]
    repeats: ClassVar[int]

    @initialize()
    def begin(self) -> None:
        Lives.begin(self)
        self.attempts = []
        for thing, name in enumerate(sorted(SPECS) * 2):
            self.play.opened(self.cases[thing % 2], platform=name, locator_mac=bytes([thing // 3]))
        self.play.later(hours=1)
        self.lanes = {name: Lane(name, name, None, None, None, killed=False) for name in SPECS}
        self.counted = 0
        self.at_end: dict[UUID, tuple[int, Any]] = {}

    # calls

    @precondition(lambda self: bool(self.notices(N.DUE)))
    @rule(pick=picks, arrives=st.booleans(), soon=st.sampled_from((None, *ANSWERS)))
    def start(self, pick: int, arrives: bool, soon: Event | None) -> None:
        """One call begins; it may be answered before anything else happens."""
        before = len(self.attempts)
        self.begin_call(choose(self.notices(N.DUE), pick), arrives)
        if soon and len(self.attempts) > before:
            self.is_answered(self.attempts[-1], soon, None)

    @precondition(lambda self: bool(self.waiting()))
    @rule(pick=picks, event=st.sampled_from(ANSWERS), kind=st.sampled_from((None, *AnswerKind)))
    def call_ends(self, pick: int, event: Event, kind: AnswerKind | None) -> None:
        """In time or late, whatever became of the notice meanwhile."""
        self.is_answered(choose(self.waiting(), pick), event, kind)

    @precondition(lambda self: bool(self.waiting()))
    @rule(pick=picks, hours=st.sampled_from((0.01, 1, 20)))
    def call_is_throttled(self, pick: int, hours: float) -> None:
        attempt = choose(self.waiting(), pick)
        attempt.arrived = False
        until = self.play.now + timedelta(hours=hours)
        name = self.play.world.notices[attempt.notice_id].addressee
        lane = self.lanes[name]
        lane.not_before = max(lane.not_before or until, until)
        self.answer_comes(attempt, E.NOT_SENT, until=until)

    # what test_lives does with moves, and calls do here
    call_is_refused = None  # type: ignore[assignment]

    @precondition(lambda self: bool(self.waiting()))
    @rule(pick=picks)
    def crash(self, pick: int) -> None:
        """One worker dies, with whatever it had out."""
        choose(self.waiting(), pick).lives = False

    @precondition(lambda self: bool(self.notices(N.SENDING)))
    @rule()
    def leases_expire(self) -> None:
        """Time passes, and who has not answered until then is doubted."""
        self.play.later(seconds=PACE.lease.total_seconds() + 1)
        for notice in self.notices(N.SENDING):
            assert notice.lease_until is not None
            if notice.lease_until < self.play.now:
                notice.starts += 1
                self.open_of(notice).state = "perhaps"
                self.play.does(notice, E.LEASE_EXPIRED)

    # doubts

    @precondition(lambda self: bool(self.doubtful(Settle.SAME_KEY)))
    @rule(pick=picks, arrives=st.booleans())
    def send_again(self, pick: int, arrives: bool) -> None:
        notice = choose(self.doubtful(Settle.SAME_KEY), pick)
        carried = [
            self.play.world.requests[c.request_id] for c in self.play.world.carried_by(notice)
        ]
        if any(r.state is R.WITHDRAWN for r in carried):
            self.play.does(notice, E.UNCONFIRM)
            return
        if self.lane_opens(notice):
            self.open_of(notice).state = attempts.STATE_AFTER[E.RESEND]
            notice.tries += 1
            notice.attempt_id = ids.new_id()
            notice.lease_until = self.play.now + PACE.lease
            assert self.play.does(notice, E.RESEND)
            self.call(notice, arrives, again=True)
            type(self).repeats += 1

    @precondition(lambda self: bool(self.doubtful(Settle.LOOK_UP)))
    @rule(pick=picks)
    def look_up(self, pick: int) -> None:
        """The platform can be asked, and says what is so. After that nothing of it lands."""
        self.finds(choose(self.doubtful(Settle.LOOK_UP), pick))

    @precondition(lambda self: bool(self.doubtful(Settle.RECEIPT, Settle.NOBODY)))
    @rule(pick=picks)
    def nobody_can_tell(self, pick: int) -> None:
        notice = choose(self.doubtful(Settle.RECEIPT, Settle.NOBODY), pick)
        self.play.later(seconds=PACE.unconfirmed_after.total_seconds())
        assert self.play.does(notice, E.UNCONFIRM)

    @precondition(lambda self: bool(self.startable(Settle.LOOK_UP)))
    @rule(pick=picks)
    def workers_die_one_after_the_other(self, pick: int) -> None:
        """Until nobody dares to start it any more."""
        notice = choose(self.startable(Settle.LOOK_UP), pick)
        for _ in range(STARTS_MAX + 1):
            self.begin_call(notice, arrives=False)
            if notice.state is not N.SENDING:
                break
            self.attempts[-1].lives = False
            self.leases_expire()
            self.finds(notice)

    # time

    @precondition(lambda self: bool(self.takedowns(T.OPEN, T.RESTRICTED)))
    @rule(pick=picks)
    def goes_for_good(self, pick: int) -> None:
        takedown = choose(self.takedowns(T.OPEN, T.RESTRICTED), pick)
        place = sorted(t.id for t in self.takedowns()).index(takedown.id)
        self.look(pick=place, seen=Seen.GONE, proof=True)
        self.play.later(seconds=PACE.closed_after.total_seconds() + 60)
        self.look(pick=place, seen=Seen.GONE, proof=True)

    @rule()
    def sweep(self) -> None:
        for round_ in (Lives.clocks_pass, Lives.pick_up, Lives.remind):
            round_(self)

    clocks_pass = pick_up = remind = None  # type: ignore[assignment]
    doubt_ends = None  # type: ignore[assignment]
    late_answer = None  # type: ignore[assignment]
    bounce = None  # type: ignore[assignment]
    set_aside = None  # type: ignore[assignment]

    @precondition(lambda self: bool(self.play.world.notices))
    @rule(
        pick=picks,
        word=st.sampled_from(WORDS),
        by=st.sampled_from((Actor.CASE_WORKER, Actor.SUPERVISOR)),
    )
    def person_decides(self, pick: int, word: str, by: Actor) -> None:
        """About any notice; what the tables do not offer is refused and changes nothing."""
        notice = choose(list(self.play.world.notices.values()), pick)
        event = by_hand._decided(notice, word)
        assert notice.state is not None
        if event is None or event not in allowed(Machine.NOTICE, notice.state, by):
            return
        if not self.play.does(notice, event, by, word):
            return
        if event in attempts.STATE_AFTER and event is not E.PROVEN:
            for attempt in self.of(notice):
                if attempt.is_open:
                    attempt.guessed = event is E.NOT_SENT and attempt.arrived
                    attempt.state = attempts.STATE_AFTER[event]

    # what is never true

    @invariant()
    def a_notice_has_one_open_attempt_at_most(self) -> None:
        still = Counter(a.notice_id for a in self.attempts if a.is_open)
        assert max(still.values(), default=0) <= 1

    @invariant()
    def what_is_out_has_an_intent(self) -> None:
        for notice in self.notices(N.SENDING):
            assert self.open_of(notice).state == "intent"
        for notice in self.notices(N.PERHAPS_SENT):
            assert self.open_of(notice).state == "perhaps"

    @invariant()
    def no_machine_sends_twice(self) -> None:
        """A message lies there once, but under one key, and but for a person who said that the
        first had not arrived.
        """
        there = Counter(
            a.notice_id for a in self.attempts if a.arrived and not a.again and not a.guessed
        )
        assert max(there.values(), default=0) <= 1

    @invariant()
    def ends_are_ends(self) -> None:
        moved = self.play.world.moved
        for line in moved[self.counted :]:
            assert line.row.id not in self.at_end, line
            rule_ = decide(line.move.machine, line.source, line.move.event, line.move.by)
            assert rule_.target is line.target
            self.seen[line.move.machine, line.source, line.move.event] += 1
            if line.target in ENDS:
                self.at_end[line.row.id] = (line.version, line.target)
        self.counted = len(moved)


def test_whatever_happens_in_whatever_order_no_machine_sends_twice(figure: Figure) -> None:
    """In lives put together at random (calls, crashes, leases that run out, late answers, people,
    holds, withdrawals, looks, Retry-After), a notice has at most one open attempt, a message
    arrives at most once unless a person was wrong, nothing held or withdrawn starts, no lane is
    called too early, ends are ends, and every state is reached.
    """
    Calls.seen, Calls.made, Calls.repeats = Counter(), 0, 0

    run_state_machine_as_test(
        Calls,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not scale.FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )

    lines = {(m, r.source, r.event) for m, table in TABLES.items() for r in table}
    reached = {_target(m, s, e) for m, s, e in Calls.seen}
    missing = {(m, s) for m, states in STATES.items() for s in states} - reached
    assert len(missing) <= (0 if scale.FULL else MISSED_BY_FEW)
    figure(
        f"{LIVES:,} lives of {STEPS} steps, {Calls.made:,} calls, {Calls.repeats} under the same"
        f" key again, {Calls.seen.total():,} moves over {len(Calls.seen)} of {len(lines)} lines of"
        f" the tables: nothing sent twice, all {len(reached)} states reached"
    )


def _target(machine: Machine, source: Any, event: Event) -> tuple[Machine, Any]:
    """The state that a line of a table leads to."""
    (target,) = (r.target for r in TABLES[machine] if (r.source, r.event) == (source, event))
    return machine, target
