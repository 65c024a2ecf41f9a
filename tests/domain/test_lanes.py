"""Pace: never faster than allowed, never idle when it may go, and waits that only grow. Budget:
never more in a day. Circuit: whoever does not answer is left alone.
"""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.spec import Rate
from service.domain.lanes import (
    FAILURES_TO_STOP,
    LONGEST_WAIT,
    Lane,
    answered,
    failed,
    is_believable,
    opens_at,
    reserve,
    says_down,
    take,
    take_probing,
    take_sends,
)
from service.domain.pace import Pace, doubling
from tests.domain.worlds import NOW

rates = st.builds(
    Rate,
    per_minute=st.sampled_from((0.5, 1.0, 7.0, 30.0, 60.0, 1000.0)),
    burst=st.integers(1, 6),
    in_flight=st.integers(1, 8),
)


def lane(**changes: object) -> Lane:
    values = {"tat": None, "not_before": None, "closed_because": None, "killed": False, **changes}
    return Lane("desk/1", "desk", **values)  # type: ignore[arg-type]


def test_a_burst_leaves_at_once_and_then_one_by_one() -> None:
    one, rate = lane(), Rate(per_minute=60, burst=3, in_flight=9)

    assert take(one, rate, NOW, 9, 0) == 3
    assert take(one, rate, NOW, 9, 0) == 0
    assert take(one, rate, NOW + timedelta(seconds=1), 9, 0) == 1
    assert take(one, rate, NOW + timedelta(hours=1), 9, 0) == 3


@given(rate=rates, steps=st.lists(st.floats(0, 40), min_size=1, max_size=40))
def test_no_window_ever_holds_more_than_the_rate_allows(rate: Rate, steps: list[float]) -> None:
    one, now = lane(), NOW
    left: list[tuple[float, int]] = []
    for step in steps:
        now += timedelta(seconds=step)
        left.append(((now - NOW).total_seconds(), take(one, rate, now, 5, 0)))

    for i, (began, _) in enumerate(left):
        for until, _ in left[i:]:
            calls = sum(n for at, n in left if began <= at <= until)
            allowed = rate.burst + (until - began) * rate.per_minute / 60
            assert calls <= allowed + 0.01


@given(rate=rates, wanted=st.integers(1, 9))
def test_when_a_lane_opens_one_call_may_leave_and_not_before(rate: Rate, wanted: int) -> None:
    one = lane()
    while take(one, rate, NOW, wanted, 0):
        pass

    opens = opens_at(one, rate, NOW)

    assert opens is not None
    assert take(one, rate, opens - timedelta(milliseconds=1), 1, 0) == 0
    assert take(one, rate, opens, 1, 0) == 1


@pytest.mark.parametrize(("out", "granted"), [(0, 4), (3, 1), (4, 0), (9, 0)])
def test_calls_in_flight_are_counted(out: int, granted: int) -> None:
    rate = Rate(per_minute=math.inf, in_flight=4)

    assert take(lane(), rate, NOW, 10, out) == granted


def test_a_lane_without_a_pace_keeps_no_time() -> None:
    one = lane()

    assert take(one, Rate(per_minute=math.inf, in_flight=5), NOW, 3, 0) == 3
    assert one.tat is None
    assert opens_at(one, Rate(per_minute=math.inf), NOW) == NOW


@pytest.mark.parametrize(
    "shut", [{"killed": True}, {"closed_because": "http_401"}, {"not_before": NOW + timedelta(1)}]
)
def test_nothing_leaves_by_a_lane_that_is_shut(shut: dict[str, object]) -> None:
    one = lane(**shut)

    assert one.is_shut(NOW)
    assert take(one, Rate(per_minute=60), NOW, 1, 0) == 0
    assert opens_at(one, Rate(per_minute=60), NOW) == shut.get("not_before")


def test_retry_after_is_over_when_its_time_has_come() -> None:
    one = lane(not_before=NOW)

    assert not one.is_shut(NOW)
    assert take(one, Rate(per_minute=60), NOW, 1, 0) == 1


