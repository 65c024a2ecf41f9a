"""The rows that one transaction holds, as plain values that the rules may change.

`store.ledger` fills a `World` from locked rows, `domain.follow` moves things in it, and the ledger
writes
the difference. Nothing here reads a clock or a database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.spec import AnswerKind, ContentClass, Kind, Purpose, Regime, Seen, Spec
from service.domain import ids
from service.domain.pace import Pace
from service.domain.states import (
    Actor,
    Event,
    Machine,
    NoticeState,
    RequestState,
    Rule,
    State,
    TakedownState,
)

CARRYING: Final = (
    NoticeState.DUE, NoticeState.BY_HAND, NoticeState.SET_ASIDE, NoticeState.SENDING,
    NoticeState.PERHAPS_SENT, NoticeState.SENT, NoticeState.UNCONFIRMED,
)  # fmt: skip
"""A notice in one of these states asks, has asked or will."""

Group = tuple[UUID, str, bytes, Regime]
"""Organisation, addressee, locator and legal basis: one desk asked about one thing."""


@dataclass(slots=True)
class Case:
    """What the rules need of a case. `minor` is true also when the age is not known."""

    id: UUID
    organisation_id: UUID
    jurisdictions: tuple[str, ...]
    minor: bool
    answer_days: float
    removal_days: float | None


@dataclass(slots=True)
class Takedown:
    id: UUID
    organisation_id: UUID
    case_id: UUID
    kind: Kind
    content_class: ContentClass
    urgent: bool
    platform: str | None
    locator_mac: bytes | None
    created_at: datetime
    state: TakedownState | None = None
    version: int = 0
    entry_id: UUID | None = None
    entry_hash: bytes | None = None
    round: int = 1
    reappeared: int = 0
    seen: Seen | None = None  # the last sight that proves something
    seen_at: datetime | None = None
    up_at: datetime | None = None
    gone_looks: int = 0  # looks in a row that said gone without proof
    gone_at: datetime | None = None  # first seen gone, this time
    first_gone_at: datetime | None = None
    closed_at: datetime | None = None
    waits_look: bool = False  # they say removed: unsent notices wait for a look
    saw: Seen | None = None  # the last look, whether or not it proves anything
    saw_rule: str | None = None
    saw_by: str | None = None
    looked_at: datetime | None = None
    looks: int = 0
    look_at: datetime | None = None
    look_step: int = 0
    resolve_at: datetime | None = None
    resolve_step: int = 0
    handed_on_at: datetime | None = None  # while the instance of its software is asked what it is
    priority: int = 2
    lane_look: str | None = None
    withdrawn_because: str | None = None
    host_mac: bytes | None = None  # one host has one, within its case
    front: str | None = None  # who stands before the site, and is asked first
    engines: str = ""  # search engines that its centre asked beside the rest when it came, by comma
    rights_holder: bool = False  # whoever holds the rights in it says so


@dataclass(slots=True)
class Request:
    id: UUID
    organisation_id: UUID
    case_id: UUID
    takedown_id: UUID
    addressee: str
    basis: Regime
    rung: int
    round: int
    locator_mac: bytes
    created_at: datetime
    state: RequestState | None = None
    version: int = 0
    entry_id: UUID | None = None
    entry_hash: bytes | None = None
    carrying: bool = False
    follows_id: UUID | None = None  # who was asked before it took over
    asked_at: datetime | None = None
    said_at: datetime | None = None  # when they gave the answer that counts
    reason: str | None = None
    remind_at: datetime | None = None
    reminders: int = 0
    uncarried: bool = False  # pending, and no notice will ask: somebody has to see to it

    @property
    def group(self) -> Group:
        """Only one request of a group is asked."""
        return (self.organisation_id, self.addressee, self.locator_mac, self.basis)

    @property
    def is_beside(self) -> bool:
        """Whether it is made beside the ladder: to offices, which are told, and to search engines,
        which do not hold the content. It leads no further, and starts no clock.
        """
        return self.basis is Regime.OTHER

    @property
    def was_asked(self) -> bool:
        """Whether they can have answered: its own notice put it to them, or that of the request it
        took over from.
        """
        return self.asked_at is not None


@dataclass(slots=True)
class Notice:
    id: UUID
    organisation_id: UUID
    case_id: UUID
    addressee: str
    purpose: Purpose
    basis: Regime
    lane: str
    reference: str
    created_at: datetime
    due_at: datetime
    priority: int
    state: NoticeState | None = None
    version: int = 0
    entry_id: UUID | None = None
    entry_hash: bytes | None = None
    starts: int = 0  # starts that ended without any answer
    tries: int = 0
    attempt_id: UUID | None = None
    lease_until: datetime | None = None
    sent_at: datetime | None = None
    filed: bool = False  # a person says so
    grade: str | None = None  # the best proof so far that they have it
    poll_at: datetime | None = None
    poll_step: int = 0
    poll_digest: bytes | None = None  # of the last answers, so that news is told from repeats
    polls: int = 0
    settle_at: datetime | None = None
    settle_step: int = 0
    reason: str | None = None
    host_mac: bytes | None = None  # of all that it carries, where it may carry one host only


@dataclass(slots=True)
class Carried:
    """One request in one notice, and what was said at once about it."""

    notice_id: UUID
    request_id: UUID
    position: int
    outcome: AnswerKind | None = None


@dataclass(slots=True)
class Clock:
    """A deadline on a request. `rule` names a row of `domain.clocks`."""

    id: UUID
    request_id: UUID
    kind: str
    ends_on: str
    rule: str
    starts_at: datetime
    due_at: datetime
    state: str = "running"
    ended_at: datetime | None = None


Row = Takedown | Request | Notice


@dataclass(frozen=True, slots=True)
class Move:
    """Something that happened to one row. `facts` are sealed into the entry; `reason` is a code of
    ours.
    """

    machine: Machine
    id: UUID
    event: Event
    by: Actor
    at: datetime  # when it happened, which may be before it is recorded
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    key_id: UUID | None = None  # the API key of the person


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was decided: one line of the audit log."""

    move: Move
    row: Row
    source: State | None
    target: State
    version: int
    entry_id: UUID
    because: UUID | None  # the entry that this one follows from


