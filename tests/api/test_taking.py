"""Taking a line of what waits: one at a time, for a time, and never longer than the line."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from service.actions import organisations, taking
from service.actions.queries.todo import NAMES
from service.domain.states import Actor
from service.engine import sweep
from tests.api import test_todo as ways
from tests.api.house import Centre, House

HALF = timedelta(minutes=30)
W, S = Actor.CASE_WORKER, Actor.SUPERVISOR


async def listed(house: House, query: str = "", role: Actor = W) -> list[dict[str, Any]]:
    reply = await house.get(f"/todo{query}", role=role)
    assert reply.status_code == 200, reply.text
    return list(reply.json()["items"])


async def lines(house: House, n: int = 1) -> list[str]:
    """Forms to be filed: the ids of their lines, in the order of the list."""
    for i in range(n):
        case = await house.case(f"r-{i}")
        await house.takedown(case["id"], f"https://form.example/{i}")
    return [line["id"] for line in await listed(house)]


async def take(house: House, line: str, role: Actor = W, **more: Any) -> httpx.Response:
    return await house.post(f"/todo/{line}/take", role=role, **more)


async def give_back(house: House, line: str, role: Actor = W) -> httpx.Response:
    return await house.post(f"/todo/{line}/return", role=role)


async def colleague(house: House) -> Centre:
    """Somebody else with a case worker's key of the same centre."""
    made = await organisations.make_key(house.ctx, house.ours.id, W)
    return Centre(house.ours.id, {W: made.token})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_line_that_is_taken_says_so_to_its_taker_and_to_others(house: House) -> None:
    (line,) = await lines(house)
    (free,) = await listed(house)

    taken = await take(house, line)

    assert (free["taken_by_me"], free["taken_until"]) == (False, None)
    assert taken.status_code == 200
    (mine,), (theirs,) = await listed(house), await listed(house, role=S)
    assert taken.json() == mine
    assert mine["taken_by_me"] is True
    assert abs(at(mine["taken_until"]) - house.now() - HALF) < timedelta(minutes=1)
    assert theirs == {**mine, "taken_by_me": False}


async def test_what_another_has_taken_is_refused_without_a_name(house: House) -> None:
    (line,) = await lines(house)
    until = (await take(house, line)).json()["taken_until"]

    refused = await take(house, line, S)

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "taken")
    assert until[:19] in problem["detail"]
    assert 1700 < int(refused.headers["retry-after"]) <= 1800
    (key,) = [k for k in await keys(house) if k["role"] == "case_worker"]
    assert not [word for word in (key["id"], key["prefix"], "case_worker") if word in refused.text]


async def keys(house: House) -> list[dict[str, Any]]:
    return list((await house.get("/keys", role=Actor.ADMIN)).json()["items"])


async def test_a_take_ends_by_itself(house: House) -> None:
    (line,) = await lines(house)
    await take(house, line)

    house.ahead = HALF - timedelta(minutes=1)
    early = await take(house, line, S)
    house.ahead = HALF + timedelta(minutes=1)
    (free,) = await listed(house)
    late = await take(house, line, S)

    assert (early.status_code, late.status_code) == (409, 200)
    assert (free["taken_by_me"], free["taken_until"]) == (False, None)
    assert late.json()["taken_by_me"] is True


async def test_taking_again_begins_anew(house: House) -> None:
    (line,) = await lines(house)
    first = await take(house, line)

    house.ahead = timedelta(minutes=20)
    again = await take(house, line)

    longer = at(again.json()["taken_until"]) - at(first.json()["taken_until"])
    assert timedelta(minutes=19) < longer < timedelta(minutes=22)
    assert (await house.rows("takes"))["takes"] == 1


async def test_of_many_at_once_one_has_it(house: House) -> None:
    (line,) = await lines(house)
    people = [await colleague(house) for _ in range(8)]

    replies = await asyncio.gather(*(take(house, line, centre=who) for who in people))

    assert Counter(r.status_code for r in replies) == {200: 1, 409: 7}
    winner = next(w for w, r in zip(people, replies, strict=True) if r.status_code == 200)
    seen = (await house.get("/todo", centre=winner)).json()["items"]
    assert [each["taken_by_me"] for each in seen] == [True]


async def test_who_took_it_returns_it(house: House) -> None:
    (line,) = await lines(house)
    await take(house, line)

    back = await give_back(house, line)
    again = await give_back(house, line)

    assert (back.status_code, again.status_code) == (200, 200)
    assert (back.json()["taken_by_me"], back.json()["taken_until"]) == (False, None)
    assert (await take(house, line, S)).status_code == 200