# The budget of a day

LEASE = timedelta(seconds=90)
ANY_DAY = timedelta(hours=24)


def daily(most: int) -> Rate:
    return Rate(per_minute=math.inf, in_flight=100, per_day=most)


@given(
    most=st.integers(1, 12),
    steps=st.lists(st.tuples(st.floats(0, 30_000), st.integers(1, 6)), min_size=1, max_size=40),
)
def test_no_24_hours_ever_hold_more_than_the_budget(
    most: int, steps: list[tuple[float, int]]
) -> None:
    one, now = lane(), NOW
    left: list[tuple[datetime, int]] = []
    for step, wanted in steps:
        now += timedelta(seconds=step)
        left.append((now, take_sends(one, daily(most), now, wanted, 0, LEASE)))

    for began, _ in left:
        assert sum(n for at, n in left if began <= at <= began + ANY_DAY) <= most


@given(most=st.integers(1, 12), minute=st.integers(0, 59), wanted=st.integers(1, 20))
def test_what_is_spent_is_there_again_a_day_later(most: int, minute: int, wanted: int) -> None:
    one, now = lane(), NOW + timedelta(minutes=minute)
    granted = take_sends(one, daily(most), now, wanted, 0, LEASE)
    assert granted == min(most, wanted)
    take_sends(one, daily(most), now, most, 0, LEASE)

    opens = opens_at(one, daily(most), now, sends=True)

    assert opens == one.full_until
    assert opens is not None
    assert ANY_DAY < opens - now <= ANY_DAY + timedelta(hours=1)
    assert take_sends(one, daily(most), opens - timedelta(milliseconds=1), 1, 0, LEASE) == 0
    assert take_sends(one, daily(most), opens, most + 1, 0, LEASE) == most


def test_a_spent_budget_stops_messages_and_nothing_else() -> None:
    one = lane()
    take_sends(one, daily(1), NOW, 1, 0, LEASE)

    assert take_sends(one, daily(1), NOW, 1, 0, LEASE) == 0
    assert take(one, daily(1), NOW, 1, 0) == 1
    assert opens_at(one, daily(1), NOW) == NOW


def test_a_limit_that_is_lifted_holds_nothing_back() -> None:
    one = lane()
    take_sends(one, daily(1), NOW, 1, 0, LEASE)

    assert take_sends(one, Rate(per_minute=math.inf, in_flight=9), NOW, 5, 0, LEASE) == 5
    assert one.full_until is None


# The circuit

FREE = Rate(per_minute=math.inf, in_flight=100)
PACE = Pace()


def fails(one: Lane, times: int, now: datetime = NOW) -> None:
    for _ in range(times):
        failed(one, now, PACE)


def test_a_platform_that_does_not_answer_is_left_alone_and_tried_with_one_call() -> None:
    one = lane()
    fails(one, FAILURES_TO_STOP - 1)
    assert take_probing(one, FREE, NOW, 7, 0, LEASE) == 7

    fails(one, 1)

    assert take_probing(one, FREE, NOW, 7, 0, LEASE) == 0
    opens = opens_at(one, FREE, NOW, probes=True)
    assert opens == NOW + PACE.probe_first
    assert take_probing(one, FREE, opens, 7, 0, LEASE) == 1
    assert take_probing(one, FREE, opens, 7, 1, LEASE) == 0
    assert take_probing(one, FREE, opens + LEASE, 7, 0, LEASE) == 1


def test_the_waits_between_probes_double_up_to_their_most() -> None:
    one, now, waits = lane(), NOW, []
    fails(one, FAILURES_TO_STOP)
    for _ in range(9):
        assert one.probe_at is not None
        waits.append((one.probe_at - now) / timedelta(seconds=1))
        now = one.probe_at
        failed(one, now, PACE)

    assert waits == [30, 30, 60, 120, 240, 480, 960, 1800, 1800]


