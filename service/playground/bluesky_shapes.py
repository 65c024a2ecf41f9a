"""What a practice Bluesky writes and accepts: names, views, error bodies, checks of input. Pure.

Read 2026-11 in bluesky-social/atproto at d6296a1: lexicons, packages/xrpc-server/src/errors.ts,
packages/ozone/src/mod-service.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from aiohttp import web

from service.playground.clock import Clock
from service.playground.item import Item
from service.playground.script import Sight

__all__ = [
    "ACCOUNT",
    "CENTRE_DID",
    "LABELER_DID",
    "POSTS",
    "Where",
    "bad_report",
    "bearer",
    "blocked_here",
    "did_in",
    "did_of",
    "error",
    "fits",
    "handle_of",
    "is_account",
    "trouble",
    "uri_of",
]

ACCOUNT = "account_"  # a name that begins so stands for a whole account, not for a post
POSTS = "app.bsky.feed.post"
LABELER_DID = "did:plc:ar7c4by46qjdydhdevvrndac"  # Bluesky's own
CENTRE_DID = "did:plc:practicecentre2222222222"
_ERROR_NAMES = {
    400: "InvalidRequest",
    401: "AuthenticationRequired",
    403: "Forbidden",
    429: "RateLimitExceeded",
    500: "InternalServerError",
    502: "UpstreamFailure",
    503: "NotEnoughResources",
    504: "UpstreamTimeout",
}
_ERROR_WORDS = {429: "Rate Limit Exceeded", 500: "Internal Server Error", 502: "Upstream Failure"}
_SUBJECTS = {
    "com.atproto.admin.defs#repoRef": ("did",),
    "com.atproto.repo.strongRef": ("uri", "cid"),
}
_REASON = re.compile(r"(com\.atproto\.moderation\.defs|tools\.ozone\.report\.defs)#reason[A-Z]\w*")


@cache
def did_of(name: str) -> str:
    digest = hashlib.sha256(f"practice did {name}".encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]


def handle_of(name: str) -> str:
    return name.replace("_", "-") + ".practice.test"


def did_in(item: Item) -> str:
    """The DID of the account that an item is, or belongs to."""
    return item.key.partition("/")[0]


def is_account(item: Item) -> bool:
    return "/" not in item.key


def uri_of(item: Item) -> str:
    did, _, rkey = item.key.partition("/")
    return f"at://{did}/{POSTS}/{rkey}" if rkey else did


def fits(uri: str, pattern: str) -> bool:
    """True where a label's subject is this, or begins with what stands before a last `*`."""
    return uri.startswith(pattern[:-1]) if pattern.endswith("*") else uri == pattern


def bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def error(status: int, words: str, name: str = "InvalidRequest") -> web.Response:
    """The error envelope of XRPC."""
    return web.json_response({"error": name, "message": words}, status=status)


def trouble(status: int) -> web.Response:
    """What a status that a script asks for looks like here."""
    if status == 401:
        return error(400, "Token has expired", "ExpiredToken")
    name = _ERROR_NAMES.get(status, "InvalidRequest")
    answer = error(status, _ERROR_WORDS.get(status, "Practice trouble"), name)
    if status == 429:
        answer.headers.update({"RateLimit-Limit": "30", "RateLimit-Remaining": "0"})
    return answer


def blocked_here() -> web.Response:
    """Not Bluesky: the host in front of it."""
    return web.Response(status=451, text="Unavailable For Legal Reasons\n")


def bad_report(body: dict[str, object]) -> web.Response | None:
    """The labeler's own checks of a report."""
    reason_type, reason, subject = body.get("reasonType"), body.get("reason"), body.get("subject")
    if not isinstance(reason_type, str):
        return error(400, 'Input must have the property "reasonType"')
    if not isinstance(subject, dict):
        return error(400, 'Input must have the property "subject"')
    if reason is not None and len(str(reason).encode()) > 20_000:
        return error(400, "Input/reason must not be longer than 20000 characters")
    needed = _SUBJECTS.get(str(subject.get("$type")))
    if needed is None or not all(isinstance(subject.get(name), str) for name in needed):
        return error(400, "Invalid subject")
    if not _REASON.fullmatch(reason_type):
        return error(400, f"Invalid reason type: {reason_type}")
    return None


@dataclass(frozen=True, slots=True)
class Where:
    """The server that writes, and its clock."""

    base_url: str
    clock: Clock

    def date(self, practice_s: float) -> str:
        return self.clock.at(practice_s).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def labels(self, item: Item, sight: Sight) -> list[dict[str, str]]:
        """What its author or the labeler has put on it."""
        marks = {
            Sight.GONE: (LABELER_DID, "!takedown"),
            Sight.BLOCKED: (LABELER_DID, "!hide"),
            Sight.VEILED: (did_in(item), "!no-unauthenticated"),
        }
        if sight not in marks:
            return []
        by, value = marks[sight]
        return [{"src": by, "uri": uri_of(item), "val": value, "cts": self.date(0.0)}]

    def author(self, item: Item) -> dict[str, Any]:
        return {
            "did": did_in(item),
            "handle": handle_of(item.name),
            "displayName": f"Practice {item.name}",
            "labels": [],
            "createdAt": self.date(0.0),
        }

    def post(self, item: Item, sight: Sight) -> dict[str, Any]:
        """A post as `getPosts` shows it; `record` is what `getRecord` calls `value`."""
        cid = _cid(f"{item.key} {sight is Sight.OTHER}")
        image = f"{self.base_url}/img/feed_thumbnail/plain/{did_in(item)}/{cid}"
        view = {"thumb": image, "fullsize": image, "alt": "practice"}
        return {
            "uri": uri_of(item),
            "cid": cid,
            "author": self.author(item),
            "record": {
                "$type": POSTS,
                "text": "Another practice post" if sight is Sight.OTHER else "A practice post",
                "createdAt": self.date(0.0),
            },
            "embed": {"$type": "app.bsky.embed.images#view", "images": [view]},
            "replyCount": 0,
            "repostCount": 0,
            "likeCount": 0,
            "quoteCount": 0,
            "indexedAt": self.date(0.0),
            "labels": self.labels(item, sight),
        }


def _cid(of: str) -> str:
    digest = hashlib.sha256(of.encode()).digest()
    head = bytes((1, 0x71, 0x12, 0x20))  # CIDv1, dag-cbor, sha2-256, 32 bytes
    return "b" + base64.b32encode(head + digest).decode().lower().rstrip("=")
