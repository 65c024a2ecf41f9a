"""What another system may not change in a case, and what the record keeps of those who may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from service.actions import matters
from service.domain.states import Actor
from service.store import entries
from service.store.unit import Unit
from tests.api.house import House

SAID = {"kind": "good_faith", "words": "We believe in good faith.", "language": "en"}
MINOR = {"depicted_as": "minor", "person_now": "minor"}


async def change(
    house: House, case_id: str, role: Actor = Actor.INTEGRATOR, **fields: Any
) -> httpx.Response:
    path = f"/cases/{case_id}"
    etag = (await house.get(path)).headers["etag"]
    return await house.call("PATCH", path, fields, role=role, headers={"If-Match": etag})


async def facts(house: House, case_id: str) -> dict[str, Any]:
    """What the newest line of a change keeps sealed."""

    async def work(u: Unit) -> dict[str, Any]:
        case = await matters.open_case(u, house.ours.id, UUID(case_id))
        where = "SELECT id, sealed FROM entries WHERE case_id = :id AND event = 'case_changed'"
        row = (await u.run(f"{where} ORDER BY id DESC LIMIT 1", id=case.id)).one()
        return dict(entries.facts_of(case.key, row.id, row.sealed))

    return await house.store.read(work)


async def state(house: House, takedown: str) -> tuple[str, list[str]]:
    shown = (await house.get(f"/takedowns/{takedown}")).json()
    return shown["state"], [hold["kind"] for hold in shown["holds"]]


@pytest.mark.parametrize("statements", [[], [SAID], [{**SAID, "words": "Others."}]])
async def test_no_machine_changes_what_a_person_stands_behind(
    house: House, statements: list[Any]
) -> None:
    case = await house.case(statements=[SAID])
    before = await house.rows("entries")

    reply = await change(house, case["id"], statements=statements)

    assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")
    assert (await house.rows("entries"))["entries"] == before["entries"] + 1  # our reading it
    shown = (await house.get(f"/cases/{case['id']}")).json()["statements"]
    assert [s["words"] for s in shown] == [SAID["words"]]


@pytest.mark.parametrize("later", [[], [{**SAID, "words": "Other words."}]])
async def test_the_record_keeps_statements_as_they_were_and_as_they_are(
    house: House, later: list[Any]
) -> None:
    case = await house.case(statements=[SAID])

    reply = await change(house, case["id"], Actor.CASE_WORKER, statements=later)

    assert reply.status_code == 200
    kept = await facts(house, case["id"])
    assert [s["words"] for s in kept["before"]["statements"]] == [SAID["words"]]
    assert [s["words"] for s in kept["statements"]] == [s["words"] for s in later]
    assert set(kept["before"]) == {"statements"}


async def test_the_record_keeps_both_ages(house: House) -> None:
    case = await house.case(**MINOR)

    await change(house, case["id"], Actor.CASE_WORKER, person_now="adult", depicted_as="adult")

    kept = await facts(house, case["id"])
    assert kept["before"] == MINOR
    assert (kept["person_now"], kept["depicted_as"]) == ("adult", "adult")


async def test_no_machine_makes_a_minor_an_adult_so_that_it_goes_out(house: House) -> None:
    case = await house.case(**MINOR)
    takedown = await house.takedown(case["id"])
    held = await state(house, takedown)

    refused = await change(house, case["id"], person_now="adult")
    still = await state(house, takedown)
    done = await change(house, case["id"], Actor.CASE_WORKER, person_now="adult")

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "age" in refused.json()["detail"]
    assert held == still == ("held", ["age"])
    assert done.status_code == 200
    assert await state(house, takedown) == ("open", [])


async def test_nor_before_there_is_anything_to_hold(house: House) -> None:
    case = await house.case(**MINOR)

    refused = await change(house, case["id"], person_now="adult")

    assert refused.status_code == 403
    assert await state(house, await house.takedown(case["id"])) == ("held", ["age"])


async def test_a_machine_may_say_that_somebody_is_younger_and_change_the_rest(
    house: House,
) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])

    younger = await change(house, case["id"], person_now="minor")
    urgent = await change(house, case["id"], urgent=True)

    assert (younger.status_code, urgent.status_code) == (200, 200)
    assert await state(house, takedown) == ("held", ["age"])


async def test_what_a_person_holds_by_hand_no_change_of_a_machine_ends(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    hold = {"kind": "age", "reason": "she may be younger"}
    assert (await house.post(f"/takedowns/{takedown}/hold", hold)).status_code == 200

    reply = await change(house, case["id"], urgent=True)

    assert reply.status_code == 200
    assert await state(house, takedown) == ("held", ["age"])
