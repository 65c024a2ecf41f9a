"""Every table of the record. Columns that hold what must not be read in a stolen database end in
`_sealed`.

The moving parts of `takedowns`, `requests`, `notices`, `carried` and `clocks` are the fields of the
values in
`domain.world`, name for name; the ledger relies on that and a test holds it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from service.store import checks

Args = tuple[Any, ...]


def _at(*, optional: bool = True) -> Any:
    kind: Any = DateTime(timezone=True)
    return Field(default=None, sa_type=kind, nullable=optional)


def _words() -> Any:
    return Field(default_factory=list, sa_column=Column(ARRAY(String), nullable=False))


def _json() -> Any:
    return Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))


def _txid() -> Any:
    """Which transaction wrote the row: what the sequencer orders by."""
    return Column(
        "txid",
        BigInteger().with_variant(checks.Xid8(), "postgresql"),
        server_default=text("pg_current_xact_id()"),
        nullable=False,
    )


class Organisation(SQLModel, table=True):
    """A centre. `profile` is what goes out in its name; `key_wrapped` seals what belongs to no
    case.
    """

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    name: str = Field(unique=True)
    profile: dict[str, Any] = _json()
    approval: str = "first_of_case"
    answer_days: float = 7.0
    removal_days: float | None = None
    search_engines: list[str] = _words()
    key_wrapped: bytes
    version: int = 1
    created_at: datetime = _at(optional=False)
    updated_at: datetime = _at(optional=False)
    judged_at: datetime | None = _at()  # whatever lacks elements, by the profile
    __table_args__: ClassVar[Args] = (
        CheckConstraint("approval IN ('every', 'first_of_case', 'none')", name="approval"),
    )


class ApiKey(SQLModel, table=True):
    """A key is shown once; only its prefix and hash stay."""

    __tablename__ = "api_keys"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    prefix: str = Field(unique=True)
    hash: bytes
    role: str
    scopes: list[str] = _words()
    label: str = ""
    created_at: datetime = _at(optional=False)
    expires_at: datetime = _at(optional=False)
    revoked_at: datetime | None = _at()


class Case(SQLModel, table=True):
    """One person's matter, under a pseudonym. Everything that could name anybody is sealed by the
    case's key.
    """

    __tablename__ = "cases"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    reference_mac: bytes
    reference_sealed: bytes
    details_sealed: bytes  # mandate, consent, statements
    key_wrapped: bytes
    depicted_as: str
    person_now: str
    jurisdictions: list[str] = _words()
    content_class: str
    synthetic: str
    urgent: bool = False
    consent: str = "none"  # none | given | lapsed | withdrawn
    consent_until: datetime | None = _at()
    judge_at: datetime | None = _at()  # when time alone may change what is permitted
    state: str = "open"
    paused: bool = False
    version: int = 1
    created_at: datetime = _at(optional=False)
    updated_at: datetime = _at(optional=False)
    __table_args__: ClassVar[Args] = (
        UniqueConstraint("organisation_id", "reference_mac"),
        Index("cases_by_age", "organisation_id", "updated_at", "id"),
        Index("cases_to_judge", "judge_at", postgresql_where=text("judge_at IS NOT NULL")),
        CheckConstraint("state IN ('open', 'closed', 'erasing')", name="state"),
        CheckConstraint(
            "depicted_as IN ('adult', 'minor', 'not_known')"
            " AND person_now IN ('adult', 'minor', 'not_known')",
            name="ages",
        ),
    )


def _entry_key() -> ForeignKeyConstraint:
    """The row's state is the one that its last entry led to."""
    return ForeignKeyConstraint(
        ["entry_id", "id", "state", "version"],
        ["entries.id", "entries.subject_id", "entries.target", "entries.version"],
    )


