"""`POST /requests/{id}/reply` over HTTP: what it takes, from whom, and what it says to the rest."""

from __future__ import annotations

from typing import Any

import pytest

from service.domain.states import Actor
from tests.api.house import House

CARD = {"templates": ["no_identity_document"]}


async def asked_back(house: House) -> str:
    """A request about which they have asked something."""
    await house.set_up()
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await house.work()
    request: dict[str, Any] = (await house.get(f"/takedowns/{takedown}")).json()["requests"][0]
    await house.post("/answers", {"request_ids": [request["id"]], "answer": "needs_info"})
    return str(request["id"])


async def test_a_reply_says_what_leaves_and_how(house: House) -> None:
    request = await asked_back(house)

    reply = await house.post(f"/requests/{request}/reply", {**CARD, "words": "By phone, please."})

    assert reply.status_code == 202
    told = reply.json()
    assert (told["state"], told["due_at"]) == ("by_hand", None)  # this channel has no thread
    notice = (await house.get(f"/notices/{told['notice_id']}")).json()
    assert notice["purpose"] == "reply"
    assert "identity documents" in notice["text"]
    assert "By phone, please." in notice["text"]
    again = await house.post(f"/requests/{request}/reply", CARD)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"words": "  "},
        {"templates": ["send_everything"]},
        {"templates": ["no_picture", "no_picture"]},
        {"words": "x" * 100_000},
        {"words": "x", "language": "ko"},
        [],
    ],
)
async def test_a_reply_that_is_none_changes_nothing(house: House, body: Any) -> None:
    request = await asked_back(house)
    before = await house.rows()

    reply = await house.post(f"/requests/{request}/reply", body)

    assert reply.status_code in (400, 413)
    assert reply.headers["content-type"] == "application/problem+json"
    assert await house.rows() == before


async def test_nobody_answers_for_another_centre_or_without_the_right(house: House) -> None:
    request = await asked_back(house)
    path = f"/requests/{request}/reply"

    assert (await house.post(path, CARD, centre=house.theirs)).status_code == 404
    for role in (Actor.AUDITOR, Actor.INTEGRATOR, Actor.ADMIN):
        assert (await house.post(path, CARD, role=role)).status_code == 403
    assert (await house.rows("notices"))["notices"] == 1


async def test_what_they_did_not_ask_is_not_answered(house: House) -> None:
    await house.set_up()
    case = await house.case()
    takedown = await house.takedown(case["id"])
    request = (await house.get(f"/takedowns/{takedown}")).json()["requests"][0]["id"]

    reply = await house.post(f"/requests/{request}/reply", CARD)

    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")
