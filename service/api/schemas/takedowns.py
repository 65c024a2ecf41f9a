"""Everything that is known of a takedown."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    Field,
)

from service.api.schemas.intake import Preview
from service.api.schemas.plain import (
    At,
    Outgoing,
    Page,
    Paged,
    PlatformName,
    When,
)
from service.domain.states import TakedownState


class FindTakedowns(Paged):
    """Which takedowns."""

    case: Annotated[UUID | None, Field(description="Of this case.")] = None
    state: TakedownState | None = None
    platform: PlatformName | None = None
    due: Annotated[
        When | None, Field(description="Whose next step of ours is due at this time or earlier.")
    ] = None
    contradicted: bool | None = None
    stuck: bool | None = None
    reappeared: bool | None = None


class LastSeen(Outgoing):
    """The last look that anybody took."""

    seen: str
    at: At
    by: str
    rule: str


class Derived(Outgoing):
    """What follows from the three machines; never a state of its own."""

    contradicted: bool
    stuck: bool
    reappeared: bool


class TakedownLine(Outgoing):
    """A takedown in a list. `shown` is the address as it may be shown: nothing opens it.

    A list that is not of one case names no address: those fields are null there.
    """

    id: UUID
    case_id: UUID
    external_id: str | None
    url: str | None
    shown: str | None
    platform: str | None
    kind: str
    content_class: Annotated[str, Field(alias="class")]
    urgent: bool
    state: str
    answers: Annotated[
        list[str], Field(description="The states of its requests in the present round.")
    ]
    derived: Derived
    last_seen: LastSeen | None
    next_action_at: At | None
    version: int
    created_at: At
    updated_at: At


class HoldBody(Outgoing):
    """Why nothing leaves."""

    kind: str
    set_by: str
    set_at: At
    until: At | None
    detail: dict[str, Any] | None


class ClockBody(Outgoing):
    """A deadline on a request."""

    kind: str
    ends_on: str
    rule: str
    starts_at: At
    due_at: At
    state: str
    ended_at: At | None


class Carrier(Outgoing):
    """Another request that speaks for this one; its case is not named."""

    state: str
    asked_at: At | None
    said_at: At | None


class RequestLine(Outgoing):
    """What one addressee was asked, and what they said."""

    id: UUID
    addressee: str
    basis: str
    state: str
    rung: int
    round: int
    asked_at: At | None
    said_at: At | None
    reason: str | None
    reminders: int
    remind_at: At | None
    carrier: Carrier | None
    clocks: list[ClockBody]


class NoticeLine(Outgoing):
    """One message, and whether it arrived."""

    id: UUID
    addressee: str
    purpose: str
    state: str
    reference: str
    due_at: At
    sent_at: At | None
    filed: bool
    reason: str | None


class ObservationBody(Outgoing):
    """What was seen there. `vantage`: from where a machine looked; "" for a person."""

    id: UUID
    seen: str
    at: At
    recorded_at: At
    method: str
    rule: str
    vantage: str
    proof: bool
    by: str
    how: str


class TakedownBody(TakedownLine):
    """A whole takedown."""

    batch_id: UUID | None
    round: int
    reappeared: int
    up_at: At | None
    first_gone_at: At | None
    gone_at: At | None
    closed_at: At | None
    looks: int
    withdrawn_because: str | None
    rights_holder: Annotated[
        bool, Field(description="Whoever holds the rights in it says so: see the field of an item.")
    ]
    approved_at: At | None
    holds: list[HoldBody]
    preview: Preview | None
    requests: list[RequestLine]
    notices: list[NoticeLine]
    observations: list[ObservationBody]


class TakedownPage(Page[TakedownLine]):
    """A part of the takedowns, newest first."""


class TimelineLine(Outgoing):
    """One thing that happened: did it arrive, what did they say, what is seen, what did we do."""

    id: UUID
    fact: Literal["arrived", "answered", "seen", "ours"]
    happened_at: At
    recorded_at: At
    by: str
    subject: str
    subject_id: UUID
    addressee: str | None
    event: str
    state: str | None
    text: str
    words: str | None


class TimelinePage(Page[TimelineLine]):
    """A part of what happened, oldest first."""
