"""A case leaves a line whenever its body is given out, and can be opened again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.domain.states import Actor
from service.store.unit import Unit
from tests.api.house import CASE, House


async def trace(house: House, case_id: str) -> list[tuple[str, str]]:
    """The facts about a case and who made them, oldest first."""

    async def work(u: Unit) -> Any:
        rows = await u.run(
            "SELECT event, actor FROM entries WHERE case_id = :id AND machine = 'fact' ORDER BY id",
            id=case_id,
        )
        return [(row.event, row.actor) for row in rows]

    found: list[tuple[str, str]] = await house.store.read(work)
    return found


async def test_finding_a_case_by_its_reference_is_a_read_of_it(house: House) -> None:
    made = await house.post("/cases", {**CASE, "reference": "r"})

    again = await house.post("/cases", {"reference": "r"}, role=Actor.SUPERVISOR)

    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json()["mandate"]
    assert await trace(house, made.json()["id"]) == [
        ("case_opened", "case_worker"), ("case_read", "supervisor"),
    ]  # fmt: skip


async def test_a_closed_case_is_opened_again_and_takes_addresses(house: House) -> None:
    case = await house.case()
    path = f"/cases/{case['id']}"
    closed = await house.post(f"{path}/close")

    opened = await house.post(f"{path}/reopen", {"reason": "a new copy"})

    assert (opened.status_code, opened.json()["state"]) == (200, "open")
    assert opened.json()["version"] > closed.json()["version"]
    assert await house.takedown(case["id"])
    events = [event for event, _ in await trace(house, case["id"])]
    assert events[1:3] == ["case_closed", "case_reopened"]


async def test_an_open_case_is_not_opened_again(house: House) -> None:
    case = await house.case()

    reply = await house.post(f"/cases/{case['id']}/reopen", {})

    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")
    assert [event for event, _ in await trace(house, case["id"])] == ["case_opened"]


@pytest.mark.parametrize(("hours", "state"), [(1, "open"), (3, "held")])
async def test_consent_that_ended_meanwhile_holds_what_is_added(
    house: House, hours: int, state: str
) -> None:
    until = (house.now() + timedelta(hours=2)).isoformat()
    grant = {"what": "removal", "given_by": "self", "given_how": "on paper", "until": until}
    case = await house.case(consent=[grant])
    await house.post(f"/cases/{case['id']}/close")
    house.ahead = timedelta(hours=hours)

    opened = await house.post(f"/cases/{case['id']}/reopen", {})

    assert opened.json()["consent_state"] == ("given" if state == "open" else "lapsed")
    takedown = await house.takedown(case["id"])
    assert (await house.get(f"/takedowns/{takedown}")).json()["state"] == state
