"""Figures against a second, slow way to count them, and against somebody who subtracts."""

from __future__ import annotations

import dataclasses
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import pytest

from service.domain import cells, figures
from service.domain.cells import ANSWERS, FATES, FEWEST, FIGURES, SAID, Cell, Tally
from service.domain.errors import Invalid
from service.domain.figures import Count, History, Sight, Word
from service.domain.states import RequestState

R = RequestState
NOW: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
ASKED: Final = NOW - timedelta(days=20)
WORDS: Final = (R.PENDING, R.NO_ANSWER, R.ACKNOWLEDGED, R.IN_REVIEW, R.NEEDS_INFO, R.FORWARDED,
                R.ALREADY_REPORTED, R.SAYS_REMOVED, R.SAYS_RESTRICTED, R.REFUSED,
                R.WRONG_ADDRESSEE)  # fmt: skip
LAST: Final = (R.ASKED, R.ASKED, R.REMOVED_WITHOUT_WORD, R.WITHDRAWN, R.NOT_REACHED)
HISTORIES: Final = 10_000
GROUPS: Final = 250
MUTE: Final = frozenset({"mute"})


def day(n: float) -> datetime:
    """So many days after it was asked."""
    return ASKED + timedelta(days=n)


def history(case: int = 1, **fields: Any) -> History:
    given = {"state": R.ASKED, "asked_at": ASKED, **fields}
    return History(UUID(int=case), "example", **given)


def drawn(chance: random.Random, addressee: str, cases: int) -> History:
    """Any history, in any order of sights, many with equal times."""
    words = [
        Word(chance.choice(WORDS), day(chance.randrange(20)), chance.random() < 0.5)
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3)))
    ]
    sights = [
        Sight(chance.choice(("up", "up", "gone", "restricted")), day(chance.randrange(-3, 20)))
        for _ in range(chance.choice((0, 1, 2, 3, 4)))
    ]
    chance.shuffle(sights)
    state = chance.choice(LAST)
    asked = None if state is R.NOT_REACHED and chance.random() < 0.5 else ASKED
    given = UUID(int=1 + int(cases * chance.random() ** 2))
    found = History(given, addressee, state, asked, words, sights)
    clocks = [("own", "passed" if was_silent(found) else "met")] * bool(said(found))
    if chance.random() < 0.3:
        end = chance.choice(("met", "passed")) if answers(found) else "passed"
        clocks.append((chance.choice(("legal", "promised")), end))
    return dataclasses.replace(found, clocks=clocks)


@cache
def groups() -> list[tuple[str, list[History]]]:
    """Platforms of every size and mixture, the same in every run."""
    chance = random.Random(5)
    each = HISTORIES // GROUPS
    found = []
    for n in range(GROUPS):
        name = "mute" if n % 5 == 0 else "example"
        found.append((name, [drawn(chance, name, chance.randint(1, 40)) for _ in range(each)]))
    return found


def counted(histories: Sequence[History], name: str = "example") -> figures.Row:
    count = Count(NOW, MUTE)
    count.take(histories)
    return count.row(name)


# The second way to count: a question for each figure, asked of one history at a time.


def said(h: History) -> list[Word]:
    words: list[Word] = []
    for word in h.words:
        words = [] if word.state is R.PENDING else [*words, word]
    return words


def answers(h: History) -> list[Word]:
    return [w for w in said(h) if w.state is not R.NO_ANSWER]


def last(h: History) -> RequestState | None:
    found = answers(h)
    return found[-1].state if found else None


def was_asked(h: History) -> bool:
    return h.asked_at is not None and h.state is not R.NOT_REACHED


def was_silent(h: History) -> bool:
    return not answers(h) and any(w.state is R.NO_ANSWER for w in said(h))


def in_order(h: History, when: Callable[[datetime], bool]) -> list[Sight]:
    return sorted((s for s in h.sights if when(s.at)), key=lambda s: s.at)


