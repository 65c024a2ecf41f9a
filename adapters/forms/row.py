"""What is known of a desk that is reached by a web form, as values: no code, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from adapters.report import INTIMATE
from adapters.spec import ContentClass, Field, Kind, Office, Regime, Seen

__all__ = [
    "ELEMENTS",
    "NEVER",
    "PAGES",
    "READ",
    "REPORTER",
    "UNSEEN",
    "Link",
    "Look",
    "Put",
    "Row",
    "Sign",
    "Value",
]

READ: Final = date(2026, 11, 26)
"""When the sources of the rows were read."""

PAGES: Final = r"(?!(?:{})(?:/|$))"
"""In front of a name in a path: these words are pages of the site, never somebody's name."""

NEVER: Final = r"(?!)"
"""For a parameter that names something else: with it an address does not have this form."""

UNSEEN: Final = "This field's name could not be confirmed: use the one that fits."


class Value(StrEnum):
    """What goes into a field, taken from the notice when its packet is made."""

    LINKS = "links"  # one a line
    SUMMARY = "summary"
    NO_CONSENT = "no_consent"  # and good faith
    AUTHORITY = "authority"  # and accuracy, and what the centre is designated as
    STATEMENTS = "statements"  # all four
    RIGHTS = "rights"  # what whoever holds them says, in a copyright notice
    CENTRE = "centre"
    EMAIL = "email"
    ADDRESS = "address"
    SIGNATURE = "signature"  # the signatory, else the centre's name
    STATUSES = "statuses"
    REFERENCE = "reference"
    HISTORY = "history"  # each address, whom we asked for it, and what they said

    @property
    def shows(self) -> frozenset[Field]:
        """What the addressee learns by it."""
        return _SHOWS[self]


_SHOWS: Final[Mapping[Value, frozenset[Field]]] = {
    Value.LINKS: frozenset({Field.URLS}),
    Value.SUMMARY: frozenset({Field.CONTENT_CLASS}),
    Value.NO_CONSENT: frozenset({Field.STATEMENTS}),
    Value.AUTHORITY: frozenset({Field.STATEMENTS, Field.AUTHORITY}),
    Value.STATEMENTS: frozenset({Field.STATEMENTS}),
    Value.RIGHTS: frozenset({Field.STATEMENTS}),
    Value.CENTRE: frozenset({Field.CENTRE_NAME}),
    Value.EMAIL: frozenset({Field.CENTRE_EMAIL}),
    Value.ADDRESS: frozenset({Field.CENTRE_ADDRESS}),
    Value.SIGNATURE: frozenset({Field.SIGNATORY, Field.CENTRE_NAME}),
    Value.STATUSES: frozenset({Field.AUTHORITY}),
    Value.REFERENCE: frozenset(),
    Value.HISTORY: frozenset({Field.URLS}),
}


@dataclass(frozen=True, slots=True)
class Put:
    """One field: what it is called, and what goes in. A plain `str` is what to choose or do.

    `of_minors`: whether the step is for minors alone, or for adults alone; None: for all.
    """

    label: str
    value: Value | str
    note: str = ""
    required: bool | None = None
    of_minors: bool | None = None


ELEMENTS: Final = (
    Put("Who is reporting", "An organisation that may act for the depicted person", UNSEEN),
    Put("Link to the content", Value.LINKS, UNSEEN),
    Put("What is wrong", Value.SUMMARY, UNSEEN),
    Put("Not consensual, in good faith", Value.NO_CONSENT, UNSEEN),
    Put("Authority to act", Value.AUTHORITY, UNSEEN),
    Put("Signature", Value.SIGNATURE, "The centre signs, not the depicted person."),
    Put("Organisation", Value.CENTRE, UNSEEN),
    Put("E-mail address", Value.EMAIL, "Where the outcome is to be told."),
    Put("Our reference", Value.REFERENCE, "In any field for remarks."),
)
"""What such forms ask in one way or another, for a form that could not be read."""

REPORTER: Final = (
    Put("Organisation", Value.CENTRE, UNSEEN),
    Put("E-mail address", Value.EMAIL, "Where questions come."),
    Put("Signature", Value.SIGNATURE, "The centre signs, not the depicted person."),
    Put("Our reference", Value.REFERENCE, "In any field for remarks."),
)
"""Who reports, for the end of a form that could not be read."""


@dataclass(frozen=True, slots=True)
class Link:
    """One form of address, and what it stands for.

    `path` is a regular expression for the whole path; its groups, the parameters in `needs`, and
    groups in those fill the templates `key` and `url`. Parameters in `keeps` identify content too:
    where they are, they are kept in both. A parameter that is given twice, or not of its form,
    makes it no match.
    """

    kind: Kind
    path: str
    key: str
    url: str
    sites: tuple[str, ...] = ()  # empty: every site of the row
    before: str | None = None  # what must stand before the site; None: as the row allows
    needs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    keeps: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    anchor: str = ""  # fragments that name a part of the page
    lower: tuple[str, ...] = ()  # groups in which capitals mean nothing
    leads: bool = False  # a short link: the network says where
    look: str | None = None  # behind the address of the row's look; None: cannot be looked at


@dataclass(frozen=True, slots=True)
class Sign:
    """What an answer shows when it has this status, and at each of these places this value.

    A place is a path into the JSON with dots; values are templates, compared without capitals.
    """

    seen: Seen
    rule: str
    status: int = 200
    tells: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Look:
    """A question to a public endpoint that answers in JSON. The first sign that fits counts."""

    address: str
    signs: tuple[Sign, ...]
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    method: str = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One desk. Without `sites` no address is its own: it is addressed by people's choice alone."""

    name: str
    title: str
    form: str
    sources: tuple[str, ...]
    puts: tuple[Put, ...]
    note: str
    read_on: date = READ
    sites: tuple[str, ...] = ()
    before: str = r"www|m|mobile"  # what may stand before a site and changes nothing
    links: tuple[Link, ...] = ()
    samples: tuple[str, ...] = ()
    classes: frozenset[ContentClass] = INTIMATE
    urls: int = 1
    same_host: bool = False
    regimes: tuple[Regime, ...] = ()
    country: str = ""
    office: Office | None = None
    delists: bool = False
    rights_in: tuple[str, ...] = ()
    language: str = "en"
    travels_to: tuple[str, ...] = ()
    answers: bool = True
    per_minute: float = 30  # looks, and short links that are followed
    never: tuple[str, ...] = ()
    never_of_a_child: tuple[str, ...] = ()
    look: Look | None = None
