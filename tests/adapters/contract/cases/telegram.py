"""Telegram's world: its relay says yes, and its public pages show what they show."""

from __future__ import annotations

from adapters.spec import Grade, Kind, Receipt, Seen
from adapters.telegram import Telegram
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored

HTML = "text/html; charset=utf-8"
POST = thing(
    "telegram",
    "examplechannel/123",
    "https://t.me/examplechannel/123",
    channel="examplechannel",
    post="123",
)
CHANNEL = thing(
    "telegram",
    "examplechannel",
    "https://t.me/examplechannel",
    Kind.CHANNEL,
    channel="examplechannel",
)
PRIVATE = thing("telegram", "c/1234/5", "https://t.me/c/1234/5", unseen="private")
POST_PAGE = "GET https://t.me/examplechannel/123"
CHANNEL_PAGE = "GET https://t.me/examplechannel"

CASE = Case(
    adapter=Telegram,
    routes={
        POST_PAGE: stored("telegram/post.html", content_type=HTML),
        CHANNEL_PAGE: stored("telegram/channel.html", content_type=HTML),
    },
    others=(
        "https://t.me/",
        "https://t.me/share/url?url=https://example.com",
        "https://t.me/proxy?server=example.com&port=1&secret=2",
        "https://t.me:8443/examplechannel/123",
        "https://web.t.me/123",
    ),
    locator=POST,
    receipt=Receipt("<0192f7a1.EF-7K2M9Q@centre.example>", Grade.HANDED_TO_RELAY),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {POST_PAGE: stored("telegram/post-veiled.html", content_type=HTML)}, Seen.UP),
        (POST, {POST_PAGE: stored("telegram/post-not-found.html", content_type=HTML)}, Seen.GONE),
        (
            POST,
            {POST_PAGE: stored("telegram/channel-private.html", content_type=HTML)},
            Seen.CANNOT_SEE,
        ),
        (CHANNEL, {}, Seen.UP),
        (CHANNEL, {CHANNEL_PAGE: stored("telegram/group.html", content_type=HTML)}, Seen.UP),
        (
            CHANNEL,
            {CHANNEL_PAGE: stored("telegram/name-nobody-has.html", content_type=HTML)},
            Seen.CANNOT_SEE,
        ),
        (PRIVATE, {}, Seen.CANNOT_SEE),
    ),
    marks=("Example & Channel", "Words of a post"),
)
