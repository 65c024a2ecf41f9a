"""How fast, how much, and whether anybody is there: pace, daily budget and circuit of a lane.

The pace is the generic cell rate algorithm over one stored time. The budget is counted by the hour,
so that no 24 hours ever hold more than it, whichever day the platform reckons by. The circuit is
about one thing only: a platform that does not answer is left alone, and tried with one call at a
time.
Source: ITU-T I.371 annex A (GCRA), in its virtual scheduling form.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.spec import Rate
from service.domain.pace import Pace

LONGEST_WAIT: Final = timedelta(hours=24)
"""Longer than any wait that platforms document. A wait up to this is kept, whatever it costs; one
beyond it is a fault or an attack, and a person decides: neither undercut, nor for ever in silence.
"""
TOO_LONG: Final = "wait_too_long"
FAILURES_TO_STOP: Final = 5
"""So many calls in a row without an answer, and the platform counts as down."""
HOUR: Final = timedelta(hours=1)
HOURS_COUNTED: Final = 24
"""A call leaves the count when 24 hours have passed since the end of its hour."""
_DOWN: Final = re.compile(
    r"http_5\d\d|connect_refused|\w*timeout|\w*lost|(\w+_)?failed|\w+_421"
    r"|unreadable|closed|truncated|garbled|reset"
)


@dataclass(slots=True)
class Lane:
    """One destination and credential. `tat`: when the next call would be exactly on time."""

    id: str
    platform: str
    tat: datetime | None
    not_before: datetime | None
    closed_because: str | None
    killed: bool
    spent: dict[str, int] = field(default_factory=dict)  # sends by hour, counted from 1970
    full_until: datetime | None = None  # the budget of 24 hours is spent
    failures: int = 0  # calls in a row that nobody answered
    down_since: datetime | None = None
    probe_at: datetime | None = None  # while it is down: when one call may try

    def is_shut(self, now: datetime) -> bool:
        """Whether nothing at all may go now."""
        waits = self.not_before is not None and now < self.not_before
        return self.killed or self.closed_because is not None or waits


def take(lane: Lane, rate: Rate, now: datetime, wanted: int, in_flight: int) -> int:
    """How many calls may leave now, at most `wanted`; the lane's time is moved on by as many."""
    if lane.is_shut(now):
        return 0
    wanted = min(wanted, rate.in_flight - in_flight)
    if wanted <= 0:
        return 0
    if math.isinf(rate.per_minute):
        return wanted
    interval = timedelta(seconds=60 / rate.per_minute)
    tat = max(lane.tat or now, now)
    free = math.floor((now + rate.burst * interval - tat) / interval)
    granted = max(0, min(wanted, free))
    if granted:
        lane.tat = tat + granted * interval
    return granted


def take_probing(
    lane: Lane, rate: Rate, now: datetime, wanted: int, in_flight: int, lease: timedelta
) -> int:
    """The same for calls that show whether the platform is there. While it is down only one may
    leave, when its time has come; until it is answered, or its lease is over, no other.
    """
    if lane.down_since is None:
        return take(lane, rate, now, wanted, in_flight)
    if lane.probe_at is not None and now < lane.probe_at:
        return 0
    granted = take(lane, rate, now, min(wanted, 1), in_flight)
    if granted:
        lane.probe_at = now + lease
    return granted


def reserve(lane: Lane, rate: Rate, now: datetime, within: timedelta) -> datetime | None:
    """When one more call may leave, counted at once; None when it may not leave `within` that time.

    Whoever asked to be left alone, or does not answer, is not called.
    """
    if lane.is_shut(now) or lane.down_since is not None:
        return None
    if math.isinf(rate.per_minute):
        return now
    interval = timedelta(seconds=60 / rate.per_minute)
    tat = max(lane.tat or now, now) + interval
    at = max(now, tat - rate.burst * interval)
    if at - now > within:
        return None
    lane.tat = tat
    return at


def take_sends(
    lane: Lane, rate: Rate, now: datetime, wanted: int, in_flight: int, lease: timedelta
) -> int:
    """The same for messages, as far as the day's budget reaches. What has left is spent, whatever
    comes of it.
    """
    if rate.per_day is None:
        lane.full_until = None
        return take_probing(lane, rate, now, wanted, in_flight, lease)
    hour = _hour(now)
    lane.spent = {h: n for h, n in lane.spent.items() if int(h) >= hour - HOURS_COUNTED}
    left = rate.per_day - sum(lane.spent.values())
    granted = 0
    if left > 0:
        granted = take_probing(lane, rate, now, min(wanted, left), in_flight, lease)
    if granted:
        lane.spent[str(hour)] = lane.spent.get(str(hour), 0) + granted
    lane.full_until = _room_at(lane.spent, rate.per_day)
    return granted


def _hour(now: datetime) -> int:
    return int(now.timestamp() // HOUR.total_seconds())


def _room_at(spent: dict[str, int], per_day: int) -> datetime | None:
    """When one more may be spent; None when that is now."""
    left = sum(spent.values())
    for hour in sorted(spent, key=int):
        if left < per_day:
            break
        left -= spent[hour]
        frees = (int(hour) + HOURS_COUNTED + 1) * HOUR
        if left < per_day:
            return datetime(1970, 1, 1, tzinfo=UTC) + frees
    return None


def failed(lane: Lane, now: datetime, pace: Pace) -> None:
    """A call got no answer. After some in a row the platform counts as down.

    The waits between probes double, because each is as long as it has been down already.
    """
    lane.failures += 1
    if lane.failures < FAILURES_TO_STOP:
        return
    lane.down_since = lane.down_since or now
    wait = min(max(now - lane.down_since, pace.probe_first), pace.probe_most)
    lane.probe_at = now + wait


def answered(lane: Lane) -> None:
    """A call was answered, whatever was said: somebody is there."""
    lane.failures, lane.down_since, lane.probe_at = 0, None, None


def says_down(reason: str | None) -> bool:
    """Whether this is why a call fails when nobody is there: no connection, no answer in time, none
    that can be read, or a server's own fault. A refusal is an answer, and so is a limit.
    """
    return reason is not None and _DOWN.fullmatch(reason) is not None


def is_believable(until: datetime, now: datetime) -> bool:
    """Whether a platform may mean that it is not to be called before this."""
    return until - now <= LONGEST_WAIT


def opens_at(
    lane: Lane, rate: Rate, now: datetime, *, sends: bool = False, probes: bool = False
) -> datetime | None:
    """The earliest time at which one more call may leave; None while a person keeps it shut.

    `sends`: the call is a message. `probes`: it shows whether the platform is there.
    """
    if lane.killed or lane.closed_because is not None:
        return None
    at = max(lane.not_before or now, now)
    if sends:
        at = max(at, lane.full_until or now)
    if sends or probes:
        at = max(at, lane.probe_at or now)
    if not math.isinf(rate.per_minute):
        interval = timedelta(seconds=60 / rate.per_minute)
        at = max(at, (lane.tat or now) - (rate.burst - 1) * interval)
    return at