def after(h: History) -> list[Sight]:
    return in_order(h, lambda at: at > ASKED)


def gone_at(h: History) -> datetime | None:
    return min((s.at for s in after(h) if s.seen == "gone"), default=None)


def was_gone_before(h: History) -> bool:
    until = in_order(h, lambda at: at <= ASKED)
    first = after(h)[:1]
    return bool(until) and until[-1].seen == "gone" and all(s.seen == "gone" for s in first)


def counts(h: History) -> bool:
    return was_asked(h) and h.state is not R.WITHDRAWN and not was_gone_before(h)


def went(h: History) -> bool:
    return counts(h) and gone_at(h) is not None


def came_back(h: History) -> bool:
    at = gone_at(h)
    return went(h) and at is not None and any(s.seen != "gone" and s.at > at for s in h.sights)


def stays(h: History, seen: str) -> bool:
    return counts(h) and gone_at(h) is None and bool(after(h)) and after(h)[-1].seen == seen


OTHERS: Final = (R.NEEDS_INFO, R.FORWARDED, R.ALREADY_REPORTED, R.WRONG_ADDRESSEE)
QUESTIONS: Final[Mapping[str, Callable[[History], bool]]] = {
    "asked": was_asked,
    "not_reached": lambda h: not was_asked(h),
    "answered": lambda h: was_asked(h) and bool(answers(h)),
    "no_answer": lambda h: was_asked(h) and was_silent(h) and h.addressee not in MUTE,
    "nothing_said": lambda h: (
        was_asked(h) and not answers(h) and not (was_silent(h) and h.addressee not in MUTE)
    ),
    "says_removed": lambda h: was_asked(h) and last(h) is R.SAYS_REMOVED,
    "says_restricted": lambda h: was_asked(h) and last(h) is R.SAYS_RESTRICTED,
    "refused": lambda h: was_asked(h) and last(h) is R.REFUSED,
    "other_answer": lambda h: was_asked(h) and last(h) in OTHERS,
    "acknowledged_only": lambda h: was_asked(h) and last(h) in (R.ACKNOWLEDGED, R.IN_REVIEW),
    "gone_after_word": lambda h: went(h) and last(h) is R.SAYS_REMOVED,
    "gone_without_word": lambda h: went(h) and last(h) is not R.SAYS_REMOVED,
    "gone_before_asked": lambda h: (
        was_asked(h) and h.state is not R.WITHDRAWN and was_gone_before(h)
    ),
    "restricted": lambda h: stays(h, "restricted"),
    "up": lambda h: stays(h, "up"),
    "not_seen": lambda h: counts(h) and not after(h),
    "withdrawn": lambda h: was_asked(h) and h.state is R.WITHDRAWN,
    "reappeared": came_back,
    **{
        f"{kind}_{end}": lambda h, clock=(kind, end): (
            was_asked(h)  # type: ignore[misc]
            and clock in h.clocks
            and h.addressee not in MUTE
        )
        for kind in cells.KINDS
        for end in ("met", "passed")
    },
}


def by_questions(histories: Sequence[History], name: str) -> tuple[int, int]:
    found = [h.case_id for h in histories if QUESTIONS[name](h)]
    return len(found), len(set(found))


