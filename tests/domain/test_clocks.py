"""Deadlines: which there are, how they end, and how later facts correct them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.spec import Regime, Seen
from service.domain import clocks
from service.domain.clocks import RULES
from service.domain.states import Actor, Event
from service.domain.world import Clock, Request
from tests.domain.worlds import NOW, Play

DAY = timedelta(days=1)


def asked(play: Play) -> Request:
    return play.request(play.asked(play.case(answer_days=7.0, removal_days=3.0)))


def states(play: Play, request: Request) -> dict[str, str]:
    return {c.ends_on: c.state for c in play.clocks(request)}


def test_only_the_centre_s_own_clocks_run() -> None:
    assert {rule.kind for rule in RULES if rule.runs} == {"own"}
    assert {rule.regime for rule in RULES if rule.kind == "legal"} == {
        Regime.EU_DSA_16, Regime.US_TAKE_IT_DOWN, Regime.UK_20A, Regime.KR_22_5,
    }  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_every_rule_says_where_it_was_read_and_since_when_it_holds(
    rule: clocks.ClockRule,
) -> None:
    assert rule.source
    assert rule.valid_from <= rule.read_on
    assert (rule.kind == "legal") is (rule.regime is not None)
    assert rule.name.rpartition("_")[2].isdigit()


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
