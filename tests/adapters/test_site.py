"""Whom a notice about an unknown site goes to: which desk is found, and what fails apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cloudflare import Cloudflare
from adapters.contract.desks import opened
from adapters.errors import ContentGone, NeedsPerson, NotSent, PlatformError, Refused, Throttled
from adapters.networks import front_at
from adapters.registrar import Registrar
from adapters.site import Site
from adapters.spec import Item, Key, Kind, Locator, Notice, Purpose, Seen, Url
from service.domain.lanes import says_down
from tests.adapters.contract.case import KEY, Routes, Scene, compose, found, on_stage
from tests.adapters.contract.cases.site import (
    BOOTSTRAP,
    CASE,
    HEAD,
    NODEINFO,
    OF_ADDRESS,
    OF_WHOLE_NAME,
    PAGE,
    THING,
)
from tests.adapters.contract.site import (
    CANARY,
    FAILURES,
    Failure,
    hang,
    route_of,
    stored,
    told,
)

PURE = Site({}, {}, None)
NOTHING = stored("rdap/not_found.json", 404)
WITHOUT = stored("rdap/ip_without_abuse.json")
ELSEWHERE = {f"GET https://elsewhere.example/{CANARY}": told({}, 503)}  # where redirects lead
ALL_PARTS = {
    "domain": "iana.org",
    "network": "EXAMPLE-HOSTING",
    "software": "mastodon",
    "host_email": "abuse@host.example",
    "host_name": "Example Hosting B.V.",
    "host_country": "NL",
    "host_found_by": "rdap_ip",
    "registrar_email": "abuse@registrar.example",
    "registrar_name": "Example Registrar, LLC",
    "registrar_country": "US",
    "registrar_found_by": "rdap_domain",
}


async def resolved(changes: Routes | None = None, address: str = PAGE) -> Locator:
    scene = on_stage(CASE, {**ELSEWHERE, **(changes or {})})
    return await scene.adapter.resolve(found(CASE, address))


async def test_all_that_can_be_found_stands_in_the_parts() -> None:
    locator = await resolved()

    assert locator.final
    assert dict(locator.parts) == ALL_PARTS


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
@pytest.mark.parametrize(
    ("route", "lost"),
    [
        (OF_ADDRESS, {"network", "host_name", "host_country"}),
        (OF_WHOLE_NAME, {"domain", *(name for name in ALL_PARTS if name.startswith("registrar"))}),
        (NODEINFO, {"software"}),
        ("GET https://www.iana.org/nodeinfo/2.1", {"software"}),
    ],
)
async def test_a_lookup_that_fails_leaves_its_part_empty(
    route: str, lost: set[str], failure: Failure
) -> None:
    parts = dict((await resolved({route: failure.answer})).parts)

    kept = {name: value for name, value in ALL_PARTS.items() if name not in lost}
    if route == OF_ADDRESS:
        kept |= {
            "host_name": "iana.org",
            "host_email": "abuse@iana.org",
            "host_found_by": "rfc2142",
        }
    assert parts == kept


async def test_a_lookup_that_hangs_is_not_waited_for() -> None:
    class Hasty(Site):
        patience_s = 0.05

    scene = on_stage(replace(CASE, adapter=Hasty), {NODEINFO: hang, OF_ADDRESS: hang})
    before = asyncio.all_tasks()

    parts = (await scene.adapter.resolve(found(CASE, PAGE))).parts

    assert parts["registrar_email"] == "abuse@registrar.example"
    assert "software" not in parts
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
async def test_when_nothing_was_found_it_is_asked_again(failure: Failure) -> None:
    broken = dict.fromkeys((OF_ADDRESS, OF_WHOLE_NAME), failure.answer)

    with pytest.raises(PlatformError) as raised:
        await resolved(broken)
    assert type(raised.value) is NotSent
    assert not says_down(raised.value.reason), "one dead server would stop all sites"


async def test_no_call_before_the_moment_that_a_server_named() -> None:
    slow = told({}, 429, {"retry-after": "600"})
    scene = on_stage(CASE, {OF_ADDRESS: slow, OF_WHOLE_NAME: slow})
    for _ in range(2):
        with pytest.raises(NotSent, match="throttled_at_rdap"):
            await scene.adapter.resolve(found(CASE, PAGE))

    assert scene.site.calls(OF_ADDRESS) == 1


DEAD = [failure for failure in FAILURES if failure.question is not Throttled]


@pytest.mark.parametrize("failure", DEAD, ids=lambda failure: failure.name)
async def test_a_dead_site_does_not_stop_the_looks_at_others(failure: Failure) -> None:
    observation = await on_stage(CASE, {HEAD: failure.answer}).adapter.look(THING)

    assert not says_down(observation.rule)


async def test_when_surely_nobody_is_known_it_is_resolved_with_empty_parts() -> None:
    locator = await resolved({OF_ADDRESS: WITHOUT, OF_WHOLE_NAME: NOTHING, NODEINFO: NOTHING})

    assert locator.final
    assert dict(locator.parts) == {"network": "EXAMPLE-NET"}


async def test_a_guess_is_marked() -> None:
    locator = await resolved({OF_ADDRESS: WITHOUT})

    assert locator.parts["host_email"] == "abuse@iana.org"
    assert locator.parts["host_found_by"] == "rfc2142"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({OF_ADDRESS: WITHOUT}, Refused),
        ({OF_ADDRESS: WITHOUT, OF_WHOLE_NAME: WITHOUT}, NeedsPerson),
    ],
)
async def test_an_address_that_was_guessed_is_written_to_by_no_machine(
    changes: Any, error: type[PlatformError]
) -> None:
    scene = on_stage(CASE, changes)
    locator = await scene.adapter.resolve(found(CASE, PAGE))
    assert locator.parts["host_found_by"] == "rfc2142"
    assert ("registrar_email" in locator.parts) is (error is Refused)

    with pytest.raises(error):
        await scene.adapter.send(compose(locator), KEY)


async def test_cloudflare_is_known_by_its_ranges() -> None:
    case = replace(CASE, names={"www.iana.org": ["2606:4700::1", "104.16.0.1"]})
    route = "GET https://rdap.arin.example/registry/ip/104.16.0.1"
    scene = on_stage(case, {route: stored("rdap/ip_arin.json")})

    locator = await scene.adapter.resolve(found(case, PAGE))

    assert (locator.parts["network"],) == Cloudflare.spec.fronts
    assert locator.parts["host_name"] == "Example Hosting, Inc."


@pytest.mark.parametrize(
    ("address", "front"),
    [
        ("104.16.0.0", "cloudflare"),
        ("104.27.255.255", "cloudflare"),
        ("2606:4700:ffff::1", "cloudflare"),
        ("104.15.255.255", ""),
        ("104.28.0.0", ""),
        ("2606:4701::", ""),
    ],
)
def test_a_range_ends_where_it_ends(address: str, front: str) -> None:
    assert front_at(address) == front


async def test_a_name_that_nobody_has_is_no_place() -> None:
    with pytest.raises(ContentGone):
        await resolved(address="https://nobody.iana.org/x")


async def test_a_host_inside_is_never_called_but_its_registrar_is_found() -> None:
    scene = on_stage(CASE, {NODEINFO.replace("www", "private"): NOTHING})
    whole = "GET https://rdap.org-registry.example/rdap/domain/private.iana.org"
    scene.site.failing[whole] = NOTHING

    locator = await scene.adapter.resolve(found(CASE, "https://private.iana.org/x"))

    assert locator.parts["registrar_email"] == "abuse@registrar.example"
    assert not any(r.url.host == "private.iana.org" for r in scene.site.seen)


async def test_no_lookup_tells_anybody_the_address() -> None:
    scene = on_stage(CASE)
    await scene.adapter.resolve(found(CASE, f"{PAGE}?canary=1#canary"))

    assert not any("reserved" in str(r.url) or "canary" in str(r.url) for r in scene.site.seen)


def _at(href: object) -> object:
    return {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": href}]}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"links": "x"},
        {"links": [{"rel": 1}, 2, {}]},
        *map(
            _at,
            (
                None,
                "x",
                "https://[",
                "//[]@",
                "http://www.iana.org/x",
                "https://www.iana.org:8443/x",
            ),
        ),
        *map(_at, ("https://elsewhere.example/x", "https://user@www.iana.org/x")),
    ],
)
async def test_a_strange_nodeinfo_tells_nothing(body: object) -> None:
    assert "software" not in (await resolved({NODEINFO: told(body)})).parts


async def test_a_long_nodeinfo_is_not_read() -> None:
    long = told({"links": [], "more": "x" * 70_000})

    assert "software" not in (await resolved({NODEINFO: long})).parts


async def send(adapter: type[Site | Registrar], *parts: Mapping[str, str]) -> str:
    """What a notice about these items fails with."""
    items = tuple(Item(f"r{n}", replace(THING, parts=p)) for n, p in enumerate(parts))
    notice = replace(compose(THING), items=items)
    with pytest.raises(PlatformError) as raised:
        await adapter({}, {}, None).send(notice, Key(KEY))
    return f"{type(raised.value).__name__} {raised.value.reason}"


async def test_without_a_desk_the_next_rung_is_asked_and_at_last_a_person() -> None:
    assert (
        await send(Site, {"registrar_email": "a@b.example"}) == f"{Refused.__name__} no_host_desk"
    )
    assert await send(Site, {}) == f"{NeedsPerson.__name__} no_host_desk"
    assert await send(Registrar, {}) == f"{NeedsPerson.__name__} no_abuse_desk"
    two = ({"host_email": "a@b.example"}, {"host_email": "b@b.example"})
    assert await send(Site, *two) == f"{NeedsPerson.__name__} several_desks"


@pytest.mark.parametrize(
    "address",
    [
        "https://t.me/share/url?url=https://iana.org",
        "https://x.com/i/flow/login",
        "https://www.youtube.com/",
        "https://anything.t.me/x/y/z",
    ],
)
def test_what_is_on_a_known_host_is_left_to_that_platform_or_a_person(address: str) -> None:
    assert "t.me" in Site.others
    assert PURE.match(Url(address)) is None


def letter(**changes: Any) -> Notice:
    return compose(THING, message_id="<0192f7a1.EF-7K2M9Q@centre.example>", **changes)


@pytest.mark.parametrize("adapter", [Site, Registrar])
def test_what_is_of_a_minor_takes_a_report_for_machines_along(
    adapter: type[Site | Registrar],
) -> None:
    desk, notice = adapter({}, {}, None), letter(depicted_minor=True)
    message = opened(desk.message(notice))
    text, report = message.iter_parts()

    assert text.get_content().splitlines() == notice.text.splitlines()
    assert (report.get_content_type(), report.get_filename()) == ("application/json", "xarf.json")
    told_of = json.loads(report.get_content())
    assert (told_of["type"], told_of["url"]) == ("csam", PAGE)
    assert desk.message(notice) == desk.message(notice)
    assert max(map(len, desk.message(notice).split(b"\r\n"))) < 100


@pytest.mark.parametrize(
    "changes", [{}, {"depicted_minor": True, "purpose": Purpose.REMINDER}], ids=["adult", "again"]
)
def test_otherwise_a_mail_is_text_alone(changes: dict[str, Any]) -> None:
    message = opened(PURE.message(letter(**changes)))

    assert message.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://iana.org/x", "http://IANA.org:80/x"),
        ("https://iana.org/x", "https://iana.org.:443/x"),
        ("https://iana.org", "https://iana.org/"),
        ("https://bücher.iana.org/", "https://xn--bcher-kva.iana.org/"),
    ],
)
def test_two_spellings_meet(one: str, other: str) -> None:
    first, second = PURE.match(Url(one)), PURE.match(Url(other))

    assert first is not None
    assert second is not None
    assert (first.kind, first.key) == (second.kind, second.key)


def test_two_things_never_meet() -> None:
    things = (
        *("https://iana.org/", "https://www.iana.org/", "https://iana.org:8443/"),
        *(
            "https://iana.org/x",
            "https://iana.org/X",
            "https://iana.org/x/",
            "https://iana.org/x?a",
        ),
        *("https://iana.org/x?a=1", "https://iana.org/x?a=1&b=2", "https://iana.org/x?b=2&a=1"),
        *("https://iana.org/x#a", "https://iana.org/#/x", "https://iana.org/x?utm_source=1"),
    )
    keys = {locator.key for each in things if (locator := PURE.match(Url(each)))}

    assert len(keys) == len(things)


def test_a_bare_host_is_a_site_and_all_else_a_post() -> None:
    kinds = [PURE.match(Url(a)) for a in ("https://iana.org/", "https://iana.org/#x")]

    assert [locator.kind for locator in kinds if locator] == [Kind.SITE, Kind.POST]


async def test_a_look_is_a_head_by_https_and_reads_no_picture() -> None:
    def picture(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "image/jpeg"}, content=b"never read")

    scene: Scene = on_stage(CASE, {HEAD: picture})
    observation = await scene.adapter.look(replace(THING, url=PAGE.replace("https", "http")))

    assert observation.seen is Seen.UP
    assert not observation.proof
    assert [route_of(request) for request in scene.site.seen] == [HEAD]


@settings(max_examples=200, deadline=None, database=None)
@given(st.text("./%3aé。٣:@x1-", max_size=20))
def test_every_host_that_is_claimed_is_a_name(host: str) -> None:
    try:
        locator = PURE.match(Url(f"https://{host}/x"))
    except ValueError:
        return
    if locator is not None:
        assert not (Url(locator.url).raw_host or "").rsplit(".")[-1].isdigit()


async def test_resolves_at_once_do_not_trip_over_each_other() -> None:
    scene = on_stage(CASE)
    provisional = found(CASE, PAGE)

    both = await asyncio.gather(*(scene.adapter.resolve(provisional) for _ in range(3)))

    assert [dict(each.parts) for each in both] == [ALL_PARTS] * 3
    assert scene.site.calls(f"{BOOTSTRAP}/dns.json") <= 3
