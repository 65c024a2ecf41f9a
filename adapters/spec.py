"""What an adapter declares about its platform, and the values that pass between it and the service.

Frozen values and enumerations only: no I/O, no clock, no knowledge of `service`. The domain imports
this
module and nothing else of `adapters`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, NewType

from yarl import URL as Url

__all__ = [
    "MOST_PER_DAY",
    "Ability",
    "Answer",
    "AnswerKind",
    "Answers",
    "Carries",
    "Channel",
    "ContentClass",
    "Ends",
    "Every",
    "Field",
    "Grade",
    "Item",
    "ItemOutcome",
    "Key",
    "Kind",
    "Locator",
    "Notice",
    "Observation",
    "Promise",
    "Purpose",
    "Rate",
    "Receipt",
    "Regime",
    "Scope",
    "Secret",
    "Seen",
    "Sender",
    "Setting",
    "Settle",
    "Source",
    "Spec",
    "Statement",
    "Url",
    "url_of",
]


def url_of(words: str) -> Url:
    """An address that somebody else wrote. Raises `ValueError`, for whatever yarl cannot read."""
    try:
        return Url(words)
    except IndexError:  # yarl 1.25, of brackets before an empty host
        raise ValueError("unreadable address") from None


Key = NewType("Key", str)
"""Sent with every attempt of one notice, the same each time: 32 lower-case hexadecimal
characters.
"""


class Kind(StrEnum):
    """What stands at an address."""

    POST = "post"
    FILE = "file"
    THUMBNAIL = "thumbnail"
    ACCOUNT = "account"
    CHANNEL = "channel"
    GROUP = "group"
    INVITE = "invite"
    SEARCH_RESULT = "search_result"
    SITE = "site"


class ContentClass(StrEnum):
    """Why it must go."""

    NCII = "ncii"
    DEEPFAKE = "deepfake"
    VOYEURISM = "voyeurism"
    THREAT = "threat"
    PERSONAL_DETAILS = "personal_details"
    OTHER = "other"


class Channel(StrEnum):
    """How a desk is reached."""

    API = "api"
    MAIL = "mail"
    FORM = "form"


class Ability(StrEnum):
    """An optional verb. A spec lists exactly those that its adapter defines."""

    RESOLVE = "resolve"
    FIND = "find"
    POLL = "poll"
    LOOK = "look"


class Settle(StrEnum):
    """How a delivery that may have arrived is settled."""

    SAME_KEY = "same_key"  # (a) the platform honours our key: the same bytes go again
    LOOK_UP = "look_up"  # (b) the platform can be asked whether it has our report
    RECEIPT = "receipt"  # (c) a receipt comes by mail, or it does not
    NOBODY = "nobody"  # (d) only a person can tell


class Field(StrEnum):
    """What a notice lets its addressee know."""

    CENTRE_NAME = "centre_name"
    CENTRE_EMAIL = "centre_email"
    CENTRE_ADDRESS = "centre_address"
    SIGNATORY = "signatory"
    AUTHORITY = "authority"
    STATEMENTS = "statements"
    URLS = "urls"
    CONTENT_CLASS = "content_class"
    DEPICTED_IS_MINOR = "depicted_is_minor"


class Regime(StrEnum):
    """What a notice relies on: the platform's own terms, or a law that sets a process."""

    TERMS = "terms"
    EU_DSA_16 = "eu_dsa_16"
    US_TAKE_IT_DOWN = "us_take_it_down"
    UK_20A = "uk_20a"
    KR_22_5 = "kr_22_5"
    COPYRIGHT = "copyright"  # of whoever holds the rights and says so
    OTHER = "other"


class Purpose(StrEnum):
    """Why a notice is sent."""

    FIRST = "first"
    REMINDER = "reminder"
    SUPPLEMENT = "supplement"
    REPLY = "reply"  # to what they asked us
    COMPLAINT = "complaint"
    RETRACTION = "retraction"
    PRESERVE = "preserve"


IN_THREAD: Final = frozenset(
    {
        Purpose.FIRST,
        Purpose.REMINDER,
        Purpose.SUPPLEMENT,
        Purpose.REPLY,
        Purpose.RETRACTION,
        Purpose.PRESERVE,
    }
)
"""What a channel takes by machine where a further message joins the first."""


class Office(StrEnum):
    """Whom a person turns to beside platforms. It holds no content and owes us no answer."""

    HOTLINE = "hotline"  # takes reports about minors
    REGULATOR = "regulator"  # hears how platforms acted


