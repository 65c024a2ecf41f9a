"""Requests, notices and answers: what was asked, whether it arrived, what they said."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from adapters.spec import AnswerKind, Scope
from service.actions.accept_items import MAX_ITEMS
from service.api.schemas.plain import (
    At,
    Incoming,
    Line,
    LineProblem,
    Outgoing,
    When,
    Words,
)
from service.api.schemas.takedowns import NoticeLine, RequestLine
from service.domain.states import NoticeState
from service.domain.wording import Template

_ID = "019aab12-7c00-7000-8000-000000000003"


class NewAnswer(Incoming):
    """What was heard from an addressee: by telephone, by mail, in a help desk."""

    notice_id: UUID | None = None
    request_ids: Annotated[list[UUID], Field(max_length=MAX_ITEMS)] = []
    scope: Scope = Scope.THESE
    answer: AnswerKind
    said_at: When | None = None
    status: Annotated[Words, Field(description="Their own word for it.")] = ""
    words: Annotated[Words, Field(description="What they wrote or said.")] = ""
    how: Annotated[Words, Field(description="How it reached us.")] = ""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "notice_id": _ID,
                    "scope": "all",
                    "answer": "refused",
                    "said_at": "2026-11-22T09:30:00Z",
                    "how": "by mail",
                }
            ]
        }
    )

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.notice_id is None and not self.request_ids:
            raise ValueError("Name a notice, or requests, or both.")
        if self.scope is Scope.UNSPECIFIED and self.notice_id is None:
            raise ValueError("An answer about nobody knows what belongs to a notice: name it.")
        if len(set(self.request_ids)) != len(self.request_ids):
            raise ValueError("A request is named twice.")
        return self


class NewReply(Incoming):
    """What we answer: sentences of ours in the language of the desk, own words, or both."""

    templates: Annotated[list[Template], Field(max_length=len(Template))] = []
    words: Annotated[
        Words,
        Field(description="They go out as they are. Name nobody, and send no document."),
    ] = ""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"templates": ["no_identity_document"], "words": ""}]}
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.templates and not self.words.strip():
            raise ValueError("Say something: choose a template, or write words.")
        if len(set(self.templates)) != len(self.templates):
            raise ValueError("A template is named twice.")
        return self


class ReplyBody(Outgoing):
    """The message that was made, and when it leaves; by hand it has no time."""

    notice_id: UUID
    state: NoticeState
    due_at: At | None


class AnsweredRequest(Outgoing):
    """Where a request stands after the answer."""

    id: UUID
    state: str
    moved: bool


class AnsweredNotice(Outgoing):
    """Where the notice stands after the answer."""

    id: UUID
    state: str


class AnsweredBody(Outgoing):
    """The answer is kept whether or not it moved anything."""

    requests: list[AnsweredRequest]
    notice: AnsweredNotice | None


class FilingLine(Incoming):
    """A form that a person filed."""

    notice_id: UUID
    filed_at: When
    reference: Line | None = None
    how: Words = ""
    rights_holder: Annotated[
        bool,
        Field(
            description="Needed for a copyright notice: whoever holds the rights said so, and wants"
            " it filed knowing who reads it."
        ),
    ] = False
    request_ids: Annotated[
        list[UUID] | None,
        Field(
            min_length=1,
            max_length=MAX_ITEMS,
            description="What of it was filed, when not all: the rest waits for another packet.",
        ),
    ] = None


class Filed(Incoming):
    """Forms that were filed."""

    items: Annotated[list[FilingLine], Field(min_length=1, max_length=MAX_ITEMS)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [{"notice_id": _ID, "filed_at": "2026-11-22T09:30:00Z"}]}]
        }
    )


class DecisionLine(Incoming):
    """A person's word about one notice."""

    notice_id: UUID
    decision: Literal["sent", "not_sent", "bounced", "not_filed", "retry", "cancel"]
    at: When | None = None
    how: Words = ""


class Decide(Incoming):
    """Notices that nobody but a person can settle."""

    items: Annotated[list[DecisionLine], Field(min_length=1, max_length=MAX_ITEMS)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [{"notice_id": _ID, "decision": "sent", "how": "they confirmed it"}]}
            ]
        }
    )


class DoneLine(Outgoing):
    """What became of one line."""

    notice_id: UUID
    status: Literal["done", "failed"]
    state: str | None = None
    problem: LineProblem | None = None


class DoneBody(Outgoing):
    """What became of each."""

    items: list[DoneLine]


class AnswerBody(Outgoing):
    """One thing that was said."""

    id: UUID
    kind: str
    scope: str
    said_at: At | None
    recorded_at: At
    by: str
    moved: bool
    status: str
    words: str
    how: str


class RequestBody(RequestLine):
    """A whole request."""

    takedown_id: UUID
    case_id: UUID
    answers: list[AnswerBody]
    notices: list[NoticeLine]


class CarriedItem(Outgoing):
    """One address in a message."""

    request_id: UUID
    url: str
    shown: str


class PacketStep(Outgoing):
    """One field of a form."""

    label: str
    value: str
    required: bool | None
    copyable: bool
    note: str


class PacketBody(Outgoing):
    """Everything that a person needs to file a form. Nothing here opens it."""

    form: str
    language: str
    limit: int
    steps: list[PacketStep]
    never: list[str]
    note: str


class AttemptBody(Outgoing):
    """One try at delivery."""

    n: int
    state: str
    started_at: At
    finished_at: At | None
    reason: str | None
    bytes_sha256: str | None
    grade: str | None
    their_reference: str | None


class NoticeBody(NoticeLine):
    """A whole message: as it left, or as it would leave now while `frozen` is false."""

    case_id: UUID
    channel: str
    basis: str
    frozen: bool
    language: str
    subject: str
    text: str
    items: list[CarriedItem]
    packet: PacketBody | None
    attempts: list[AttemptBody]
