"""What platforms did with what they were asked, counted from plain histories. Only counting: no
sample, no ranking, no finding.

Three questions stay apart here too: whether it reached them, what they said, what is seen there.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from service.domain import cells
from service.domain.cells import FEWEST, NOTHING, STAYED_GONE, Cell, Tally
from service.domain.errors import Invalid
from service.domain.states import ENDED, LIVE, RequestState

SENTENCE: Final = (
    "These links are what people brought to this centre: they are no sample, this is no ranking,"
    " and nothing here is a finding of unlawful conduct."
)
"""Goes with every answer, whatever its form."""
USUAL_DAYS: Final = 90
MOST_DAYS: Final = 731  # two years, one of them a leap year

R = RequestState
ANSWERS: Final = frozenset({*LIVE, *ENDED} - {R.ASKED, R.NO_ANSWER})
_PART_OF: Final[Mapping[RequestState, str]] = {
    **dict.fromkeys(ANSWERS, "other_answer"),
    R.SAYS_REMOVED: "says_removed",
    R.SAYS_RESTRICTED: "says_restricted",
    R.REFUSED: "refused",
    R.ACKNOWLEDGED: "acknowledged_only",
    R.IN_REVIEW: "acknowledged_only",
}
TOLD: Final = (R.PENDING, R.NO_ANSWER, *sorted(ANSWERS))
"""The moves of a request that a history holds. `pending` undoes what was before it."""


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days in UTC: the first, and the one behind the last."""

    first: date
    until: date

    @property
    def began_at(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def ended_at(self) -> datetime:
        return datetime.combine(self.until, time(), UTC)


def window(first: date | None, until: date | None, now: datetime) -> Window:
    """The days meant. Without an end up to today, without a beginning 90 days. Raises `Invalid`.

    Whole days, so that nobody gets at one case by moving a window by an hour.
    """
    end = until or now.astimezone(UTC).date() + timedelta(days=1)
    begin = first or end - timedelta(days=USUAL_DAYS)
    if begin >= end:
        raise _wrong("until", "It must come after the first day.")
    if end - begin > timedelta(days=MOST_DAYS):
        raise _wrong("from", "A window has two years at most.")
    return Window(begin, end)


def _wrong(name: str, detail: str) -> Invalid:
    error = {"pointer": f"#/query/{name}", "code": "window", "detail": detail}
    return Invalid("There is no such window.", errors=[error])


@dataclass(frozen=True, slots=True)
class Word:
    """One move of a request. `dated`: they said when; otherwise it was known then."""

    state: RequestState
    at: datetime
    dated: bool = True


@dataclass(frozen=True, slots=True)
class Sight:
    """One sight that proves something: `up`, `restricted` or `gone`."""

    seen: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """One request that was put to somebody, with all that is known of it now.

    `words` in their order; `clocks` are its answer clocks that ended, by kind and end.
    """

    case_id: UUID
    addressee: str
    state: RequestState
    asked_at: datetime | None  # None: it never reached them
    words: Sequence[Word] = ()
    sights: Sequence[Sight] = ()
    clocks: Sequence[tuple[str, str]] = ()


Bounds = tuple[timedelta, timedelta | None]
"""Not earlier than, not later than; None: not yet."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one request comes to: the names of its figures, and its times."""

    figures: tuple[str, ...]
    to_answer: Bounds | None = None
    to_gone: Bounds | None = None


def tell(history: History, now: datetime, *, can_answer: bool = True) -> Told:
    """In which figures a request counts. `can_answer`: silence means something on this channel."""
    asked_at = history.asked_at
    if history.state is R.NOT_REACHED or asked_at is None:
        return Told(("not_reached",))
    words = _words(history)
    answers = [word for word in words if word.state in ANSWERS]
    fate, back, to_gone = _seen(history, asked_at, answers[-1].state if answers else None)
    clocks = tuple(f"{kind}_{end}" for kind, end in history.clocks) if can_answer else ()
    figures = ("asked", *_said(words, answers, can_answer), fate, *back, *clocks)
    if fate in ("withdrawn", "gone_before_asked"):
        return Told(figures)
    return Told(figures, _to_answer(answers, asked_at, now), to_gone)


def _words(history: History) -> list[Word]:
    """What was said since it was last asked: an undone filing takes its answers along."""
    words = list(history.words)
    undone = [n for n, word in enumerate(words, 1) if word.state is R.PENDING]
    return words[undone[-1] :] if undone else words


def _said(words: list[Word], answers: list[Word], can_answer: bool) -> tuple[str, ...]:  # noqa: FBT001 - a fact
    if answers:
        return ("answered", _PART_OF[answers[-1].state])
    silent = can_answer and any(word.state is R.NO_ANSWER for word in words)
    return ("no_answer",) if silent else ("nothing_said",)


def _to_answer(answers: list[Word], asked_at: datetime, now: datetime) -> Bounds:
    if not answers:
        return max(now - asked_at, timedelta()), None
    took = max(answers[0].at - asked_at, timedelta())
    return (took if answers[0].dated else timedelta()), took


def _seen(
    history: History, asked_at: datetime, word: RequestState | None
) -> tuple[str, tuple[str, ...], Bounds]:
    """What became of the link, whether it came back, and when it went, if it did."""
    sights = sorted(history.sights, key=lambda sight: sight.at)
    before = [s for s in sights if s.at <= asked_at]
    after = [s for s in sights if s.at > asked_at]
    gone_at = next((s.at for s in after if s.seen == "gone"), None)
    ups = [s.at for s in after if s.seen == "up" and (gone_at is None or s.at < gone_at)]
    lower = ups[-1] - asked_at if ups else timedelta()
    bounds = (lower, gone_at - asked_at if gone_at else None)
    if history.state is R.WITHDRAWN:
        return "withdrawn", (), bounds
    if before and before[-1].seen == "gone" and (not after or after[0].seen == "gone"):
        return "gone_before_asked", (), bounds
    if gone_at is None:
        return (after[-1].seen if after else "not_seen"), (), bounds
    is_back = any(s.at > gone_at and s.seen != "gone" for s in after)
    fate = "gone_after_word" if word is R.SAYS_REMOVED else "gone_without_word"
    return fate, ("reappeared" if is_back else STAYED_GONE,), bounds


@dataclass(frozen=True, slots=True)
class Span:
    """The middle case's time in hours: not less than, not more than. No upper end: more than half
    are not there yet. Neither end: too few cases, or no such thing on this channel.
    """

    lower_hours: float | None
    upper_hours: float | None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One addressee's figures, as they may be shown."""

    addressee: str
    cells: Mapping[str, Cell]
    to_answer: Span
    to_gone: Span


Times = dict[UUID, list[Bounds]]


@dataclass(slots=True)
class Count:
    """Figures while they are counted. `mute` are addressees whose channel takes no answers."""

    now: datetime
    mute: frozenset[str] = frozenset()
    requests: int = 0
    _tallies: dict[str, dict[str, Tally]] = field(default_factory=dict)
    _to_answer: dict[str, Times] = field(default_factory=lambda: defaultdict(dict))
    _to_gone: dict[str, Times] = field(default_factory=lambda: defaultdict(dict))

    def take(self, histories: Iterable[History]) -> None:
        """Count these too."""
        for history in histories:
            name, case = history.addressee, history.case_id
            told = tell(history, self.now, can_answer=name not in self.mute)
            tallies = self._tallies.setdefault(name, defaultdict(Tally))
            for figure in told.figures:
                tallies[figure].add(case)
            if told.to_answer:
                self._to_answer[name].setdefault(case, []).append(told.to_answer)
            if told.to_gone:
                self._to_gone[name].setdefault(case, []).append(told.to_gone)
            self.requests += 1

    def row(self, addressee: str) -> Row:
        """The figures of an addressee, whether or not it was asked anything."""
        found = dict(cells.shown(self._tallies.get(addressee) or defaultdict(Tally)))
        to_answer = middle(self._to_answer.get(addressee, {}))
        if addressee in self.mute:
            found |= dict.fromkeys(("no_answer", *cells.CLOCKS), NOTHING)
            to_answer = Span(None, None)
        return Row(addressee, found, to_answer, middle(self._to_gone.get(addressee, {})))

    @property
    def addressees(self) -> frozenset[str]:
        """Who has a row with something in it, so that it may be known that it was asked."""
        return frozenset(n for n, t in self._tallies.items() if len(t["asked"].cases) >= FEWEST)


def middle(times: Times) -> Span:
    """The middle of the cases, each of which counts once by the middle of its own requests."""
    if len(times) < FEWEST:
        return Span(None, None, suppressed=True)
    lowers = [statistics.median_low(_hours(low) for low, _ in case) for case in times.values()]
    uppers = [statistics.median_high(_hours(high) for _, high in case) for case in times.values()]
    upper = statistics.median_high(uppers)
    lower = round(statistics.median_low(lowers), 1)
    return Span(lower, None if math.isinf(upper) else round(upper, 1))


def _hours(span: timedelta | None) -> float:
    return math.inf if span is None else span / timedelta(hours=1)