class AnswerKind(StrEnum):
    """What an addressee says about a URL. `UNSPECIFIED` and `CONTENT_GONE` move nothing: they make
    us look.
    """

    ACKNOWLEDGED = "acknowledged"
    IN_REVIEW = "in_review"
    NEEDS_INFO = "needs_info"
    ALREADY_REPORTED = "already_reported"
    FORWARDED = "forwarded"
    SAYS_REMOVED = "says_removed"
    SAYS_RESTRICTED = "says_restricted"
    REFUSED = "refused"
    WRONG_ADDRESSEE = "wrong_addressee"
    CONTENT_GONE = "content_gone"
    UNSPECIFIED = "unspecified"


class Scope(StrEnum):
    """Which of the carried URLs an answer is about."""

    THESE = "these"
    ALL = "all"
    UNSPECIFIED = "unspecified"


class Seen(StrEnum):
    """What a look found."""

    UP = "up"
    GONE = "gone"
    RESTRICTED = "restricted"
    OTHER_CONTENT = "other_content"
    CANNOT_SEE = "cannot_see"


class Grade(StrEnum):
    """How good the proof is that a notice arrived."""

    ACKNOWLEDGED = "acknowledged"
    ACCEPTED_BY_ADDRESSEE = "accepted_by_addressee"
    HANDED_TO_RELAY = "handed_to_relay"
    STATED_BY_PERSON = "stated_by_person"


@dataclass(frozen=True, slots=True)
class Carries:
    """What one message may hold: at most `urls` addresses and `text_chars` characters of prose."""

    urls: int = 1
    same_host: bool = False
    text_chars: int = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """The pace a platform allows: `per_minute` calls on average, `burst` at once, `in_flight`
    unanswered, and `per_day` messages in any 24 hours; None: no such limit is known.
    """

    per_minute: float
    burst: int = 1
    in_flight: int = 4
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Every:
    """The shortest time between two messages about the same thing."""

    hours: int

    @property
    def interval(self) -> timedelta:
        return timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class Secret:
    """A credential the centre must enter. `help` says where to get it."""

    name: str
    help: str


@dataclass(frozen=True, slots=True)
class Setting:
    """An address or option of a platform that may be changed: another instance, a sandbox.

    The name of an address ends in `_url` or `_address`; nothing else that is set is ever called.
    """

    name: str
    help: str
    default: str = ""
    required: bool = False  # without it the platform is `not set up`
    leads: bool = False  # no address of theirs, but it decides whom a notice reaches

    @property
    def says_where(self) -> bool:
        """Whether secrets were entered for the place that it names."""
        return self.leads or self.name.endswith(("_url", "_address"))


MOST_PER_DAY: Final = Setting(
    "most_per_day",
    "How many messages may go there in any 24 hours, such as 200; empty: as many as there are",
)
"""For every platform that is sent to by machine: a provider's limit, or the centre's own."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read, and when."""

    address: str
    read_on: date


Ends = Literal["answer", "removal"]
"""What a deadline waits for: their decision, or that it is gone."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a platform says of itself in public: an answer, or removal, within so many hours.

    One that changes gets a new version. `basis`: it was made only about notices on this basis.
    """

    ends_on: Ends
    hours: float
    source: Source
    basis: Regime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Spec:
    """All that is known of a platform before it is contacted."""

    name: str  # written into audit entries: never renamed
    title: str
    channel: Channel
    hosts: tuple[str, ...]  # content that it can act on; "*.example.com" for every subdomain
    api_hosts: tuple[str, ...]  # with the configured addresses: all it may contact; "*": any public
    classes: frozenset[ContentClass]
    carries: Carries
    can: frozenset[Ability]
    perhaps_sent: Settle
    lane: Rate
    discloses: tuple[Field, ...]
    sources: tuple[Source, ...]
    samples: tuple[str, ...]
    needs: tuple[Secret, ...] = ()
    settings: tuple[Setting, ...] = ()  # the first `_url` is where notices go
    remind: Every | None = None  # None: a second call would be a second report
    regimes: tuple[Regime, ...] = ()  # whose own process this channel is
    promises: tuple[Promise, ...] = ()  # in its own published words
    purposes: frozenset[Purpose] = frozenset({Purpose.FIRST})  # the rest is left to a person
    gathers: bool = False  # one message per case: first notices wait for each other
    answers: bool = True  # False: nobody can answer by this channel, so silence says nothing
    languages: tuple[str, ...] = ("en",)  # that its desk reads, BCP 47, the best first
    country: str = ""  # where the addressee sits, ISO 3166 alpha-2; "" = not known
    travels_to: tuple[str, ...] = ()  # who else may publish or receive what we disclose
    gone_needs_up: bool = (
        False  # "not found" hides things too: it counts after a look that saw it up
    )
    settle_after: timedelta = timedelta(minutes=2)  # LOOK_UP: a killed call may still land
    software: tuple[str, ...] = ()  # as NodeInfo names what a federated host runs
    publishes: bool = False  # notices are made public, or their sender is: closed for minors
    adults_only: bool = False  # of minors another desk of theirs is told, at once
    office: Office | None = None  # of `country`, or of any; None: a platform
    delists: bool = False  # a search engine: it takes results away, not what they lead to
    fronts: tuple[str, ...] = ()  # networks that locators name: once set up, it is asked first
    stands_behind: tuple[str, ...] = ()  # platforms whose content it can act on too: the next rung
    rights_in: tuple[str, ...] = ()  # platforms whose content its copyright notices are about

    @property
    def closed_for_minors(self) -> str:
        """Why nothing about a minor goes there, in a word; "" where it may."""
        return "publishes_notices" if self.publishes else "adults_only" * self.adults_only

    @property
    def destinations(self) -> tuple[str, ...]:
        """The settings that say where notices go: not those where it is only looked."""
        called = [s.name for s in self.settings if s.name.endswith("_url")]
        written_to = [s.name for s in self.settings if s.name.endswith("_address")]
        first = written_to if self.channel is Channel.MAIL else called[:1]
        return (*first, *(s.name for s in self.settings if s.leads))


