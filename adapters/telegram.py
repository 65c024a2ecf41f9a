"""Telegram, by mail to its published takedown addresses; looks through its public embed page.

The safety overview publishes both addresses for reports by organisations, in its section on child
abuse material; that abuse@ takes reports about adults too is not said there. No answer is promised.
Link forms are those of Telegram's own client, TDLib. Private chats can be reported, not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from html.parser import HTMLParser
from typing import Final

from adapters.errors import PlatformError
from adapters.http import ask, cannot_see
from adapters.mail import REPLY_TAG, Mailbox
from adapters.report import LETTER
from adapters.spec import (
    IN_THREAD,
    MOST_PER_DAY,
    Ability,
    Carries,
    Channel,
    ContentClass,
    Every,
    Kind,
    Locator,
    Notice,
    Observation,
    Purpose,
    Rate,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)

__all__ = ["PUBLIC", "Telegram"]

PUBLIC: Final = "telegram"
"""The network that locators name which an account can report: those with a public name."""
_READ: Final = date(2026, 11, 22)
_TDLIB: Final = "https://github.com/tdlib/td/blob/022d60202e446ad1287b9fb68e687c8a0760788b"
_SITES: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})
# Subdomains and first words of a path that are services of Telegram, never somebody's name.
_SERVICES: Final = frozenset(
    re.findall(
        r"\w+",
        """addemoji addlist addstickers addstyle addtheme auction auth bg boost call confirmphone
        contact giftcode invoice iv joinchat login msg newbot nft oauth proxy setlanguage share
        socks web""",
    )
)
_NAME: Final = re.compile(r"(?!.*__)[a-z][a-z0-9_]{0,30}[a-z0-9]", re.ASCII | re.IGNORECASE)
_SLUG: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_CHAT_ID: Final = re.compile(r"0*([1-9][0-9]{0,18})")
_NUMBER: Final = re.compile(r"0*([1-9][0-9]{0,9})")
_PARAMETER: Final = re.compile(r"(?!(?:single|comment|thread).)[A-Za-z0-9_.-]+")
_OF_A_MESSAGE: Final = frozenset({"single", "comment", "thread"})
_MAX_MESSAGE_ID: Final = 2**31 - 1
_COUNTED: Final = re.compile(r"[0-9][0-9\s]*\s(subscriber|member)s?\b")
# Other words that stand in place of a post, as public readers of these pages quote them. None says
# that the post is gone: a renamed channel is "not found" and still holds what it held.
_TOLD: Final = (
    ("channel is private", "channel_private"),
    ("not found", "name_not_found"),
    ("because it", "blocked_notice"),
    ("", "no_post"),
)
_PAGE_CHARS: Final = 400_000


class Telegram(Mailbox):
    spec = Spec(
        name="telegram",
        title="Telegram",
        channel=Channel.MAIL,
        hosts=("t.me", "*.t.me", "telegram.me", "*.telegram.me", "telegram.dog", "*.telegram.dog"),
        api_hosts=("t.me",),
        classes=frozenset(ContentClass) - {ContentClass.OTHER},
        carries=Carries(urls=100, text_chars=500_000),  # no address may be cut off
        can=frozenset({Ability.LOOK}),
        perhaps_sent=Settle.RECEIPT,
        lane=Rate(per_minute=20, burst=5),
        remind=Every(hours=24),
        purposes=IN_THREAD | {Purpose.COMPLAINT},
        gathers=True,
        settings=(
            Setting(
                "abuse_address", "Where adults are reported", "abuse@telegram.org", required=True
            ),
            Setting(
                "child_safety_address",
                "Where minors are reported, and those whose age is not known",
                "stopCA@telegram.org",
                required=True,
            ),
            Setting("embed_url", "Where posts are looked at", "https://t.me"),
            REPLY_TAG,
            MOST_PER_DAY,
        ),
        discloses=LETTER,
        sources=(
            Source("https://telegram.org/safety", _READ),
            Source("https://telegram.org/tos/eu-dsa", _READ),
            Source("https://core.telegram.org/api/links", _READ),
            Source(f"{_TDLIB}/td/telegram/LinkManager.cpp", _READ),
        ),
        samples=(
            "https://t.me/examplechannel/123",
            "https://t.me/s/examplechannel",
            "https://t.me/c/1234567890/55",
            "https://t.me/+AbCdEfGhIjKlMnOp",
        ),
    )

    def match(self, url: Url) -> Locator | None:
        words, query = _path_and_query(url)
        if not words:
            return None
        head, rest = words[0], words[1:]
        if head == "c":
            return _private(rest, query)
        if head[0] in "+ " and not rest:
            return _invite(head[1:])
        if head == "joinchat" and len(rest) == 1:
            return _invite(rest[0])
        if (
            head in ("addstickers", "addemoji", "addlist")
            and len(rest) == 1
            and _SLUG.fullmatch(rest[0])
        ):
            kind = Kind.INVITE if head == "addlist" else Kind.FILE
            return _locator(kind, f"{head}/{rest[0]}", unseen="stickers_or_list")
        if not _is_name(head):
            return None
        name = head.lower()
        if len(rest) == 2 and rest[0] in ("s", "a") and _number(rest[1]):
            return _locator(Kind.POST, f"{name}/{rest[0]}/{_number(rest[1])}", unseen="story")
        if rest:
            return _message(name, rest, query)
        return None if _OF_A_MESSAGE & query.keys() else _locator(Kind.CHANNEL, name, channel=name)

    def recipient(self, notice: Notice) -> str:
        minor = notice.depicted_minor
        return self.settings["child_safety_address" if minor else "abuse_address"]

    async def look(self, locator: Locator) -> Observation:
        """Gone only in Telegram's own words. A page that shows nothing may be a throttled one."""
        channel, post = locator.parts.get("channel", ""), locator.parts.get("post", "")
        if unseen := locator.parts.get("unseen") or ("" if channel else "no_page"):
            return Observation(Seen.CANNOT_SEE, unseen, "page")
        address = "/".join(filter(None, (self.settings["embed_url"].rstrip("/"), channel, post)))
        params = {"embed": "1", "mode": "tme"} if post else None
        try:
            reply = await ask(self, address, params=params, headers={"Accept": "text/html"})
        except PlatformError as failure:
            return cannot_see(failure, "page")
        if reply.status != 200:
            return Observation(Seen.CANNOT_SEE, f"http_{reply.status}", "page")
        page = _Page.read(reply.text)
        seen, rule = _post_seen(page, f"{channel}/{post}") if post else _channel_seen(page)
        return Observation(seen, rule, "page")


