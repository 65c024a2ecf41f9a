"""What a look proves, and when the next one is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.spec import Kind, Observation, Seen
from service.domain import sight
from service.domain.states import Event, TakedownState
from service.domain.world import Takedown
from tests.domain.worlds import NOW, PACE, Play

T, E = TakedownState, Event
DAY = timedelta(days=1)


def takedown(state: TakedownState = T.OPEN, **changes: Any) -> Takedown:
    made = Play().takedown(**changes)
    made.state = state
    return made


def see(
    row: Takedown,
    seen: Seen,
    at: datetime = NOW,
    *,
    proof: bool = True,
    needs_up: bool = False,
) -> Event | None:
    return sight.judge(row, seen, at, PACE, proof=proof, needs_up=needs_up)


@pytest.mark.parametrize(
    ("state", "seen", "event"),
    [
        (T.OPEN, Seen.UP, None),
        (T.OPEN, Seen.RESTRICTED, E.SEEN_RESTRICTED),
        (T.OPEN, Seen.GONE, E.SEEN_GONE),
        (T.RESTRICTED, Seen.UP, E.SEEN_UP),
        (T.RESTRICTED, Seen.RESTRICTED, None),
        (T.RESTRICTED, Seen.GONE, E.SEEN_GONE),
        (T.GONE, Seen.UP, E.REAPPEARED),
        (T.GONE, Seen.RESTRICTED, E.REAPPEARED_RESTRICTED),
        (T.GONE, Seen.GONE, None),
        (T.CLOSED, Seen.UP, E.REAPPEARED),
        (T.CLOSED, Seen.GONE, None),
        (T.HELD, Seen.UP, None),
        (T.HELD, Seen.GONE, None),
        (T.RESOLVING, Seen.UP, None),
        (T.WITHDRAWN, Seen.GONE, None),
    ],
)
def test_what_a_proof_moves(state: TakedownState, seen: Seen, event: Event | None) -> None:
    row = takedown(state)

    assert see(row, seen) is event
    assert row.seen is seen


@pytest.mark.parametrize("seen", [Seen.CANNOT_SEE, Seen.OTHER_CONTENT])
def test_what_could_not_be_seen_proves_nothing(seen: Seen) -> None:
    row = takedown(kind=Kind.CHANNEL)

    assert see(row, seen) is None
    assert row.seen is None


@pytest.mark.parametrize("kind", Kind)
def test_other_content_counts_as_gone_for_what_is_one_thing(kind: Kind) -> None:
    event = see(takedown(kind=kind), Seen.OTHER_CONTENT)

    one_thing = kind in (Kind.POST, Kind.FILE, Kind.THUMBNAIL)
    assert event is (E.SEEN_GONE if one_thing else None)


def test_a_page_must_say_it_twice_in_a_row() -> None:
    row = takedown()

    assert see(row, Seen.GONE, proof=False) is None
    assert see(row, Seen.UP, NOW + DAY, proof=False) is None
    assert see(row, Seen.GONE, NOW + 2 * DAY, proof=False) is None
    assert see(row, Seen.CANNOT_SEE, NOW + 3 * DAY, proof=False) is None
    assert see(row, Seen.GONE, NOW + 4 * DAY, proof=False) is E.SEEN_GONE
    assert row.gone_at == NOW + 4 * DAY


def test_a_platform_that_hides_proves_gone_only_where_it_was_seen_up() -> None:
    row = takedown()
    for day in range(3):
        assert see(row, Seen.GONE, NOW + day * DAY, proof=False, needs_up=True) is None

    see(row, Seen.UP, NOW + 3 * DAY)
    see(row, Seen.GONE, NOW + 4 * DAY, proof=False, needs_up=True)

    assert see(row, Seen.GONE, NOW + 5 * DAY, proof=False, needs_up=True) is E.SEEN_GONE
    assert see(takedown(), Seen.GONE, needs_up=True) is E.SEEN_GONE


def test_an_older_sight_proves_nothing_any_more() -> None:
    row = takedown()
    see(row, Seen.UP, NOW)

    assert see(row, Seen.GONE, NOW - DAY) is None
    assert (row.seen, row.up_at) == (Seen.UP, NOW)


def test_a_week_of_gone_closes_and_up_between_starts_it_anew() -> None:
    row = takedown()
    see(row, Seen.GONE)
    row.state = T.GONE

    assert see(row, Seen.GONE, NOW + 6 * DAY) is None
    assert see(row, Seen.GONE, NOW + 7 * DAY, proof=False) is E.STILL_GONE
    assert row.closed_at == NOW + 7 * DAY

    row = takedown()
    see(row, Seen.GONE)
    see(row, Seen.UP, NOW + DAY)
    row.state = T.OPEN
    see(row, Seen.GONE, NOW + 6 * DAY)
    row.state = T.GONE
    assert see(row, Seen.GONE, NOW + 8 * DAY) is None
    assert row.first_gone_at == NOW


def test_what_went_again_while_held_is_gone_since_the_second_time() -> None:
    row = takedown(T.HELD)
    see(row, Seen.GONE, NOW)
    see(row, Seen.UP, NOW + DAY)
    assert row.gone_at == NOW

    see(row, Seen.GONE, NOW + 2 * DAY)

    assert row.gone_at == NOW + 2 * DAY


# When to look again


def wait(row: Takedown, now: datetime = NOW) -> timedelta | None:
    at = sight.next_look(row, now, PACE)
    return at - now if at else None


@pytest.mark.parametrize(("step", "least"), [(0, 10), (1, 20), (3, 80), (20, 24 * 60)])
def test_looks_are_frequent_at_first_and_daily_at_last(step: int, least: int) -> None:
    found = wait(takedown(look_step=step))

    assert found is not None
    assert timedelta(minutes=least) <= found <= timedelta(minutes=least * 1.1)


def test_a_first_gone_of_two_is_looked_at_again_soon() -> None:
    row = takedown(look_step=9)
    see(row, Seen.GONE, proof=False)

    assert wait(row) == PACE.look_again


def test_the_look_that_may_close_is_not_missed() -> None:
    row = takedown(T.GONE, look_step=20)
    see(row, Seen.GONE)
    now = NOW + PACE.closed_after - timedelta(hours=1)

    assert wait(row, now) == timedelta(hours=1)
    later = wait(row, NOW + 8 * DAY)
    assert later is not None
    assert later >= DAY


@pytest.mark.parametrize(
    ("age", "next_"), [(0, PACE.week), (89, PACE.week), (91, PACE.month), (366, None)]
)
def test_after_closing_looks_are_weekly_then_monthly_then_none(
    age: int, next_: timedelta | None
) -> None:
    row = takedown(T.CLOSED, closed_at=NOW)

    assert wait(row, NOW + age * DAY) == next_


def test_nobody_looks_at_what_was_withdrawn() -> None:
    assert wait(takedown(T.WITHDRAWN)) is None


# Looks beside deadlines

LATER = NOW + 3 * DAY


@pytest.mark.parametrize("step", [0, 3, 9, 20])
def test_looks_come_just_before_and_just_after_a_deadline(step: int) -> None:
    row, now, looks = takedown(look_step=step), NOW, []
    while now < LATER + DAY:
        found = sight.next_look(row, now, PACE, [LATER])
        assert found is not None
        now = found
        looks.append(now)
        row.look_step += 1

    before = [at for at in looks if LATER - 2 * PACE.look_before <= at < LATER]
    after = [at for at in looks if LATER < at <= LATER + 2 * PACE.look_after]
    assert len(before) >= 1
    assert LATER - before[-1] >= PACE.look_before or len(before) > 1
    assert len(after) == 1


def test_those_that_were_asked_together_are_not_looked_at_in_one_moment() -> None:
    rows = [takedown() for _ in range(50)]

    before = {sight.looks_beside(row, LATER, PACE)[0] for row in rows}

    assert len(before) > 25
    assert all(PACE.look_before <= LATER - at < 2 * PACE.look_before for at in before)


def test_a_deadline_puts_no_look_off_and_none_that_is_over_counts() -> None:
    row = takedown()
    soon = NOW + timedelta(minutes=1)

    assert sight.in_time(row, soon, NOW, PACE, [LATER]) == soon
    assert sight.in_time(row, LATER + DAY, LATER + DAY / 2, PACE, [LATER]) == LATER + DAY


def test_the_last_look_before_a_deadline_and_the_first_behind_it_are_kept() -> None:
    before, after = sight.looks_beside(row := takedown(), LATER, PACE)
    kept = []
    for at in (NOW, before, before + timedelta(minutes=2), after, after + timedelta(minutes=2)):
        kept.append(sight.is_for_deadline(row, at, PACE, [LATER]))
        row.looked_at = at

    assert kept == [False, True, False, True, False]


def test_one_look_that_comes_too_late_for_both_is_kept_once() -> None:
    row = takedown()
    row.looked_at = NOW

    assert sight.is_for_deadline(row, LATER + DAY, PACE, [LATER])
    row.looked_at = LATER + DAY
    assert not sight.is_for_deadline(row, LATER + 2 * DAY, PACE, [LATER])


@pytest.mark.parametrize(
    ("seen", "rule", "proof", "needed"),
    [
        (Seen.UP, "http_200", False, False),
        (Seen.GONE, "http_404", False, True),
        (Seen.GONE, "not_found", True, False),
        (Seen.RESTRICTED, "http_451", False, True),
        (Seen.RESTRICTED, "http_451", True, True),
        (Seen.RESTRICTED, "label_hide", True, False),
        (Seen.OTHER_CONTENT, "other_post", False, True),
        (Seen.CANNOT_SEE, "http_403", False, True),
        (Seen.CANNOT_SEE, "http_429", False, False),
        (Seen.CANNOT_SEE, "read_timeout", False, False),
    ],
)
def test_which_looks_count_only_with_a_second(
    seen: Seen, rule: str, *, proof: bool, needed: bool
) -> None:
    assert sight.needs_second(Observation(seen, rule, "page", proof=proof)) is needed


@pytest.mark.parametrize(
    ("here", "afar", "together"),
    [
        (Seen.GONE, Seen.GONE, Seen.GONE),
        (Seen.GONE, Seen.UP, Seen.RESTRICTED),
        (Seen.GONE, Seen.RESTRICTED, Seen.RESTRICTED),
        (Seen.GONE, Seen.OTHER_CONTENT, Seen.RESTRICTED),
        (Seen.OTHER_CONTENT, Seen.UP, Seen.RESTRICTED),
        (Seen.RESTRICTED, Seen.RESTRICTED, Seen.RESTRICTED),
        (Seen.RESTRICTED, Seen.UP, Seen.RESTRICTED),
        (Seen.RESTRICTED, Seen.GONE, Seen.RESTRICTED),
        (Seen.CANNOT_SEE, Seen.UP, Seen.RESTRICTED),
        (Seen.CANNOT_SEE, Seen.RESTRICTED, Seen.RESTRICTED),
        (Seen.CANNOT_SEE, Seen.GONE, Seen.CANNOT_SEE),
        (Seen.CANNOT_SEE, Seen.OTHER_CONTENT, Seen.CANNOT_SEE),
    ],
)
def test_two_looks_that_disagree_say_restricted_and_never_gone(
    here: Seen, afar: Seen, together: Seen
) -> None:
    first, second = Observation(here, "rule_1", "page"), Observation(afar, "rule_2", "page")
    seen, vantage = sight.together(first, second, "DE")

    assert (seen.seen, vantage) == (together, "here and DE")
    if here is afar or together is Seen.CANNOT_SEE:
        assert seen is first
    else:
        assert (seen.rule, seen.proof) == ("rule_1_here_rule_2_in_de", False)
        assert sight.together(first, second, "")[0].rule == "rule_1_here_rule_2_there"


@pytest.mark.parametrize(
    ("country", "vantage"), [("DE", "here, not DE"), ("", "here, not a second place")]
)
def test_a_second_look_that_saw_nothing_leaves_the_first_as_it_is(
    country: str, vantage: str
) -> None:
    first = Observation(Seen.GONE, "http_404", "page")
    second = Observation(Seen.CANNOT_SEE, "proxy_away", "page")

    assert sight.together(first, second, country) == (first, vantage)


def test_what_was_hidden_from_here_is_not_gone_because_nobody_looks_from_elsewhere() -> None:
    gone, up = Observation(Seen.GONE, "http_404", "page"), Observation(Seen.UP, "ok", "page")
    away = Observation(Seen.CANNOT_SEE, "proxy_away", "page")
    rule = sight.together(gone, up, "DE")[0].rule

    for _ in range(2):  # also after a look that saw nothing
        assert sight.is_split(rule)
        seen, vantage = sight.together(gone, away, "DE", split=True)
        rule = seen.rule
        assert (seen.seen, vantage) == (Seen.CANNOT_SEE, "here, not DE")
        assert rule == "http_404_here_unseen_in_de"
    assert not sight.is_split("copy_removed_here")
    assert not sight.is_split(None)
