"""VK's world, as the schema that VK publishes says that it answers."""

from __future__ import annotations

from adapters.errors import (
    ContentGone,
    Misconfigured,
    NeedsPerson,
    NotSent,
    Refused,
    Throttled,
    Uncertain,
)
from adapters.spec import Grade, Kind, Receipt, Seen
from adapters.vk import VK
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

API = "https://api.vk.ru/method"
SITE = "https://vk.com"
REPORT = f"POST {API}/video.report"
VIDEOS = f"GET {API}/video.get"
POSTS = f"GET {API}/wall.getById"
COMMENTS = f"GET {API}/wall.getComment"
PHOTOS = f"GET {API}/photos.getById"
USERS = f"GET {API}/users.get"
NAMES = f"GET {API}/utils.resolveScreenName"

VIDEO = thing(
    "vk", "video-12345_678", f"{SITE}/video-12345_678", what="video", owner="-12345", number="678"
)
POST = thing(
    "vk", "wall-12345_678", f"{SITE}/wall-12345_678", what="wall", owner="-12345", number="678"
)
COMMENT = thing(
    "vk", "reply-12345_901", f"{POST.url}?reply=901", what="reply", owner="-12345", number="901"
)
PHOTO = thing(
    "vk",
    "photo12345_678",
    f"{SITE}/photo12345_678",
    Kind.FILE,
    what="photo",
    owner="12345",
    number="678",
)
ACCOUNT = thing(
    "vk", "id12345", f"{SITE}/id12345", Kind.ACCOUNT, what="id", owner="", number="12345"
)
GROUP = thing(
    "vk", "club6789", f"{SITE}/club6789", Kind.GROUP, what="club", owner="", number="6789"
)

CASE = Case(
    adapter=VK,
    settings={"api_url": "https://api.vk.ru"},
    secrets={"token": "canary-token"},
    routes={
        REPORT: stored("vk/reported.json"),
        VIDEOS: stored("vk/video.json"),
        POSTS: stored("vk/post.json"),
        COMMENTS: stored("vk/comment.json"),
        PHOTOS: stored("vk/photo.json"),
        USERS: stored("vk/user.json"),
        NAMES: stored("vk/name_user.json"),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/feed",
        f"{SITE}/wall-12345",
        f"{SITE}/album12345_678",
        f"{SITE}/wall-12345_678,",
        f"{SITE}/wall-12345_678/x",
        f"{SITE}/wall-12345_678?reply=x",
        f"{SITE}/photo12345_678?reply=901",
        f"{SITE}/id12345?w=wall12345_678_r901",
        f"{SITE}/id12345?z=album12345_678",
        f"{SITE}/id0",
        f"{SITE}/examplename/x",
        f"{SITE}/examplename,",
        "https://vkvideo.ru/examplename",
        "https://dev.vk.com/examplename",
        "https://vk.com.example.org/wall-12345_678",
        "https://vk.com:8443/wall-12345_678",
        "https://someone@vk.com/wall-12345_678",
    ),
    report=REPORT,
    locator=VIDEO,
    receipt=Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("vk/unknown_error.json"), Uncertain),
        (stored("vk/auth_failed.json"), Misconfigured),
        (stored("vk/too_many.json"), Throttled),
        (stored("vk/permission.json"), NeedsPerson),
        (stored("vk/flood.json"), Throttled),
        (stored("vk/server_error.json"), Uncertain),
        (stored("vk/captcha.json"), NeedsPerson),
        (stored("vk/access_denied.json"), NeedsPerson),
        (stored("vk/validation.json"), Misconfigured),
        (stored("vk/user_deleted.json"), ContentGone),
        (stored("vk/blocked.json"), ContentGone),
        (stored("vk/confirmation.json"), NeedsPerson),
        (stored("vk/rate_limit.json"), Throttled),
        (stored("vk/closed.json"), NotSent),
        (stored("vk/invalid.json"), Refused),
        (stored("vk/not_found.json"), ContentGone),
        (told({"response": 0}), Uncertain),
    ),
    looks=(
        (VIDEO, {}, Seen.UP),
        (VIDEO, {VIDEOS: stored("vk/none.json")}, Seen.GONE),
        (VIDEO, {VIDEOS: stored("vk/video_restricted.json")}, Seen.RESTRICTED),
        (VIDEO, {VIDEOS: stored("vk/video_other.json")}, Seen.CANNOT_SEE),
        (VIDEO, {VIDEOS: stored("vk/access_denied.json")}, Seen.CANNOT_SEE),
        (POST, {}, Seen.UP),
        (POST, {POSTS: stored("vk/post_deleted.json")}, Seen.GONE),
        (COMMENT, {}, Seen.UP),
        (COMMENT, {COMMENTS: stored("vk/comment_deleted.json")}, Seen.GONE),
        (PHOTO, {}, Seen.UP),
        (PHOTO, {PHOTOS: stored("vk/photo_none.json")}, Seen.GONE),
        (ACCOUNT, {}, Seen.UP),
        (ACCOUNT, {USERS: stored("vk/user_banned.json")}, Seen.GONE),
        (GROUP, {}, Seen.CANNOT_SEE),
    ),
    resolves=((f"{SITE}/ExampleName", ACCOUNT.key),),
    marks=("12345", "678"),
)