def test_calls_that_began_before_it_was_known_do_not_lengthen_the_wait() -> None:
    one = lane()
    fails(one, FAILURES_TO_STOP + 20)

    assert one.probe_at == NOW + PACE.probe_first


def test_one_answer_opens_it_and_failures_count_only_in_a_row() -> None:
    one = lane()
    fails(one, FAILURES_TO_STOP)

    answered(one)

    assert take_probing(one, FREE, NOW, 7, 0, LEASE) == 7
    for _ in range(3):
        fails(one, FAILURES_TO_STOP - 1)
        answered(one)
    assert one.down_since is None


@pytest.mark.parametrize(
    "reason",
    [
        "http_500", "http_503", "connect_refused", "connect_timeout", "dns_failed", "tls_failed",
        "connect_failed", "read_timeout", "closed", "truncated", "garbled", "reset", "failed",
        "unreadable", "rcpt_timeout", "connect_lost", "ehlo_421",
    ],
)  # fmt: skip
def test_no_answer_says_that_the_platform_is_down(reason: str) -> None:
    assert says_down(reason)


@pytest.mark.parametrize(
    "reason",
    [
        None, "http_401", "http_404", "http_408", "http_429", "rcpt_450", "egress_denied",
        "media_refused", "encoding_refused", "too_many_reports", "not_found", "login_wall",
    ],
)  # fmt: skip
def test_an_answer_says_that_it_is_there(reason: str | None) -> None:
    assert not says_down(reason)


# Waits


@pytest.mark.parametrize(
    ("until", "believed"),
    [
        (NOW - timedelta(days=9), True),
        (NOW + LONGEST_WAIT, True),
        (NOW + LONGEST_WAIT + timedelta(seconds=1), False),
        (datetime.max.replace(tzinfo=UTC), False),
    ],
)
def test_a_wait_is_believed_for_a_day(until: datetime, believed: bool) -> None:
    assert is_believable(until, NOW) is believed


@given(step=st.integers(0, 200), seed=st.integers())
def test_waits_double_up_to_their_most_and_are_never_shortened(step: int, seed: int) -> None:
    first, most = timedelta(seconds=30), timedelta(hours=6)
    plain = min(first * 2 ** min(step, 32), most)

    wait = doubling(first, most, step, random.Random(seed))

    assert plain <= wait <= plain * 1.1


def test_practice_is_faster_but_a_lease_is_a_lease() -> None:
    quick = Pace().faster(60)

    assert quick.undo == timedelta(seconds=5)
    assert quick.closed_after == timedelta(hours=2.8)
    assert quick.lease == Pace().lease


@given(rates, st.integers(0, 30))
def test_a_turn_that_is_reserved_comes_as_soon_as_the_pace_allows(rate: Rate, calls: int) -> None:
    one = lane()
    at = [reserve(one, rate, NOW, timedelta(days=1)) for _ in range(calls)]
    interval = timedelta(seconds=60 / rate.per_minute)

    assert at == [NOW + max(0, n + 1 - rate.burst) * interval for n in range(calls)]


def test_a_turn_that_is_too_far_off_is_not_counted() -> None:
    one, rate = lane(), Rate(per_minute=1, burst=2)
    soon = [reserve(one, rate, NOW, timedelta(seconds=20)) for _ in range(4)]

    assert soon == [NOW, NOW, None, None]
    assert one.tat == NOW + timedelta(minutes=2)


@pytest.mark.parametrize(
    "shut",
    [
        {"killed": True},
        {"closed_because": "http_401"},
        {"not_before": NOW + timedelta(seconds=1)},
        {"down_since": NOW},
    ],
)
def test_who_is_to_be_left_alone_has_no_turn_for_a_second_look(shut: dict[str, object]) -> None:
    one = lane(**shut)

    assert reserve(one, Rate(per_minute=math.inf), NOW, timedelta(seconds=20)) is None
