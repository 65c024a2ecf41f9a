"""Addresses that come in, what would leave for them, and the approval of it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from adapters.spec import ContentClass, Kind
from service.actions.accept_items import MAX_ITEMS
from service.actions.accept_items import Line as AcceptLine
from service.api.schemas.plain import (
    At,
    Incoming,
    Line,
    LineProblem,
    Outgoing,
    When,
)

RawUrl = str
"""As it was pasted. What is wrong with it is said line by line, so anything is taken."""


class NewItem(Incoming):
    """One address, or the bare text of one."""

    url: RawUrl
    external_id: Line | None = None
    kind: Kind | None = None
    content_class: Annotated[ContentClass | None, Field(alias="class")] = None
    urgent: bool | None = None
    seen_at: Annotated[When | None, Field(description="When the caller saw it up.")] = None
    rights_holder: Annotated[
        bool,
        Field(
            description="Whoever made the picture (a selfie, say) or was given the rights in it"
            " says so, and knows that a copyright notice shows its sender, and often the name of"
            " whoever holds the rights, to whoever posted it and in public archives. Who is only"
            " shown in a picture does not hold them. The platform's copyright desk is then asked"
            " too, by a person's hand. Where none can be, the line goes on without and says why in"
            " `problem`. An address that is there already may be handed in again to say so."
        ),
    ] = False

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = handler(core_schema)
        handler.resolve_ref_schema(whole).pop("title", None)
        return {"anyOf": [whole, {"type": "string"}]}

    def line(self) -> AcceptLine:
        return AcceptLine(
            url=self.url,
            external_id=self.external_id,
            kind=self.kind,
            content_class=self.content_class,
            urgent=self.urgent,
            seen_at=self.seen_at,
            rights_holder=self.rights_holder,
        )


class NewTakedowns(Incoming):
    """Addresses of one case, at most 500."""

    case_id: UUID
    items: Annotated[list[NewItem], Field(min_length=1, max_length=MAX_ITEMS)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "019aab12-7c00-7000-8000-000000000001",
                    "items": [
                        {"url": "https://video.example/w/4fV", "external_id": "row-1"},
                        "hxxps://t[.]me/channel/15",
                    ],
                }
            ]
        }
    )


class ItemResult(Outgoing):
    """What became of one line. What does not apply is left out."""

    external_id: str | None = None
    url: str
    status: Literal["accepted", "joined", "repeated", "held", "by_hand", "invalid"]
    takedown_id: UUID | None = None
    platform: str | None = None
    resolving: Annotated[
        bool | None,
        Field(description="Provisional: the network is asked first what stands there."),
    ] = None
    holds: list[str] | None = None
    problem: LineProblem | None = None


class BatchMade(Outgoing):
    """What became of a call, line by line, in the order of the lines."""

    batch_id: UUID
    items: list[ItemResult]


class BatchBody(Outgoing):
    """A call that brought items in, and what it was answered."""

    id: UUID
    case_id: UUID
    created_at: At
    items: list[ItemResult]


class ClockRun(Outgoing):
    """A deadline that would start."""

    kind: str
    ends_on: str
    rule: str
    days: float | None = None
    starts: Annotated[
        Literal["sent", "receipt"],
        Field(description="When it is sent, or once they say that they have it."),
    ]


class _Planned(Outgoing):
    addressee: str
    title: str
    rung: Annotated[
        int, Field(description="1 is asked first; the next only when nobody below would act.")
    ]
    channel: str
    sent_to: Annotated[
        str | None,
        Field(description="The mail address or the host that is called, where it is known by now."),
    ]
    set_up: Annotated[
        bool, Field(description="Whether the platform is set up: until then what goes there waits.")
    ]
    basis: str
    country: str
    travels_to: Annotated[list[str], Field(description="Who else may receive or publish it.")]
    discloses: Annotated[
        list[str], Field(description="The fields that go out. An empty one is not disclosed.")
    ]
    language: str
    subject: str
    clocks: list[ClockRun]


class PlannedNotice(_Planned):
    """What one addressee would be told."""

    text: str


class Preview(Outgoing):
    """What would leave for one takedown. The digest is what an approval names."""

    digest: str
    missing: list[str]
    notices: list[PlannedNotice]


class LineNotice(_Planned):
    """What one addressee would be told about one line."""

    paragraphs: Annotated[
        list[int],
        Field(
            description="The text: these of the answer's `paragraphs`, counted from 0, in this"
            " order, with an empty line between each two."
        ),
    ]


class LinePreview(Outgoing):
    """What would leave for one line. The digest is what an approval names."""

    digest: str
    missing: list[str]
    notices: list[LineNotice]


class ItemPreview(ItemResult):
    """What would become of one line, and what would leave."""

    preview: LinePreview | None = None


class PreviewBody(Outgoing):
    """Nothing of it is stored. The messages of one case are much alike: what they are made of is
    here once, and each line says by number what it takes of it.
    """

    paragraphs: Annotated[
        list[str], Field(description="Each different paragraph of the messages, once.")
    ]
    items: list[ItemPreview]


class ApproveItem(Incoming):
    """One takedown, and the digest of what was looked at."""

    takedown_id: UUID
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Approve(Incoming):
    """Takedowns that may go out as they were shown."""

    items: Annotated[list[ApproveItem], Field(min_length=1, max_length=MAX_ITEMS)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "takedown_id": "019aab12-7c00-7000-8000-000000000002",
                            "digest": "9f" * 32,
                        }
                    ]
                }
            ]
        }
    )


class ApprovedItem(Outgoing):
    """What became of one approval."""

    takedown_id: UUID
    status: Literal["approved", "failed"]
    problem: LineProblem | None = None


class ApprovedBody(Outgoing):
    """What became of each."""

    items: list[ApprovedItem]
