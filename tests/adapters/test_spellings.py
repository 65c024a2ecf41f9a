"""Lines as people paste them, through intake and all four platforms: what meets, and what never."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.base import Adapter
from adapters.bluesky import Bluesky
from adapters.peertube import PeerTube
from adapters.spec import Kind, Locator
from adapters.telegram import Telegram
from adapters.x import X
from service.domain.urls import BadUrl, parse

UUID = "9c9de5e8-0a1e-484a-b099-e80766180a6d"
OTHER = "a44521d0-0fb8-4ade-8002-3385545c3318"
PLATFORMS: Sequence[Adapter] = (
    PeerTube({"base_url": "https://video.example"}, {}, None),
    Bluesky({}, {}, None),
    Telegram({}, {}, None),
    X({}, {}, None),
)

# Items in the order from the widest to the narrowest: no spelling of one is ever another.
ITEMS = [
    "https://t.me/chan",
    "https://t.me/chan/98",
    "https://t.me/chan/980",
    "https://t.me/chan/98?single",
    "https://t.me/chan/98?comment=5",
    "https://t.me/chan/7/98",
    "https://t.me/chan/s/98",
    "https://t.me/c/1234567890",
    "https://t.me/c/1234567890/98",
    "https://t.me/+AbCdEfGhIjKlMnOp",
    "https://x.com/user",
    "https://x.com/user/status/970",
    "https://x.com/user/status/9701",
    "https://t.co/AbCdEf1234",
    "https://bsky.app/profile/user.example",
    "https://bsky.app/profile/user.example/post/3l6oveex3ii2l",
    "https://bsky.app/profile/user.example/post/3l6oveex3ii2m",
    "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/post/3l6oveex3ii2l",
    "https://video.example/a/alice",
    "https://video.example/c/alice",
    f"https://video.example/w/{UUID}",
    f"https://video.example/w/{OTHER}",
    f"https://video.example/w/{UUID};threadId=42",
]
SAME = [
    *("{0}" + mark for mark in ".,;:!?\"'”»。、)]}>"),
    *("{0}" + mark for mark in ("\u2019", "\uff0c", "\uff01", "\uff1f", "\uff09")),
    *("{0},.", "{0}).", "{0}.”", "{0}, ", "<{0}>,", " {0}\n"),
    *("\ufeff{0}", "{0}\u200b", "\u200e{0}.\u200b", "\xad{0}\u2060,\u202c"),
]
MORE = [
    *("{0}에서", "{0}입구", "{0}入口", "{0}를", "{0}%2C", "{0}%EC%97%90", "{0}…", "{0}..."),
    *("{0},{0}", "{0},https://t.me/chan/123", "{0} https://t.me/chan/123", "{0};hxxps://t[.]me/a"),
    *("{0}/,", "{0}/에서", "{0}/x,y", "{0}https://t.me/chan/123", "{0},t.me/chan/123"),
]


def found(line: str) -> Locator | None:
    """What a line names; None when it is refused, or no platform knows it."""
    try:
        url = parse(line)
    except BadUrl:
        return None
    return next((hit for each in PLATFORMS if (hit := each.match(url))), None)


def named(locator: Locator | None) -> tuple[str, Kind, str] | None:
    return (locator.platform, locator.kind, locator.key) if locator else None


def test_two_items_never_meet() -> None:
    names = [named(found(item)) for item in ITEMS]

    assert None not in names
    assert len(set(names)) == len(ITEMS)


@pytest.mark.parametrize("item", ITEMS)
def test_two_spellings_of_one_item_always_meet(item: str) -> None:
    wanted = named(found(item))

    for written in (item, item.removeprefix("https://"), item.replace("https", "hxxps")):
        for spelling in SAME:
            line = spelling.replace("{0}", written)
            assert named(found(line)) == wanted, line


@pytest.mark.parametrize("item", ITEMS)
def test_a_line_that_holds_more_is_never_taken_for_another_item(item: str) -> None:
    wanted = named(found(item))

    for more in MORE:
        line = more.replace("{0}", item)
        assert named(found(line)) in (None, wanted), line


@pytest.mark.parametrize("item", ITEMS)
def test_what_follows_directly_is_no_platforms(item: str) -> None:
    for more in ("에서", "入口", "%2C", ",https://t.me/chan/123", "…"):
        assert found(item + more) is None, more


@pytest.mark.parametrize(
    "line",
    [
        *("https://t.me/chan/98,", "https://t.me/chan/98)", "https://t.me/chan/98;"),
        *("https://t.me/chan/98”", "https://t.me/chan/98。", "https://t.me/chan/98!"),
        *("tg://resolve?domain=chan&post=98", "tg://resolve?domain=CHAN&post=98,"),
    ],
)
def test_a_post_of_telegram_never_becomes_its_channel(line: str) -> None:
    assert named(found(line)) == ("telegram", Kind.POST, "chan/98")


def test_a_comma_after_a_post_of_x_changes_nothing() -> None:
    assert named(found("https://x.com/a/status/970,")) == ("x", Kind.POST, "970")


def test_a_link_of_the_app_that_names_no_content_is_no_platforms() -> None:
    assert found("tg://settings") is None
    assert found("tg://proxy?server=a&port=1") is None
