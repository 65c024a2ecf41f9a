"""A preview of fifty addresses of the real registry: each line says what would leave, and is marked
where the network has to be asked first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice, zip_longest
from typing import Any, Final

import pytest

from adapters.registry import ADAPTERS
from adapters.spec import Channel, Locator, Office, Regime, Spec, Url
from service.actions.context import Platforms
from service.domain import regimes
from service.domain.states import Actor
from service.store.ledger import Rules
from tests.api.house import House, moved, previewed

COUNT: Final = 50
AGE: Final = {"depicted_is_minor"}
CHILD: Final = ("under 18", "18세 미만")
PROFILE: Final = {
    "legal_name": "Example Centre",
    "email": "notices@centre.example",
    "address": "1 Example Road",
    "signatory": "Legal desk",
    "statuses": ["Trusted flagger"],
}
STATEMENTS: Final = [
    {"kind": kind, "words": f"We say {kind}.", "language": "en"}
    for kind in ("good_faith", "no_consent", "authority")
]
SPECS: Final = {adapter.spec.name: adapter.spec for adapter in ADAPTERS}
SITE: Final = "https://video.bench.test"
SET_UP: Final[dict[str, dict[str, dict[str, str]]]] = {
    "vk": {"secrets": {"token": "t0"}},
    "peertube": {
        "settings": {"base_url": SITE, "site_url": SITE},
        "secrets": {"username": "u0", "password": "p0"},
    },
}
"""Of all others nothing was ever set."""


def _mixed() -> dict[str, Locator]:
    """What fifty addresses stand for: the first sample of each platform, then the second, and so
    on. No two stand for the same.
    """
    adapters = [a(SET_UP.get(a.spec.name, {}).get("settings", {}), {}, None) for a in ADAPTERS]
    ours = (f"{SITE}/w/kkGMgK9ZtnKfYAgnEtQxbv",)

    def own(adapter: Any) -> Iterator[tuple[str, Locator]]:
        for url in adapter.spec.samples if adapter.spec.name != "peertube" else ours:
            if locator := adapter.match(Url(url)):
                yield url, locator

    found: dict[tuple[str, str], tuple[str, Locator]] = {}
    for turn in filter(None, chain.from_iterable(zip_longest(*map(own, adapters)))):
        found.setdefault((turn[1].platform, turn[1].key), turn)
    return dict(islice(found.values(), COUNT))


@pytest.fixture
async def registry(house: House) -> House:
    """The house with every platform that there is, and without a way to the outside."""
    rules = Rules(SPECS, house.ctx.rules.pace)
    house.ctx = dataclasses.replace(house.ctx, rules=rules, platforms=Platforms(ADAPTERS, None))
    moved(house.app, house.ctx, house.readiness)
    await _change(house, "PATCH", "/organisation", {"profile": PROFILE})
    for name, given in SET_UP.items():
        await _change(house, "PUT", f"/platforms/{name}", given, "/settings")
    return house


async def _change(house: House, method: str, place: str, given: Any, below: str = "") -> None:
    headers = {"If-Match": (await house.get(place, role=Actor.ADMIN)).headers["etag"]}
    reply = await house.call(method, place + below, given, role=Actor.ADMIN, headers=headers)
    assert reply.status_code == 200, reply.text


async def _previewed(house: House, urls: list[str], **fields: Any) -> list[dict[str, Any]]:
    case = await house.case("fifty", statements=STATEMENTS, **fields)
    reply = await house.post("/takedowns/preview", {"case_id": case["id"], "items": urls})
    assert reply.status_code == 200, reply.text
    items = previewed(reply.json())
    assert [item["url"] for item in items] == urls
    return items


def _clocks(spec: Spec, basis: str) -> list[dict[str, Any]]:
    """The centre's own target, what the platform promises, and the law that binds it."""
    law = regimes.binding(spec, Regime(basis), datetime.now(UTC).date())
    own = [("own", "answer", 7.0, "sent")]
    said = [("promised", p.ends_on, p.hours / 24, "sent") for p in spec.promises]
    proven = "sent" if spec.channel is Channel.API else "receipt"
    legal = [("legal", law.ends_on, law.hours / 24, proven)] if law and law.hours else []
    names = ("kind", "ends_on", "days", "starts")
    return [dict(zip(names, values, strict=True)) for values in own + said + legal]


