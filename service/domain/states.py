"""The product as three tables: which state, on which event, by whom, becomes which, and what
follows.

`Notice`: did our notice arrive? `Request`: what did they say? `Takedown`: what is seen there?
The tables also make the database's CHECK and the diagrams in `docs/`. No state is written but by
them.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Actor(StrEnum):
    """Who does it. The machine's own actor is `engine`."""

    ENGINE = "engine"
    CASE_WORKER = "case_worker"
    SUPERVISOR = "supervisor"
    INTEGRATOR = "integrator"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Machine(StrEnum):
    """One of three questions that are never mixed."""

    TAKEDOWN = "takedown"
    REQUEST = "request"
    NOTICE = "notice"


class NoticeState(StrEnum):
    """Did our notice arrive?"""

    DUE = "due"  # waits for its time and lane
    SENDING = "sending"  # intent written, the call is out
    SENT = "sent"  # it arrived, with proof
    PERHAPS_SENT = "perhaps_sent"  # bytes left, nobody knows yet
    UNCONFIRMED = "unconfirmed"  # nobody can tell, treated as asked
    REJECTED = "rejected"  # read and not taken
    BOUNCED = "bounced"  # came back undeliverable
    BY_HAND = "by_hand"  # a person must file it
    SET_ASIDE = "set_aside"  # three starts killed a worker
    CANCELLED = "cancelled"  # not wanted any more


class RequestState(StrEnum):
    """What did they say?"""

    PENDING = "pending"  # not asked yet
    JOINED = "joined"  # another case's request speaks for it
    ASKED = "asked"  # its first notice arrived
    ACKNOWLEDGED = "acknowledged"  # they have it
    IN_REVIEW = "in_review"  # they are looking at it
    NEEDS_INFO = "needs_info"  # they ask us something
    NO_ANSWER = "no_answer"  # the answer clock passed in silence
    ALREADY_REPORTED = "already_reported"  # they had it before
    FORWARDED = "forwarded"  # they passed it on
    SAYS_REMOVED = "says_removed"  # they say it is gone
    SAYS_RESTRICTED = "says_restricted"  # they say it is limited
    REFUSED = "refused"  # they say no
    WRONG_ADDRESSEE = "wrong_addressee"  # they cannot act on it
    NOT_REACHED = "not_reached"  # it never got to them
    REMOVED_WITHOUT_WORD = "removed_without_word"  # seen gone, nothing said
    WITHDRAWN = "withdrawn"  # we no longer ask


class TakedownState(StrEnum):
    """What is seen there?"""

    RESOLVING = "resolving"  # the network is asked what it is
    HELD = "held"  # nothing may leave
    OPEN = "open"  # up, as far as we know
    RESTRICTED = "restricted"  # limited, not gone
    GONE = "gone"  # seen gone
    CLOSED = "closed"  # still gone a week later
    WITHDRAWN = "withdrawn"  # we no longer ask


State = NoticeState | RequestState | TakedownState


class Event(StrEnum):
    """What happens to a notice, a request or a takedown."""

    PLAN = "plan"
    # notices
    START = "start"
    HAND_OVER = "hand_over"
    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    UNCERTAIN = "uncertain"
    LEASE_EXPIRED = "lease_expired"
    REJECTED = "rejected"
    NEEDS_PERSON = "needs_person"
    RESEND = "resend"
    PROVEN = "proven"
    UNCONFIRM = "unconfirm"
    BOUNCED = "bounced"
    FILED = "filed"
    UNFILED = "unfiled"
    SET_ASIDE = "set_aside"
    RETRY = "retry"
    CANCEL = "cancel"
    # requests
    JOIN = "join"
    TAKE_OVER = "take_over"
    TAKE_OVER_ASKED = "take_over_asked"
    ASKED = "asked"
    ACKNOWLEDGED = "acknowledged"
    IN_REVIEW = "in_review"
    NEEDS_INFO = "needs_info"
    ALREADY_REPORTED = "already_reported"
    FORWARDED = "forwarded"
    SAYS_REMOVED = "says_removed"
    SAYS_RESTRICTED = "says_restricted"
    REFUSED = "refused"
    WRONG_ADDRESSEE = "wrong_addressee"
    SILENCE = "silence"
    REPLIED = "replied"
    NOT_REACHED = "not_reached"
    ASK_ANEW = "ask_anew"
    SEEN_GONE = "seen_gone"
    WITHDRAW = "withdraw"
    # takedowns
    ACCEPT = "accept"
    RESOLVED = "resolved"
    HOLD = "hold"
    RELEASE_OPEN = "release_open"
    RELEASE_RESTRICTED = "release_restricted"
    RELEASE_GONE = "release_gone"
    SEEN_UP = "seen_up"
    SEEN_RESTRICTED = "seen_restricted"
    REAPPEARED = "reappeared"
    REAPPEARED_RESTRICTED = "reappeared_restricted"
    STILL_GONE = "still_gone"


