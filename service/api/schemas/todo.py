"""What waits for a person, and the feed of what happened."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from service.actions.queries.todo import NAMES, TakenBy
from service.api.schemas.plain import At, Incoming, Outgoing, Page, Paged

Kind = Literal[NAMES]  # type: ignore[valid-type]
"""Why something waits."""


class FindTodo(Paged):
    """Which of it."""

    kind: Kind | None = None
    taken_by: Annotated[
        TakenBy | None, Field(description="Only what is taken by one of these; `nobody`: free.")
    ] = None


class TodoLine(Outgoing):
    """One thing that waits. `call` settles it, and so does each of `other_calls`, as `what` says.

    `request_ids` are those whose answer may be recorded. `taken_until` is null when it is free.
    """

    id: str
    kind: Kind
    urgent: bool
    since: At
    due_at: At | None
    case_id: UUID | None
    takedown_id: UUID | None
    notice_id: UUID | None
    request_ids: list[UUID]
    platform: str | None
    for_role: str
    what: str
    call: str
    other_calls: list[str]
    taken_by_me: bool
    taken_until: At | None


class TodoPage(Page[TodoLine]):
    """A part of it, most urgent first."""


class After(Incoming):
    """From where in the feed."""

    after: Annotated[int, Field(ge=0, le=2**62, description="The last `seq` that was seen.")] = 0
    limit: Annotated[int, Field(ge=1, le=500, description="How many events at most.")] = 50


class EventBody(Outgoing):
    """Something moved. Ids and states, nothing else."""

    seq: int
    id: UUID
    type: str
    at: At
    case_id: UUID
    takedown_id: UUID | None
    machine: str
    subject_id: UUID
    event: str
    state: str


class EventPage(Outgoing):
    """Events without a gap. Ask again with `after=last_seq`; `next_cursor`: there is more now."""

    items: list[EventBody]
    last_seq: int
    next_cursor: str | None