class Takedown(SQLModel, table=True):
    """One target in one case."""

    __tablename__ = "takedowns"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    case_id: UUID = Field(foreign_key="cases.id")
    batch_id: UUID | None = None
    url_sealed: bytes
    locator_sealed: bytes
    external_id_sealed: bytes | None = None
    given_mac: bytes  # of the locator as it was handed in
    dedupe_mac: bytes  # of the locator as far as it is known
    kind: str
    content_class: str
    urgent: bool
    platform: str | None
    locator_mac: bytes | None  # of the final locator
    created_at: datetime = _at(optional=False)
    state: str
    version: int
    entry_id: UUID
    entry_hash: bytes
    round: int
    reappeared: int
    seen: str | None
    seen_at: datetime | None = _at()
    up_at: datetime | None = _at()
    gone_looks: int
    gone_at: datetime | None = _at()
    first_gone_at: datetime | None = _at()
    closed_at: datetime | None = _at()
    waits_look: bool
    saw: str | None
    saw_rule: str | None
    saw_by: str | None
    looked_at: datetime | None = _at()
    looks: int
    look_at: datetime | None = _at()
    look_step: int
    resolve_at: datetime | None = _at()
    resolve_step: int
    handed_on_at: datetime | None = _at()
    priority: int
    lane_look: str | None
    withdrawn_because: str | None
    host_mac: bytes | None  # keyed by its case
    front: str | None
    engines: str
    rights_holder: bool
    look_lease_until: datetime | None = _at()
    approved_digest: bytes | None = None
    approved_at: datetime | None = _at()
    updated_at: datetime = _at(optional=False)
    __table_args__: ClassVar[Args] = (
        _entry_key(),
        Index(
            "takedowns_once_in_a_case",
            "case_id",
            "dedupe_mac",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index(
            "takedowns_to_look_at",
            "lane_look",
            "priority",
            "look_at",
            postgresql_where=text("look_at IS NOT NULL"),
        ),
        Index(
            "takedowns_to_resolve",
            "lane_look",
            "priority",
            "resolve_at",
            postgresql_where=text("resolve_at IS NOT NULL"),
        ),
        Index(
            "takedowns_handed_on",
            "handed_on_at",
            postgresql_where=text("handed_on_at IS NOT NULL"),
        ),
        Index(
            "takedowns_unresolved",
            "lane_look",
            "priority",
            "created_at",
            postgresql_where=text("state = 'resolving'"),
        ),
        Index("takedowns_by_age", "organisation_id", "id"),
        Index("takedowns_by_locator", "organisation_id", "locator_mac"),
    )


class Request(SQLModel, table=True):
    """One takedown asked of one addressee on one legal basis."""

    __tablename__ = "requests"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    case_id: UUID = Field(foreign_key="cases.id")
    takedown_id: UUID = Field(foreign_key="takedowns.id")
    addressee: str
    basis: str
    rung: int
    round: int
    locator_mac: bytes
    created_at: datetime = _at(optional=False)
    state: str
    version: int
    entry_id: UUID
    entry_hash: bytes
    carrying: bool
    follows_id: UUID | None = Field(default=None, foreign_key="requests.id")
    asked_at: datetime | None = _at()
    said_at: datetime | None = _at()
    reason: str | None
    remind_at: datetime | None = _at()
    reminders: int
    uncarried: bool
    __table_args__: ClassVar[Args] = (
        _entry_key(),
        # only one request about one thing is asked at one desk
        Index(
            "requests_one_carries",
            "organisation_id",
            "addressee",
            "locator_mac",
            "basis",
            unique=True,
            postgresql_where=text("carrying"),
        ),
        Index(
            "requests_group",
            "organisation_id",
            "locator_mac",
            postgresql_where=text("carrying OR state = 'joined'"),
        ),
        Index("requests_of_takedown", "takedown_id"),
        Index("requests_followers", "follows_id", postgresql_where=text("follows_id IS NOT NULL")),
        Index("requests_to_remind", "remind_at", postgresql_where=text("remind_at IS NOT NULL")),
        Index("requests_uncarried", "id", postgresql_where=text("uncarried")),
    )


_IN_DOUBT = "('perhaps_sent', 'unconfirmed', 'set_aside')"


class Notice(SQLModel, table=True):
    """One message to one desk about one case."""

    __tablename__ = "notices"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    case_id: UUID = Field(foreign_key="cases.id")
    addressee: str
    purpose: str
    basis: str
    lane: str
    reference: str = Field(unique=True)
    created_at: datetime = _at(optional=False)
    due_at: datetime = _at(optional=False)
    priority: int
    state: str
    version: int
    entry_id: UUID
    entry_hash: bytes
    starts: int
    tries: int
    attempt_id: UUID | None
    lease_until: datetime | None = _at()
    sent_at: datetime | None = _at()
    filed: bool
    grade: str | None
    poll_at: datetime | None = _at()
    poll_step: int
    poll_digest: bytes | None
    polls: int
    settle_at: datetime | None = _at()
    settle_step: int
    reason: str | None
    host_mac: bytes | None
    poll_lease_until: datetime | None = _at()
    words_sealed: bytes | None = None  # of a reply: which of our sentences, and a person's own
    updated_at: datetime = _at(optional=False)
    __table_args__: ClassVar[Args] = (
        _entry_key(),
        Index(
            "notices_due",
            "lane",
            "priority",
            "due_at",
            postgresql_where=text("state = 'due'"),
        ),
        Index(
            "notices_to_poll",
            "lane",
            "priority",
            "poll_at",
            postgresql_where=text("poll_at IS NOT NULL"),
        ),
        Index("notices_to_settle", "settle_at", postgresql_where=text("settle_at IS NOT NULL")),
        Index("notices_leased", "lane", postgresql_where=text("state = 'sending'")),
        Index("notices_of_case", "case_id", "addressee"),
        Index("notices_by_hand", "created_at", postgresql_where=text("state = 'by_hand'")),
        Index("notices_in_doubt", "state", postgresql_where=text(f"state IN {_IN_DOUBT}")),
        CheckConstraint(
            "grade IN ('acknowledged', 'accepted_by_addressee', 'handed_to_relay',"
            " 'stated_by_person')",
            name="grade",
        ),
    )


class Carried(SQLModel, table=True):
    """One request in one notice. Fixed once the notice has started."""

    __tablename__ = "carried"

    notice_id: UUID = Field(primary_key=True, foreign_key="notices.id")
    request_id: UUID = Field(primary_key=True, foreign_key="requests.id", index=True)
    position: int
    outcome: str | None


class Attempt(SQLModel, table=True):
    """One try at delivery. Its id is the lease token; `bytes_sealed` is the notice as it was
    frozen.
    """

    __tablename__ = "attempts"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    case_id: UUID
    notice_id: UUID = Field(sa_column=Column(ForeignKey("notices.id"), nullable=False, index=True))
    n: int
    state: str
    started_at: datetime = _at(optional=False)
    finished_at: datetime | None = _at()
    bytes_hash: bytes | None
    bytes_sealed: bytes | None
    receipt_sealed: bytes | None = None
    evidence_sealed: bytes | None = None  # what came after it was closed
    reason: str | None = None
    __table_args__: ClassVar[Args] = (
        Index(
            "attempts_one_open",
            "notice_id",
            unique=True,
            postgresql_where=text("state IN ('intent', 'perhaps', 'accepted')"),
        ),
        CheckConstraint(
            "state IN ('intent', 'perhaps', 'accepted', 'not_sent', 'rejected', 'bounced',"
            " 'superseded', 'undone')",
            name="state",
        ),
    )


class Clock(SQLModel, table=True):
    """A deadline on a request."""

    __tablename__ = "clocks"

    id: UUID = Field(primary_key=True)
    request_id: UUID = Field(foreign_key="requests.id", index=True)
    kind: str
    ends_on: str
    rule: str
    starts_at: datetime = _at(optional=False)
    due_at: datetime = _at(optional=False)
    state: str
    ended_at: datetime | None = _at()
    __table_args__: ClassVar[Args] = (
        Index("clocks_running", "due_at", postgresql_where=text("state = 'running'")),
        CheckConstraint("state IN ('running', 'met', 'passed', 'not_seen', 'void')", name="state"),
        CheckConstraint("kind IN ('legal', 'promised', 'own')", name="kind"),
        CheckConstraint("ends_on IN ('answer', 'removal')", name="ends_on"),
    )


class Hold(SQLModel, table=True):
    """Why nothing about a takedown may leave."""

    __tablename__ = "holds"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    case_id: UUID
    takedown_id: UUID = Field(foreign_key="takedowns.id")
    kind: str
    detail_sealed: bytes | None
    set_by: str
    set_at: datetime = _at(optional=False)
    until: datetime | None = _at()
    ended_at: datetime | None = _at()
    ended_by: str | None = None
    __table_args__: ClassVar[Args] = (
        Index(
            "holds_open",
            "takedown_id",
            "kind",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("holds_until", "until", postgresql_where=text("ended_at IS NULL")),
        CheckConstraint(checks.one_of("kind", checks.HOLD_KINDS), name="kind"),
    )


class Approval(SQLModel, table=True):
    """A person's word that one takedown may go to one addressee, with what it will learn."""

    __tablename__ = "approvals"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    case_id: UUID = Field(index=True)
    takedown_id: UUID
    addressee: str
    discloses: list[str] = _words()
    digest: bytes
    key_id: UUID
    at: datetime = _at(optional=False)


class Observation(SQLModel, table=True):
    """What was seen at an address. Looks that change nothing are counted on the takedown
    instead.
    """

    __tablename__ = "observations"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    case_id: UUID
    takedown_id: UUID = Field(foreign_key="takedowns.id", index=True)
    seen: str
    at: datetime = _at(optional=False)
    recorded_at: datetime = _at(optional=False)
    method: str
    rule: str
    vantage: str
    proof: bool
    by: str
    how_sealed: bytes | None


class Answer(SQLModel, table=True):
    """What an addressee said, kept whether or not it moved anything."""

    __tablename__ = "answers"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    case_id: UUID
    notice_id: UUID | None = Field(default=None, index=True)
    request_id: UUID | None = Field(default=None, index=True)
    scope: str
    kind: str
    said_at: datetime | None = _at()
    recorded_at: datetime = _at(optional=False)
    by: str
    moved: bool
    words_sealed: bytes | None


class Entry(SQLModel, table=True):
    """One line of the audit log: ids, enumerations, times and a commitment. Never changed."""

    __tablename__ = "entries"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    case_id: UUID | None
    machine: str
    subject_id: UUID
    version: int
    source: str | None
    event: str
    target: str | None
    actor: str
    key_id: UUID | None
    because: UUID | None
    reason: str | None
    happened_at: datetime = _at(optional=False)
    recorded_at: datetime = _at(optional=False)
    prev_id: UUID | None
    prev_version: int | None
    hash: bytes
    commitment: bytes | None
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    txid: int | None = Field(default=None, sa_column=_txid())
    __table_args__: ClassVar[Args] = (
        UniqueConstraint("id", "subject_id", "target", "version", name="entries_state"),
        UniqueConstraint("subject_id", "version", name="entries_version"),
        ForeignKeyConstraint(
            ["prev_id", "subject_id", "source", "prev_version"],
            ["entries.id", "entries.subject_id", "entries.target", "entries.version"],
        ),
        CheckConstraint(checks.legal_moves(), name="legal_move"),
        CheckConstraint(
            "machine = 'fact' OR (source IS NULL) = (version = 1)"
            " AND (prev_id IS NULL) = (version = 1)"
            " AND prev_version IS NOT DISTINCT FROM NULLIF(version - 1, 0)",
            name="chain",
        ),
        Index("entries_of_case", "case_id", "recorded_at"),
        Index("entries_of_organisation", "organisation_id", "recorded_at"),
    )


class EventRow(SQLModel, table=True):
    """An event for the organisation's feed. `seq` is given later, by the sequencer, without
    gaps.
    """

    __tablename__ = "events"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    seq: int | None = Field(default=None, sa_type=BigInteger)
    case_id: UUID
    takedown_id: UUID | None
    machine: str
    subject_id: UUID
    event: str
    state: str
    at: datetime = _at(optional=False)
    txid: int | None = Field(default=None, sa_column=_txid())
    __table_args__: ClassVar[Args] = (
        Index("events_seq", "organisation_id", "seq", unique=True),
        Index("events_unnumbered", "txid", "id", postgresql_where=text("seq IS NULL")),
    )


class Lane(SQLModel, table=True):
    """One destination and credential: how fast, how many, whether at all."""

    __tablename__ = "lanes"

    id: str = Field(primary_key=True)
    platform: str
    organisation_id: UUID | None = None
    tat: datetime | None = _at()  # GCRA: when the next call would be on time
    not_before: datetime | None = _at()  # Retry-After, never undercut
    closed_because: str | None = None
    closed_at: datetime | None = _at()
    killed: bool = False
    spent: dict[str, int] = Field(  # sends by hour, counted from 1970, where a day has a limit
        default_factory=dict,
        sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    )
    full_until: datetime | None = _at()  # the day's budget is spent
    failures: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})  # in a row
    down_since: datetime | None = _at()
    probe_at: datetime | None = _at()  # while it is down: when one call may try