def _path_and_query(url: Url) -> tuple[list[str], Mapping[str, str]]:
    """The link as a client reads it: words of a t.me path, and each parameter's last value."""
    try:
        query = dict(url.query.items())
        if not all(map(_PARAMETER.fullmatch, query)):
            return [], {}
        if url.scheme == "tg":
            return _of_app_link((url.host or url.path).strip("/"), query), query
        host = (url.host or "").lower().removesuffix(".")
        if url.scheme not in ("http", "https") or url.user or url.port not in (80, 443):
            return [], {}
        words = [word for word in url.path.split("/") if word]
    except ValueError:
        return [], {}
    name, dot, parent = host.partition(".")
    if dot and parent == "t.me" and len(name) >= 4 and name not in _SERVICES:
        words = [name, *words]
    elif host.removeprefix("www.") not in _SITES:
        return [], {}
    while words[:1] == ["s"]:  # the web preview of the same thing
        words = words[1:]
    return words, query


def _of_app_link(action: str, query: Mapping[str, str]) -> list[str]:
    """tg://resolve?domain=name&post=1 and its like, as the words of a t.me path."""
    forms = {
        "resolve": ([query.get("domain", "")], ("post", "story")),
        "privatepost": (["c", query.get("channel", "")], ("post",)),
        "join": (["joinchat", query.get("invite", "")], ()),
        "addstickers": (["addstickers", query.get("set", "")], ()),
        "addemoji": (["addemoji", query.get("set", "")], ()),
        "addlist": (["addlist", query.get("slug", "")], ()),
    }
    if action == "resolve" and not _is_name(query.get("domain", "")):
        return []
    words, more = forms.get(action, ([], ()))
    for name in more:
        if name in query:
            words = [*words, *(["s"] if name == "story" else []), query[name]]
            break
    return words if all(words) else []


