"""Letters: mail that came back on a notice."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from adapters.spec import AnswerKind, Scope
from service.actions.accept_items import MAX_ITEMS
from service.api.schemas.notices import AnsweredBody
from service.api.schemas.plain import At, Incoming, Outgoing


class DecideLetter(Incoming):
    """What a person reads in a letter. Without `answer`: nothing that is to be recorded."""

    answer: AnswerKind | None = None
    scope: Scope = Scope.ALL
    request_ids: Annotated[list[UUID], Field(max_length=MAX_ITEMS)] = []

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"answer": "refused", "scope": "all"}]}
    )

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.scope is Scope.THESE and not self.request_ids:
            raise ValueError("Say which requests it is about.")
        if len(set(self.request_ids)) != len(self.request_ids):
            raise ValueError("A request is named twice.")
        return self


class LetterAttachment(Outgoing):
    """What hung on it. Media are dropped unopened."""

    sha256: str
    media_type: str
    bytes: int


class LetterBody(Outgoing):
    """One letter. `line` is what decided that it is of this `kind`; `proposed` is the answer that
    it would be.

    `trusted`: it comes from where the notice went, or is the notice itself, come back. Where `rule`
    is `unread`, it could not be read here: read it in the mailbox.
    """

    id: UUID
    case_id: UUID
    notice_id: UUID
    request_ids: list[UUID]
    addressee: str
    reference: str
    state: Literal["kept", "done", "waits"]
    kind: str
    detail: str
    rule: str
    line: str
    proposed: AnswerKind | None
    trusted: bool
    sender: str
    subject: str
    words: str
    attachments: list[LetterAttachment]
    said_at: At | None
    received_at: At


class LetterDone(AnsweredBody):
    """What became of it."""

    letter_id: UUID