async def test_another_returns_nothing_unless_a_supervisor(house: House) -> None:
    (line,) = await lines(house)
    other = await colleague(house)
    await take(house, line)

    refused = await house.post(f"/todo/{line}/return", centre=other)
    still = (await listed(house))[0]["taken_by_me"]
    supervised = await give_back(house, line, S)

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert still is True
    assert supervised.status_code == 200
    assert (await listed(house))[0]["taken_until"] is None


async def test_the_list_shows_what_is_free_what_is_mine_and_what_is_others(house: House) -> None:
    free, mine, theirs = await lines(house, 3)
    await take(house, mine)
    await take(house, theirs, S)

    found = {
        whose: [line["id"] for line in await listed(house, f"?taken_by={whose}")]
        for whose in ("nobody", "me", "others")
    }

    assert found == {"nobody": [free], "me": [mine], "others": [theirs]}


async def test_pages_of_what_is_free_leave_nothing_out(house: House) -> None:
    ids = await lines(house, 5)
    await take(house, ids[1])
    await take(house, ids[3], S)

    found, query = [], "?taken_by=nobody&limit=2"
    while query:
        reply = (await house.get(f"/todo{query}")).json()
        found += [line["id"] for line in reply["items"]]
        after = reply["next_cursor"]
        query = f"?taken_by=nobody&limit=2&cursor={after}" if after else ""

    assert found == [ids[0], ids[2], ids[4]]


async def test_a_take_is_gone_with_its_line(house: House) -> None:
    gone, stays = await lines(house, 2)
    for line in (gone, stays):
        await take(house, line)
    (form,) = [line for line in await listed(house) if line["id"] == gone]
    filed = {"notice_id": form["notice_id"], "filed_at": house.now().isoformat()}
    await house.post("/notices/filed", {"items": [filed]})

    await sweep.sweep(house.ctx)

    refused = await take(house, gone)
    assert (await house.rows("takes"))["takes"] == 1
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert [line["id"] for line in await listed(house, "?taken_by=me")] == [stays]


async def test_what_is_over_is_deleted(house: House) -> None:
    await take(house, (await lines(house))[0])

    house.ahead = HALF + timedelta(seconds=1)

    assert await taking.forget_gone(house.ctx) == 1
    assert (await house.rows("takes"))["takes"] == 0


@pytest.mark.parametrize(
    "line",
    [
        "by_hand",
        "by_hand:",
        "by_hand:x",
        "by_hand:019aab12-0000-7000-8000-000000000000",
        "BY_HAND:019aab12-0000-7000-8000-000000000000",
        "by_hand:019AAB12-0000-7000-8000-000000000000",
        "no_kind:019aab12-0000-7000-8000-000000000000",
        "lane_closed:nowhere",
        "lane_closed:%00",
        "stuck:019aab12-0000-7000-8000-000000000000",
        "needs_info:019aab12-0000-7000-8000-000000000000",
    ],
)
async def test_what_does_not_wait_cannot_be_taken(house: House, line: str) -> None:
    for reply in (await take(house, line), await give_back(house, line)):
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_what_waits_elsewhere_is_not_there(house: House) -> None:
    (line,) = await lines(house)

    for word in ("take", "return"):
        reply = await house.post(f"/todo/{line}/{word}", centre=house.theirs)
        assert reply.status_code == 404

    assert (await house.rows("takes"))["takes"] == 0


@pytest.mark.parametrize("made", NAMES)
async def test_a_line_of_every_kind_can_be_taken(house: House, made: str) -> None:
    await ways.MADE[made](house)
    (line,) = await ways.todo(house, f"?kind={made}")
    before = await house.rows("entries")

    refused = await take(house, line["id"])
    taken = await take(house, line["id"], S)

    expected = {"case_worker": 200, "admin": 200, "supervisor": 403}
    assert refused.status_code == expected[line["for_role"]], refused.text
    assert taken.status_code == (200 if refused.status_code == 403 else 409)
    shown = taken if taken.status_code == 200 else refused
    kept = {k: v for k, v in shown.json().items() if not k.startswith("taken_")}
    assert kept == {k: v for k, v in line.items() if not k.startswith("taken_")}
    assert await house.rows("entries") == before


async def test_a_keyed_take_may_be_repeated(house: House) -> None:
    (line,) = await lines(house)
    key = {"Idempotency-Key": "k-1"}

    first = await house.post(f"/todo/{line}/take", headers=key)
    again = await house.post(f"/todo/{line}/take", headers=key)

    assert (first.status_code, first.content) == (200, again.content)
    assert again.headers["idempotency-replayed"] == "true"


async def test_only_the_key_and_the_time_are_kept(house: House) -> None:
    (line,) = await lines(house)
    await take(house, line)

    async def work(u: Any) -> Any:
        return (await u.run("SELECT * FROM takes")).mappings().one()

    assert set(await house.store.read(work)) == {"organisation_id", "todo_id", "key_id", "until"}
