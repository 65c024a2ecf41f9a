"""Deadlines: which there are, how they end, and how later facts correct them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from adapters.spec import Channel, Field, Grade, Promise, Purpose, Regime, Seen, Source, Spec
from service.domain import clocks, follow
from service.domain.states import Actor, Event
from service.domain.world import Clock, Request
from tests.domain.worlds import NOW, SPECS, Play, spec

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WORD = Source("https://lawful.example/promise", date(2026, 11, 26))
LAWFUL = spec(
    "lawful",
    discloses=tuple(Field),
    regimes=(Regime.US_TAKE_IT_DOWN,),
    promises=(Promise("removal", 24, WORD), Promise("answer", 12, WORD, version=2)),
)


def asked(play: Play) -> Request:
    return play.request(play.asked(play.case(answer_days=7.0, removal_days=3.0)))


def states(play: Play, request: Request) -> dict[str, str]:
    return {c.ends_on: c.state for c in play.clocks(request)}


def test_a_running_clock_is_not_started_twice() -> None:
    play = Play()
    request = asked(play)

    clocks.start(play.world, request, NOW + DAY)

    assert len(play.clocks(request)) == 2


@pytest.mark.parametrize(("days", "state"), [(6, "met"), (7, "met"), (8, "passed")])
def test_an_answer_meets_its_clock_until_the_deadline(days: int, state: str) -> None:
    play = Play()
    request = asked(play)
    play.later(days=days)

    play.does(request, Event.REFUSED)

    assert states(play, request) == {"answer": state, "removal": "running"}


def test_an_acknowledgement_stops_no_clock() -> None:
    play = Play()
    request = asked(play)

    play.does(request, Event.ACKNOWLEDGED)

    assert states(play, request)["answer"] == "running"


def test_our_reply_starts_the_answer_clock_anew() -> None:
    play = Play()
    request = asked(play)
    play.does(request, Event.NEEDS_INFO)
    play.later(days=1)

    play.does(request, Event.REPLIED, Actor.CASE_WORKER)

    found = [c.state for c in play.clocks(request) if c.ends_on == "answer"]
    assert found == ["met", "running"]


def clock(**changes: object) -> Clock:
    values = {
        "id": Play().case().id, "request_id": Play().case().id, "kind": "own", "ends_on": "removal",
        "rule": "own_removal_1", "starts_at": NOW, "due_at": NOW + DAY, **changes,
    }  # fmt: skip
    return Clock(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ends_on", "seen", "hours", "state"),
    [
        ("answer", None, 0, "passed"),
        ("removal", None, 0, "not_seen"),
        ("removal", Seen.UP, -1, "not_seen"),
        ("removal", Seen.UP, 0, "passed"),
        ("removal", Seen.UP, 5, "passed"),
        ("removal", Seen.GONE, 5, "met"),
        ("removal", Seen.GONE, 30, "passed"),
    ],
)
def test_a_removal_clock_goes_by_what_was_seen(
    ends_on: str, seen: Seen | None, hours: int, state: str
) -> None:
    row, takedown = clock(ends_on=ends_on), Play().takedown()
    at = NOW + timedelta(hours=hours)
    takedown.seen, takedown.seen_at = seen, at if seen else None
    takedown.gone_at = at if seen is Seen.GONE else None

    clocks.expire(row, takedown)

    assert row.state == state
    assert row.ended_at == (at if state == "met" else NOW + DAY)


@pytest.mark.parametrize(
    ("ended", "before", "after"),
    [(6, "met", "met"), (7, "met", "passed"), (8, "passed", "passed")],
)
def test_an_earlier_start_judges_anew_what_had_ended(ended: int, before: str, after: str) -> None:
    play = Play()
    request = asked(play)
    play.later(days=ended)
    play.does(request, Event.REFUSED)
    assert states(play, request)["answer"] == before

    clocks.correct(play.world, request, NOW - DAY)

    assert states(play, request)["answer"] == after
    assert {c.starts_at for c in play.clocks(request)} == {NOW - DAY}


def test_a_void_clock_stays_void() -> None:
    play = Play()
    request = asked(play)
    clocks.void(play.world, request, NOW)

    clocks.correct(play.world, request, NOW - DAY)
    clocks.stop(play.world, request, "answer", NOW)

    assert states(play, request) == {"answer": "void", "removal": "void"}
    assert {c.starts_at for c in play.clocks(request)} == {NOW}


def test_what_is_left_turns_negative_behind_the_deadline() -> None:
    assert clocks.left(clock(), NOW) == DAY
    assert clocks.left(clock(), NOW + 2 * DAY) == -DAY


# Looks beside deadlines


def test_a_clock_that_starts_brings_the_look_forward() -> None:
    play = Play()
    takedown = play.asked(play.case(answer_days=0.25))
    takedown.look_at = NOW + DAY
    (request,) = play.world.requests_of(takedown)
    for clock in play.clocks(request):
        clock.state = "void"

    clocks.start(play.world, request, NOW)

    assert timedelta() < NOW + DAY / 4 - takedown.look_at < 2 * play.world.pace.look_before


def test_looks_are_made_beside_every_clock_that_runs_or_was_let_pass_whatever_its_kind() -> None:
    play = Play()
    request = asked(play)
    answer, removal = play.clocks(request)
    law = Clock(request.id, request.id, "legal", "removal", "us_take_it_down_1", NOW, NOW + 2 * DAY)
    play.world.add(law)
    takedown = play.world.takedowns[request.takedown_id]
    answer.state, removal.state = "met", "passed"

    assert clocks.deadlines(play.world, takedown) == [removal.due_at, law.due_at]


def test_our_reply_starts_it_from_the_reply() -> None:
    play = Play()
    request = asked(play)
    play.does(request, Event.NEEDS_INFO)
    play.later(days=8)

    play.does(request, Event.REPLIED, Actor.CASE_WORKER)

    (anew,) = [c for c in play.clocks(request) if (c.ends_on, c.state) == ("answer", "running")]
    assert (anew.starts_at, anew.due_at) == (NOW + 8 * DAY, NOW + 15 * DAY)
    clocks.correct(play.world, request, NOW - DAY)
    assert anew.starts_at == NOW + 8 * DAY


# What was promised, and what the law sets


def lawful(
    grade: Grade | None = Grade.ACCEPTED_BY_ADDRESSEE,
    its_spec: Spec = LAWFUL,
    country: str = "US",
    by: Actor = Actor.ENGINE,
) -> tuple[Play, Request]:
    """A request at a desk whose channel is the process of a law, arrived with this proof."""
    play = Play()
    play.world.specs = {**SPECS, its_spec.name: its_spec}
    takedown = play.opened(play.case(jurisdictions=(country,)), platform=its_spec.name)
    request = play.request(takedown)
    notice = play.notice(request)
    facts = {"receipt": {"grade": grade.value}} if grade else {}
    if its_spec.channel is Channel.FORM:
        notice.filed, notice.tries, by = True, 1, Actor.CASE_WORKER
        play.does(notice, Event.FILED, by, facts=facts)
        return play, request
    play.start(notice)
    if by is not Actor.ENGINE:
        play.does(notice, Event.UNCERTAIN)
    play.does(notice, Event.ACCEPTED, by, facts=facts)
    return play, request


def of_kind(play: Play, request: Request, kind: str) -> list[tuple[str, str, datetime, str]]:
    return [(c.rule, c.ends_on, c.due_at, c.state) for c in play.clocks(request) if c.kind == kind]


def legal(play: Play, request: Request) -> list[str]:
    return [c.state for c in play.clocks(request) if c.kind == "legal"]


def test_what_they_promise_and_what_the_law_sets_run_beside_the_centre_s_own() -> None:
    play, request = lawful()

    assert of_kind(play, request, "legal") == [
        ("us_take_it_down_1", "removal", NOW + 48 * HOUR, "running")
    ]
    assert of_kind(play, request, "promised") == [
        ("lawful_removal_1", "removal", NOW + 24 * HOUR, "running"),
        ("lawful_answer_2", "answer", NOW + 12 * HOUR, "running"),
    ]
    assert of_kind(play, request, "own") == [("own_answer_1", "answer", NOW + 7 * DAY, "running")]


@pytest.mark.parametrize(
    ("change", "country", "grade"),
    [
        ({"regimes": ()}, "US", Grade.ACCEPTED_BY_ADDRESSEE),  # no process of the law's
        ({"regimes": (Regime.UK_20A,)}, "US", Grade.ACCEPTED_BY_ADDRESSEE),  # another law's
        ({}, "KR", Grade.ACCEPTED_BY_ADDRESSEE),  # the notice relies on their terms
        ({"regimes": (Regime.EU_DSA_16,)}, "FR", Grade.ACCEPTED_BY_ADDRESSEE),  # no number
        ({"regimes": (Regime.KR_22_5,)}, "KR", Grade.ACCEPTED_BY_ADDRESSEE),  # none was read
        (
            {"discloses": tuple(f for f in Field if f is not Field.SIGNATORY)},
            "US",
            Grade.ACCEPTED_BY_ADDRESSEE,  # an element is not carried
        ),
        ({}, "US", Grade.HANDED_TO_RELAY),
        ({}, "US", Grade.STATED_BY_PERSON),
        ({}, "US", None),
    ],
)
def test_a_legal_clock_starts_only_when_all_of_it_is_there(
    change: dict[str, object], country: str, grade: Grade | None
) -> None:
    play, request = lawful(grade, spec("lawful", **{"discloses": tuple(Field),
        "regimes": (Regime.US_TAKE_IT_DOWN,), **change}), country)  # fmt: skip

    assert legal(play, request) == []


def test_a_law_sets_nothing_before_it_is_in_force() -> None:
    before, since = (
        datetime(2026, 6, 28, 23, tzinfo=NOW.tzinfo),
        datetime(2026, 6, 29, tzinfo=NOW.tzinfo),
    )
    desk = spec("uk", discloses=tuple(Field), regimes=(Regime.UK_20A,))

    assert list(clocks.legal(desk, Regime.UK_20A, before)) == []
    assert [t.days for t in clocks.legal(desk, Regime.UK_20A, since)] == [2]


def test_a_person_s_word_that_it_arrived_starts_no_legal_clock() -> None:
    play, request = lawful(grade=None, by=Actor.CASE_WORKER)

    assert play.notice(request).grade is Grade.STATED_BY_PERSON
    assert legal(play, request) == []


FORM = spec(
    "papers",
    channel=Channel.FORM,
    can=frozenset(),
    discloses=tuple(Field),
    regimes=(Regime.US_TAKE_IT_DOWN,),
    promises=(Promise("removal", 48, WORD, basis=Regime.US_TAKE_IT_DOWN),),
)


@pytest.mark.parametrize("event", [Event.ACKNOWLEDGED, Event.IN_REVIEW])
def test_a_form_starts_a_legal_clock_when_they_say_that_they_have_it(event: Event) -> None:
    play, request = lawful(Grade.STATED_BY_PERSON, FORM)
    assert legal(play, request) == []
    play.later(hours=5)

    play.does(request, event)

    assert of_kind(play, request, "legal") == [
        ("us_take_it_down_1", "removal", NOW + 53 * HOUR, "running")
    ]
    assert play.notice(request).grade is Grade.ACKNOWLEDGED


@pytest.mark.parametrize("event", [Event.NEEDS_INFO, Event.FORWARDED, Event.WRONG_ADDRESSEE])
def test_an_answer_that_leaves_open_whether_they_took_it_starts_none(event: Event) -> None:
    play, request = lawful(Grade.STATED_BY_PERSON, FORM)

    play.does(request, event)

    assert legal(play, request) == []


def test_a_promise_about_one_basis_is_none_about_another() -> None:
    play, request = lawful(Grade.STATED_BY_PERSON, FORM)
    abroad, other = lawful(Grade.STATED_BY_PERSON, FORM, country="KR")

    assert len(of_kind(play, request, "promised")) == 1
    assert of_kind(abroad, other, "promised") == []


def test_a_bounce_voids_every_kind() -> None:
    play, request = lawful()

    play.does(play.notice(request), Event.BOUNCED)

    assert {c.state for c in play.clocks(request)} == {"void"}


def test_each_counts_once_from_the_first_valid_notice() -> None:
    play, request = lawful()
    before = [of_kind(play, request, kind) for kind in ("legal", "promised")]
    play.later(days=1)
    play.does(request, Event.ACKNOWLEDGED)
    play.does(request, Event.NEEDS_INFO)

    play.does(request, Event.REPLIED, Actor.CASE_WORKER)

    after = [of_kind(play, request, kind) for kind in ("legal", "promised")]
    assert after[0] == before[0]
    assert [c[:3] for c in after[1]] == [c[:3] for c in before[1]]


def test_after_a_police_hold_each_starts_anew_and_never_while_it_lasts() -> None:
    play, request = lawful()
    takedown = play.world.takedowns[request.takedown_id]
    clocks.void(play.world, request, play.now)
    play.hold(takedown, "police")
    play.later(hours=30)
    play.does(request, Event.ACKNOWLEDGED)
    assert {c.state for c in play.clocks(request)} == {"void"}

    play.release(takedown, "police")
    clocks.start(play.world, request, play.now)

    running = {c.rule: c.due_at for c in play.clocks(request) if c.state == "running"}
    assert running == {
        "own_answer_1": play.now + 7 * DAY,
        "lawful_removal_1": play.now + 24 * HOUR,
        "lawful_answer_2": play.now + 12 * HOUR,
        "us_take_it_down_1": play.now + 48 * HOUR,
    }


def test_an_earlier_proof_moves_what_counted_from_the_asking() -> None:
    play, request = lawful()
    play.later(hours=1)

    follow.prove_earlier(play.world, play.notice(request), NOW - HOUR)

    assert {c.starts_at for c in play.clocks(request)} == {NOW - HOUR}
    assert request.asked_at == NOW - HOUR


def test_a_person_s_word_moves_no_legal_clock() -> None:
    play, request = lawful()

    clocks.correct(play.world, request, NOW - HOUR, proven=False)

    moved = {c.kind for c in play.clocks(request) if c.starts_at == NOW - HOUR}
    assert moved == {"own", "promised"}


def test_what_nobody_could_confirm_starts_nothing_of_theirs_until_it_is_proven() -> None:
    play = Play()
    play.world.specs = {**SPECS, "lawful": LAWFUL}
    takedown = play.opened(play.case(jurisdictions=("US",)), platform="lawful")
    request = play.request(takedown)
    notice = play.notice(request)
    play.start(notice)
    play.does(notice, Event.UNCERTAIN)
    play.does(notice, Event.UNCONFIRM)
    assert {c.kind for c in play.clocks(request)} == {"own"}
    play.later(hours=3)

    receipt = {"receipt": {"grade": Grade.ACCEPTED_BY_ADDRESSEE.value}}
    play.does(notice, Event.PROVEN, facts=receipt)

    assert {c.kind for c in play.clocks(request)} == {"own", "promised", "legal"}
    assert of_kind(play, request, "legal")[0][2] == NOW + 51 * HOUR


def test_only_silence_on_the_centre_s_own_clock_is_no_answer() -> None:
    values = ("legal", "promised", "own")
    passed = {
        (kind, ends_on): clocks.is_silence(clock(kind=kind, ends_on=ends_on, state="passed"))
        for kind in values
        for ends_on in ("answer", "removal")
    }

    assert [key for key, silent in passed.items() if silent] == [("own", "answer")]
    assert not clocks.is_silence(clock(ends_on="answer", state="met"))


def test_a_filing_that_was_undone_leaves_no_proof_behind() -> None:
    play, request = lawful(Grade.STATED_BY_PERSON, FORM)
    notice = play.notice(request)

    play.does(notice, Event.UNFILED, Actor.CASE_WORKER)

    assert notice.grade is None
    assert {c.state for c in play.clocks(request)} == {"void"}


def test_who_took_over_has_no_clock_of_theirs_for_a_notice_of_another_case() -> None:
    play, first = lawful()
    mac = first.locator_mac
    second = play.request(
        play.opened(play.case(jurisdictions=("US",)), platform="lawful", locator_mac=mac)
    )

    play.hold(play.world.takedowns[first.takedown_id])

    assert second.follows_id == first.id
    assert {c.kind for c in play.clocks(second)} == {"own"}
    assert play.notices(second, Purpose.FIRST) == []
