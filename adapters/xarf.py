"""Reports in XARF v4, the abuse reporting format that hosts read by machine. Pure: builds, no more.

Written after the schemas of https://github.com/xarf/xarf-spec, 4.2.0, read 2026-11-26. XARF has no
type for intimate images of adults. No picture is ever in a report: its evidence is our own text.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC
from enum import StrEnum
from typing import Any, Final

from adapters.spec import ContentClass, Item, Key, Notice, Sender, Url

__all__ = ["Type", "report", "type_of"]

_VERSION: Final = "4.2.0"
_ORGANISATION_CHARS: Final = 200
_DESCRIPTION_CHARS: Final = 1000
_DOMAIN: Final = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,}")


class Type(StrEnum):
    """The types of category `content` that are used here."""

    CSAM = "csam"
    CSEM = "csem"
    EXPOSED_DATA = "exposed_data"


def type_of(notice: Notice) -> Type | None:
    """The type that fits what is reported; None where XARF has none, so that people must decide."""
    if notice.content_class is ContentClass.PERSONAL_DETAILS:
        return Type.EXPOSED_DATA
    return _OF_A_MINOR.get(notice.content_class) if notice.depicted_minor else None


def report(notice: Notice, key: Key, item: Item, as_type: Type) -> dict[str, Any]:
    """One item as a report. Equal arguments give equal reports, with equal `report_id`."""
    url = Url(item.locator.url)
    host = (url.raw_host or "").removesuffix(".")
    centre = _contact(notice.sender)
    found = {
        "xarf_version": _VERSION,
        "report_id": str(uuid.UUID(bytes=_digest(f"{key} {item.ref}".encode())[:16], version=4)),
        "timestamp": notice.composed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reporter": centre,
        "sender": centre,
        "source_identifier": host,
        "category": "content",
        "type": as_type.value,
        "url": str(url),
        "verification_method": "user_report",
        "evidence_source": "user_report",
        "description": f"[{notice.reference}] {notice.summary}"[:_DESCRIPTION_CHARS],
        "evidence": [_in_full(notice.text.encode())],
        **_OF_TYPE[as_type],
    }
    return found | ({"domain": host} if _DOMAIN.fullmatch(host) else {})


_OF_A_MINOR: Final[Mapping[ContentClass, Type]] = {
    ContentClass.NCII: Type.CSAM,
    ContentClass.DEEPFAKE: Type.CSAM,
    ContentClass.VOYEURISM: Type.CSAM,
    ContentClass.THREAT: Type.CSEM,
}
# `baseline` is the only class of `csam` that states neither an age nor an act: nobody here grades
# what is seen. The specification defines none of them.
_OF_TYPE: Final[Mapping[Type, Mapping[str, object]]] = {
    Type.CSAM: {"classification": "baseline", "detection_method": "user_report"},
    Type.CSEM: {
        "exploitation_type": "sextortion",
        "detection_method": "user_report",
        "victim_age_range": "unknown",
    },
    Type.EXPOSED_DATA: {
        "data_types": ["personal_information"],
        "exposure_method": "intentional_leak",
        "discovery_source": "user_report",
    },
}


def _contact(sender: Sender) -> dict[str, str]:
    domain = sender.email.rpartition("@")[2]
    return {"org": sender.name[:_ORGANISATION_CHARS], "contact": sender.email, "domain": domain}


def _in_full(text: bytes) -> dict[str, str | int]:
    return {
        "content_type": "text/plain",
        "description": "The notice in full",
        "payload": base64.b64encode(text).decode(),
        "hash": f"sha256:{_digest(text).hex()}",
        "size": len(text),
    }


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
