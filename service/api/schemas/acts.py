"""What a person does about takedowns: search, withdraw, hold, release, say what they saw."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import (
    ConfigDict,
)

from adapters.spec import Seen
from service.actions.takedowns import BY_PERSON, WITHDRAW_REASONS
from service.api.schemas.intake import RawUrl
from service.api.schemas.plain import (
    At,
    Incoming,
    Outgoing,
    Said,
    When,
    Words,
)


class Search(Incoming):
    """Where else an address is known. The reason is put on record."""

    url: RawUrl
    reason: Said

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"url": "https://video.example/w/4fV", "reason": "the police asked about it"}
            ]
        }
    )


class FoundLine(Outgoing):
    """A takedown of that address."""

    id: UUID
    case_id: UUID
    platform: str | None
    state: str
    created_at: At


class FoundBody(Outgoing):
    """Every takedown of that address, oldest first."""

    items: list[FoundLine]


class Withdraw(Incoming):
    """Why it is no longer asked for."""

    reason: Literal[WITHDRAW_REASONS]  # type: ignore[valid-type]
    how: Words = ""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "wrong_url", "how": "a typing mistake"}]}
    )


class NewHoldBody(Incoming):
    """Why nothing may leave. A police hold names `authority`, `file` and `until`."""

    kind: Literal[BY_PERSON]  # type: ignore[valid-type]
    until: When | None = None
    reason: Words = ""
    authority: Words = ""
    file: Words = ""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "safety", "reason": "she fears an attack"}]}
    )

    def detail(self) -> dict[str, str] | None:
        found = {k: getattr(self, k) for k in ("reason", "authority", "file") if getattr(self, k)}
        return found or None


class Release(Incoming):
    """Which hold ends."""

    kind: Literal[BY_PERSON]  # type: ignore[valid-type]

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "safety"}]})


class NewObservation(Incoming):
    """What a person saw with their own eyes."""

    seen: Seen
    seen_at: When
    how: Words = ""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"seen": "gone", "seen_at": "2026-11-22T09:30:00Z", "how": "opened in a browser"}
            ]
        }
    )
