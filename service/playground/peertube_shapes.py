"""What a practice PeerTube writes and accepts: JSON shapes, error bodies, checks of input. Pure.

Read 2026-11 in Chocobozzz/PeerTube: server/core/models/abuse/abuse.ts and middlewares/error.ts,
packages/models/src/videos/video.model.ts, packages/tests/src/api/check-params/abuses.ts.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from aiohttp import web

from service.playground.clock import Clock
from service.playground.item import Item, Report
from service.playground.script import Sight, Word

__all__ = [
    "ACCOUNT",
    "Abuse",
    "Where",
    "bad_report",
    "incorrect",
    "is_gone",
    "is_video_id",
    "names_of",
    "number_of",
    "problem",
    "short_uuid",
    "subject_of",
]

ACCOUNT = "account_"  # a name that begins so stands for an account, not for a video
_ERRORS = "https://docs.joinpeertube.org/api-rest-reference.html#section/Errors/"
_STATES = {1: "Pending", 2: "Rejected", 3: "Accepted"}
_STATE_OF = {Word.REFUSED: 2, Word.ACCEPTED: 3, Word.SAYS_REMOVED: 3}
_REASONS = frozenset(
    {
        "violentOrRepulsive",
        "hatefulOrAbusive",
        "spamOrMisleading",
        "privacy",
        "rights",
        "serverRules",
        "thumbnails",
        "captions",
    }
)
_BASE58 = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_VIDEO_ID = re.compile(
    r"\d{1,19}|[1-9A-HJ-NP-Za-km-z]{22}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def short_uuid(long_form: str) -> str:
    """A UUID as PeerTube shortens it: 22 digits of base 58."""
    number, digits = uuid.UUID(long_form).int, ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return digits.rjust(22, _BASE58[0])


def problem(
    status: int, detail: str, code: str = "", more: Mapping[str, object] = MappingProxyType({})
) -> web.Response:
    """RFC 7807, as PeerTube writes it."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "detail": detail, "status": status, **more}
    if code:
        body |= {"type": _ERRORS + code, "code": code}
    return web.json_response(body, status=status, content_type="application/problem+json")


def incorrect(names: list[str]) -> web.Response:
    invalid = {name: {"msg": "Invalid value", "path": name, "location": "body"} for name in names}
    detail = "Incorrect request parameters: " + ", ".join(names)
    return problem(400, detail, more={"invalid-params": invalid})


def bad_report(body: dict[str, object]) -> web.Response | None:
    """PeerTube's own checks of a report, in its order."""
    reason, predefined, video = body.get("reason"), body.get("predefinedReasons"), body.get("video")
    wrong = []
    if isinstance(video, dict) and not is_video_id(str(video.get("id", ""))):
        wrong.append("video.id")
    if not isinstance(reason, str) or not 2 <= len(reason) <= 3000:
        wrong.append("reason")
    if predefined is not None and (
        not isinstance(predefined, list) or not _REASONS.issuperset(predefined)
    ):
        wrong.append("predefinedReasons")
    return incorrect(wrong) if wrong else None


def is_video_id(reference: str) -> bool:
    return bool(_VIDEO_ID.fullmatch(reference))


def is_gone(sight: Sight) -> bool:
    return sight in (Sight.GONE, Sight.DELETED)


def subject_of(body: dict[str, object]) -> str:
    """What a report is about, by the first of its ids; `""` without one."""
    for kind in ("video", "account", "comment"):
        named = body.get(kind)
        if isinstance(named, dict) and named.get("id"):
            return str(named["id"])
    return ""


@cache
def names_of(key: str) -> tuple[str, ...]:
    """Everything that calls may name an item by."""
    number = str(number_of(key))
    return (number,) if key.startswith(ACCOUNT) else (number, key, short_uuid(key))


