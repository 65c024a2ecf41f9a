"""From an address that no platform claims to what its network, host and registrar are told.

All three adapters are the product's own; the relay is real, and DNS, RDAP and Cloudflare answer as
their documents show.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from adapters.cloudflare import Cloudflare
from adapters.contract.desks import opened
from adapters.contract.relay import relay
from adapters.contract.site import Names, Site
from adapters.egress import Egress
from adapters.http import Http
from adapters.mastodon import Mastodon
from adapters.registrar import Registrar
from adapters.site import Site as AnySite
from adapters.spec import AnswerKind
from service.store.unit import Store
from tests.adapters.contract.case import Routes
from tests.adapters.contract.cases import cloudflare, mastodon, site
from tests.adapters.contract.site import stored, told
from tests.flow.office import Office

BEHIND_CLOUDFLARE: Final = "104.16.0.1"
OF_CLOUDFLARE: Final = f"GET https://rdap.arin.example/registry/ip/{BEHIND_CLOUDFLARE}"
HOST, REGISTRAR = "abuse@host.example", "abuse@registrar.example"
NOT_FOUND: Final = stored("rdap/not_found.json", 404)


class Web:
    """The network as one centre meets it."""

    def __init__(self, office: Office, site: Site, names: dict[str, list[str]], heard: Any) -> None:
        self.office, self.site, self.names, self._relay = office, site, names, heard

    def reports(self) -> list[dict[str, Any]]:
        sent = [r for r in self.site.seen if r.method == "POST"]
        return [json.loads(r.content) for r in sent]

    def mails(self) -> list[tuple[str, str]]:
        """To whom, and what it says."""
        letters = map(opened, self._relay.bodies)
        return [(str(m["To"]), m.get_content()) for m in letters]


@asynccontextmanager
async def the_web(store: Store, changes: Routes | None = None) -> AsyncIterator[Web]:
    """The site is behind Cloudflare, which entitled the centre, until `names` says otherwise."""
    routes = {**site.CASE.routes, **cloudflare.CASE.routes, **(changes or {})}
    routes[OF_CLOUDFLARE] = stored("rdap/ip_arin.json")
    names = {"www.iana.org": [BEHIND_CLOUDFLARE]}
    there = Site(routes)
    http = Http(Egress(resolver=Names(names)), transport=there, pause_s=0.0)
    adapters = (Cloudflare, AnySite, Registrar)
    async with (
        relay() as heard,
        Office(store, adapters=adapters, here=http, relay_port=heard.port) as office,
    ):
        await office.platform("cloudflare", cloudflare.CASE.settings, cloudflare.CASE.secrets)
        yield Web(office, there, names, heard)


async def rungs(office: Office) -> dict[str, tuple[int, str]]:
    return {r.addressee: (r.rung, r.state) for r in await office.all("requests")}


async def test_network_host_and_registrar_are_asked_one_after_the_other(store: Store) -> None:
    async with the_web(store) as web:
        office = web.office
        await office.take_in(await office.case(), site.PAGE)
        await office.work()
        (report,) = web.reports()
        assert report["urls"] == site.PAGE
        assert report["act"] == "abuse_ncsei"
        assert web.mails() == []

        # it moves away from the network, which says so
        web.names["www.iana.org"] = list(site.NAMES["www.iana.org"])
        notice = await office.one("notices", addressee="cloudflare")
        await office.answer(notice, AnswerKind.WRONG_ADDRESSEE)
        await office.work()
        ((to, text),) = web.mails()
        assert to == HOST
        assert site.PAGE in text
        assert "Example Centre" in text

        notice = await office.one("notices", addressee="site")
        await office.answer(notice, AnswerKind.REFUSED)
        await office.work()
        assert sorted(to for to, _ in web.mails()[1:]) == [HOST, REGISTRAR], "and a complaint"
        await office.later(seconds=2)
        polled = any("/submitted/" in str(request.url) for request in web.site.seen)
        assert polled, "they say that they have the report"
        assert await rungs(office) == {
            "cloudflare": (1, "wrong_addressee"),
            "site": (2, "refused"),
            "registrar": (3, "asked"),
        }
        assert len(web.reports()) == 1


async def test_what_stays_behind_the_network_goes_on_to_the_registrar(store: Store) -> None:
    async with the_web(store) as web:
        office = web.office
        await office.take_in(await office.case(), site.PAGE)
        await office.work()
        notice = await office.one("notices", addressee="cloudflare")
        await office.answer(notice, AnswerKind.REFUSED)
        await office.work()

        assert [to for to, _ in web.mails()] == [REGISTRAR], "no second way to the same network"
        host = await office.one("requests", addressee="site")
        assert (host.state, host.reason) == ("not_reached", "no_host_desk")


@pytest.mark.parametrize(
    ("of_name", "asked"),
    [
        (told({}, 429, {"retry-after": "600"}), ["cloudflare"]),
        (NOT_FOUND, ["cloudflare"]),
        (stored("rdap/domain_redacted.json"), ["cloudflare"]),
    ],
    ids=["429", "none", "redacted"],
)
async def test_a_registry_that_tells_nothing_keeps_nobody_from_asking_the_network(
    store: Store, of_name: Any, asked: list[str]
) -> None:
    async with the_web(store, {site.OF_WHOLE_NAME: of_name}) as web:
        await web.office.take_in(await web.office.case(), site.PAGE)
        await web.office.work()

        assert sorted(await rungs(web.office)) == asked
        assert [r["urls"] for r in web.reports()] == [site.PAGE]


async def test_a_site_that_claims_to_be_an_instance_is_written_to_all_the_same(
    store: Store,
) -> None:
    """One file makes it say that it runs Mastodon; the centre's own instance finds nothing."""
    page = "https://www.iana.org/@examplename/112345678901234567"
    there = Site(
        {
            **site.CASE.routes,
            f"HEAD {page}": told(None),
            mastodon.SEARCH: told({"accounts": [], "statuses": [], "hashtags": []}),
        }
    )
    http = Http(Egress(resolver=Names(dict(site.NAMES))), transport=there, pause_s=0.0)
    adapters = (Mastodon, AnySite, Registrar)
    async with (
        relay() as heard,
        Office(store, adapters=adapters, here=http, relay_port=heard.port) as office,
    ):
        await office.platform("mastodon", mastodon.CASE.settings, mastodon.CASE.secrets)
        await office.take_in(await office.case(), page)
        await office.work()
        assert heard.bodies == []
        await office.later(minutes=2)
        await office.later(minutes=5)

        web = Web(office, there, {}, heard)
        ((to, text),) = web.mails()
        assert (to, page in text, web.reports()) == (HOST, True, [])
        (takedown,) = await office.all("takedowns")
        assert (takedown.platform, takedown.state) == ("site", "open")
