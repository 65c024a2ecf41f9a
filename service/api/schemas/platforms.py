"""Platforms: what can be asked there, and what the centre has set."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from adapters.spec import Office
from service.api.schemas.plain import At, Incoming, Outgoing, Page

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Value = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00-\x1f\x7f]*$")]


class PlatformChange(Incoming):
    """All settings of a platform. A secret that is not named stays while its addresses stay; null
    removes it.
    """

    settings: Annotated[dict[Name, Value], Field(max_length=50)] = {}
    secrets: Annotated[dict[Name, Value | None], Field(max_length=50)] = {}
    enabled: bool = True

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "settings": {"base_url": "https://video.example"},
                    "secrets": {"username": "centre", "password": "correct horse"},
                    "enabled": True,
                }
            ]
        }
    )


class SettingBody(Outgoing):
    """One thing that can be set."""

    name: str
    help: str
    required: bool
    default: str
    value: str


class SecretBody(Outgoing):
    """One credential. Its value is never shown."""

    name: str
    help: str
    is_set: bool


class LaneBody(Outgoing):
    """One way to the platform, and whether it is open."""

    id: str
    state: str
    because: str | None
    since: At | None
    not_before: At | None


class PlatformLine(Outgoing):
    """A platform in the list."""

    name: str
    title: str
    channel: str
    hosts: list[str]
    can: list[str]
    enabled: bool
    ready: bool
    missing: list[str]


class PlatformBody(PlatformLine):
    """A platform, and what the centre has set there."""

    classes: list[str]
    purposes: list[str]
    discloses: list[str]
    country: str
    travels_to: list[str]
    office: Annotated[Office | None, Field(description="Not asked to act, but told by a person.")]
    delists: Annotated[
        bool,
        Field(description="A search engine, which the centre may have asked beside the rest."),
    ]
    rights_in: Annotated[
        list[str],
        Field(
            description="Takes copyright notices about what stands on these: asked only where an"
            " item says `rights_holder`."
        ),
    ]
    fronts: Annotated[
        list[str],
        Field(description="Whose sites or content it is asked about first, once it is set up."),
    ]
    remind_every_hours: int | None
    answers: bool
    perhaps_sent: str
    carries_urls: int
    settings: list[SettingBody]
    secrets: list[SecretBody]
    lanes: list[LaneBody]
    version: int
    notes: Annotated[list[str], Field(description="What this change did beside what it was asked.")]


class PlatformPage(Page[PlatformLine]):
    """Every platform, in the order in which addresses are matched."""
