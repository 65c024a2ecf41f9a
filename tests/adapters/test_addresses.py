"""Addresses as people hand them in, from the table beside this file: what each is and who is asked
about it, and that all spellings of one item meet while two items never do.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import httpx
import pytest

from adapters.base import Adapter
from adapters.mail import Mailbox
from adapters.registry import ADAPTERS
from adapters.spec import Kind, Locator, Url
from service.actions import accept_items, handing_on
from service.actions.context import Desk
from service.domain import routing, urls
from tests.adapters.contract.case import case_of, compose, on_stage
from tests.adapters.contract.site import Answer, stored, told
from tests.domain.worlds import Play

Name = tuple[str, Kind, str]
"""What the service tells things by: `accept_items.mac_of` is over these three."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One `[[item]]` of the table, which says there what its fields are."""

    of: str
    platform: str
    kind: str
    key: str
    asked: list[str]
    desk: str = ""
    at_once: list[str] = field(default_factory=list)
    by_asking: list[str] = field(default_factory=list)
    replies: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> Name:
        return self.platform, Kind(self.kind), self.key


def _items() -> list[Item]:
    table = tomllib.loads(Path(__file__).with_name("addresses.toml").read_text(encoding="utf-8"))
    return [Item(of=row.pop("is"), **row) for row in table["item"]]


ITEMS: Final = _items()
LINES: Final = [line for item in ITEMS for line in (*item.at_once, *item.by_asking)]
DESKS: Final = {a.spec.name: Desk(case_of(a).built(), enabled=True, version=1) for a in ADAPTERS}
REGISTRY: Final = "https://rdap.org-registry.example/rdap"
SHAPES: Final = {
    "a mobile host": r"^\w+://(m|mobile|mbasic|touch)\.",
    "a short link": r"//(t\.co|redd\.it|youtu\.be|fb\.watch|v[mt]\.tiktok\.com|naver\.me|kko\.to)/",
    "tracking parameters": r"[?&](utm_\w+|igsh(id)?|si|s|ref_src|_t|_r|share_id|mibextid|fbclid)=",
    "a name of other letters": r"^\w+://[^/?#]*[^\x00-\x7f]",
    "punycode": r"(?i)\bxn--",
    "capitals in the host": r"^\w+://[^/?#]*[A-Z]",
    "a dot after the host": r"^\w+://[^/?#]+\.(:\d+)?([/?#]|$)",
    "its scheme's own port": r"^(http://[^/?#]+:80|https://[^/?#]+:443)([/?#]|$)",
    "another port": r"^\w+://[^/?#]+:8443\b",
    "no scheme": r"^[a-z0-9.-]+\.[a-z]{2,}/",
    "what keeps it from being opened": r"^hxxp",
    "a link of an app": r"(?i)^(tg|matrix):",
}


def taken_in(line: str) -> Locator:
    return accept_items.match(DESKS, urls.parse(line))


def name_of(locator: Locator) -> Name:
    return locator.platform, locator.kind, locator.key


async def known(locator: Locator, item: Item) -> Locator:
    """The locator once the network was asked, as jobs do it: the platform, then, for a host that
    is nobody's, the platform that speaks what runs there.
    """
    while not locator.final:
        found = await _on_stage(locator, item).resolve(locator)
        locator = await _handed_on(found) or found
    return locator


def _on_stage(locator: Locator, item: Item) -> Adapter:
    """The adapter before the world of its contract case, in which every site has the same host."""
    case = case_of(type(DESKS[locator.platform].adapter))
    if locator.platform == "site":
        host = Url(locator.url).raw_host or ""
        unknown = (f"GET https://{host}/.well-known/nodeinfo", f"GET {REGISTRY}/domain/{host}")
        routes = {**{route: told(None, 404) for route in unknown}, **case.routes}
        case = replace(case, routes=routes, names={host: case.names["www.iana.org"]})
    return on_stage(case, {route: _says(reply) for route, reply in item.replies.items()}).adapter


def _says(reply: str) -> Answer:
    if not reply.startswith("https://"):
        return stored(reply)
    return lambda _request: httpx.Response(301, headers={"location": reply})


async def _handed_on(locator: Locator) -> Locator | None:
    async def of(_unit: Any, _organisation: Any) -> Mapping[str, Desk]:
        return DESKS

    ctx = cast("Any", SimpleNamespace(platforms=SimpleNamespace(of=of)))
    unit = cast("Any", None)
    return await handing_on.by_software(unit, ctx, Play().takedown(), locator)


def told_of(locator: Locator) -> tuple[Name, list[str], str]:
    return name_of(locator), asked(locator.platform), desk(locator)


@cache
def asked(platform: str) -> list[str]:
    """The addressees of the first rung."""
    play = Play()
    takedown = play.takedown(platform=platform or None)
    plan = routing.plan(takedown, play.case(), accept_items.specs_of(DESKS))
    return [planned.addressee for planned in plan if planned.rung == 1]


def desk(locator: Locator) -> str:
    """Where a mail about it goes; "" where none does."""
    adapter = DESKS[locator.platform].adapter if locator.platform else None
    return adapter.recipient(compose(locator)) if isinstance(adapter, Mailbox) else ""


# -- each item -------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: "-".join(item.name))
async def test_all_spellings_of_an_item_meet_as_what_the_table_says(item: Item) -> None:
    for line in item.at_once:
        locator = taken_in(line)
        assert locator.final, line
        assert told_of(locator) == (item.name, item.asked, item.desk), line
        assert name_of(taken_in(locator.url)) == item.name, f"a notice about {line} names another"
    for line in item.by_asking:
        locator = taken_in(line)
        assert not locator.final, line
        assert told_of(await known(locator, item)) == (item.name, item.asked, item.desk), line


# -- the whole table -------------------------------------------------------------------------------


def test_two_items_never_meet_neither_before_nor_after_the_network_is_asked() -> None:
    items_by_name: dict[Name, set[int]] = defaultdict(set)
    for number, item in enumerate(ITEMS):
        before = (name_of(taken_in(line)) for line in (*item.at_once, *item.by_asking))
        for name in (item.name, *before):
            items_by_name[name].add(number)

    assert [name for name, items in items_by_name.items() if len(items) > 1] == []


def test_there_are_three_hundred_addresses_each_once() -> None:
    assert len(set(LINES)) == len(LINES) >= 300


def test_every_platform_that_has_addresses_has_some_here() -> None:
    claims = {
        adapter.spec.name
        for adapter in ADAPTERS
        if adapter.spec.hosts or any(setting.required for setting in adapter.spec.settings)
    }

    assert {item.platform for item in ITEMS} == claims | {""}


@pytest.mark.parametrize("shape", SHAPES)
def test_addresses_of_every_shape_are_here(shape: str) -> None:
    assert sum(re.search(SHAPES[shape], line) is not None for line in LINES) >= 3
