"""Addresses on hosts that anybody may rent: what meets, what never does, and one host at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.aws import Aws
from adapters.cloudflare import Cloudflare
from adapters.errors import NotSent, Refused
from adapters.hosting import host_of, on_hosts
from adapters.spec import Item, Kind, Url
from tests.adapters.contract.case import Case, compose, on_stage, thing
from tests.adapters.contract.cases import aws, cloudflare, godaddy
from tests.adapters.contract.site import stored

SITE = "https://example-site.pages.dev"


@pytest.mark.parametrize(
    "spelling",
    [
        "http://example-site.pages.dev/p/1?id=2",
        "https://EXAMPLE-Site.Pages.dev/p/1?id=2",
        "https://example-site.pages.dev./p/1?id=2",
        "https://example-site.pages.dev:443/p/1?id=2",
        "https://example-site.pages.dev/x/../p/1?id=2",
    ],
)
def test_spellings_of_one_page_meet(spelling: str) -> None:
    found = on_hosts(Cloudflare.spec, Url(spelling))

    assert found is not None
    assert (found.kind, found.key) == (Kind.POST, "example-site.pages.dev/p/1?id=2")


def test_nothing_that_may_identify_a_page_is_dropped() -> None:
    pages = ["", "/p", "/p/", "/P", "/p?id=1", "/p?id=2", "/p?id=2&n=1", "/p#1", "/p%2F"]

    found = [on_hosts(Cloudflare.spec, Url(SITE + page)) for page in pages]

    assert len({locator.key for locator in found if locator}) == len(pages)


def test_a_site_without_more_is_a_site() -> None:
    found = on_hosts(Aws.spec, Url("http://d111111abcdef8.cloudfront.net"))

    assert found is not None
    assert (found.kind, found.url) == (Kind.SITE, "http://d111111abcdef8.cloudfront.net/")


@pytest.mark.parametrize("host", ["-x.pages.dev", "x..pages.dev", ".pages.dev", "x%2f.pages.dev"])
def test_what_is_no_name_is_nobodys_site(host: str) -> None:
    assert on_hosts(Cloudflare.spec, Url.build(scheme="https", authority=host, path="/")) is None


def test_a_message_is_about_one_host() -> None:
    notice = compose(thing("site", "a.example/1", "https://a.example/1"))
    other = Item("r2", thing("site", "b.example/1", "https://b.example/1"))

    assert host_of(notice) == "a.example"
    with pytest.raises(Refused, match="several_hosts"):
        host_of(replace(notice, items=(*notice.items, other)))


@pytest.mark.parametrize(
    ("case", "route", "reply"),
    [
        (aws.CASE, aws.STATUS, "aws/not_found.json"),
        (cloudflare.CASE, cloudflare.READ, "cloudflare/not_found.json"),
        (godaddy.CASE, godaddy.TICKET, "godaddy/no_ticket.json"),
    ],
)
async def test_a_report_that_cannot_be_read_is_asked_about_again(
    case: Case, route: str, reply: str
) -> None:
    scene = on_stage(case, {route: stored(reply, 404)})
    assert case.receipt is not None

    with pytest.raises(NotSent, match="http_404"):
        await scene.adapter.poll(case.receipt)