class Effect(StrEnum):
    """What follows a move, in the same transaction: one function each in `domain.effects`."""

    # of notices
    ASK_CARRIED = "ask_carried"  # carried requests become asked, then take what the receipt says
    FAIL_CARRIED = (
        "fail_carried"  # carried requests become not_reached, but for outcomes of their own
    )
    UNASK_CARRIED = "unask_carried"  # carried requests go back to pending
    FREE_CARRIED = "free_carried"  # carried requests may be carried by another notice
    SHED_CARRIED = "shed_carried"  # who left while it was out is no longer carried
    POLL = "poll"  # ask for their answer later
    STOP_POLLS = "stop_polls"
    SETTLE = "settle"  # find out whether it arrived
    SEND_LATER = "send_later"
    # of requests
    START_CLOCKS = "start_clocks"
    GRADE = "grade"  # they have it: a legal clock may start
    STOP_CLOCKS = "stop_clocks"  # an answer came
    VOID_CLOCKS = "void_clocks"  # the clock never counted
    REMIND = "remind"
    STOP_REMINDERS = "stop_reminders"
    TELL_FOLLOWERS = "tell_followers"  # requests that took over after it was asked hear it too
    LOOK_SOON = "look_soon"
    HAND_OVER = "hand_over"  # a joined request takes over from one that rests
    PASS_ON = "pass_on"  # noqa: S105 - the oldest joined request takes over
    LEAVE_NOTICES = "leave_notices"  # unsent notices lose it; an empty one is cancelled
    JOIN_NOTICE = "join_notice"  # an unsent notice carries it
    NEXT_RUNG = "next_rung"  # whoever stands behind is asked
    # of takedowns
    PLAN_REQUESTS = "plan_requests"
    REPLAN_NOTICES = "replan_notices"
    HOLD_REQUESTS = "hold_requests"
    DROP_REQUESTS = "drop_requests"
    WITHDRAW_REQUESTS = "withdraw_requests"
    NEW_ROUND = "new_round"
    RENEW = "renew"  # a new round, if it came back while it was held
    LOOK = "look"
    STOP_LOOKS = "stop_looks"
    # of all
    TELL = "tell"  # an event for the organisation's feed


class Rule(NamedTuple):
    """One line of a table. `source` is None for the first line of a life."""

    source: State | None
    event: Event
    target: State
    by: frozenset[Actor]
    effects: tuple[Effect, ...] = ()


class IllegalMove(Exception):
    """No line of the table has this state, event and actor."""

    def __init__(self, state: State | None, event: Event, by: Actor) -> None:
        super().__init__(f"{event.value} by {by.value} is not allowed in {state and state.value}")
        self.state, self.event, self.by = state, event, by


engine: Final = frozenset({Actor.ENGINE})
worker: Final = frozenset({Actor.CASE_WORKER, Actor.SUPERVISOR})
supervisor: Final = frozenset({Actor.SUPERVISOR})
person: Final = worker | {Actor.INTEGRATOR}

N, R, T, E, F = NoticeState, RequestState, TakedownState, Event, Effect

