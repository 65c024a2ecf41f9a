"""What a mail system reports on a message of ours (RFC 3464), and whether it gave up on it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from service.mailbox.parts import Headers, Part, decoded, first, headers_of, text_of, unwrapped

__all__ = ["MESSAGE_ID", "TYPES", "Delivery", "gives_up_on", "read"]

TYPES: Final = ("message/delivery-status", "message/global-delivery-status")
MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,500}>")
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient's fate as a mail system reports it. `action` is lower-case; `original` is whom
    the message was written to, where it went on from there.
    """

    action: str
    status: str
    recipient: str
    diagnostic: str = ""
    original: str = ""

    @property
    def is_full(self) -> bool:
        """The mailbox is full: another try may do."""
        return self.status.endswith(".2.2")


def read(raw: bytes, parts: Iterable[Part]) -> tuple[list[Delivery], list[str]]:
    """What a mail system says of each recipient, and the ids of what it sends back: first that of
    the message itself, then those of what hung on that.
    """
    deliveries: list[Delivery] = []
    returned: list[str] = []
    for part in parts:
        if part.media_type in TYPES and not part.inside:  # another's is not ours
            text = text_of(decoded(raw, part)[:100_000])
            blocks = map(headers_of, re.split(r"\r?\n[ \t]*\r?\n", text.strip()))
            deliveries += [_delivery(block) for block in blocks if "action" in block]
        elif part.media_type == "text/rfc822-headers":
            inner = headers_of(text_of(decoded(raw, part)[:100_000].lstrip()))
            found = MESSAGE_ID.search(first(inner, "message-id")[:20_000])
            returned.append(found[0] if found else "")
    return deliveries, returned


def gives_up_on(
    address: str, deliveries: Collection[Delivery], failed_recipients: Collection[str]
) -> bool:
    """Whether a mail system says of this recipient that it will not have the message, and nothing
    else. Without a report that a machine can read, its `X-Failed-Recipients` says so.
    """
    ours = [one for one in deliveries if address.lower() in (one.recipient, one.original)]
    if not deliveries:
        return address.lower() in failed_recipients
    return bool(ours) and all(one.action == "failed" and not one.is_full for one in ours)


def _delivery(block: Headers) -> Delivery:
    final, original = first(block, "final-recipient"), first(block, "original-recipient")
    diagnostic = unwrapped(first(block, "diagnostic-code")[:500])
    return Delivery(
        first(block, "action").split(" ")[0].lower()[:20],
        _status(first(block, "status")) or _status(diagnostic),
        _address(final or original),
        diagnostic,
        _address(original),
    )


def _status(value: str) -> str:
    found = _STATUS.search(value[:20_000])
    return found[0] if found else ""


def _address(value: str) -> str:
    """`rfc822; somebody@host.example`, without its type."""
    return value.rpartition(";")[2].strip(" <>").lower()[:320]
