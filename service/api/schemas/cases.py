"""Cases: one person's matter under a pseudonym."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from adapters.spec import ContentClass
from service.actions.matters import OpenCase
from service.api.schemas.plain import (
    At,
    Country,
    Incoming,
    Language,
    Line,
    Outgoing,
    Paged,
    Said,
    Short,
    When,
    Words,
)

Age = Literal["adult", "minor", "not_known"]
Made = Literal["real", "synthetic", "not_known"]
Speaker = Literal["self", "guardian", "lawyer", "police", "centre_by_law"]


class Mandate(Incoming):
    """On whose word the centre acts, and how that was checked. One by law or of the police stands
    over consent that was withdrawn only when a supervisor sets it after that, with `checked_how`.
    """

    kind: Speaker
    checked_how: Words = ""
    checked_by: Short = ""
    checked_at: When | None = None
    from_: Annotated[When | None, Field(alias="from")] = None
    until: When | None = None


class Grant(Incoming):
    """One consent: who gave it, how, and to what. With `withdrawn_at` it ends what was granted
    before, and needs nothing else.
    """

    what: Short = ""
    addressees: Annotated[list[Short], Field(max_length=100)] = []
    given_by: Speaker | None = None
    given_how: Short = ""
    text_version: Short = ""
    from_: Annotated[When | None, Field(alias="from")] = None
    until: When | None = None
    withdrawn_at: When | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "what": "removal of all copies",
                    "given_by": "self",
                    "given_how": "on paper",
                    "text_version": "2026-1",
                    "from": "2026-11-22T09:00:00Z",
                    "until": "2027-11-22T09:00:00Z",
                }
            ]
        }
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.withdrawn_at is None:
            needed = {n: getattr(self, n) for n in ("what", "given_by", "given_how")}
            lacking = [name for name, value in needed.items() if not (value or "").strip()]
            if lacking:
                raise ValueError(
                    "A grant says to what, by whom and how it was given."
                    f" What is missing: {', '.join(lacking)}."
                )
        return self


class StatementSaid(Incoming):
    """Words that a person stands behind, exactly as they were said."""

    kind: Annotated[
        Literal["good_faith", "no_consent", "authority", "accuracy", "rights"],
        Field(
            description="`rights` is quoted in copyright notices alone, where whoever posted it may"
            " read it, and in no other. By it whoever holds the rights in a picture says: what the"
            " work is and why the rights are theirs; that its use was permitted by nobody, in good"
            " faith; that this is accurate; and, under penalty of perjury, that who files may act."
        ),
    ]
    words: Said
    language: Language = "en"
    version: Short = ""
    who: Short = ""
    said_at: When | None = None


class _Facts(Incoming):
    mandate: Mandate | None = None
    statements: Annotated[list[StatementSaid], Field(max_length=20)] = []

    def fields(self, *, only_given: bool = False) -> dict[str, Any]:
        """As the actions take them: clear columns by name, the sealed parts as JSON values."""
        clear = self.model_dump(exclude={"mandate", "consent", "statements", "reference"})
        sealed = self.model_dump(
            mode="json", by_alias=True, exclude_none=True,
            include={"mandate", "consent", "statements"},
        )  # fmt: skip
        sealed = {"mandate": None, **sealed}
        found = {**clear, **sealed}
        if only_given:
            found = {k: v for k, v in found.items() if k in self.model_fields_set}
        return found


class NewCase(_Facts):
    """A case. What is not known is said to be not known: it is then treated with most care."""

    reference: Line
    depicted_as: Age = "not_known"
    person_now: Age = "not_known"
    jurisdictions: Annotated[list[Country], Field(max_length=20)] = []
    content_class: Annotated[ContentClass, Field(alias="class")] = ContentClass.NCII
    synthetic: Made = "not_known"
    urgent: bool = False
    consent: Annotated[list[Grant], Field(max_length=100)] = []

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reference": "2026-0187",
                    "depicted_as": "adult",
                    "person_now": "adult",
                    "jurisdictions": ["KR"],
                    "class": "ncii",
                    "mandate": {"kind": "self", "checked_how": "identity card seen"},
                    "consent": [{"what": "removal", "given_by": "self", "given_how": "on paper"}],
                }
            ]
        }
    )


class CaseChange(_Facts):
    """What is to be different. What is not named stays; a list that is named replaces the old.
    Consent is not changed but added or withdrawn, by a call of its own.
    """

    depicted_as: Age = "not_known"
    person_now: Age = "not_known"
    jurisdictions: Annotated[list[Country], Field(max_length=20)] = []
    content_class: Annotated[ContentClass, Field(alias="class")] = ContentClass.NCII
    synthetic: Made = "not_known"
    urgent: bool = False

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"urgent": True, "jurisdictions": ["KR", "DE"]}]}
    )


class Why(Incoming):
    """The reason, in the worker's words."""

    reason: Words = ""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "asked for by phone"}]})


class FindCases(Paged):
    """Which cases."""

    reference: Line | None = None
    updated_since: Annotated[When | None, Field(description="Changed at this time or later.")] = (
        None
    )
    state: Literal["open", "closed"] | None = None


class InLanguage(Incoming):
    """In which language sentences come."""

    lang: Literal["en", "ko"] = "en"


class CaseLine(Outgoing):
    """A case in a list."""

    id: UUID
    reference: str
    state: str
    paused: bool
    depicted_as: str
    consent_state: str
    urgent: bool
    version: int
    created_at: At
    updated_at: At


class CaseBody(CaseLine):
    """A whole case."""

    person_now: str
    jurisdictions: list[str]
    content_class: Annotated[str, Field(alias="class")]
    synthetic: str
    consent_until: At | None
    mandate: dict[str, Any] | None
    consent: list[dict[str, Any]]
    statements: list[dict[str, Any]]

    @classmethod
    def of(cls, case: OpenCase, reference: str) -> Self:
        row, details = case.row, case.details
        return cls(
            **{name: getattr(row, name) for name in _ROW},
            reference=reference,
            consent_state=row.consent,
            mandate=details.get("mandate"),
            consent=details.get("consent") or [],
            statements=details.get("statements") or [],
        )


_ROW = (
    "id", "state", "paused", "depicted_as", "urgent", "version", "created_at", "updated_at",
    "person_now", "jurisdictions", "content_class", "synthetic", "consent_until",
)  # fmt: skip


class SummaryBody(Outgoing):
    """A case in numbers and in sentences that can be read out: no address, no platform."""

    case_id: UUID
    language: str
    counts: dict[str, int]
    sentences: list[str]
