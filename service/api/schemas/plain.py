"""The base of all models, and the small types that they share."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

T = TypeVar("T")
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Incoming(BaseModel):
    """What a caller sends: a field that is not listed is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Outgoing(BaseModel):
    """What we answer."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, from_attributes=True)


def _writable(text: str) -> str:
    """Refuse what no form, mail or database takes, or what makes a reader see other words than were
    written: control characters, half characters, and those that turn or break lines unseen.
    """
    if _UNSEEN.search(text):
        raise ValueError("It holds control characters.")
    return text


def _one_line(text: str) -> str:
    if any(c in "\n\t\r" for c in text):
        raise ValueError("It must be one line.")
    return text


_Text = Annotated[str, AfterValidator(_writable)]
_Line = Annotated[_Text, AfterValidator(_one_line)]

Line = Annotated[_Line, StringConstraints(min_length=1, max_length=200)]
"""One line that says something."""
Short = Annotated[_Line, StringConstraints(max_length=200)]
"""One line, or nothing."""
Words = Annotated[_Text, StringConstraints(max_length=4000)]
"""Free text, or nothing. Sealed wherever it is kept."""
Said = Annotated[_Text, StringConstraints(min_length=1, max_length=4000)]
"""Free text that says something."""
PlatformName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
_TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
Language = Annotated[str, StringConstraints(pattern=_TAG, max_length=35)]
"""A BCP 47 tag."""


def _text_or_time(value: object) -> object:
    """A moment comes as text; a bare number would be read as seconds of an epoch."""
    if isinstance(value, str | datetime) or value is None:
        return value
    raise ValueError("It must be a time such as 2026-11-22T09:30:00Z.")


def _sensible(value: datetime) -> datetime:
    if not EARLIEST <= value <= LATEST:
        raise ValueError("It must lie between the years 2000 and 2200.")
    return value.astimezone(UTC)


When = Annotated[
    AwareDatetime,
    BeforeValidator(_text_or_time, json_schema_input_type=AwareDatetime),
    AfterValidator(_sensible),
]
"""A moment, with its offset; kept in UTC."""


def _rfc_3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


At = Annotated[datetime, PlainSerializer(_rfc_3339, return_type=str, when_used="json")]
"""A moment as we show it: RFC 3339, UTC, milliseconds."""


class Paged(Incoming):
    """How much of a list, and from where."""

    limit: Annotated[int, Field(ge=1, le=500, description="How many items at most.")] = 50
    cursor: Annotated[
        str | None, Field(max_length=1000, description="`next_cursor` of the page before.")
    ] = None


class Page(Outgoing, Generic[T]):
    """A part of a list. `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


class ProblemPlace(Outgoing):
    """One wrong place: a JSON pointer into the body, the query or a header."""

    pointer: str
    code: str
    detail: str


class ProblemBody(Outgoing):
    """What went wrong (RFC 9457). `code` is stable; `detail` is for the person who must act."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemPlace]


class LineProblem(Outgoing):
    """Why one line of many was not done."""

    code: str
    detail: str


Examples = dict[str, Any]
