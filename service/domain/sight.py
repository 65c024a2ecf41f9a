"""What a look proves. Nothing is ever gone because we could not look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from adapters.spec import Kind, Observation, Seen
from service.domain.pace import Pace, doubling
from service.domain.states import Event, TakedownState
from service.domain.world import Takedown

T, E = TakedownState, Event
REPLACED_MEANS_GONE: Final = frozenset({Kind.POST, Kind.FILE, Kind.THUMBNAIL})
LOOKS_NEEDED: Final = 2  # of a page or a header, in a row
HERE: Final = "here"
"""The vantage of a look that was made from where efface runs, and from nowhere else."""
_BARRED: Final = frozenset({"http_403", "http_451"})  # perhaps only for those who come from here
_SPLIT: Final = "_here_"  # in the rule of a look in which two places disagreed, and in no other
_SPREAD: Final = 997  # parts of a margin by which takedowns that were asked together differ


def judge(
    takedown: Takedown,
    seen: Seen,
    at: datetime,
    pace: Pace,
    *,
    proof: bool,
    needs_up: bool = False,
) -> Event | None:
    """Take in one sight: remember it on the row, and say what it moves, if anything.

    `proof`: a person saw it, or the platform's own API said so; one is enough. Held, resolving and
    withdrawn
    takedowns remember but do not move. A sight older than the last one proves nothing any more.
    `needs_up`:
    this platform says "not found" of hidden things too, so that counts only where a look saw it up
    before.
    """
    if seen is Seen.OTHER_CONTENT and takedown.kind in REPLACED_MEANS_GONE:
        seen = Seen.GONE
    if seen in (Seen.CANNOT_SEE, Seen.OTHER_CONTENT):
        return None
    if takedown.seen_at and at < takedown.seen_at:
        return None
    if seen is Seen.GONE and needs_up and not proof and takedown.up_at is None:
        return None
    if seen is Seen.GONE:
        takedown.gone_looks += 1
        if not proof and takedown.gone_looks < LOOKS_NEEDED and takedown.seen is not Seen.GONE:
            return None
    else:
        takedown.gone_looks = 0
    takedown.seen, takedown.seen_at = seen, at
    if seen is Seen.UP:
        takedown.up_at = at
    return _move(takedown, seen, at, pace)


def needs_second(observation: Observation) -> bool:
    """Whether a look counts only together with one from a second vantage, where there is one: what
    is not there by nobody's proof, or is barred, may be barred only here.
    """
    unproved = observation.seen not in (Seen.UP, Seen.CANNOT_SEE) and not observation.proof
    return unproved or observation.rule in _BARRED


def is_split(rule: str | None) -> bool:
    """Whether two places last disagreed, by the rule of the last look."""
    return rule is not None and _SPLIT in rule


def together(
    here: Observation, afar: Observation, country: str, *, split: bool = False
) -> tuple[Observation, str]:
    """What looks from two places say, and from where it was seen.

    Two that disagree say `restricted`, whatever each saw: somebody can see it, or can see that it
    is barred. One that could not see says nothing, and so does "gone" there of what is barred here.
    `split`: they disagreed before; then what is seen here alone proves nothing.
    """
    there, where = country or "a second place", f"in_{country.lower()}" if country else "there"
    if afar.seen is Seen.CANNOT_SEE:
        rule = f"{here.rule}{_SPLIT}unseen_{where}"
        alone = Observation(Seen.CANNOT_SEE, rule, here.method) if split else here
        return alone, f"{HERE}, not {there}"
    vantage = f"{HERE} and {there}"
    barred = here.seen is Seen.CANNOT_SEE and afar.seen in (Seen.GONE, Seen.OTHER_CONTENT)
    if afar.seen is here.seen or barred:
        return here, vantage
    rule = f"{here.rule}{_SPLIT}{afar.rule}_{where}"
    return Observation(Seen.RESTRICTED, rule, here.method), vantage


def _move(takedown: Takedown, seen: Seen, at: datetime, pace: Pace) -> Event | None:
    state = takedown.state
    if seen is Seen.GONE:
        if takedown.gone_at is None or _came_back(takedown):
            takedown.gone_at = at
        takedown.first_gone_at = takedown.first_gone_at or at
        if state in (T.OPEN, T.RESTRICTED):
            return E.SEEN_GONE
        if state is T.GONE and at - takedown.gone_at >= pace.closed_after:
            takedown.closed_at = at
            return E.STILL_GONE
        return None
    if state in (T.GONE, T.CLOSED):
        return E.REAPPEARED if seen is Seen.UP else E.REAPPEARED_RESTRICTED
    if state is not T.HELD:  # there it tells the release that it came back
        takedown.gone_at = None
    if seen is Seen.UP and state is T.RESTRICTED:
        return E.SEEN_UP
    if seen is Seen.RESTRICTED and state is T.OPEN:
        return E.SEEN_RESTRICTED
    return None


def _came_back(takedown: Takedown) -> bool:
    up_at, gone_at = takedown.up_at, takedown.gone_at
    return up_at is not None and gone_at is not None and up_at > gone_at


def next_look(
    takedown: Takedown, now: datetime, pace: Pace, deadlines: Iterable[datetime] = ()
) -> datetime | None:
    """When to look again: often at first, then doubling; after `closed` weekly, then monthly, then
    never. Until then also just before and just after each deadline.
    """
    if takedown.state is T.WITHDRAWN:
        return None
    if takedown.state is T.CLOSED:
        return _after_closed(takedown, now, pace)
    if takedown.gone_looks and takedown.seen is not Seen.GONE:
        return now + pace.look_again
    wait = doubling(pace.look_first, pace.look_most, takedown.look_step)
    if takedown.state is T.GONE and takedown.gone_at:
        left = takedown.gone_at + pace.closed_after - now
        if left > timedelta():
            wait = min(wait, left)
    return in_time(takedown, now + wait, now, pace, deadlines)


def in_time(
    takedown: Takedown, at: datetime, now: datetime, pace: Pace, deadlines: Iterable[datetime]
) -> datetime:
    """The look that was to be at `at`, or the one beside a deadline that comes before it."""
    beside = (look for due_at in deadlines for look in looks_beside(takedown, due_at, pace))
    return min((at, *(look for look in beside if look > now)))


def looks_beside(takedown: Takedown, due_at: datetime, pace: Pace) -> tuple[datetime, datetime]:
    """When to look just before and just after a deadline: one to two margins away, always the same
    for one takedown, so that those that were asked together are not all looked at in one moment.
    """
    part = 1 + takedown.id.int % _SPREAD / _SPREAD
    return due_at - part * pace.look_before, due_at + part * pace.look_after


def is_for_deadline(
    takedown: Takedown, at: datetime, pace: Pace, deadlines: Iterable[datetime]
) -> bool:
    """Whether a look now is the last word before a deadline or the first behind it: one to keep,
    also when it shows what the one before it did.
    """
    last = takedown.looked_at or takedown.created_at
    marks = (m for d in deadlines for m in (looks_beside(takedown, d, pace)[0], d))
    return any(last < mark <= at for mark in marks)


def _after_closed(takedown: Takedown, now: datetime, pace: Pace) -> datetime | None:
    age = now - (takedown.closed_at or now)
    if age < pace.weekly_for:
        return now + pace.week
    return now + pace.month if age < pace.monthly_for else None
