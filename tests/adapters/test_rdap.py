"""RDAP as registries speak it: which of their contacts is the desk, and why there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.rdap import Desk, Found, Rdap, guessed
from adapters.rdap_reply import desk_in
from adapters.site import Site
from tests.adapters.contract.case import on_stage
from tests.adapters.contract.cases.site import BOOTSTRAP, CASE
from tests.adapters.contract.site import NOW, REPLIES, Answer, stored, told
from tests.adapters.contract.site import Site as World

ROOT = "https://data.iana.org/rdap"
COM = "GET https://rdap.registry.example/v1/domain"
ORG = "GET https://rdap.org-registry.example/rdap/domain"
UK = "GET https://rdap.uk.example/domain"
KR = "GET https://rdap.kr.example/rdap/domain"
REGISTRAR = "GET https://rdap.registrar.example/rdap/domain"
NOT_FOUND = stored("rdap/not_found.json", 404)
SOME = "some-site.com"
BY_REGISTRY = Desk("Example Registrar, LLC", "abuse@registrar.example", "US", "rdap_domain")


def to(address: str, status: int = 302) -> Answer:
    return lambda _request: httpx.Response(status, headers={"location": address})


def asking(routes: Mapping[str, Answer], at: datetime = NOW) -> tuple[Rdap, World, Site]:
    """Lookups before servers that answer so; the bootstrap files are those of the case."""
    files = {f"{BOOTSTRAP}/{n}.json": stored(f"rdap/{n}.json") for n in ("dns", "ipv4", "ipv6")}
    scene = on_stage(replace(CASE, routes={**files, **routes}))
    adapter = scene.adapter
    assert isinstance(adapter, Site)
    set_clock(adapter, at)
    return Rdap(adapter, ROOT), scene.site, adapter


def set_clock(adapter: Site, at: datetime) -> None:
    adapter._tools = replace(adapter.tools, now=lambda: at)


async def of_name(host: str, routes: Mapping[str, Answer]) -> Found:
    return await asking(routes)[0].of_name(host)


async def of_address(address: str, routes: Mapping[str, Answer]) -> Found:
    return await asking(routes)[0].of_address(address)


@pytest.mark.parametrize(
    ("address", "route", "file", "desk"),
    [
        (
            "93.184.215.14",  # of two ranges, the narrower one
            "GET https://rdap.ripe.example/ip/93.184.215.14",
            "ip_ripe",
            Desk("Example Hosting B.V.", "abuse@host.example", "NL", "rdap_ip"),
        ),
        (
            "23.1.2.3",  # the contact stands inside the registrant
            "GET https://rdap.arin.example/registry/ip/23.1.2.3",
            "ip_arin",
            Desk("Example Hosting, Inc.", "abuse@host.example", "", "rdap_ip"),
        ),
        (
            "1.2.3.4",  # an incident response team; of its addresses, the one they prefer
            "GET https://rdap.apnic.example/ip/1.2.3.4",
            "ip_apnic",
            Desk("IRT-EXAMPLE-KR", "report@host.example", "KR", "rdap_ip"),
        ),
        (
            "2a00:1450:4001::1",
            "GET https://rdap.ripe.example/ip/2a00:1450:4001::1",
            "ip_ripe",
            Desk("Example Hosting B.V.", "abuse@host.example", "NL", "rdap_ip"),
        ),
    ],
)
async def test_the_desk_of_a_network(address: str, route: str, file: str, desk: Desk) -> None:
    assert (await of_address(address, {route: stored(f"rdap/{file}.json")})).desk == desk


async def test_the_network_tells_its_name() -> None:
    route = "GET https://rdap.arin.example/registry/ip/23.1.2.3"

    found = await of_address("23.1.2.3", {route: stored("rdap/ip_without_abuse.json")})

    assert found == Found(why_not="no_abuse_contact", label="EXAMPLE-NET")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_referral_is_followed_once(status: int) -> None:
    first = "GET https://rdap.arin.example/registry/ip/23.1.2.3"
    second = "https://rdap.ripe.example/ip/23.1.2.3"
    routes = {first: to(second, status), f"GET {second}": stored("rdap/ip_ripe.json")}
    loop = {first: to(second, status), f"GET {second}": to("../ip/23.1.2.3", status)}

    assert (await of_address("23.1.2.3", routes)).desk is not None
    assert await of_address("23.1.2.3", loop) == Found(why_not=f"http_{status}", lasting=False)


@pytest.mark.parametrize(
    "address",
    ["http://rdap.ripe.example/x", "https://rdap.ripe.example:8443/x", "//[", "//[]@", "file:///x"],
)
async def test_a_referral_to_what_is_no_public_server_is_no_answer(address: str) -> None:
    route = "GET https://rdap.arin.example/registry/ip/23.1.2.3"

    found = await of_address("23.1.2.3", {route: to(address)})

    assert found.desk is None
    assert not found.lasting


@pytest.mark.parametrize("nobody", ["9.9.9.9", "2001:200::1"])
async def test_a_number_without_a_server_has_no_desk(nobody: str) -> None:
    assert await of_address(nobody, {}) == Found(why_not="no_rdap_server")


async def test_the_abuse_contact_stands_inside_the_registrar() -> None:
    found = await of_name("iana.org", {f"{ORG}/iana.org": stored("rdap/domain.json")})

    assert found == Found(
        BY_REGISTRY, label="iana.org", statuses=frozenset({"client transfer prohibited"})
    )


async def test_the_domain_is_the_longest_name_that_is_registered() -> None:
    routes = {
        f"{UK}/a.b.some-site.co.uk": told({}, 400),
        f"{UK}/b.some-site.co.uk": NOT_FOUND,
        f"{UK}/some-site.co.uk": stored("rdap/domain.json"),
    }

    found = await of_name("a.b.some-site.co.uk", routes)

    assert found.label == "some-site.co.uk"
    assert found.desk == BY_REGISTRY


async def test_www_is_not_asked_for_and_long_names_only_from_their_end() -> None:
    rdap, world, _ = asking({f"{COM}/{name}": NOT_FOUND for name in ("a.com", "www.com")})
    assert (await rdap.of_name("www.a.com")).why_not == "not_found"
    assert (await rdap.of_name("www.com")).why_not == "not_found"
    assert len(world.seen) == 3

    deep = ".".join("abcdefghij")
    ends = [f"{deep[-2 * n + 1 :]}.com" for n in (4, 3, 2, 1)]
    rdap, world, _ = asking({f"{COM}/{name}": NOT_FOUND for name in ends})
    assert (await rdap.of_name(f"{deep}.com")).why_not == "not_found"
    assert [str(r.url).rpartition("/")[2] for r in world.seen[1:]] == ends


async def test_a_name_of_other_letters_is_asked_for_in_punycode() -> None:
    name = "xn--9n2bp8q.xn--3e0b707e"

    assert (await of_name(name, {f"{KR}/{name}": stored("rdap/domain.json")})).desk == BY_REGISTRY


async def test_what_the_registry_does_not_tell_the_registrar_may() -> None:
    routes = {
        f"{COM}/{SOME}": stored("rdap/domain_thin.json"),
        f"{REGISTRAR}/{SOME}": stored("rdap/domain_at_registrar.json"),
    }

    found = await of_name(SOME, routes)

    assert found.desk == Desk(
        "Example Registrar, LLC", "abuse@registrar.example", "", "rdap_domain"
    )
    assert found.on_hold


async def test_when_the_registrar_is_silent_the_registrys_word_stays() -> None:
    thin = {f"{COM}/{SOME}": stored("rdap/domain_thin.json")}

    broken = await of_name(SOME, {**thin, f"{REGISTRAR}/{SOME}": told({}, 503)})
    unknown = await of_name(SOME, {**thin, f"{REGISTRAR}/{SOME}": NOT_FOUND})

    assert (broken.why_not, broken.lasting, broken.label) == ("http_503", False, SOME)
    assert (unknown.why_not, unknown.lasting, unknown.on_hold) == ("not_found", True, True)


async def test_a_contact_that_is_kept_back_is_none() -> None:
    found = await of_name(SOME, {f"{COM}/{SOME}": stored("rdap/domain_redacted.json")})

    assert (found.desk, found.why_not, found.lasting) == (None, "redacted", True)


async def test_a_server_that_slows_us_down_is_left_alone_until_then() -> None:
    slow = {f"{COM}/{SOME}": told({}, 429, {"retry-after": "60"})}
    rdap, world, adapter = asking(slow)
    until = NOW + timedelta(seconds=60)

    first, second = await rdap.of_name(SOME), await rdap.of_name(f"www.{SOME}")
    assert first == second == Found(why_not="throttled", lasting=False, until=until)
    assert world.calls(f"{COM}/{SOME}") == 1

    set_clock(adapter, until)
    await rdap.of_name(SOME)
    assert world.calls(f"{COM}/{SOME}") == 2


async def test_a_server_that_names_no_moment_is_left_alone_for_a_while() -> None:
    found = await of_name(SOME, {f"{COM}/{SOME}": told({}, 429)})

    assert found.until == NOW + timedelta(minutes=5)


async def test_bootstrap_files_are_kept_for_three_days_and_longer_when_there_are_no_new_ones() -> (
    None
):
    rdap, world, adapter = asking({f"{COM}/{SOME}": NOT_FOUND})
    file = f"{BOOTSTRAP}/dns.json"

    for day in (0, 1, 2):
        set_clock(adapter, NOW + timedelta(days=day))
        await rdap.of_name(SOME)
    assert world.calls(file) == 1

    set_clock(adapter, NOW + timedelta(days=3))
    world.failing[file] = told({}, 404)
    assert (await rdap.of_name(SOME)).why_not == "not_found"
    assert world.calls(file) == 2


@pytest.mark.parametrize(
    "answer",
    [told({}, 404), told([]), told({}), told({"services": [[1], [["com"], ["ftp://x"]], 2]})],
)
async def test_without_bootstrap_files_nothing_is_sure(answer: Answer) -> None:
    found = await of_name(SOME, {f"{BOOTSTRAP}/dns.json": answer})

    assert found == Found(why_not="no_bootstrap", lasting=False)


async def test_a_number_that_is_no_network_is_passed_over() -> None:
    services = [[["x", "93.0.0.0/8"], ["https://rdap.ripe.example"]]]
    routes = {
        f"{BOOTSTRAP}/ipv4.json": told({"services": services}),
        "GET https://rdap.ripe.example/ip/93.1.1.1": stored("rdap/ip_ripe.json"),
    }

    assert (await of_address("93.1.1.1", routes)).desk is not None


def entity(email: object, *roles: object, **more: object) -> dict[str, Any]:
    card = ["vcard", [["fn", {}, "text", "Name"], ["email", {}, "text", email]]]
    return {"roles": list(roles), "vcardArray": card, **more}


@pytest.mark.parametrize(
    "email",
    ["", None, 7, "nobody", "a@b", "a@b.example\r\nBcc: c@d.example", "REDACTED FOR PRIVACY"],
)
def test_what_is_no_address_is_no_desk(email: object) -> None:
    assert desk_in({"entities": [entity(email, "abuse")]}, "rdap_ip").desk is None


def test_only_an_abuse_contact_is_asked() -> None:
    told_of = {"entities": [entity("a@b.example", "technical"), entity("c@d.example", "registrar")]}

    assert desk_in(told_of, "rdap_domain").desk is None


def test_the_registrars_desk_comes_before_another_one() -> None:
    reseller = entity("x@reseller.example", "reseller", entities=[entity("a@r.example", "abuse")])
    registrar = entity("", "registrar", entities=[entity("b@registrar.example", "abuse")])

    found = desk_in({"entities": [reseller, registrar]}, "rdap_domain")

    assert found.desk is not None
    assert found.desk.email == "b@registrar.example"


def test_entities_without_end_are_not_followed() -> None:
    deep: dict[str, Any] = entity("a@b.example", "abuse")
    for _ in range(300):
        deep = {"entities": [deep]}

    assert desk_in(deep, "rdap_ip").desk is None


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.just("abuse"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["entities", "roles", "vcardArray", "status", "redacted", "links", "rel"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None, database=None)
@given(st.dictionaries(st.sampled_from(["entities", "status", "redacted", "country"]), _JSON))
def test_whatever_they_say_is_read_or_passed_over(told_of: dict[str, Any]) -> None:
    for found_by in ("rdap_ip", "rdap_domain"):
        assert isinstance(desk_in(told_of, found_by), Found)


def test_a_guess_says_that_it_is_one() -> None:
    assert guessed("iana.org") == Desk("iana.org", "abuse@iana.org", "", "rfc2142")


def test_the_stored_replies_are_json_with_example_mailboxes_only() -> None:
    for path in (REPLIES / "rdap").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        json.loads(text)
        assert all(
            part.startswith(("host.example", "registrar.example", "some-site.com"))
            for part in text.split("@")[1:]
        )