class QuietHost(SQLModel, table=True):
    """A host among the many of one lane that wants to be left alone; forgotten when that is over.
    Its MAC is keyed by the organisation.
    """

    __tablename__ = "quiet_hosts"

    host_mac: bytes = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    until: datetime = _at(optional=False)


class PlatformSettings(SQLModel, table=True):
    """What one organisation has set for one platform. Secrets are sealed by the organisation's
    key.
    """

    __tablename__ = "platform_settings"

    organisation_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    platform: str = Field(primary_key=True)
    settings: dict[str, Any] = _json()
    secrets_sealed: bytes
    enabled: bool = True
    moved_at: datetime | None = _at()
    version: int = 1
    updated_at: datetime = _at(optional=False)


class Idempotency(SQLModel, table=True):
    """A reply that is given again when the same call comes again."""

    __tablename__ = "idempotency"

    organisation_id: UUID = Field(primary_key=True)
    key_mac: bytes = Field(primary_key=True)
    id: UUID
    fingerprint: bytes
    steps: int = 0  # transactions of the call that are through
    status: int | None
    reply_sealed: bytes | None
    created_at: datetime = _at(optional=False)
    __table_args__: ClassVar[Args] = (Index("idempotency_by_age", "created_at"),)


class Batch(SQLModel, table=True):
    """One call that brought items in, and its result line by line."""

    __tablename__ = "batches"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    case_id: UUID
    result_sealed: bytes
    created_at: datetime = _at(optional=False)