NOTICE: Final[tuple[Rule, ...]] = (
    Rule(None, E.PLAN, N.DUE, engine),
    Rule(N.DUE, E.START, N.SENDING, engine),
    Rule(N.DUE, E.HAND_OVER, N.BY_HAND, engine, (F.TELL,)),
    Rule(N.DUE, E.PROVEN, N.SENT, engine | worker, (F.ASK_CARRIED, F.POLL, F.TELL)),
    Rule(N.DUE, E.SET_ASIDE, N.SET_ASIDE, engine, (F.TELL,)),
    Rule(N.DUE, E.CANCEL, N.CANCELLED, engine | worker, (F.FREE_CARRIED,)),
    Rule(N.SENDING, E.ACCEPTED, N.SENT, engine, (F.ASK_CARRIED, F.POLL, F.TELL)),
    Rule(N.SENDING, E.NOT_SENT, N.DUE, engine, (F.SEND_LATER, F.SHED_CARRIED)),
    Rule(N.SENDING, E.UNCERTAIN, N.PERHAPS_SENT, engine, (F.SETTLE, F.TELL)),
    Rule(N.SENDING, E.LEASE_EXPIRED, N.PERHAPS_SENT, engine, (F.SETTLE, F.TELL)),
    Rule(N.SENDING, E.PROVEN, N.SENT, engine | worker, (F.ASK_CARRIED, F.POLL, F.TELL)),
    Rule(N.SENDING, E.REJECTED, N.REJECTED, engine, (F.FAIL_CARRIED, F.TELL)),
    Rule(N.SENDING, E.BOUNCED, N.BOUNCED, engine, (F.FAIL_CARRIED, F.TELL)),
    Rule(N.SENDING, E.NEEDS_PERSON, N.BY_HAND, engine, (F.SHED_CARRIED, F.TELL)),
    Rule(N.PERHAPS_SENT, E.RESEND, N.SENDING, engine),
    Rule(N.PERHAPS_SENT, E.ACCEPTED, N.SENT, engine | worker, (F.ASK_CARRIED, F.POLL, F.TELL)),
    Rule(N.PERHAPS_SENT, E.NOT_SENT, N.DUE, engine | worker, (F.SEND_LATER, F.SHED_CARRIED)),
    Rule(N.PERHAPS_SENT, E.REJECTED, N.REJECTED, engine, (F.FAIL_CARRIED, F.TELL)),
    Rule(N.PERHAPS_SENT, E.BOUNCED, N.BOUNCED, engine | worker, (F.FAIL_CARRIED, F.TELL)),
    Rule(N.PERHAPS_SENT, E.UNCONFIRM, N.UNCONFIRMED, engine, (F.ASK_CARRIED, F.TELL)),
    Rule(N.PERHAPS_SENT, E.CANCEL, N.CANCELLED, engine | worker, (F.FREE_CARRIED, F.TELL)),
    Rule(N.UNCONFIRMED, E.PROVEN, N.SENT, engine | worker, (F.ASK_CARRIED, F.POLL, F.TELL)),
    Rule(N.UNCONFIRMED, E.BOUNCED, N.BOUNCED, engine | worker, (F.FAIL_CARRIED, F.TELL)),
    Rule(N.SENT, E.BOUNCED, N.BOUNCED, engine | worker, (F.STOP_POLLS, F.FAIL_CARRIED, F.TELL)),
    Rule(N.SENT, E.UNFILED, N.BY_HAND, worker, (F.UNASK_CARRIED, F.TELL)),
    Rule(N.BY_HAND, E.FILED, N.SENT, worker, (F.ASK_CARRIED, F.TELL)),
    Rule(N.BY_HAND, E.CANCEL, N.CANCELLED, engine | worker, (F.FREE_CARRIED, F.TELL)),
    Rule(N.SET_ASIDE, E.RETRY, N.DUE, supervisor, (F.SEND_LATER, F.SHED_CARRIED)),
    Rule(N.SET_ASIDE, E.CANCEL, N.CANCELLED, supervisor, (F.FREE_CARRIED, F.TELL)),
)

LIVE: Final = (
    R.ASKED,
    R.ACKNOWLEDGED,
    R.IN_REVIEW,
    R.NEEDS_INFO,
    R.NO_ANSWER,
    R.ALREADY_REPORTED,
    R.FORWARDED,
)
ENDED: Final = (R.SAYS_REMOVED, R.SAYS_RESTRICTED, R.REFUSED, R.WRONG_ADDRESSEE)
LIVE_ANSWERS: Final[tuple[tuple[Event, RequestState], ...]] = (
    (E.ACKNOWLEDGED, R.ACKNOWLEDGED),
    (E.IN_REVIEW, R.IN_REVIEW),
    (E.NEEDS_INFO, R.NEEDS_INFO),
    (E.ALREADY_REPORTED, R.ALREADY_REPORTED),
    (E.FORWARDED, R.FORWARDED),
)
ENDING_ANSWERS: Final[tuple[tuple[Event, RequestState], ...]] = (
    (E.SAYS_REMOVED, R.SAYS_REMOVED),
    (E.SAYS_RESTRICTED, R.SAYS_RESTRICTED),
    (E.REFUSED, R.REFUSED),
    (E.WRONG_ADDRESSEE, R.WRONG_ADDRESSEE),
)
ENDS_ANSWER_CLOCK: Final = (R.NEEDS_INFO, R.ALREADY_REPORTED, R.FORWARDED, *ENDED)

