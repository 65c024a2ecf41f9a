"""Places in lists, as text that nobody else can make: sealed by the organisation's key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from service.domain.errors import Invalid
from service.store.sealing import Key, SealBroken

PLACE: Final = "cursor"


def make(key: Key, organisation_id: UUID, what: str, position: Sequence[Any]) -> str:
    """`what` names the list and its filters; the cursor is good for nothing else."""
    sealed = key.seal_json(f"{PLACE}.{what}", organisation_id, list(position))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read(key: Key, organisation_id: UUID, what: str, cursor: str | None) -> list[Any] | None:
    """The position in a cursor; None for the first page. Raises `Invalid`."""
    if cursor is None:
        return None
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found: list[Any] = key.open_json(f"{PLACE}.{what}", organisation_id, sealed)
    except (binascii.Error, ValueError, SealBroken):
        error = {"pointer": "#/query/cursor", "code": "cursor", "detail": "Take it as it came."}
        raise Invalid("The cursor is not one of this list.", errors=[error]) from None
    return found
