"""Reading what a platform told. It may be anything, so it is looked at before it is taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapters.errors import NotSent
from adapters.http import Json

__all__ = ["at", "moment", "number_at", "object_at", "objects", "rows_at", "text_at", "word_at"]


def at(told: Json, *names: str) -> Json:
    """What stands below these names; None where nothing does. Never raises."""
    for name in names:
        told = told.get(name) if isinstance(told, dict) else None
    return told


def object_at(told: Json, *names: str) -> dict[str, Any]:
    """The object there; an empty one where there is none."""
    found = at(told, *names)
    return found if isinstance(found, dict) else {}


def number_at(told: Json, *names: str) -> int | None:
    """The whole number there; None where there is none."""
    found = at(told, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def word_at(told: Json, *names: str) -> str:
    """The text there; "" where there is none."""
    found = at(told, *names)
    return found if isinstance(found, str) else ""


def text_at(told: Json, *names: str) -> str:
    """The text that must stand there. Raises `NotSent` without one."""
    if found := word_at(told, *names):
        return found
    raise NotSent("unreadable")


def objects(told: Json) -> list[dict[str, Any]]:
    """The objects in a list, without whatever else is in it; none where it is no list."""
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def rows_at(told: Json, *names: str) -> list[dict[str, Any]]:
    """The list that must stand there. Raises `NotSent` when it is none, or not one of objects."""
    rows = at(told, *names)
    if not isinstance(rows, list) or len(found := objects(rows)) != len(rows):
        raise NotSent("unreadable")
    return found


def moment(words: object) -> datetime | None:
    """The time that they wrote, with its zone; None when it is no such time."""
    try:
        told = datetime.fromisoformat(str(words))
    except ValueError:
        return None
    return told if told.tzinfo else None