answerers: Final = engine | worker


def _answer_effects(target: RequestState) -> tuple[Effect, ...]:
    effects: tuple[Effect, ...] = ()
    if target in (R.ACKNOWLEDGED, R.IN_REVIEW):
        effects += (F.GRADE,)
    if target in ENDS_ANSWER_CLOCK:
        effects += (F.STOP_CLOCKS,)
    if target in ENDED or target in (R.ALREADY_REPORTED, R.FORWARDED):
        effects += (F.STOP_REMINDERS,)
    if target in ENDED:
        effects += (F.LOOK_SOON,)
    if target in (R.REFUSED, R.WRONG_ADDRESSEE):
        effects += (F.NEXT_RUNG,)
    if target in LIVE:
        effects += (F.HAND_OVER,)  # what had ended and was held lives again
    return (*effects, F.TELL_FOLLOWERS, F.TELL)


def _may_answer(source: RequestState, event: Event) -> frozenset[Actor]:
    """That they have it comes late and twice: by itself it takes back no decision, no question."""
    takes_back = event is E.ACKNOWLEDGED and source in (*ENDED, R.NEEDS_INFO)
    return worker if takes_back else answerers


_answers: Final = tuple(
    Rule(source, event, target, _may_answer(source, event), _answer_effects(target))
    for source in (*LIVE, *ENDED, R.REMOVED_WITHOUT_WORD)
    for event, target in (*LIVE_ANSWERS, *ENDING_ANSWERS)
    if source is not target
    and not (source is R.REMOVED_WITHOUT_WORD and (event, target) in LIVE_ANSWERS)
)
_leave: Final = (F.STOP_REMINDERS, F.VOID_CLOCKS, F.LEAVE_NOTICES, F.PASS_ON)

REQUEST: Final[tuple[Rule, ...]] = (
    Rule(None, E.PLAN, R.PENDING, engine, (F.JOIN_NOTICE,)),
    Rule(R.PENDING, E.JOIN, R.JOINED, engine, (F.LEAVE_NOTICES,)),
    Rule(R.JOINED, E.TAKE_OVER, R.PENDING, engine, (F.JOIN_NOTICE, F.TELL)),
    Rule(R.JOINED, E.TAKE_OVER_ASKED, R.ASKED, engine, (F.START_CLOCKS, F.REMIND, F.TELL)),
    Rule(
        R.PENDING,
        E.ASKED,
        R.ASKED,
        engine,
        (F.START_CLOCKS, F.REMIND, F.LOOK_SOON, F.HAND_OVER, F.TELL),
    ),
    Rule(R.NOT_REACHED, E.ASKED, R.ASKED, engine, (F.START_CLOCKS, F.REMIND, F.TELL)),
    # the whole message was refused for this one item
    Rule(
        R.PENDING,
        E.ALREADY_REPORTED,
        R.ALREADY_REPORTED,
        engine,
        (F.LEAVE_NOTICES, F.HAND_OVER, F.TELL),
    ),
    Rule(
        R.PENDING,
        E.WRONG_ADDRESSEE,
        R.WRONG_ADDRESSEE,
        engine,
        (F.LEAVE_NOTICES, F.NEXT_RUNG, F.TELL),
    ),
    *_answers,
    *(
        Rule(s, E.SILENCE, R.NO_ANSWER, engine, (F.NEXT_RUNG, F.TELL))
        for s in (R.ASKED, R.ACKNOWLEDGED, R.IN_REVIEW)
    ),
    Rule(R.NEEDS_INFO, E.REPLIED, R.ASKED, engine | worker, (F.START_CLOCKS, F.REMIND, F.TELL)),
    *(
        Rule(s, E.NOT_REACHED, R.NOT_REACHED, engine | worker, (*_leave, F.NEXT_RUNG, F.TELL))
        for s in (R.PENDING, *LIVE)
    ),
    Rule(R.NOT_REACHED, E.ASK_ANEW, R.PENDING, engine | worker, (F.JOIN_NOTICE, F.TELL)),
    *(
        Rule(
            s,
            E.ASK_ANEW,
            R.PENDING,
            engine | worker,
            (F.STOP_REMINDERS, F.VOID_CLOCKS, F.JOIN_NOTICE, F.TELL),
        )
        for s in LIVE
    ),
    *(
        Rule(
            s,
            E.SEEN_GONE,
            R.REMOVED_WITHOUT_WORD,
            engine,
            (F.STOP_REMINDERS, F.LEAVE_NOTICES, F.TELL),
        )
        for s in (R.PENDING, R.JOINED, *LIVE)
    ),
    *(
        Rule(s, E.WITHDRAW, R.WITHDRAWN, engine, (*_leave, F.TELL))
        for s in RequestState
        if s is not R.WITHDRAWN
    ),
)