@dataclass(frozen=True, slots=True)
class Told:
    """An event for the organisation's feed: ids and states, nothing else."""

    organisation_id: UUID
    case_id: UUID
    takedown_id: UUID | None
    machine: Machine
    subject_id: UUID
    event: Event
    state: State
    at: datetime
    id: UUID = field(default_factory=ids.new_id)


@dataclass(slots=True)
class World:
    """Everything that one transaction has locked, with what it needs to know about the rest.

    Rows come in by `add` and links by `link` and `unlink`, which keep the look-ups below small.
    """

    now: datetime
    pace: Pace
    specs: Mapping[str, Spec]
    cases: dict[UUID, Case] = field(default_factory=dict)
    takedowns: dict[UUID, Takedown] = field(default_factory=dict)
    requests: dict[UUID, Request] = field(default_factory=dict)
    notices: dict[UUID, Notice] = field(default_factory=dict)
    carried: dict[tuple[UUID, UUID], Carried] = field(default_factory=dict)
    clocks: dict[UUID, Clock] = field(default_factory=dict)
    held: dict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))  # open hold kinds
    taken: set[UUID] = field(default_factory=set)  # notices that a person is about to file
    absent: dict[UUID, tuple[ContentClass, RequestState | None]] = field(
        default_factory=dict
    )  # what unsent notices carry beside the requests that are here
    whole: set[UUID] | None = None  # cases of which all unsent packets are here; None: of all
    # what came of it
    moved: list[Moved] = field(default_factory=list)
    refused: list[tuple[Move, State | None]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    unlinked: set[tuple[UUID, UUID]] = field(default_factory=set)
    # the ledger's own notes
    before: dict[UUID, tuple[UUID | None, bytes | None, tuple[Any, ...]]] = field(
        default_factory=dict
    )
    links_before: dict[tuple[UUID, UUID], tuple[int, AnswerKind | None]] = field(
        default_factory=dict
    )
    tails: dict[UUID, tuple[UUID, bytes]] = field(default_factory=dict)
    hashes: dict[UUID, bytes] = field(default_factory=dict)
    extras: dict[UUID, dict[str, Any]] = field(default_factory=dict)  # sealed columns of new rows
    # look-ups
    by_takedown: dict[UUID, list[Request]] = field(default_factory=lambda: defaultdict(list))
    by_group: dict[Group, list[Request]] = field(default_factory=lambda: defaultdict(list))
    by_notice: dict[UUID, list[Carried]] = field(default_factory=lambda: defaultdict(list))
    by_request: dict[UUID, list[Carried]] = field(default_factory=lambda: defaultdict(list))
    by_desk: dict[tuple[UUID, str], list[Notice]] = field(default_factory=lambda: defaultdict(list))
    clocks_by_request: dict[UUID, list[Clock]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Row | Clock) -> None:
        """Take in a locked or a new row. Requests and notices must come in the order of their
        ids.
        """
        if isinstance(row, Takedown):
            self.takedowns[row.id] = row
        elif isinstance(row, Request):
            self.requests[row.id] = row
            self.by_takedown[row.takedown_id].append(row)
            self.by_group[row.group].append(row)
        elif isinstance(row, Notice):
            self.notices[row.id] = row
            self.by_desk[row.case_id, row.addressee].append(row)
        else:
            self.clocks[row.id] = row
            self.clocks_by_request[row.request_id].append(row)

    def link(self, link: Carried) -> None:
        """A notice carries a request."""
        key = (link.notice_id, link.request_id)
        self.unlinked.discard(key)
        self.carried[key] = link
        self.by_notice[link.notice_id].append(link)
        self.by_request[link.request_id].append(link)

    def unlink(self, link: Carried) -> None:
        """A notice that was not started no longer carries a request."""
        key = (link.notice_id, link.request_id)
        self.unlinked.add(key)
        del self.carried[key]
        self.by_notice[link.notice_id].remove(link)
        self.by_request[link.request_id].remove(link)

    def subject(self, move: Move) -> Row:
        """The row a move is about. Raises KeyError when the transaction has not locked it."""
        if move.machine is Machine.TAKEDOWN:
            return self.takedowns[move.id]
        if move.machine is Machine.REQUEST:
            return self.requests[move.id]
        return self.notices[move.id]

    def requests_of(self, takedown: Takedown) -> list[Request]:
        """The requests of its present round, oldest first."""
        return [r for r in self.by_takedown[takedown.id] if r.round == takedown.round]

    def carried_by(self, notice: Notice) -> list[Carried]:
        """The links of a notice, in the order in which it lists them."""
        return sorted(self.by_notice[notice.id], key=lambda link: (link.position, link.request_id))

    def said_in(self, notice: Notice) -> Iterator[tuple[ContentClass, RequestState | None]]:
        """The class and the state of each request that a notice carries, whether it is here or
        not.
        """
        for link in self.by_notice[notice.id]:
            request = self.requests.get(link.request_id)
            if request is None:
                yield self.absent[link.request_id]
            else:
                yield self.takedowns[request.takedown_id].content_class, request.state

    def notices_of(self, request: Request, states: Sequence[NoticeState]) -> list[Notice]:
        """The notices that carry a request and are in one of these states, oldest first; not what
        only asks to keep something.
        """
        found = self.all_notices_of(request, states)
        return [n for n in found if n.purpose is not Purpose.PRESERVE]

    def all_notices_of(self, request: Request, states: Sequence[NoticeState]) -> list[Notice]:
        """The same with those too."""
        found = (self.notices.get(link.notice_id) for link in self.by_request[request.id])
        return sorted((n for n in found if n and n.state in states), key=lambda n: n.id)

    def is_uncarried(self, request: Request) -> bool:
        """Whether a request waits to be asked and no notice carries it."""
        waits = request.state is RequestState.PENDING and request.carrying
        return waits and not self.notices_of(request, CARRYING)

    def group(self, request: Request) -> Iterator[Request]:
        """The other requests for the same thing at the same desk, oldest first."""
        return (other for other in self.by_group[request.group] if other.id != request.id)

    def spec(self, addressee: str) -> Spec:
        return self.specs[addressee]

    def may_leave(self, takedown: Takedown) -> bool:
        """Whether anything about it may go out now: open or restricted, and no hold."""
        return takedown.state in (
            TakedownState.OPEN,
            TakedownState.RESTRICTED,
        ) and not self.held.get(takedown.id)

    def advance(
        self, row: Row, rule: Rule, move: Move, entry_id: UUID, because: UUID | None
    ) -> Moved:
        """Put a row into its next state and remember the line."""
        source = row.state
        row.state = rule.target
        row.version += 1
        row.entry_id = entry_id
        moved = Moved(move, row, source, rule.target, row.version, entry_id, because)
        self.moved.append(moved)
        return moved


def lane_of(addressee: str, organisation_id: UUID) -> str:
    """The lane of sends and polls: one destination, one credential."""
    return f"{addressee}/{organisation_id}"


def look_lane_of(platform: str, organisation_id: UUID) -> str:
    """The lane of looks and resolves. Each organisation sets where it looks, so each has its own.

    Some platforms count calls by address of the caller, so the lanes of all organisations together
    (Bluesky: 3,000 in five minutes; PeerTube: 50 in ten seconds unless set otherwise). From twenty
    busy lanes on one of them may meet a 429, and keeps to what it was told there.
    """
    return f"{platform}/look/{organisation_id}"
