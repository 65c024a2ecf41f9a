"""Reddit's world, as its archived source, its app platform and public clients have it."""

from __future__ import annotations

import httpx

from adapters.errors import ContentGone, Misconfigured, NeedsPerson, Refused, Throttled, Uncertain
from adapters.reddit import Reddit
from adapters.spec import Grade, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

API = "https://oauth.reddit.com"
SITE = "https://www.reddit.com"
REPORT = f"POST {API}/api/report"
LISTED = f"GET {API}/api/info"
RULES = f"GET {API}/r/examplename/about/rules"
SIGN_IN = f"POST {SITE}/api/v1/access_token"
SHARE = f"{SITE}/r/examplename/s/AbCdEf1234"
TARGET = f"{SITE}/r/examplename/comments/abc123/a_title/def456/?share_id=example"

POST = thing("reddit", "t3_abc123", f"{SITE}/comments/abc123")
COMMENT = thing("reddit", "t1_def456", f"{SITE}/comments/abc123/_/def456")

CASE = Case(
    adapter=Reddit,
    settings={"username": "examplecentre"},
    secrets={
        "client_id": "canary-client",
        "client_secret": "canary-client-secret",
        "refresh_token": "canary-refresh-token",
    },
    routes={
        SIGN_IN: stored("reddit/token.json"),
        LISTED: stored("reddit/post.json"),
        RULES: stored("reddit/rules.json"),
        REPORT: stored("reddit/reported.json"),
        f"GET {SHARE}": lambda _request: httpx.Response(301, headers={"location": TARGET}),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/r/examplename",
        f"{SITE}/r/examplename/comments",
        f"{SITE}/user/examplename",
        f"{SITE}/user/examplename/comments",
        f"{SITE}/r/examplename/wiki/comments/abc123",
        f"{SITE}/comments/abc123,",
        f"{SITE}/comments/abc123/a_title/def456/x",
        f"{SITE}/comments/abc123/a_title/def-456",
        f"{SITE}/gallery/abc123/x",
        "https://redd.it/",
        "https://i.redd.it/abc123.jpg",
        "https://v.redd.it/abc123",
        "https://oauth.reddit.com/comments/abc123",
        "https://reddit.com.example.org/comments/abc123",
        "https://www.reddit.com:8443/comments/abc123",
        "https://someone@www.reddit.com/comments/abc123",
    ),
    report=REPORT,
    locator=POST,
    receipt=Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("reddit/ratelimit.json"), Throttled),
        (stored("reddit/too_long.json"), Refused),
        (stored("reddit/free_form.json"), NeedsPerson),
        (stored("reddit/in_timeout.json"), Misconfigured),
        (stored("reddit/deleted_thing.json"), ContentGone),
        (stored("reddit/bad_request.json", 400), Refused),
        (stored("reddit/unauthorized.json", 401), Misconfigured),
        (stored("reddit/forbidden.json", 403), Misconfigured),
        (told({"success": True}), Uncertain),
    ),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {LISTED: stored("reddit/post_taken_down.json")}, Seen.GONE),
        (POST, {LISTED: stored("reddit/post_deleted.json")}, Seen.GONE),
        (POST, {LISTED: stored("reddit/post_removed.json")}, Seen.RESTRICTED),
        (POST, {LISTED: stored("reddit/post_unheard_of.json")}, Seen.CANNOT_SEE),
        (POST, {LISTED: stored("reddit/none.json")}, Seen.GONE),
        (POST, {LISTED: stored("reddit/comment.json")}, Seen.CANNOT_SEE),
        (POST, {LISTED: stored("reddit/private.json", 403)}, Seen.CANNOT_SEE),
        (COMMENT, {LISTED: stored("reddit/comment.json")}, Seen.UP),
        (COMMENT, {LISTED: stored("reddit/comment_removed.json")}, Seen.GONE),
    ),
    resolves=((f"{SHARE}/", COMMENT.key),),
    marks=("access-token-of-the-centre", "abc123", "AbCdEf1234", "exampleauthor"),
)
