"""Pleroma, where the contract does not reach."""

from __future__ import annotations

import json

import pytest

from adapters.errors import NotSent
from adapters.spec import Url
from tests.adapters.contract.case import KEY, on_stage
from tests.adapters.contract.cases.pleroma import API, AUTHOR, CASE, ID, OBJECT, OWN, SEARCH, SITE
from tests.adapters.contract.site import stored, told

FAR = "https://other.example"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (f"notice/{ID}", ID),
        (f"@examplename/posts/{ID}", ID),
        (f"@examplename/{ID}", ID),
        ("notice/1234567", "1234567"),
        (f"objects/{OBJECT.upper()}", OBJECT),
        ("users/ExampleName", "@examplename"),
        ("@examplename", "@examplename"),
        ("examplename", "@examplename"),
        ("users/examplename@other.example", "@examplename"),
        ("users/example.name@third.example", "@example.name@third.example"),
        (f"users/{AUTHOR}", f"@{AUTHOR}"),
    ],
)
def test_spellings_of_one_thing_meet_on_every_host(path: str, key: str) -> None:
    locator = CASE.built().match_at(Url(f"{FAR}/{path}"))

    assert locator is not None
    assert locator.key == f"other.example/{key}"


def test_ids_that_differ_in_their_capitals_are_two() -> None:
    keys = {
        locator.key
        for each in (ID, ID.lower())
        if (locator := CASE.built().match(Url(f"{SITE}/notice/{each}")))
    }

    assert len(keys) == 2


async def test_a_post_elsewhere_is_searched_for_without_those_that_quote_it() -> None:
    scene = on_stage(CASE, {SEARCH: stored("pleroma/search_status.json")})
    asked = scene.adapter.match_at(Url(f"{FAR}/objects/0192f7a1-c0de-4c0d-abad-1deafacade01"))
    assert asked is not None

    found = await scene.adapter.resolve(asked)

    assert (found.key, found.url, found.parts["remote"]) == (asked.url, asked.url, "yes")
    assert scene.site.seen[-1].url.params["limit"] == "0"


async def test_an_account_elsewhere_is_looked_up_by_its_handle() -> None:
    route = f"GET {API}/v1/accounts/examplename@other.example"
    scene = on_stage(CASE, {route: stored("pleroma/account_remote.json")})
    asked = scene.adapter.match_at(Url(f"{FAR}/users/examplename"))
    assert asked is not None

    assert (await scene.adapter.resolve(asked)).key == "@examplename@other.example"
    scene.site.failing[route] = stored("pleroma/no_account.json", 404)
    with pytest.raises(NotSent, match="cannot_resolve"):
        await scene.adapter.resolve(asked)


async def test_a_report_names_no_category_and_stays_at_home() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(CASE.notice, KEY)

    report = json.loads(scene.site.seen[-1].content)
    assert set(report) == {"account_id", "status_ids", "comment", "forward"}
    assert report["forward"] is False


@pytest.mark.parametrize(("created", "sure"), [("2026-11-01", True), ("2026-11-22", False)])
async def test_twenty_reports_are_enough_only_where_they_reach_back(
    created: str, sure: bool
) -> None:
    rows = [{"id": str(n), "content": "", "created_at": f"{created}T12:00:00Z"} for n in range(20)]
    scene = on_stage(CASE, {OWN: told({"reports": rows, "total": 40})})

    if sure:
        assert await scene.adapter.find(CASE.notice, KEY) is None
    else:
        with pytest.raises(NotSent, match="too_many_reports"):
            await scene.adapter.find(CASE.notice, KEY)
