"""What a list may say of the addresses in it."""

from __future__ import annotations

from datetime import timedelta

from tests.api.house import House

URL = "https://example.com/1"


async def test_a_list_of_all_cases_names_no_address(house: House) -> None:
    case = await house.case("one")
    await house.post("/takedowns", {"case_id": case["id"], "items": [URL]})

    everything = await house.get("/takedowns")

    assert URL not in everything.text
    assert [(t["url"], t["shown"], t["external_id"]) for t in everything.json()["items"]] == [
        (None, None, None)
    ]


async def test_the_list_of_one_case_names_them(house: House) -> None:
    case = await house.case("one")
    await house.post("/takedowns", {"case_id": case["id"], "items": [URL]})

    listed = await house.get(f"/takedowns?case={case['id']}")

    assert [t["url"] for t in listed.json()["items"]] == [URL]


async def test_a_platform_that_there_is_not_is_refused(house: House) -> None:
    for name in ("exmaple", "", "x" * 101):
        reply = await house.get(f"/takedowns?platform={name}")

        problem = reply.json()
        assert (reply.status_code, problem["code"]) == (400, "invalid"), name
        assert [e["pointer"] for e in problem["errors"]] == ["#/query/platform"]


async def test_what_nobody_looks_at_or_asks_about_is_never_due(house: House) -> None:
    case = await house.case("one")
    known = await house.takedown(case["id"], URL)
    unknown = await house.takedown(case["id"], "https://nobody.example/")
    due = (house.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")

    found = (await house.get(f"/takedowns?due={due}")).json()["items"]

    assert [t["id"] for t in found] == [known]
    assert (await house.get(f"/takedowns/{unknown}")).json()["next_action_at"] is None
