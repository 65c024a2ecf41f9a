"""Lemmy's world, as the source of 0.19 says that it answers. 1.0 is in `test_lemmy.py`."""

from __future__ import annotations

from adapters.errors import (
    AlreadyReported,
    ContentGone,
    Misconfigured,
    Refused,
    Throttled,
)
from adapters.lemmy import Lemmy
from adapters.spec import Grade, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

SITE = "https://lemmy.example"
API = f"{SITE}/api/v3"
REPORT = f"POST {API}/post/report"
LOOK = f"GET {API}/post"
COMMENT_LOOK = f"GET {API}/comment"
RESOLVE = f"GET {API}/resolve_object"

AT = f"{SITE}/post/123"
COMMENT_AT = f"{SITE}/comment/456"
POST = thing("lemmy", AT, AT, what="post", id="123", here="yes")
COMMENT = thing("lemmy", COMMENT_AT, COMMENT_AT, what="comment", id="456", here="yes")
ELSEWHERE = "https://other.example/post/9"
COPY = thing("lemmy", ELSEWHERE, ELSEWHERE, what="post", id="123")
ELSEWHERE_COMMENT = "https://other.example/comment/8"
COMMENT_COPY = thing("lemmy", ELSEWHERE_COMMENT, ELSEWHERE_COMMENT, what="comment", id="456")
NO_POST = told({"error": "couldnt_find_post"}, 400)

CASE = Case(
    adapter=Lemmy,
    settings={"base_url": SITE},
    secrets={"username": "canary-user", "password": "canary-password"},
    routes={
        f"POST {API}/user/login": stored("lemmy/login.json"),
        REPORT: stored("lemmy/reported_post.json"),
        f"POST {API}/comment/report": stored("lemmy/reported_comment.json"),
        LOOK: stored("lemmy/post.json"),
        COMMENT_LOOK: stored("lemmy/comment.json"),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/c/examples",
        f"{SITE}/u/examplename",
        f"{SITE}/modlog",
        f"{SITE}/post/x",
        f"{SITE}/post/0",
        f"{SITE}/post/123,",
        f"{SITE}/post/123/456",
        f"{SITE}/post/123#comment_456",
        f"{SITE}/post/123?thread=0.456",
        f"{SITE}/pictrs/image/example.webp",
        "https://lemmy.example:8443/post/123",
        "https://other.example/post/123",
        "tg://lemmy.example/post/123",
    ),
    report=REPORT,
    locator=POST,
    receipt=Receipt("31", Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (NO_POST, ContentGone),
        (told({"error": "deleted"}, 400), ContentGone),
        (told({"error": "couldnt_create_report"}, 400), AlreadyReported),
        (told({"error": "rate_limit_error"}, 400), Throttled),
        (told({"error": "slurs"}, 400), Refused),
        (told({"error": "report_too_long"}, 400), Refused),
        (told({"error": "banned_from_community"}, 400), Refused),
        (told({"error": "site_ban"}, 400), Misconfigured),
        (told({"error": "incorrect_login"}, 401), Misconfigured),
    ),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {LOOK: NO_POST}, Seen.GONE),
        (POST, {LOOK: told({"error": "instance_is_private"}, 400)}, Seen.CANNOT_SEE),
        (COPY, {}, Seen.UP),
        (COPY, {LOOK: NO_POST}, Seen.CANNOT_SEE),
        (COMMENT, {}, Seen.UP),
        (COMMENT, {COMMENT_LOOK: stored("lemmy/comment_removed.json")}, Seen.GONE),
        (COMMENT, {COMMENT_LOOK: stored("lemmy/comment_deleted.json")}, Seen.GONE),
        (COMMENT, {COMMENT_LOOK: told({"error": "couldnt_find_comment"}, 400)}, Seen.GONE),
        (COMMENT_COPY, {COMMENT_LOOK: stored("lemmy/comment_removed.json")}, Seen.CANNOT_SEE),
        (COMMENT_COPY, {COMMENT_LOOK: stored("lemmy/comment_deleted.json")}, Seen.GONE),
        (thing("lemmy", AT, AT, what="post", number="123"), {}, Seen.CANNOT_SEE),
    ),
    resolves=((AT, AT), (COMMENT_AT, COMMENT_AT)),
    marks=("jwt-of-the-centre",),
)