def middle(pairs: Mapping[UUID, list[tuple[float, float]]]) -> tuple[float | None, float | None]:
    """The middle case's times, by sorting and taking the lower and the upper of the two middles."""
    if len(pairs) < FEWEST:
        return None, None

    def pick(values: list[float], *, up: bool) -> float:
        ordered = sorted(values)
        return ordered[len(ordered) // 2 if up else (len(ordered) - 1) // 2]

    low = pick([pick([p[0] for p in each], up=False) for each in pairs.values()], up=False)
    high = pick([pick([p[1] for p in each], up=True) for each in pairs.values()], up=True)
    return round(low, 1), None if high == float("inf") else round(high, 1)


def hours(at: datetime) -> float:
    return (at - ASKED).total_seconds() / 3600


def to_answer(h: History) -> tuple[float, float]:
    if not answers(h):
        return hours(NOW), float("inf")
    first = answers(h)[0]
    return (hours(first.at) if first.dated else 0.0), hours(first.at)


def to_gone(h: History) -> tuple[float, float]:
    end = gone_at(h)
    ups = [s.at for s in after(h) if s.seen == "up" and (end is None or s.at < end)]
    return (hours(max(ups)) if ups else 0.0), (hours(end) if end else float("inf"))


def times(
    histories: Sequence[History], of: Callable[[History], tuple[float, float]]
) -> tuple[float | None, float | None]:
    found = defaultdict(list)
    for h in histories:
        if counts(h):
            found[h.case_id].append(of(h))
    return middle(found)


def test_ten_thousand_histories_are_counted_as_a_slow_reader_counts_them() -> None:
    compared = 0
    for name, histories in groups():
        row = counted(histories, name)
        for figure, cell in row.cells.items():
            if not cell.suppressed and cell.requests is not None:
                compared += 1
                assert (cell.requests, cell.cases) == by_questions(histories, figure), figure
        if name == "example":
            span = (row.to_answer.lower_hours, row.to_answer.upper_hours)
            assert span == times(histories, to_answer)
        span = (row.to_gone.lower_hours, row.to_gone.upper_hours)
        assert span == times(histories, to_gone)

    assert compared > 1000
    assert set(QUESTIONS) == set(FIGURES)


def test_every_history_has_one_place_in_each_division() -> None:
    for name, histories in groups():
        for h in histories:
            told = set(figures.tell(h, NOW, can_answer=name not in MUTE).figures)
            if not was_asked(h):
                assert told == {"not_reached"}
                continue
            assert len(told & set(SAID)) == len(told & set(FATES)) == 1
            assert len(told & set(ANSWERS)) == ("answered" in told)
            assert ("gone_after_word" in told) <= ("says_removed" in told)


# Somebody who knows what belongs together, and subtracts.

Sums = tuple[tuple[str, tuple[str, ...]], ...]
DIVISIONS: Final[Sums] = (("asked", SAID), ("answered", ANSWERS), ("asked", FATES))
SUMS: Final[Sums] = (*DIVISIONS[:2], ("gone", FATES[:2]), ("asked", ("gone", *FATES[2:])))
"""The same, with what is shown nowhere: all that is gone."""
AT_MOST: Final = (
    ("gone_after_word", "says_removed"),
    ("reappeared", "gone"),
    ("no_answer", "own_passed"),
    *((f"{kind}_met", "answered") for kind in cells.KINDS),
)


def worked_out(shown: Mapping[str, Cell]) -> dict[str, tuple[float, float]]:
    """The least and the most that each number of requests can be, from what is shown.

    It is known how it is hidden, too: never nought, unless a whole division is or another one asks
    for it.
    """
    known = {
        name: (float(cell.requests or 0), float("inf" if cell.suppressed else cell.requests or 0))
        for name, cell in shown.items()
    }
    for _, parts in DIVISIONS:
        for part in parts:
            if shown[part].suppressed and not all(shown[p].suppressed for p in parts):
                narrow(known, part, float(part != "gone_after_word"), float("inf"))
    known["gone"] = (0.0, float("inf"))
    before: dict[str, tuple[float, float]] = {}
    while known != before:
        before = dict(known)
        for total, parts in SUMS:
            lows, highs = zip(*(known[p] for p in parts), strict=True)
            narrow(known, total, sum(lows), sum(highs))
            for part in parts:
                rest = [known[p] for p in parts if p != part]
                low = known[total][0] - sum(high for _, high in rest)
                narrow(known, part, low, known[total][1] - sum(low for low, _ in rest))
        for less, more in AT_MOST:
            narrow(known, less, 0, known[more][1])
            narrow(known, more, known[less][0], float("inf"))
    return known


def narrow(known: dict[str, tuple[float, float]], name: str, low: float, high: float) -> None:
    known[name] = (max(known[name][0], low), min(known[name][1], high))


def undone(shown: Mapping[str, Cell]) -> list[str]:
    """The suppressed figures that are known all the same."""
    known = worked_out(shown)
    return [n for n, c in shown.items() if c.suppressed and known[n][0] == known[n][1]]


def tallies_of(histories: Sequence[History], name: str) -> dict[str, Tally]:
    found: dict[str, Tally] = defaultdict(Tally)
    for h in histories:
        for figure in figures.tell(h, NOW, can_answer=name not in MUTE).figures:
            found[figure].add(h.case_id)
    return found


def only_few_hidden(tallies: Mapping[str, Tally]) -> Mapping[str, Cell]:
    """What would be shown if nothing were hidden but the numbers about few cases."""
    return {
        name: cells.SUPPRESSED
        if tallies[name].is_few
        else Cell(tallies[name].requests, len(tallies[name].cases))
        for name in FIGURES
    }


def sparse(seed: int) -> dict[str, Tally]:
    """A row that is mostly one thing, with little else: the hardest to hide."""
    chance = random.Random(seed)
    weights = [chance.random() ** 6 + 0.001 for _ in range(3)]
    states: Mapping[str, Sequence[Word]] = {
        "silent": [Word(R.NO_ANSWER, day(7))],
        "refused": [Word(R.REFUSED, day(1))],
        "removed": [Word(R.SAYS_REMOVED, day(1))],
    }
    many = chance.randint(5, 60)
    histories = []
    for n in range(many):
        kind = chance.choices(list(states), weights)[0]
        gone = [Sight("gone", day(2))] if kind == "removed" or chance.random() < 0.05 else []
        back = [Sight("up", day(3))] if gone and chance.random() < 0.5 else []
        case = n if chance.random() < 0.8 else chance.randrange(many)
        histories.append(
            history(case + 1, words=states[kind], sights=gone + back,
                    clocks=[("own", "met" if kind != "silent" else "passed")])
        )  # fmt: skip
    return tallies_of(histories, "example")


@cache
def rows() -> list[dict[str, Tally]]:
    return [*(tallies_of(h, n) for n, h in groups()), *(sparse(seed) for seed in range(250))]


def links(first: int, cases: int, each: int = 1, **fields: Any) -> list[History]:
    """Links of so many cases, counted from the first one, that all fared alike."""
    return [history(first + n, **fields) for n in range(cases) for _ in range(each)]


REFUSED: Final = [Word(R.REFUSED, day(1))]
REMOVED: Final = [Word(R.SAYS_REMOVED, day(1))]
SILENT: Final = [Word(R.NO_ANSWER, day(7))]
UP: Final = [Sight("up", day(1))]
GONE: Final = [Sight("gone", day(2))]
BACK: Final = [*GONE, Sight("up", day(3))]
IN_TIME: Final = [("own", "met"), ("legal", "met")]
HARD: Final[Mapping[str, list[History]]] = {
    "each hidden number is one": links(1, 1, sights=GONE)
    + links(2, 1)
    + links(3, 1, sights=[Sight("gone", day(-1))])
    + links(4, 1, sights=[Sight("restricted", day(1))])
    + links(5, 1, state=R.WITHDRAWN)
    + links(6, 9, sights=UP),
    "all who say removed have removed": links(1, 1, words=REFUSED, sights=UP)
    + links(2, 7, words=REMOVED, sights=GONE)
    + links(9, 9, words=[Word(R.NEEDS_INFO, day(1))], sights=UP),
    "all that was gone came back": links(1, 4, words=REMOVED, sights=BACK)
    + links(5, 4, words=REFUSED, sights=BACK)
    + links(9, 1, words=REFUSED, sights=UP)
    + links(10, 9),
    "all who answered were in time": links(1, 6, words=REFUSED, clocks=IN_TIME)
    + links(7, 1, words=SILENT, clocks=[("own", "passed")])
    + links(8, 9),
    "one case has many links": links(1, 1, 20, words=REFUSED) + links(2, 9, words=REMOVED),
}


def test_suppression_is_not_undone_by_subtraction() -> None:
    given_away = [undone(cells.shown(tallies)) for tallies in rows()]

    assert not any(given_away)


@pytest.mark.parametrize("name", HARD)
def test_suppression_is_not_undone_where_that_is_hard(name: str) -> None:
    tallies = tallies_of(HARD[name], "example")

    shown = cells.shown(tallies)

    assert undone(shown) == []
    assert undone(only_few_hidden(tallies)) != []


def test_what_two_shown_numbers_leave_is_not_about_few_cases_either() -> None:
    row = counted([*links(1, 6, sights=BACK), *links(7, 1, sights=GONE)])

    assert row.cells["gone_without_word"] == Cell(7, 7)
    assert row.cells["reappeared"] == cells.SUPPRESSED


def test_hiding_few_cases_alone_would_be_undone() -> None:
    given_away = [row for row in rows()[GROUPS:] if undone(only_few_hidden(row))]

    assert len(given_away) > 50


def test_no_number_about_few_cases_is_shown_nor_the_sum_of_the_hidden_ones() -> None:
    hard = [tallies_of(histories, "example") for histories in HARD.values()]
    for tallies in [*rows(), *hard]:
        shown = cells.shown(tallies)
        few = [n for n in FIGURES if 0 < len(tallies[n].cases) < FEWEST]
        assert all(shown[n] == cells.SUPPRESSED for n in few)
        for total, parts in DIVISIONS:
            hidden = {c for p in parts if shown[p].suppressed for c in tallies[p].cases}
            assert shown[total].suppressed or not hidden or len(hidden) >= FEWEST


@pytest.mark.parametrize("cases", range(FEWEST))
def test_a_platform_that_few_cases_asked_looks_like_one_that_nobody_asked(cases: int) -> None:
    row = counted([history(n) for n in range(1, cases + 1)])

    assert row.cells == counted([]).cells
    assert row.to_gone == counted([]).to_gone
    assert all(cell.suppressed for cell in row.cells.values())


def test_many_links_of_one_case_are_one_case() -> None:
    row = counted([history(1)] * 300)

    assert row.cells["asked"] == cells.SUPPRESSED


def five(**fields: Any) -> list[History]:
    return [history(n, **fields) for n in range(1, 6)]


def test_a_nought_beside_five_cases_is_shown() -> None:
    row = counted(five(words=[Word(R.NO_ANSWER, day(7))]))

    assert row.cells["no_answer"] == Cell(5, 5)
    assert row.cells["answered"] == row.cells["refused"] == Cell(0, 0)


def test_silence_where_nobody_can_answer_is_no_figure() -> None:
    silent = [
        History(UUID(int=n), "mute", R.ASKED, ASKED, [Word(R.NO_ANSWER, day(7))], (),
                [("own", "passed")])
        for n in range(1, 6)
    ]  # fmt: skip

    row = counted(silent, "mute")

    assert row.cells["no_answer"] == row.cells["own_passed"] == cells.NOTHING
    assert row.cells["nothing_said"] == Cell(5, 5)
    assert (row.to_answer.lower_hours, row.to_answer.suppressed) == (None, False)


def test_clocks_of_different_kinds_are_counted_apart() -> None:
    row = counted(five(clocks=[("own", "met"), ("legal", "passed")]))

    assert {n: row.cells[n].requests for n in cells.CLOCKS} == {
        "legal_met": 0, "legal_passed": 5, "promised_met": 0, "promised_passed": 0,
        "own_met": 5, "own_passed": 0,
    }  # fmt: skip


def test_removal_lies_between_last_seen_up_and_first_seen_gone() -> None:
    sights = [Sight("up", day(-1)), Sight("up", day(1)), Sight("up", day(2)), Sight("gone", day(5))]

    row = counted(five(sights=sights))

    assert (row.to_gone.lower_hours, row.to_gone.upper_hours) == (48.0, 120.0)


def test_what_is_not_gone_has_no_upper_end_and_counts_in_the_middle() -> None:
    gone = [history(n, sights=[Sight("gone", day(1))]) for n in (1, 2)]
    up = [history(n, sights=[Sight("up", day(9))]) for n in (3, 4, 5)]

    row = counted([*gone, *up])

    assert (row.to_gone.lower_hours, row.to_gone.upper_hours) == (216.0, None)


def test_a_case_with_many_links_does_not_move_the_middle() -> None:
    slow = [history(1, words=[Word(R.REFUSED, day(9))])] * 50
    quick = [history(n, words=[Word(R.REFUSED, day(1))]) for n in range(2, 6)]

    row = counted([*slow, *quick])

    assert (row.to_answer.lower_hours, row.to_answer.upper_hours) == (24.0, 24.0)
    assert statistics.median([9] * 50 + [1] * 4) == 9


def test_an_answer_without_a_time_was_given_before_we_knew() -> None:
    row = counted(five(words=[Word(R.REFUSED, day(1), dated=False)]))

    assert (row.to_answer.lower_hours, row.to_answer.upper_hours) == (0.0, 24.0)


@pytest.mark.parametrize(
    ("fields", "figure"),
    [
        ({"words": [Word(R.SAYS_REMOVED, day(1))], "sights": [Sight("gone", day(2))]},
         "gone_after_word"),
        ({"words": [Word(R.SAYS_REMOVED, day(3))], "sights": [Sight("gone", day(2))]},
         "gone_after_word"),
        ({"words": [Word(R.REFUSED, day(1))], "sights": [Sight("gone", day(2))]},
         "gone_without_word"),
        ({"state": R.WITHDRAWN, "sights": [Sight("gone", day(2))]}, "withdrawn"),
        ({"sights": [Sight("gone", day(-1))]}, "gone_before_asked"),
        ({"sights": [Sight("gone", day(-2)), Sight("up", day(-1))]}, "not_seen"),
        ({"sights": [Sight("up", day(1)), Sight("restricted", day(2))]}, "restricted"),
        ({"sights": [Sight("up", day(-1))]}, "not_seen"),
        ({"words": [Word(R.SAYS_REMOVED, day(1))], "sights": [Sight("up", day(2))]}, "up"),
    ],
)  # fmt: skip
def test_what_became_of_a_link(fields: Mapping[str, Any], figure: str) -> None:
    told: Collection[str] = figures.tell(history(**fields), NOW).figures

    assert set(told) & set(FATES) == {figure}


def test_an_undone_filing_takes_its_answers_along() -> None:
    words = [Word(R.REFUSED, day(1)), Word(R.PENDING, day(2)), Word(R.NO_ANSWER, day(9))]

    assert "no_answer" in figures.tell(history(words=words), NOW).figures


def test_the_usual_window_ends_today_and_has_ninety_days() -> None:
    window = figures.window(None, None, NOW)

    assert (window.first, window.until) == (date(2026, 8, 29), date(2026, 11, 27))
    assert window.ended_at - window.began_at == timedelta(days=90)


@pytest.mark.parametrize(
    ("first", "until", "place"),
    [
        (date(2026, 1, 2), date(2026, 1, 2), "#/query/until"),
        (date(2026, 1, 2), date(2026, 1, 1), "#/query/until"),
        (date(2024, 1, 1), date(2026, 1, 2), "#/query/from"),
        (date(2027, 1, 1), None, "#/query/until"),
    ],
)
def test_a_window_that_there_is_not(first: date, until: date | None, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        figures.window(first, until, NOW)

    assert [e["pointer"] for e in refused.value.errors] == [place]


def test_two_years_are_a_window() -> None:
    window = figures.window(date(2024, 1, 1), date(2026, 1, 1), NOW)

    assert (window.until - window.first).days == figures.MOST_DAYS
