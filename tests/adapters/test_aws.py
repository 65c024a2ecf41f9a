"""AWS: what a person must decide, and that what is signed is what leaves."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from adapters.errors import NeedsPerson
from adapters.sigv4 import Signer
from adapters.spec import ContentClass, Kind, Url
from tests.adapters.contract.case import KEY, compose, on_stage
from tests.adapters.contract.cases.aws import CASE, LIST, PAGE, REPORT, reply
from tests.adapters.contract.site import NOW

UNDECIDED = replace(CASE, settings={})


@pytest.mark.parametrize(
    ("content_class", "as_type"),
    [
        (ContentClass.NCII, "csam"),
        (ContentClass.DEEPFAKE, "csam"),
        (ContentClass.VOYEURISM, "csam"),
        (ContentClass.THREAT, "csem"),
        (ContentClass.PERSONAL_DETAILS, "exposed_data"),
    ],
)
async def test_a_minor_needs_no_decision(content_class: ContentClass, as_type: str) -> None:
    scene = on_stage(UNDECIDED)

    notice = compose(PAGE, content_class=content_class, depicted_minor=True)
    await scene.adapter.send(notice, KEY)

    body = json.loads(scene.site.seen[0].content)
    assert body["clientToken"] == body["correlationId"] == KEY
    assert body["report"]["xarf"]["type"] == as_type


@pytest.mark.parametrize(
    "spelling",
    [
        "https://example.bucket.s3.amazonaws.com/a/b.html?versionId=1",
        "https://example.bucket.s3.eu-west-1.amazonaws.com/a/b.html?versionId=1",
        "https://example.bucket.s3-eu-west-1.amazonaws.com/a/b.html?versionId=1",
        "https://example.bucket.s3.dualstack.eu-west-1.amazonaws.com/a/b.html?versionId=1",
        "https://example.bucket.s3-accelerate.amazonaws.com/a/b.html?versionId=1",
        "http://s3.eu-west-1.amazonaws.com/example.bucket/a/b.html?versionId=1",
        "https://s3-ap-southeast-2.amazonaws.com/example.bucket/a/b.html?versionId=1",
        "https://s3.amazonaws.com/example.bucket/a/b.html?versionId=1",
    ],
)
def test_spellings_of_one_file_in_a_bucket_meet(spelling: str) -> None:
    found = CASE.built().match(Url(spelling))

    assert found is not None
    assert (found.kind, found.key) == (Kind.POST, "s3/example.bucket/a/b.html?versionId=1")
    assert found.url == spelling


def test_two_things_in_buckets_never_meet() -> None:
    things = (
        "https://s3.amazonaws.com/",
        "https://s3.amazonaws.com/a",
        "https://s3.amazonaws.com/a/b",
        "https://s3.amazonaws.com/a/b/",
        "https://s3.amazonaws.com/a?prefix=b/c",
        "https://b.s3.amazonaws.com/a",
        "https://a.s3.us-gov-west-1.amazonaws.com/b",
        "http://a.s3-website-us-east-1.amazonaws.com/b",
        "http://a.s3-website.us-east-2.amazonaws.com/b",
        "https://a-123456789012.s3-accesspoint.us-west-2.amazonaws.com/b",
    )

    found = [CASE.built().match(Url(address)) for address in things]

    assert len({(each.kind, each.key) for each in found if each}) == len(things)


def test_a_bucket_is_a_site_in_either_spelling() -> None:
    found = [
        CASE.built().match(Url(address))
        for address in ("https://a.s3.amazonaws.com", "https://s3.us-east-1.amazonaws.com/a")
    ]

    assert [(each.kind, each.key) for each in found if each] == [(Kind.SITE, "s3/a/")] * 2


async def test_images_of_adults_go_to_a_person_until_the_centre_decides() -> None:
    scene = on_stage(UNDECIDED)

    with pytest.raises(NeedsPerson):
        await scene.adapter.send(compose(PAGE), KEY)

    assert scene.site.seen == []


async def test_a_threat_to_an_adult_goes_to_a_person_whatever_was_decided() -> None:
    scene = on_stage(CASE)

    with pytest.raises(NeedsPerson):
        await scene.adapter.send(compose(PAGE, content_class=ContentClass.THREAT), KEY)


async def test_the_bytes_that_leave_are_those_that_were_signed() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(PAGE, text="동의 없이 게시된 글"), KEY)

    (request,) = scene.site.seen
    signer = Signer("CANARYKEYID", "canary-secret-key", "us-east-1", "abuse")
    url, kind = Url(str(request.url)), request.headers["content-type"]
    signed = signer.headers("POST", url, NOW, body=request.content, content_type=kind)
    assert request.headers["authorization"] == signed["Authorization"]
    assert request.headers["host"] == "abuse.us-east-1.amazonaws.com"


async def test_another_region_is_signed_for_where_it_is() -> None:
    west = "https://abuse.us-west-2.amazonaws.com"
    scene = on_stage(replace(CASE, settings={**CASE.settings, "api_url": west}))
    scene.site.failing[REPORT.replace("us-east-1", "us-west-2")] = CASE.routes[REPORT]

    await scene.adapter.send(CASE.notice, KEY)

    assert "/us-west-2/abuse/aws4_request" in scene.site.seen[0].headers["authorization"]


async def test_a_report_is_found_on_a_later_page() -> None:
    def pages(request: httpx.Request) -> httpx.Response:
        assert request.url.params["correlationId"] == KEY
        more = request.url.params.get("nextToken") == "second/page="
        empty = reply("list_none", nextToken="second/page=")
        return httpx.Response(200, json=reply("list") if more else empty)

    found = await on_stage(CASE, {LIST: pages}).adapter.find(CASE.notice, KEY)

    assert found == CASE.receipt
