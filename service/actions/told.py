"""Times that a person states. They stand in the record, so they must be possible."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from service.domain.errors import Invalid

SKEW: Final = timedelta(minutes=1)
"""How far clocks of callers may be wrong."""


def possible(at: datetime | None, now: datetime, since: datetime) -> datetime:
    """The stated time, or now when none is stated. Raises `Invalid` when it is to come, or before
    `since`.
    """
    if at is None:
        return now
    if at > now + SKEW:
        raise Invalid(f"The time {at.isoformat()} is still to come.")
    if at < since - SKEW:
        raise Invalid(
            f"The time {at.isoformat()} is before {since.isoformat()}, when this began here."
        )
    return min(at, now)
