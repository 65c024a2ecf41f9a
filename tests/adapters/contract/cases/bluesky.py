"""Bluesky's world, as atproto's lexicons and source say that it answers."""

from __future__ import annotations

from adapters.bluesky import Bluesky
from adapters.errors import Misconfigured, Refused, Uncertain
from adapters.spec import Grade, Kind, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
RKEY = "3l6oveex3ii2l"
PDS = "https://bsky.social/xrpc"
APPVIEW = "https://public.api.bsky.app/xrpc"
REPORT = f"POST {PDS}/com.atproto.moderation.createReport"
LOGIN = f"POST {PDS}/com.atproto.server.createSession"
REFRESH = f"POST {PDS}/com.atproto.server.refreshSession"
POSTS = f"GET {APPVIEW}/app.bsky.feed.getPosts"
RECORD = f"GET {APPVIEW}/com.atproto.repo.getRecord"
PROFILE = f"GET {APPVIEW}/app.bsky.actor.getProfile"
HANDLE = f"GET {APPVIEW}/com.atproto.identity.resolveHandle"

POST = thing(
    "bluesky", f"{DID}/{RKEY}", f"https://bsky.app/profile/{DID}/post/{RKEY}", who=DID, rkey=RKEY
)
ACCOUNT = thing("bluesky", DID, f"https://bsky.app/profile/{DID}", Kind.ACCOUNT, who=DID)
EMPTY = stored("bluesky/posts_none.json")

CASE = Case(
    adapter=Bluesky,
    secrets={"identifier": "canary.identifier", "password": "canary-password"},
    routes={
        LOGIN: stored("bluesky/session.json"),
        REFRESH: stored("bluesky/session_again.json"),
        REPORT: stored("bluesky/reported.json"),
        POSTS: stored("bluesky/posts.json"),
        RECORD: stored("bluesky/record.json"),
        PROFILE: stored("bluesky/profile.json"),
        HANDLE: stored("bluesky/handle.json"),
    },
    others=(
        "https://bsky.app/",
        "https://bsky.app/profile/example.com/feed/aaa",
        "https://bsky.app/profile/example.com/post/a%20b",
        f"https://bsky.app/profile/example.com/post/{RKEY}.",
        f"https://bsky.app/profile/example.com/post/{RKEY},",
        f"https://bsky.app/profile/example.com/post/{RKEY}/x",
        f"https://bsky.app/profile/example.com/post/{RKEY[:-1]}",
        f"https://bsky.app/profile/example.com/post/{RKEY}a",
        f"https://bsky.app/profile/example.com/post/{RKEY.upper()}",
        "https://bsky.app/profile/example.com/post/3l6oveex3ii20",
        "https://bsky.app/profile/example.com/post/kl6oveex3ii2l",
        "https://bsky.app/profile/example.com/post",
        "https://bsky.app/profile/example.com,",
        "tg://bsky.app/profile/example.com",
        "https://bsky.app/profile/not_a_handle",
        "https://bsky.app:8443/profile/example.com",
    ),
    report=REPORT,
    locator=POST,
    receipt=Receipt("4711", Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("bluesky/invalid_request.json", 400), Refused),
        (stored("bluesky/invalid_reason.json", 400), Refused),
        (stored("bluesky/expired_token.json", 400), Misconfigured),
        (stored("bluesky/reporter_taken_down.json", 403), Misconfigured),
        (stored("bluesky/upstream_failure.json", 502), Uncertain),
    ),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {POSTS: stored("bluesky/posts_labelled.json")}, Seen.UP),
        (POST, {POSTS: stored("bluesky/posts_hidden.json")}, Seen.RESTRICTED),
        (POST, {POSTS: EMPTY}, Seen.GONE),
        (POST, {POSTS: EMPTY, RECORD: stored("bluesky/record_deleted.json", 400)}, Seen.GONE),
        (POST, {POSTS: EMPTY, RECORD: stored("bluesky/repo_gone.json", 400)}, Seen.GONE),
        (ACCOUNT, {}, Seen.UP),
        (ACCOUNT, {PROFILE: stored("bluesky/profile_not_found.json", 400)}, Seen.GONE),
        (ACCOUNT, {PROFILE: stored("bluesky/profile_suspended.json", 400)}, Seen.GONE),
        (ACCOUNT, {PROFILE: stored("bluesky/profile_deactivated.json", 400)}, Seen.GONE),
        (ACCOUNT, {PROFILE: stored("bluesky/invalid_request.json", 400)}, Seen.CANNOT_SEE),
    ),
    resolves=(
        (f"https://bsky.app/profile/Example.com/post/{RKEY}", POST.key),
        ("https://bsky.app/profile/example.com", DID),
    ),
    marks=("access-jwt-of-the-centre", "refresh-jwt-of-the-centre", DID, RKEY),
)