def number_of(key: str) -> int:
    """The number that the instance's database would give."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4])


@dataclass(slots=True)
class Abuse:
    """One report as the instance keeps it."""

    number: int
    item: Item
    report: Report
    reason: str
    predefined: list[str]
    messages: list[tuple[float, str]] = field(default_factory=list)  # the reporter's own


@dataclass(frozen=True, slots=True)
class Where:
    """The instance that writes: its API, where its videos are addressed, and its clock."""

    base_url: str
    site_url: str
    clock: Clock

    def date(self, practice_s: float) -> str:
        return self.clock.at(practice_s).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def account(self, name: str = "uploader") -> dict[str, Any]:
        host = self.base_url.partition("//")[2]
        address = f"{self.base_url}/accounts/{name}"
        return {
            "id": 7,
            "name": name,
            "displayName": f"Practice {name}",
            "host": host,
            "url": address,
        }

    def channel(self) -> dict[str, Any]:
        return {**self.account("uploader_channel"), "isLocal": True}

    def video(self, item: Item, sight: Sight) -> dict[str, Any]:
        uploaded = self.date(0.0)
        replaced = sight is Sight.OTHER
        thumbnail = f"/lazy-static/thumbnails/{item.key}.jpg"
        return {
            "id": number_of(item.key),
            "uuid": item.key,
            "shortUUID": short_uuid(item.key),
            "url": f"{self.site_url}/videos/watch/{item.key}",
            "name": "Another practice video" if replaced else f"Practice video {item.name}",
            "createdAt": uploaded,
            "updatedAt": uploaded,
            "publishedAt": uploaded,
            "originallyPublishedAt": None,
            "inputFileUpdatedAt": self.date(1.0) if replaced else None,
            "privacy": {"id": 1, "label": "Public"},
            "state": {"id": 1, "label": "Published"},
            "duration": 61,
            "isLocal": True,
            "isLive": False,
            "nsfw": True,
            "thumbnailPath": thumbnail,
            "previewPath": thumbnail,
            "embedPath": f"/videos/embed/{item.key}",
            "account": self.account(),
            "channel": self.channel(),
            "files": [{"id": 1, "fileUrl": f"{self.base_url}/static/web-videos/{item.key}.mp4"}],
            "streamingPlaylists": [],
            "tags": [],
        }

    def abuse(self, abuse: Abuse) -> dict[str, Any]:
        """One report as its reporter may read it: no comment of the moderators, no other report."""
        now_s = self.clock.now()
        heard = abuse.item.heard(abuse.report, now_s)
        states = [(h.at_s, h.said.word) for h in heard if h.said.word in _STATE_OF]
        updated_s, word = states[-1] if states else (abuse.report.at_s, None)
        state = _STATE_OF[word] if word else 1
        sight = abuse.item.sight(now_s)
        is_account = abuse.item.key.startswith(ACCOUNT)
        flagged = self.account(abuse.item.key) if is_account else self.account()
        is_left = not (is_account and is_gone(sight))
        return {
            "id": abuse.number,
            "reason": abuse.reason,
            "predefinedReasons": abuse.predefined,
            "flaggedAccount": flagged if is_left else None,
            "state": {"id": state, "label": _STATES[state]},
            "countMessages": len(self.talk(abuse)),
            "createdAt": self.date(abuse.report.at_s),
            "updatedAt": self.date(updated_s),
            "video": None if is_account else self._reported_video(abuse, sight, word),
            "comment": None,
        }

    def _reported_video(self, abuse: Abuse, sight: Sight, word: Word | None) -> dict[str, Any]:
        key = abuse.item.key
        return {
            "id": number_of(key),
            "uuid": key,
            "shortUUID": short_uuid(key),
            "name": f"Practice video {abuse.item.name}",
            "nsfw": True,
            "startAt": None,
            "endAt": None,
            "deleted": is_gone(sight) or word is Word.SAYS_REMOVED,
            "blacklisted": sight is Sight.BLOCKED,
            "thumbnailPath": f"/lazy-static/thumbnails/{key}.jpg",
            "channel": self.channel(),
        }

    def talk(self, abuse: Abuse) -> list[tuple[float, str, bool]]:
        """The talk about a report, oldest first: when, what, and whether a moderator wrote it."""
        heard = abuse.item.heard(abuse.report, self.clock.now())
        theirs = [(h.at_s, h.said.words, True) for h in heard if h.said.word is Word.NEEDS_INFO]
        ours = [(at_s, words, False) for at_s, words in abuse.messages]
        return sorted(theirs + ours)
