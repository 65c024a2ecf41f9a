"""Figures on how platforms complied."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from service.api.schemas.plain import EARLIEST, LATEST, At, Incoming, Outgoing
from service.domain.cells import FEWEST


def _day(value: object) -> object:
    """A day comes as text; a bare number would be read as seconds of an epoch."""
    try:
        day = datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        raise ValueError("It must be a day such as 2026-11-22.") from None
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError("It must lie between the years 2000 and 2200.")
    return day


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
"""A day in UTC."""
Form = Literal["json", "csv"]


class FindFigures(Incoming):
    """Which days, and in which form."""

    first: Annotated[
        Day | None,
        Field(alias="from", description="The first day, in UTC. Without it 90 days are shown."),
    ] = None
    until: Annotated[
        Day | None,
        Field(
            description="The day behind the last one, in UTC. Without it the last one is today."
            " Two years after the first at most."
        ),
    ] = None
    format: Annotated[
        Form | None, Field(description="Instead of `Accept`: `text/csv` or `application/json`.")
    ] = None


class CellBody(Outgoing):
    """How many requests, and of how many cases. Null and `suppressed`: too few cases, or one could
    work out another such number. Null without it: it says nothing on this channel.
    """

    requests: int | None
    cases: int | None
    suppressed: bool


class SpanBody(Outgoing):
    """The middle case's time in hours after it was asked: not less than, not more than.

    No upper end: at least half are not there yet. Suppressed: too few cases. Neither end without
    that: it says nothing on this channel.
    """

    lower_hours: float | None
    upper_hours: float | None
    suppressed: bool


class ClockFigures(Outgoing):
    """Answer clocks of one kind that ended: by an answer, or without one in time."""

    kind: Literal["legal", "promised", "own"]
    met: CellBody
    passed: CellBody


def _cell(description: str) -> Any:
    return Field(description=description)


class PlatformFigures(Outgoing):
    """One addressee: a platform by one channel.

    `answered`, `no_answer` and `nothing_said` divide what was asked; so do the seven from
    `gone_after_word` to `withdrawn`. The five from `says_removed` divide what was answered.
    """

    platform: str
    title: str
    channel: str
    takes_answers: Annotated[bool, _cell("Without it silence on this channel says nothing.")]
    asked: Annotated[CellBody, _cell("What reached them, also where nobody can tell.")]
    not_reached: Annotated[CellBody, _cell("Not taken, come back, or filed by nobody.")]
    answered: Annotated[CellBody, _cell("They said anything: that they have it is enough.")]
    no_answer: Annotated[CellBody, _cell("They said nothing, and the time for it is over.")]
    nothing_said: Annotated[CellBody, _cell("They said nothing, and that means nothing yet.")]
    says_removed: Annotated[CellBody, _cell("Their last word: it is removed.")]
    says_restricted: Annotated[CellBody, _cell("Their last word: it is restricted.")]
    refused: Annotated[CellBody, _cell("Their last word: no.")]
    other_answer: Annotated[
        CellBody, _cell("Their last word: a question, passed on, known before, or not theirs.")
    ]
    acknowledged_only: Annotated[CellBody, _cell("Their last word: they have it, or look at it.")]
    gone_after_word: Annotated[CellBody, _cell("Seen gone, and they say that they removed it.")]
    gone_without_word: Annotated[CellBody, _cell("Seen gone, without such a word.")]
    gone_before_asked: Annotated[CellBody, _cell("Seen gone before it reached them.")]
    restricted: Annotated[CellBody, _cell("Last seen blocked or limited.")]
    up: Annotated[CellBody, _cell("Last seen up.")]
    not_seen: Annotated[CellBody, _cell("Could not be seen since it was asked.")]
    withdrawn: Annotated[CellBody, _cell("Withdrawn by us, whatever came of it.")]
    reappeared: Annotated[CellBody, _cell("Seen again after it was gone.")]
    answer_clocks: list[ClockFigures]
    to_answer: Annotated[
        SpanBody,
        _cell(
            "To their first word. Where they gave no time for it, it lies between the asking and"
            " the moment we knew. Neither withdrawn nor gone before."
        ),
    ]
    to_gone: Annotated[
        SpanBody,
        _cell(
            "To its removal, which lies between last seen up and first seen gone. Neither withdrawn"
            " nor gone before."
        ),
    ]


class FiguresBody(Outgoing):
    """Every platform, by name. Read `note` with it."""

    note: str
    from_: Annotated[date, Field(alias="from", description="The first day, in UTC.")]
    until: Annotated[date, Field(description="The day behind the last one.")]
    as_of: Annotated[At, Field(description="What is known of it was known then.")]
    fewest_cases: Annotated[int, Field(description="A number needs so many cases.")] = FEWEST
    items: list[PlatformFigures]
