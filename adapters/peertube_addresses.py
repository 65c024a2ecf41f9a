"""What PeerTube's addresses name: videos, threads of comments below them, accounts and channels.

Pure: which instance is asked about them, and what it calls them, is for `adapters.peertube`.
"""

from __future__ import annotations

import re
import uuid
from typing import Final

from adapters.places import steps
from adapters.spec import Kind, Locator, Url

__all__ = ["actor", "is_uuid", "long_uuid", "path_of", "short_uuid", "thing", "video"]

_SHORT: Final = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_SHORT_CHARS: Final = 22
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HANDLE: Final = re.compile(r"[A-Za-z0-9._-]{1,120}(@[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?)?")
# Tabs of an account or a channel. Anything else behind its name may be something of its own.
_ACTOR_PAGES: Final[tuple[list[str], ...]] = (
    [],
    ["about"],
    ["videos"],
    ["video-channels"],
    ["video-playlists"],
)
_THREAD: Final = re.compile(r"threadId=0*([1-9][0-9]{0,17})")
_DIGITS: Final = re.compile(r"[0-9]{1,18}")


def thing(url: Url, site: str, host: str) -> Locator | None:
    """What an address of this instance stands for; `site` is how addresses of it begin."""
    match steps(url):
        case ["w", last] | ["videos", "watch" | "embed", last]:
            return video(site, host, last)
        case ["a" | "accounts", name, *page] if page in _ACTOR_PAGES:
            return actor(site, host, Kind.ACCOUNT, name)
        case ["c" | "video-channels", name, *page] if page in _ACTOR_PAGES:
            return actor(site, host, Kind.CHANNEL, name)
    return None


def video(site: str, host: str, step: str) -> Locator | None:
    """From the last step of an address: `id`, or `id;threadId=42` for a thread of comments."""
    name, mark, words = step.partition(";")
    of_thread = _THREAD.fullmatch(words)
    if mark and not of_thread:
        return None  # it may name a comment: the video would be more than was meant
    thread = of_thread[1] if of_thread else ""
    lower = name.lower()
    long_form = lower if _UUID.fullmatch(lower) else long_uuid(name)
    if long_form is None and not _DIGITS.fullmatch(name):
        return None
    key, parts = f"{host}/{long_form or name}", {"video": long_form or name}
    address = f"{site}/w/{short_uuid(long_form) if long_form else name}"
    if thread:
        key, address, parts["comment"] = f"{key}/{thread}", f"{address};threadId={thread}", thread
    return Locator("peertube", Kind.POST, key, address, final=long_form is not None, parts=parts)


def actor(site: str, host: str, kind: Kind, name: str) -> Locator | None:
    """An account or a channel. Reports are about accounts: a channel's goes to its owner's."""
    if not _HANDLE.fullmatch(name):
        return None
    user, _, home = name.partition("@")
    name = user if home.lower() in ("", host) else f"{user}@{home.lower()}"
    letter = "a" if kind is Kind.ACCOUNT else "c"
    parts = {kind.value: name}
    key = f"{host}/{letter}/{name}"
    return Locator("peertube", kind, key, f"{site}/{letter}/{name}", final=False, parts=parts)


def path_of(locator: Locator) -> str:
    """Where an instance's API shows it."""
    parts = locator.parts
    if locator.kind is Kind.ACCOUNT:
        return f"accounts/{parts['account']}"
    if locator.kind is Kind.CHANNEL:
        return f"video-channels/{parts['channel']}"
    if "comment" in parts and locator.final:
        return f"videos/{parts['video']}/comment-threads/{parts['comment']}"
    return f"videos/{parts['video']}"


def is_uuid(name: object) -> bool:
    return isinstance(name, str) and _UUID.fullmatch(name) is not None


def short_uuid(long_form: str) -> str:
    """A UUID as PeerTube's addresses write it: 22 digits of base 58, in Flickr's order."""
    number, digits = uuid.UUID(long_form).int, ""
    while number:
        number, digit = divmod(number, 58)
        digits = _SHORT[digit] + digits
    return digits.rjust(_SHORT_CHARS, _SHORT[0])


def long_uuid(short_form: str) -> str | None:
    """The UUID of a short form; None when it is not one."""
    if len(short_form) != _SHORT_CHARS or not set(short_form) <= set(_SHORT):
        return None
    number = 0
    for digit in short_form:
        number = number * 58 + _SHORT.index(digit)
    return str(uuid.UUID(int=number)) if number < 1 << 128 else None