class Worker(SQLModel, table=True):
    """A worker's sign of life."""

    __tablename__ = "workers"

    id: str = Field(primary_key=True)
    started_at: datetime = _at(optional=False)
    beat_at: datetime = _at(optional=False)
    redis: bool


class Sweep(SQLModel, table=True):
    """When the last whole sweep ended, by whichever worker. One row."""

    __tablename__ = "sweeps"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    ended_at: datetime = _at(optional=False)
    took_ms: int
    __table_args__: ClassVar[Args] = (CheckConstraint("id = 1", name="one"),)


class Letter(SQLModel, table=True):
    """One mail that came into the centre's mailbox, read once. One that belongs to no notice leaves
    its hash here and nothing else; it stays in the mailbox.
    """

    __tablename__ = "letters"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    case_id: UUID | None = Field(default=None, foreign_key="cases.id")
    notice_id: UUID | None = Field(default=None, foreign_key="notices.id", index=True)
    raw_hash: bytes = Field(unique=True)  # SHA-256 of the whole mail as it was fetched
    received_at: datetime = _at(optional=False)
    said_at: datetime | None = _at()
    kind: str
    detail: str
    rule: str
    trusted: bool  # it comes from where the notice went, or is the notice come back
    state: str  # kept | done | waits | unmatched
    words_sealed: bytes | None = None  # subject, sender, new words, the line that decided
    raw_sealed: bytes | None = None  # without media, of which hash, type and size stay
    decided_by: UUID | None = None
    decided_at: datetime | None = _at()
    __table_args__: ClassVar[Args] = (
        Index("letters_waiting", "organisation_id", postgresql_where=text("state = 'waits'")),
        CheckConstraint("state IN ('kept', 'done', 'waits', 'unmatched')", name="state"),
        CheckConstraint("(state = 'unmatched') = (notice_id IS NULL)", name="matched"),
    )