TAKEDOWN: Final[tuple[Rule, ...]] = (
    Rule(None, E.ACCEPT, T.RESOLVING, person),
    Rule(T.RESOLVING, E.RESOLVED, T.OPEN, engine, (F.PLAN_REQUESTS, F.LOOK, F.TELL)),
    Rule(T.RESOLVING, E.HOLD, T.HELD, engine | person, (F.TELL,)),
    Rule(T.OPEN, E.HOLD, T.HELD, engine | person, (F.HOLD_REQUESTS, F.TELL)),
    Rule(T.RESTRICTED, E.HOLD, T.HELD, engine | person, (F.HOLD_REQUESTS, F.TELL)),
    Rule(T.GONE, E.HOLD, T.HELD, engine | person, (F.TELL,)),
    Rule(T.CLOSED, E.HOLD, T.HELD, engine | person, (F.TELL,)),
    Rule(
        T.HELD,
        E.RELEASE_OPEN,
        T.OPEN,
        engine | worker,
        (F.RENEW, F.PLAN_REQUESTS, F.REPLAN_NOTICES, F.LOOK, F.TELL),
    ),
    Rule(
        T.HELD,
        E.RELEASE_RESTRICTED,
        T.RESTRICTED,
        engine | worker,
        (F.RENEW, F.PLAN_REQUESTS, F.REPLAN_NOTICES, F.LOOK, F.TELL),
    ),
    Rule(T.HELD, E.RELEASE_GONE, T.GONE, engine | worker, (F.DROP_REQUESTS, F.LOOK, F.TELL)),
    Rule(T.OPEN, E.SEEN_RESTRICTED, T.RESTRICTED, engine | person, (F.TELL,)),
    Rule(T.RESTRICTED, E.SEEN_UP, T.OPEN, engine | person, (F.TELL,)),
    Rule(T.OPEN, E.SEEN_GONE, T.GONE, engine | person, (F.DROP_REQUESTS, F.TELL)),
    Rule(T.RESTRICTED, E.SEEN_GONE, T.GONE, engine | person, (F.DROP_REQUESTS, F.TELL)),
    Rule(T.GONE, E.STILL_GONE, T.CLOSED, engine | person, (F.TELL,)),
    *(
        Rule(s, event, target, engine | person, (F.NEW_ROUND, F.PLAN_REQUESTS, F.LOOK, F.TELL))
        for s in (T.GONE, T.CLOSED)
        for event, target in (
            (E.REAPPEARED, T.OPEN),
            (E.REAPPEARED_RESTRICTED, T.RESTRICTED),
        )
    ),
    *(
        Rule(
            s,
            E.WITHDRAW,
            T.WITHDRAWN,
            engine | person,
            (F.WITHDRAW_REQUESTS, F.STOP_LOOKS, F.TELL),
        )
        for s in TakedownState
        if s is not T.WITHDRAWN
    ),
)

TABLES: Final[MappingProxyType[Machine, tuple[Rule, ...]]] = MappingProxyType(
    {Machine.TAKEDOWN: TAKEDOWN, Machine.REQUEST: REQUEST, Machine.NOTICE: NOTICE}
)
STATES: Final = MappingProxyType(
    {Machine.TAKEDOWN: TakedownState, Machine.REQUEST: RequestState, Machine.NOTICE: NoticeState}
)
_RULES: Final = {
    (machine, rule.source, rule.event): rule for machine, table in TABLES.items() for rule in table
}


def decide(machine: Machine, state: State | None, event: Event, by: Actor) -> Rule:
    """The one line that applies. Raises `IllegalMove`; never guesses."""
    rule = _RULES.get((machine, state, event))
    if rule is None or by not in rule.by:
        raise IllegalMove(state, event, by)
    return rule


def allowed(machine: Machine, state: State, by: Actor) -> tuple[Event, ...]:
    """What this actor may do now: what a console may offer as buttons."""
    return tuple(r.event for r in TABLES[machine] if r.source is state and by in r.by)
