"""What one language must have words for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adapters.spec import ContentClass, Office, Purpose, Regime


class Template(StrEnum):
    """What we say to a question that comes again and again."""

    NO_IDENTITY_DOCUMENT = "no_identity_document"
    NO_PICTURE = "no_picture"


@dataclass(frozen=True, slots=True)
class Wording:
    """Every sentence of ours in one language.

    `{s}` is what makes a noun plural, `{kind}` one of `kinds`, `{reference}` our reference.
    """

    language: str  # BCP 47, the primary subtag alone
    plural: str  # what `{s}` stands for when there are more than one
    subject: Mapping[ContentClass, str]
    subject_of: Mapping[Purpose, str]
    what: Mapping[ContentClass, str]
    synthetic: str
    why: str
    minor: str
    ask: Mapping[Purpose, str]
    tell: Mapping[Office, str]  # what an office hears instead of `ask`
    delist: str  # what a search engine hears beside the rest
    copyright_subject: str  # a copyright notice has words of its own: of the work, and of nobody
    copyright_ask: str
    copyright_what: str
    asked_on: str
    became: Mapping[str, str]  # by state of a request
    still_up: str  # in a complaint, instead of `ask`
    may_complain: Mapping[Regime, str]
    replies: Mapping[Template, str]
    uncertain_first: str
    basis: Mapping[Regime, str]
    kinds: Mapping[ContentClass, str]  # as the Korean statute names them
    addresses: str
    statements: str
    contact: str
    role: str
    signed: str
    quote: str
    no_publication: str
