"""Mastodon and what its family shares, where the contract does not reach."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from adapters.errors import ContentGone, NotSent, Refused
from adapters.mastodon import Mastodon
from adapters.spec import ContentClass, Item, Kind, Locator, Seen, Url
from tests.adapters.contract.case import KEY, compose, on_stage
from tests.adapters.contract.cases.mastodon import (
    ACCOUNT,
    CASE,
    FAR,
    ID,
    LOOK,
    LOOK_FAR,
    POST,
    SEARCH,
    SITE,
)
from tests.adapters.contract.site import REPLIES, stored, told

FAR_URL = "https://other.example/@examplename/98"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        *(
            (address, f"mastodon.example/{ID}")
            for address in (
                f"{SITE}/@examplename/{ID}",
                f"{SITE}/@ExampleName/{ID}/",
                f"{SITE}/%40examplename/{ID}?x=1#y",
                f"{SITE}/@examplename@mastodon.example/{ID}",
                f"{SITE}/@examplename/{ID}/favourites",
                f"{SITE}/users/examplename/statuses/{ID}/activity",
                f"{SITE}/web/@examplename/{ID}",
                f"http://Mastodon.example.:80/@examplename/{ID}",
            )
        ),
        (f"{SITE}/@ExampleName/with_replies", "mastodon.example/@examplename"),
        (f"{SITE}/users/examplename", "mastodon.example/@examplename"),
        (f"{SITE}/@examplename@other.example", "mastodon.example/@examplename@other.example"),
        (FAR_URL, "other.example/98"),
        ("https://xn--bcher-kva.example/@a/9", "xn--bcher-kva.example/9"),
        ("https://bücher.example/@a/9", "xn--bcher-kva.example/9"),
    ],
)
def test_spellings_of_one_thing_meet_on_every_host(address: str, key: str) -> None:
    locator = CASE.built().match_at(Url(address))

    assert locator is not None
    assert (locator.key, locator.final) == (key, False)


@pytest.mark.parametrize(
    "address",
    ["https://other.example:8443/@a/9", "https://a@other.example/@a/9", "https://[::1]/@a/9"],
)
def test_an_odd_host_is_nobodys(address: str) -> None:
    assert CASE.built().match_at(Url(address)) is None


def test_without_a_home_it_is_not_set_up_and_matches_nothing() -> None:
    adapter = Mastodon({}, {}, None)

    assert adapter.missing() == ("base_url", "token")
    assert adapter.match(Url(f"{SITE}/@examplename/{ID}")) is None
    assert adapter.match_at(Url(FAR_URL)) is not None


async def test_what_lives_elsewhere_meets_its_copy_at_home() -> None:
    scene = on_stage(CASE, {SEARCH: stored("mastodon/search_status.json")})
    asked = scene.adapter.match_at(Url(FAR_URL))
    assert asked is not None

    found = await scene.adapter.resolve(asked)

    assert found == FAR
    request = scene.site.seen[-1]
    assert dict(request.url.params) == {"q": FAR_URL, "resolve": "true", "type": "statuses"}
    assert request.headers["authorization"] == "Bearer canary-token"


async def test_a_copy_at_home_is_named_as_its_own_instance_does() -> None:
    scene = on_stage(CASE)
    asked = scene.adapter.match(Url(f"{SITE}/@examplename@other.example/{FAR.parts['id']}"))
    assert asked is not None

    found = await scene.adapter.resolve(asked)

    assert (found.key, found.url) == (FAR.key, FAR.key)


async def test_what_home_cannot_fetch_is_not_gone() -> None:
    scene = on_stage(CASE, {SEARCH: stored("mastodon/search_nothing.json")})
    post = scene.adapter.match_at(Url(FAR_URL))
    account = scene.adapter.match_at(Url("https://other.example/@examplename"))
    assert post is not None
    assert account is not None

    for asked in (post, account):
        with pytest.raises(NotSent, match="cannot_resolve"):
            await scene.adapter.resolve(asked)


@pytest.mark.parametrize("path", [f"@examplename/{ID}", "@examplename"])
async def test_what_home_does_not_have_is_gone(path: str) -> None:
    gone = {
        LOOK: stored("mastodon/not_found.json", 404),
        SEARCH: stored("mastodon/search_nothing.json"),
    }
    scene = on_stage(CASE, gone)
    asked = scene.adapter.match(Url(f"{SITE}/{path}"))
    assert asked is not None

    with pytest.raises(ContentGone):
        await scene.adapter.resolve(asked)


async def test_a_post_that_we_may_not_see_closes_no_lane() -> None:
    scene = on_stage(CASE, {SEARCH: stored("mastodon/not_permitted.json", 403)})
    asked = scene.adapter.match_at(Url(FAR_URL))
    assert asked is not None

    with pytest.raises(NotSent, match="not_permitted"):
        await scene.adapter.resolve(asked)


@pytest.mark.parametrize(
    ("locator", "ids", "forward"),
    [(POST, [ID], False), (FAR, [FAR.parts["id"]], True), (ACCOUNT, [], False)],
)
async def test_a_report_says_whom_what_and_whether_to_forward(
    locator: Locator, ids: list[str], forward: bool
) -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(replace(CASE.notice, items=(Item("r1", locator),)), KEY)

    report = json.loads(scene.site.seen[-1].content)
    assert report["account_id"] == locator.parts["account_id"]
    assert (report["status_ids"], report["forward"]) == (ids, forward)
    assert report["comment"].endswith("\n\n[EF-7K2M9Q 0192f7a1c0de]")


@pytest.mark.parametrize("content_class", ContentClass)
async def test_what_breaks_the_law_is_reported_as_that(content_class: ContentClass) -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(POST, content_class=content_class), KEY)

    category = json.loads(scene.site.seen[-1].content).get("category")
    assert category == (None if content_class is ContentClass.OTHER else "legal")


async def test_what_was_not_there_is_asked_for_again_before_it_is_reported() -> None:
    scene = on_stage(CASE, {LOOK: stored("mastodon/not_found.json", 404)})
    asked = scene.adapter.match(Url(f"{SITE}/@examplename/{ID}"))
    assert asked is not None

    with pytest.raises(ContentGone):
        await scene.adapter.send(compose(replace(asked, final=True)), KEY)

    assert (await scene.adapter.look(replace(asked, final=True))).rule == "not_resolved"


async def test_a_text_that_does_not_fit_is_not_cut() -> None:
    scene = on_stage(CASE)

    with pytest.raises(Refused, match="text_too_long"):
        await scene.adapter.send(compose(POST, text="x" * 980), KEY)

    assert scene.site.seen == []


async def test_a_look_is_a_strangers_and_proves_only_what_is_said() -> None:
    gone = {route: stored("mastodon/not_found.json", 404) for route in (LOOK, LOOK_FAR)}
    scene = on_stage(CASE, gone)

    post, copy = await scene.adapter.look(POST), await scene.adapter.look(FAR)

    assert (post.seen, post.proof) == (Seen.GONE, False)
    assert (copy.seen, copy.rule) == (Seen.CANNOT_SEE, "copy_not_found")
    assert all("authorization" not in request.headers for request in scene.site.seen)


def test_an_account_is_no_post() -> None:
    locator = CASE.built().match(Url(f"{SITE}/@examplename"))

    assert locator is not None
    assert locator.kind is Kind.ACCOUNT


async def test_a_boost_stands_for_what_it_boosts() -> None:
    told_of = json.loads((REPLIES / "mastodon/status_remote.json").read_text(encoding="utf-8"))
    original = json.loads((REPLIES / "mastodon/status.json").read_text(encoding="utf-8"))
    scene = on_stage(CASE, {LOOK_FAR: told({**told_of, "reblog": original})})
    asked = scene.adapter.match(Url(f"{SITE}/@booster/{FAR.parts['id']}"))
    assert asked is not None

    found = await scene.adapter.resolve(asked)

    assert (found.key, found.parts) == (POST.key, POST.parts)