def _message(name: str, rest: list[str], query: Mapping[str, str]) -> Locator | None:
    """One message. A comment's number belongs to another chat; `single` is one item of an album.

    What is not understood may name another item, so the whole is then no message.
    """
    ids = [_number(word) for word in rest]
    numbers = [*ids, *(_number(query[name]) for name in ("thread", "comment") if name in query)]
    if len(ids) not in (1, 2) or not all(numbers):
        return None
    post = ids[-1]
    thread = ids[0] if len(ids) == 2 else _number(query.get("thread", ""))
    marks = ["single"] if "single" in query else []
    marks += [f"thread={thread}"] if thread else []
    comment = _number(query.get("comment", ""))
    marks += [f"comment={comment}"] if comment else []
    key = f"{name}/{post}" + (f"?{'&'.join(marks)}" if marks else "")
    if comment:
        return _locator(Kind.POST, key, unseen="comment")
    return _locator(Kind.POST, key, channel=name, post=post)


def _private(rest: list[str], query: Mapping[str, str]) -> Locator | None:
    """A chat without a public name: only its members can open it."""
    if not rest or not (chat := _CHAT_ID.fullmatch(rest[0])):
        return None
    name = f"c/{chat[1]}"
    if not rest[1:]:
        is_message = _OF_A_MESSAGE & query.keys()
        return None if is_message else _locator(Kind.GROUP, name, unseen="private")
    message = _message(name, rest[1:], query)
    return _locator(Kind.POST, message.key, unseen="private") if message else None


def _invite(slug: str) -> Locator | None:
    """A number after the plus is a telephone, so an account; anything else opens a private chat."""
    if slug.isascii() and slug.isdigit():
        return _locator(Kind.ACCOUNT, f"+{slug}", unseen="telephone")
    return _locator(Kind.INVITE, f"+{slug}", unseen="private") if _SLUG.fullmatch(slug) else None


def _locator(kind: Kind, key: str, **parts: str) -> Locator:
    if "channel" in parts:
        parts["network"] = PUBLIC
    return Locator(Telegram.spec.name, kind, key, f"https://t.me/{key}", parts=parts)


def _is_name(word: str) -> bool:
    return _NAME.fullmatch(word) is not None and word.lower() not in _SERVICES


def _number(word: str) -> str:
    found = _NUMBER.fullmatch(word)
    return found[1] if found and int(found[1]) <= _MAX_MESSAGE_ID else ""


def _post_seen(page: _Page, wanted: str) -> tuple[Seen, str]:
    if wanted in page.posts:
        return Seen.UP, "post_shown"
    if page.posts:
        return Seen.CANNOT_SEE, "other_post"
    if page.errors == ["Post not found"]:
        return Seen.GONE, "post_not_found"
    told = page.errors[0].lower() if page.errors else ""
    return Seen.CANNOT_SEE, next(rule for words, rule in _TOLD if words in told)


def _channel_seen(page: _Page) -> tuple[Seen, str]:
    """The page of a name that nobody has looks like that of a channel seen too often: no proof."""
    if page.has_title and any(map(_COUNTED.search, page.extras)):
        return Seen.UP, "channel_shown"
    return Seen.CANNOT_SEE, "no_channel_shown"


class _Page(HTMLParser):
    """What a look needs of a page: posts shown, error texts, and the header of a channel."""

    def __init__(self) -> None:
        super().__init__()
        self.posts: set[str] = set()
        self.errors: list[str] = []
        self.extras: list[str] = []
        self.has_title = False
        self._into: list[str] | None = None

    @classmethod
    def read(cls, text: str) -> _Page:
        page = cls()
        try:
            page.feed(text[:_PAGE_CHARS])
        except AssertionError:  # the parser's word for markup that it cannot follow
            return cls()
        page.errors = [" ".join(error.split()) for error in page.errors]
        return page

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        classes = (named.get("class") or "").split()
        if "tgme_widget_message" in classes and (post := named.get("data-post")):
            self.posts.add(post.lower())
        if "tgme_page_title" in classes:
            self.has_title = True
        for name, texts in (
            ("tgme_widget_message_error", self.errors),
            ("tgme_page_extra", self.extras),
        ):
            if name in classes:
                texts.append("")
                self._into = texts

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data