@dataclass(frozen=True, slots=True)
class Locator:
    """One thing on one platform. Two spellings of one address give equal `platform`, `kind` and
    `key`.

    `final` is false while the network must be asked (a handle, a short link): `resolve` returns a
    final one.
    `url` is the address as the platform itself would write it; `parts` holds what the adapter needs
    later.
    """

    platform: str
    kind: Kind
    key: str
    url: str
    final: bool = True
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Statement:
    """Words a person stood behind."""

    kind: str  # good_faith | no_consent | authority | accuracy | rights
    words: str
    language: str


@dataclass(frozen=True, slots=True)
class Sender:
    """The centre as it goes out. Staff names never leave; `signatory` is what the centre signs
    with.
    """

    name: str
    email: str
    address: str = ""
    signatory: str = ""
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One carried request: `ref` is ours, opaque, and comes back in receipts and answers."""

    ref: str
    locator: Locator


@dataclass(frozen=True, slots=True)
class Notice:
    """One message as it was frozen when it started. The same value gives the same bytes on the
    wire.

    `reference` is ours and visible to the addressee. `message_id` (with angle brackets) is ours
    too;
    `thread` holds the references of earlier receipts about these items, oldest first: Message-IDs
    of mail,
    the platform's own ids elsewhere.
    """

    reference: str
    purpose: Purpose
    content_class: ContentClass
    depicted_minor: bool  # true also when the age is not known
    synthetic: bool
    basis: Regime
    language: str  # BCP 47
    subject: str
    text: str  # whole message: explanation, addresses, statements, contact
    summary: str  # the explanation alone, without addresses, statements and contact
    sender: Sender
    statements: tuple[Statement, ...]
    items: tuple[Item, ...]
    composed_at: datetime  # aware, UTC
    message_id: str = ""
    thread: tuple[str, ...] = ()
    history: tuple[str, ...] = ()  # for a regulator: each address, and what came of asking
    goes_to: str = ""  # a mail address, or what is called; "" = one place only, or not known


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What the platform said at once about one carried request."""

    ref: str
    kind: AnswerKind
    words: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came back at once. `reference` is theirs; `detail` is what `poll` and `find` need, JSON
    values.
    """

    reference: str | None
    grade: Grade
    outcomes: tuple[ItemOutcome, ...] = ()
    detail: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Answer:
    """What they say later. `ref` is None when it is about all carried requests, or nobody knows
    which.

    `status` is their own word for it, kept as they wrote it. `said_at` is None when they give no
    time.
    """

    scope: Scope
    kind: AnswerKind
    ref: str | None = None
    status: str = ""
    words: str = ""
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """One poll's result. `ended`: the platform will say no more, so polling may stop."""

    answers: tuple[Answer, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """What a machine saw. `rule` names what decided; `proof` is true when one look is enough.

    A platform's own API proves; a page or a header has to say it twice in a row.
    """

    seen: Seen
    rule: str
    method: str
    proof: bool = False
