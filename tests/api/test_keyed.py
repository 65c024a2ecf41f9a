"""One key, one effect: repeats, races, other bodies, and calls that died half-way."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.spec import Seen
from service.actions import look_at, once
from service.actions.once import Claim
from service.api import front
from service.domain.errors import AlreadyDone, InFlight
from service.domain.states import Actor
from service.store import entries, keys
from service.store.unit import DatabaseAway, Unit
from tests.api.house import House

KEY = {"Idempotency-Key": "k-1"}


async def test_the_same_call_gets_the_same_answer(house: House) -> None:
    case = await house.case()
    body = {"case_id": case["id"], "items": ["https://example.com/1"]}

    first = await house.post("/takedowns", body, headers=KEY)
    again = await house.post("/takedowns", body, headers=KEY)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (await house.rows("batches"))["batches"] == 1


async def test_another_body_is_refused_and_changes_nothing(house: House) -> None:
    await house.post("/cases", {"reference": "a"}, headers=KEY)
    before = await house.rows()

    reply = await house.post("/cases", {"reference": "b"}, headers=KEY)
    elsewhere = await house.post("/keys", {"role": "admin"}, role=Actor.CASE_WORKER, headers=KEY)

    assert (reply.status_code, reply.json()["code"]) == (422, "key_reused")
    assert elsewhere.status_code == 403
    assert await house.rows() == before


async def test_a_key_belongs_to_one_api_key(house: House) -> None:
    made = await house.post("/keys", {"role": "auditor"}, role=Actor.ADMIN, headers=KEY)

    other = await house.post("/cases", {"reference": "a"}, role=Actor.CASE_WORKER, headers=KEY)
    theirs = await house.post("/cases", {"reference": "a"}, centre=house.theirs, headers=KEY)

    assert (made.status_code, other.status_code, theirs.status_code) == (201, 201, 201)


async def test_fifty_at_once_have_one_effect(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    path = f"/takedowns/{takedown}/observations"
    body = {"seen": "up", "seen_at": datetime.now(UTC).isoformat(), "how": "looked"}

    replies = await asyncio.gather(*(house.post(path, body, headers=KEY) for _ in range(50)))

    codes = Counter(r.status_code for r in replies)
    assert codes[200] >= 1
    assert set(codes) <= {200, 409}
    assert {r.json()["code"] for r in replies if r.status_code == 409} <= {"in_flight"}
    assert len({r.content for r in replies if r.status_code == 200}) == 1
    assert (await house.rows("observations"))["observations"] == 1
    after = await house.post(path, body, headers=KEY)
    assert after.status_code == 200
    assert (await house.rows("observations"))["observations"] == 1


async def test_a_refused_call_may_be_corrected_under_its_key(house: House) -> None:
    refused = await house.post("/cases", {"reference": ""}, headers=KEY)
    corrected = await house.post("/cases", {"reference": "r"}, headers=KEY)

    assert (refused.status_code, corrected.status_code) == (400, 201)


async def claim(house: House, call: bytes = b"call") -> Claim:
    made = await once.claim(house.ctx, house.caller(), "k", call)
    assert isinstance(made, Claim)
    return made


async def test_a_call_that_died_before_its_effect_is_done_by_the_next(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await claim(house)  # and dies
    with pytest.raises(InFlight):
        await claim(house)

    house.ahead = timedelta(seconds=61)
    second = await claim(house)
    await see(house, second, takedown)

    assert (await house.rows("observations"))["observations"] == 1


async def test_a_call_that_died_after_its_effect_is_not_done_twice(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await see(house, await claim(house), takedown)  # and dies before the reply is stored

    house.ahead = timedelta(seconds=61)
    second = await claim(house)

    with pytest.raises(AlreadyDone):
        await see(house, second, takedown)
    assert (await house.rows("observations"))["observations"] == 1


async def test_a_slow_call_that_lost_its_claim_does_nothing_more(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    slow = await claim(house)
    house.ahead = timedelta(seconds=61)
    quick = await claim(house)

    await see(house, quick, takedown)
    with pytest.raises(InFlight):
        await see(house, slow, takedown)

    assert (await house.rows("observations"))["observations"] == 1


async def see(house: House, claimed: Claim, takedown: str) -> None:
    from uuid import UUID  # noqa: PLC0415 - here alone

    ctx = once.bound(house.ctx, claimed)
    await look_at.observe(ctx, house.caller(), UUID(takedown), Seen.UP, house.now(), "")


async def test_addresses_taken_in_by_a_call_that_died_are_found_again(house: House) -> None:
    case = await house.case()
    body = {"case_id": case["id"], "items": ["https://example.com/1", "x"]}
    lost = await house.post("/takedowns", body, headers=KEY)

    async def forget(u: Unit) -> None:
        await u.run("UPDATE idempotency SET status = NULL, reply_sealed = NULL")

    await house.store.run(forget)
    early = await house.post("/takedowns", body, headers=KEY)
    house.ahead = timedelta(seconds=61)
    again = await house.post("/takedowns", body, headers=KEY)

    assert early.json()["code"] == "in_flight"
    assert int(early.headers["retry-after"]) >= 1
    assert again.status_code == 202
    assert again.json() == lost.json()
    assert (await house.rows("batches"))["batches"] == 1


async def test_a_reply_that_could_not_be_stored_is_still_given(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise DatabaseAway

    monkeypatch.setattr(once, "keep", away)
    made = await house.post("/keys", {"role": "auditor"}, role=Actor.ADMIN, headers=KEY)
    house.ahead = timedelta(seconds=61)

    again = await house.post("/keys", {"role": "auditor"}, role=Actor.ADMIN, headers=KEY)

    assert made.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "already_done")
    listed = (await house.get("/keys", role=Actor.ADMIN)).json()["items"]
    assert len(listed) == 6


async def test_a_stored_reply_is_sealed(house: House) -> None:
    case = await house.case("c4n4ry")
    path = f"/cases/{case['id']}/pause"
    made = await house.post(path, {}, headers=KEY)
    again = await house.post(path, {}, headers=KEY)

    assert again.json() == made.json()
    assert b"c4n4ry" in made.content
    (stored,) = await kept(house)
    assert b"c4n4ry" not in stored


async def test_a_token_is_shown_once_and_kept_nowhere(house: House) -> None:
    body = {"role": "auditor"}
    made = await house.post("/keys", body, role=Actor.ADMIN, headers=KEY)
    before = await house.rows("api_keys")

    again = await house.post("/keys", body, role=Actor.ADMIN, headers=KEY)

    assert made.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "already_done")
    assert "GET /keys" in again.json()["detail"]
    assert made.json()["token"] not in again.text
    assert await house.rows("api_keys") == before
    assert await kept(house) == []


async def test_each_search_is_put_on_record_also_under_one_key(house: House) -> None:
    await house.takedown((await house.case())["id"])
    body = {"url": "https://example.com/1", "reason": "asked by the police"}

    replies = [await house.post("/takedowns/search", body, headers=KEY) for _ in range(3)]

    assert {reply.status_code for reply in replies} == {200}
    assert [len(reply.json()["items"]) for reply in replies] == [1, 1, 1]
    assert await lines(house, "searched_across_cases") == 3


async def test_a_case_that_is_found_again_under_one_key_is_read_each_time(house: House) -> None:
    made = await house.post("/cases", {"reference": "a"}, headers=KEY)
    before = await lines(house, "case_read")

    again = [await house.post("/cases", {"reference": "a"}, headers=KEY) for _ in range(2)]

    assert [reply.status_code for reply in (made, *again)] == [201, 200, 200]
    assert {reply.json()["id"] for reply in again} == {made.json()["id"]}
    assert await lines(house, "case_read") == before + 2
    assert await kept(house) == []


async def test_that_a_reply_is_shown_again_is_put_on_record(house: House) -> None:
    takedown = await house.takedown((await house.case())["id"])
    path = f"/takedowns/{takedown}/recheck"
    first = await house.post(path, {}, headers=KEY)
    before = await lines(house, "reply_repeated")

    for _ in range(2):
        again = await house.post(path, {}, headers=KEY)
        assert again.content == first.content

    assert (before, await lines(house, "reply_repeated")) == (0, 2)

    async def said(u: Unit) -> Any:
        where = "SELECT * FROM entries WHERE event = 'reply_repeated' ORDER BY id LIMIT 1"
        row = (await u.run(where)).one()
        key = await keys.organisation_key(u, house.ours.id)
        return row.actor, entries.facts_of(key, row.id, row.sealed)

    assert await house.store.read(said) == (
        "case_worker", {"call": f"POST /api/v1{path}"},
    )  # fmt: skip


async def test_a_preview_is_made_again_and_put_on_record_again(house: House) -> None:
    case = await house.case()
    body = {"case_id": case["id"], "items": ["https://example.com/1"]}

    first = await house.post("/takedowns/preview", body, headers=KEY)
    again = await house.post("/takedowns/preview", body, headers=KEY)

    assert (first.status_code, first.content) == (200, again.content)
    assert "idempotency-replayed" not in again.headers
    assert (await house.rows("idempotency"))["idempotency"] == 0
    assert await lines(house, "previewed") == 2


async def lines(house: House, event: str) -> int:
    """How many lines of the record say this."""

    async def count(u: Unit) -> int:
        where = "SELECT count(*) FROM entries WHERE event = :event"
        return int((await u.run(where, event=event)).scalar_one())

    return await house.store.read(count)


async def test_a_large_reply_is_not_kept_and_its_call_not_carried_out_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await house.case()
    body = {"case_id": case["id"], "items": ["https://example.com/1", "x"]}
    monkeypatch.setattr(front, "KEPT_BYTES", 50)

    first = await house.post("/takedowns", body, headers=KEY)
    again = await house.post("/takedowns", body, headers=KEY)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert await house.rows("batches", "takedowns") == {"batches": 1, "takedowns": 1}
    assert await kept(house) == []


async def test_a_large_reply_that_nobody_can_find_again_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    body = {"seen": "up", "seen_at": datetime.now(UTC).isoformat(), "how": "looked"}
    monkeypatch.setattr(front, "KEPT_BYTES", 50)

    first = await house.post(f"/takedowns/{takedown}/observations", body, headers=KEY)
    again = await house.post(f"/takedowns/{takedown}/observations", body, headers=KEY)

    assert first.status_code == 200
    assert (again.status_code, again.json()["code"]) == (409, "already_done")
    assert (await house.rows("observations"))["observations"] == 1
    assert await kept(house) == []


async def kept(house: House) -> list[bytes]:
    """The replies that are stored."""

    async def read(u: Unit) -> list[bytes]:
        found = await u.run("SELECT reply_sealed FROM idempotency WHERE reply_sealed IS NOT NULL")
        return [bytes(sealed) for sealed in found.scalars()]

    return await house.store.read(read)