class Mailbox(SQLModel, table=True):
    """How far the mailbox was read, and which worker reads it now. One row."""

    __tablename__ = "mailboxes"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    uid_validity: int = Field(sa_column=Column(BigInteger, nullable=False))
    uid: int = Field(sa_column=Column(BigInteger, nullable=False))  # the last one that was read
    read_at: datetime | None = _at()
    failing_since: datetime | None = _at()
    lease_until: datetime | None = _at()
    __table_args__: ClassVar[Args] = (CheckConstraint("id = 1", name="one"),)


class Take(SQLModel, table=True):
    """Who works on what waits for a person, and until when. Nothing else is known of it."""

    __tablename__ = "takes"

    organisation_id: UUID = Field(primary_key=True, foreign_key="organisations.id")
    todo_id: str = Field(primary_key=True)
    key_id: UUID = Field(foreign_key="api_keys.id")
    until: datetime = _at(optional=False)


APPEND_ONLY = ("entries", "observations", "answers", "approvals")
"""The application may add rows here and read them, and nothing else."""
NO_DELETE = (
    "organisations", "cases", "takedowns", "requests", "notices", "attempts", "clocks", "holds",
    "events", "lanes", "platform_settings", "batches", "api_keys", "letters",
)  # fmt: skip
"""The application may add and change rows here, never delete them."""
FREE = ("carried", "idempotency", "mailboxes", "quiet_hosts", "sweeps", "takes", "workers")

VIEWS = ("takedown_facts",)
