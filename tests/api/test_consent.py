"""Consent: who gave it, how and to what; it is added to and never taken out of the record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from service.actions import matters
from service.domain.states import Actor
from service.store import entries
from service.store.unit import Unit
from tests.api.house import CASE, House

NOW = datetime.now(UTC).isoformat()
GRANT = {"what": "removal", "given_by": "self", "given_how": "on paper"}


@pytest.mark.parametrize(
    ("grant", "missing"),
    [
        ({}, {"what", "given_by", "given_how"}),
        ({"what": "removal", "given_by": "self"}, {"given_how"}),
        ({**GRANT, "what": "  "}, {"what"}),
        ({**GRANT, "given_by": None}, {"given_by"}),
        ({"given_by": "self", "withdrawn_at": None}, {"what", "given_how"}),
    ],
)
async def test_a_grant_says_who_gave_it_how_and_to_what(
    house: House, grant: dict[str, Any], missing: set[str]
) -> None:
    case = await house.case(consent=[])
    before = await house.rows()

    added = await house.post(f"/cases/{case['id']}/consent", grant)
    made = await house.post("/cases", {"reference": "r", "consent": [GRANT, grant]})

    for reply, place in ((added, "#"), (made, "#/consent/1")):
        assert reply.status_code == 400, reply.text
        (error,) = reply.json()["errors"]
        assert error["pointer"] == place
        named = error["detail"].rpartition(":")[2].strip(" .").split(", ")
        assert set(named) == missing
    assert await house.rows() == before
    assert (await house.get(f"/cases/{case['id']}")).json()["consent_state"] == "none"


async def test_a_withdrawal_needs_nothing_but_its_time(house: House) -> None:
    case = await house.case()

    reply = await house.post(f"/cases/{case['id']}/consent", {"withdrawn_at": NOW})

    assert (reply.status_code, reply.json()["consent_state"]) == (200, "withdrawn")


async def change(house: House, case_id: str, role: Actor, **fields: Any) -> httpx.Response:
    path = f"/cases/{case_id}"
    etag = (await house.get(path)).headers["etag"]
    return await house.call("PATCH", path, fields, role=role, headers={"If-Match": etag})


async def last_facts(house: House, case_id: str, event: str) -> Any:
    """What the newest line of this event keeps sealed."""

    async def work(u: Unit) -> Any:
        case = await matters.open_case(u, house.ours.id, UUID(case_id))
        rows = await u.run(
            "SELECT id, sealed FROM entries WHERE case_id = :id AND event = :event"
            " ORDER BY id DESC LIMIT 1",
            id=case.id,
            event=event,
        )
        row = rows.one()
        return json.loads(case.key.open(entries.SEALED, row.id, row.sealed)[32:])

    return await house.store.read(work)


async def test_a_change_cannot_take_a_withdrawal_back(house: House) -> None:
    case = await house.case()
    await house.post(f"/cases/{case['id']}/consent", {"withdrawn_at": NOW})

    for consent in ([], [GRANT], None):
        reply = await change(house, case["id"], Actor.CASE_WORKER, consent=consent)
        assert reply.status_code == 400, reply.text
        assert reply.json()["errors"][0]["pointer"] == "#/consent"

    read = (await house.get(f"/cases/{case['id']}")).json()
    assert read["consent_state"] == "withdrawn"
    assert read["consent"][0]["withdrawn_at"]


async def test_the_record_keeps_every_grant_every_withdrawal_and_every_mandate(
    house: House,
) -> None:
    case = await house.case()
    path = f"/cases/{case['id']}/consent"
    opened = await last_facts(house, case["id"], "case_opened")

    await house.post(path, {"withdrawn_at": NOW, "given_how": "by telephone"})
    ended = await last_facts(house, case["id"], "case_changed")
    await house.post(path, {**GRANT, "what": "search results too"})
    added = await last_facts(house, case["id"], "case_changed")
    await change(house, case["id"], Actor.CASE_WORKER, mandate={"kind": "guardian"})
    mandated = await last_facts(house, case["id"], "case_changed")

    assert opened["consent"][0]["given_how"] == "on paper"
    assert opened["mandate"]["checked_how"] == "card"
    assert ended["consent"][0]["given_how"] == "by telephone"
    assert ended["consent"][0]["withdrawn_at"]
    assert [g["what"] for g in added["consent"]] == ["search results too"]
    assert mandated["mandate"]["kind"] == "guardian"


async def test_a_machine_hands_consent_in_and_never_changes_it(house: House) -> None:
    made = await house.post("/cases", {**CASE, "reference": "r"}, role=Actor.INTEGRATOR)
    case_id = made.json()["id"]
    path = f"/cases/{case_id}/consent"

    granted = await house.post(path, GRANT, role=Actor.INTEGRATOR)
    mandated = await change(house, case_id, Actor.INTEGRATOR, mandate={"kind": "centre_by_law"})
    unmandated = await change(house, case_id, Actor.INTEGRATOR, mandate=None)
    other = await change(house, case_id, Actor.INTEGRATOR, urgent=True)
    withdrawn = await house.post(path, {"withdrawn_at": NOW}, role=Actor.INTEGRATOR)

    assert made.json()["consent_state"] == "given"
    for refused in (granted, mandated, unmandated):
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert other.status_code == 200
    assert (withdrawn.status_code, withdrawn.json()["consent_state"]) == (200, "withdrawn")


BY_LAW = {"kind": "centre_by_law", "checked_how": "order 7 of the court"}


@pytest.mark.parametrize(
    ("role", "mandate", "state"),
    [
        (Actor.CASE_WORKER, BY_LAW, "held"),
        (Actor.SUPERVISOR, {"kind": "centre_by_law"}, "held"),
        (Actor.SUPERVISOR, {"kind": "centre_by_law", "checked_how": "  "}, "held"),
        (Actor.SUPERVISOR, {**BY_LAW, "kind": "guardian"}, "held"),
        (Actor.CASE_WORKER, {**BY_LAW, "kind": "police"}, "held"),
        (Actor.SUPERVISOR, BY_LAW, "open"),
    ],
)
async def test_only_a_supervisor_who_says_why_acts_over_withdrawn_consent(
    house: House, role: Actor, mandate: dict[str, str], state: str
) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await house.post(f"/cases/{case['id']}/consent", {"withdrawn_at": NOW})

    reply = await change(house, case["id"], role, mandate=mandate)

    assert reply.status_code == 200, reply.text
    assert (await house.get(f"/takedowns/{takedown}")).json()["state"] == state
    new = await house.takedown(case["id"], "https://example.com/2")
    assert (await house.get(f"/takedowns/{new}")).json()["state"] == state


async def test_a_withdrawal_after_it_is_decided_on_anew(house: House) -> None:
    reply = await house.post(
        "/cases", {**CASE, "reference": "r", "mandate": BY_LAW}, role=Actor.SUPERVISOR
    )
    case_id = reply.json()["id"]
    takedown = await house.takedown(case_id)

    await house.post(f"/cases/{case_id}/consent", {"withdrawn_at": NOW})
    await change(house, case_id, Actor.SUPERVISOR, urgent=True)
    held = (await house.get(f"/takedowns/{takedown}")).json()
    await change(house, case_id, Actor.SUPERVISOR, mandate=BY_LAW)
    freed = (await house.get(f"/takedowns/{takedown}")).json()
    await change(house, case_id, Actor.CASE_WORKER, mandate=BY_LAW)
    again = (await house.get(f"/takedowns/{takedown}")).json()

    assert (held["state"], freed["state"], again["state"]) == ("held", "open", "held")


async def test_consent_that_was_never_there_needs_no_supervisor(house: House) -> None:
    case = await house.case(consent=[], mandate={"kind": "centre_by_law"})

    takedown = await house.takedown(case["id"])

    assert (await house.get(f"/takedowns/{takedown}")).json()["state"] == "open"
