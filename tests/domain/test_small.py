"""Identifiers, problems and the summary of a case: small things that others rely on."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import errors, ids, summary
from service.domain.states import Event
from service.domain.summary import PARTS, Standing
from tests.domain.worlds import Play


def test_ids_are_uuid_7_of_now_and_each_is_larger_than_the_last() -> None:
    made = [ids.new_id() for _ in range(5000)]

    assert made == sorted(set(made))
    assert {(i.version, i.variant) for i in made} == {(7, "specified in RFC 4122")}
    stamp = datetime.fromtimestamp((made[-1].int >> 80) / 1000, UTC)
    assert abs(datetime.now(UTC) - stamp) < timedelta(seconds=2)


def test_ids_grow_also_when_the_clock_stands_still_or_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = [time.time_ns()] * 100
    times += [times[0] - n * 10**9 for n in range(100)]
    monkeypatch.setattr(time, "time_ns", lambda: times.pop(0))

    made = [ids.new_id() for _ in range(200)]

    assert made == sorted(set(made))


def test_ids_of_many_threads_do_not_meet() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ids.new_id(), range(4000)))

    assert len(set(made)) == 4000


def test_a_reference_can_be_read_out_and_is_never_given_twice() -> None:
    made = {ids.new_reference() for _ in range(1000)}

    assert len(made) == 1000
    assert all(re.fullmatch(r"EF(-[A-Z2-7]{4}){3}", reference) for reference in made)


def problems() -> list[type[errors.Problem]]:
    found = [errors.Problem]
    for cls in found:
        found += cls.__subclasses__()
    return found


@pytest.mark.parametrize("cls", problems())
def test_a_problem_says_what_it_is_as_data(cls: type[errors.Problem]) -> None:
    problem = cls("What to do.", errors=[{"at": "url"}], retry_after_s=3)

    assert 400 <= cls.status <= 599
    assert re.fullmatch(r"[a-z_]+", cls.code)
    assert cls.title[0].isupper()
    assert not cls.title.endswith(".")
    assert str(problem) == cls.code
    assert (problem.detail, problem.errors) == ("What to do.", ({"at": "url"},))


def test_every_problem_has_a_code_of_its_own() -> None:
    codes = [cls.code for cls in problems()]

    assert len(set(codes)) == len(codes)


def test_a_move_of_a_row_that_is_not_locked_is_a_fault() -> None:
    play, other = Play(), Play()
    takedown = other.takedown()

    with pytest.raises(KeyError):
        play.does(takedown, Event.RESOLVED)


# The summary


def standing(state: str, **changes: Any) -> Standing:
    values = {
        "contradicted": False, "reappeared": False, "asked": False, "refused": False,
        "silent": False, "waits": False, **changes,
    }  # fmt: skip
    return Standing(state, **values)


standings = st.builds(
    Standing,
    state=st.sampled_from(
        ("resolving", "held", "open", "restricted", "gone", "closed", "withdrawn")
    ),
    contradicted=st.booleans(),
    reappeared=st.booleans(),
    asked=st.booleans(),
    refused=st.booleans(),
    silent=st.booleans(),
    waits=st.booleans(),
)


@given(found=st.lists(standings, max_size=12), language=st.sampled_from(summary.LANGUAGES))
def test_every_takedown_is_counted_once_and_the_parts_add_up(
    found: list[Standing], language: str
) -> None:
    made = summary.of(found, paused=False, language=language)

    assert made.counts["total"] == len(found) == sum(made.counts[part] for part in PARTS)
    assert made.sentences
    assert all("{" not in sentence for sentence in made.sentences)


@pytest.mark.parametrize("language", summary.LANGUAGES)
def test_an_empty_case_and_a_paused_one_say_so(language: str) -> None:
    nothing = summary.of([], paused=True, language=language)
    paused = summary.of([standing("open")], paused=True, language=language)

    assert len(nothing.sentences) == 1
    assert paused.sentences[-1] == summary._PAUSED[language]


def test_one_is_said_as_one_and_many_as_many() -> None:
    one = summary.of([standing("gone", asked=True)], paused=False, language="en")
    many = summary.of([standing("gone"), standing("closed")], paused=False, language="en")

    assert one.sentences[:2] == ("We are looking after one address.", "One of them is gone.")
    assert many.sentences[:2] == ("We are looking after 2 addresses.", "2 of them are gone.")


def test_what_was_withdrawn_is_counted_as_that_alone() -> None:
    made = summary.of(
        [standing("withdrawn", asked=True, refused=True)], paused=False, language="en"
    )

    assert (made.counts["withdrawn"], made.counts["asked"], made.counts["refused"]) == (1, 0, 0)