@pytest.mark.parametrize("depicted_as", ["adult", "minor"])
async def test_each_of_fifty_lines_says_to_whom_how_by_when_and_what_they_learn(
    registry: House, depicted_as: str
) -> None:
    mixed = _mixed()

    items = await _previewed(registry, [*mixed], depicted_as=depicted_as, jurisdictions=["US"])

    assert (len(items), len({item["platform"] for item in items}) >= 20) == (COUNT, True)
    known = (await registry.get("/platforms")).json()["items"]
    ready = {platform["name"]: platform["ready"] for platform in known}
    assert {*ready.values()} == {True, False}
    for item in items:
        notices = item["preview"]["notices"]
        assert item["platform"] == mixed[item["url"]].platform == notices[0]["addressee"]
        assert "problem" not in item
        for notice in notices:
            spec = SPECS[notice["addressee"]]
            assert (notice["title"], notice["channel"]) == (spec.title, spec.channel.value)
            assert {*notice["discloses"]} | AGE == {*map(str, spec.discloses)} | AGE
            assert notice["travels_to"] == list(spec.travels_to)
            assert notice["set_up"] is ready[spec.name]
            by_mail = spec.channel is Channel.MAIL and not item.get("resolving")
            assert ("@" in notice.get("sent_to", "")) is by_mail
            assert mixed[item["url"]].url in notice["text"]
            shown = [{k: v for k, v in c.items() if k != "rule"} for c in notice["clocks"]]
            assert shown == ([] if spec.office else _clocks(spec, notice["basis"]))
        asked = [n["rung"] for n in notices if not SPECS[n["addressee"]].office]
        told = {SPECS[n["addressee"]].office: n["rung"] for n in notices} | {None: max(asked)}
        assert asked == sorted(asked)
        assert told.get(Office.HOTLINE, 1) == 1
        assert told.get(Office.REGULATOR, max(asked) + 1) == max(asked) + 1


async def test_the_fifty_have_every_channel_and_every_kind_of_clock(registry: House) -> None:
    items = await _previewed(registry, [*_mixed()], jurisdictions=["US"])

    notices = [notice for item in items for notice in item["preview"]["notices"]]
    assert {notice["channel"] for notice in notices} == {channel.value for channel in Channel}
    assert {(c["kind"], c["starts"]) for notice in notices for c in notice["clocks"]} == {
        ("own", "sent"),
        ("promised", "sent"),
        ("legal", "receipt"),
    }


async def test_lines_that_need_the_network_are_marked_and_no_others(registry: House) -> None:
    mixed = _mixed()

    items = await _previewed(registry, [*mixed])

    marked = {item["url"] for item in items if item.get("resolving")}
    assert marked == {url for url, locator in mixed.items() if not locator.final}
    assert 0 < len(marked) < COUNT


async def test_that_a_child_is_shown_is_said_where_it_is_disclosed_and_nowhere_else(
    registry: House,
) -> None:
    items = await _previewed(registry, [*_mixed()], depicted_as="minor")

    notices = [notice for item in items for notice in item["preview"]["notices"]]
    told = {n["addressee"] for n in notices if "depicted_is_minor" in n["discloses"]}
    assert {n["addressee"] for n in notices if any(word in n["text"] for word in CHILD)} == told
    assert told != {n["addressee"] for n in notices}


async def test_what_lines_share_is_there_once_however_many_they_are(registry: House) -> None:
    said = [{"kind": "good_faith", "words": f"{n} " + "가" * 3990} for n in range(20)]
    case = await registry.case("long", statements=said)
    body = {"case_id": case["id"], "items": [f"https://t.me/example/{n}" for n in range(1, 101)]}

    reply = await registry.post("/takedowns/preview", body)

    items = previewed(reply.json())
    assert len(items) == 100
    for item in items:
        text = item["preview"]["notices"][0]["text"]
        assert item["url"] in text
        assert all(each["words"] in text for each in said)
    once = len("".join(each["words"] for each in said).encode())
    assert once < len(reply.content) < once + 100 * 2500


async def test_a_line_is_previewed_as_it_is_then_approved(registry: House) -> None:
    await _change(registry, "PATCH", "/organisation", {"approval": "every"})
    url = "https://t.me/example/1"
    (line,) = await _previewed(registry, [url])
    (case,) = (await registry.get("/cases")).json()["items"]

    takedown = await registry.takedown(case["id"], url)

    shown = (await registry.get(f"/takedowns/{takedown}")).json()["preview"]
    assert shown["digest"] == line["preview"]["digest"]
    texts = [notice["text"] for notice in shown["notices"]]
    assert texts == [notice["text"] for notice in line["preview"]["notices"]]
