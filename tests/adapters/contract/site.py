"""`adapters.contract.site` for our own cases, with replies from `tests/adapters/replies`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from adapters.contract import site
from adapters.contract.site import (
    CANARY,
    FAILURES,
    NOW,
    THROTTLES,
    Answer,
    Failure,
    Site,
    hang,
    route_of,
    told,
)

__all__ = [
    "CANARY",
    "FAILURES",
    "NOW",
    "REPLIES",
    "THROTTLES",
    "Answer",
    "Failure",
    "Site",
    "hang",
    "route_of",
    "stored",
    "told",
]

REPLIES: Final = Path(__file__).parents[1] / "replies"


def stored(path: str, status: int = 200, content_type: str = "application/json") -> Answer:
    """An answer from `tests/adapters/replies`, whose origin stands in SOURCES.md there."""
    return site.stored(REPLIES / path, status, content_type)
