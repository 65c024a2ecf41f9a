"""The centre itself: its profile, its policy, its keys."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from service.api.guards import SCOPES
from service.api.schemas.plain import At, Incoming, Line, Outgoing, Page, Short, Words
from service.domain.states import Actor

Scope = Literal[SCOPES]  # type: ignore[valid-type]  # the table of permissions says which
_MAIL = r"^([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)?$"
Role = Literal["case_worker", "supervisor", "integrator", "auditor", "admin"]
assert {a.value for a in Actor} - {"engine"} == set(Role.__args__)  # type: ignore[attr-defined]


class ProfileChange(Incoming):
    """What goes out in the centre's name. Names of staff never do."""

    legal_name: Short = ""
    address: Words = ""
    email: Annotated[str, Field(max_length=254, pattern=_MAIL)] = ""
    signatory: Short = ""
    statuses: Annotated[list[Short], Field(max_length=10)] = []


class OrganisationChange(Incoming):
    """What is to be different; what is not named stays."""

    profile: ProfileChange = ProfileChange()
    approval: Literal["every", "first_of_case", "none"] = "first_of_case"
    answer_days: Annotated[float, Field(ge=0.1, le=365)] = 7
    removal_days: Annotated[float | None, Field(ge=0.1, le=365)] = None
    search_engines: Annotated[
        list[Short],
        Field(max_length=10, description="Asked about every address from now on, by a person."),
    ] = []

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "profile": {
                        "legal_name": "Centre for Digital Safety",
                        "email": "reports@centre.example",
                        "signatory": "Centre for Digital Safety",
                    },
                    "approval": "first_of_case",
                }
            ]
        }
    )


class Profile(Outgoing):
    """What goes out in the centre's name."""

    legal_name: str = ""
    address: str = ""
    email: str = ""
    signatory: str = ""
    statuses: list[str] = []


class OrganisationBody(Outgoing):
    """The caller's own organisation."""

    id: UUID
    name: str
    profile: Profile
    approval: str
    answer_days: float
    removal_days: float | None
    search_engines: list[str]
    version: int
    updated_at: At


class NewKeyBody(Incoming):
    """A key to be made. Without scopes it may do all that its role may."""

    role: Role
    label: Short = ""
    scopes: Annotated[list[Scope], Field(max_length=len(SCOPES))] = []
    days: Annotated[int, Field(ge=1, le=365)] = 365

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "case_worker", "label": "front desk", "days": 90}]}
    )


class KeyBody(Outgoing):
    """A key, without its secret."""

    id: UUID
    prefix: str
    role: str
    scopes: list[str]
    label: str
    created_at: At
    expires_at: At
    revoked_at: At | None


class KeyMade(Outgoing):
    """A new key. `token` is shown this once and kept nowhere."""

    id: UUID
    token: str
    role: str
    scopes: list[str]
    label: str
    expires_at: At


class KeyPage(Page[KeyBody]):
    """The organisation's keys, newest first."""


__all__ = [
    "KeyBody", "KeyMade", "KeyPage", "Line", "NewKeyBody", "OrganisationBody",
    "OrganisationChange", "Profile", "ProfileChange",
]  # fmt: skip
