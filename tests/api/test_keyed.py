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
from service.domain.errors import AlreadyDone, InFlight
from service.domain.states import Actor
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
    made = await house.post("/keys", {"role": "auditor"}, role=Actor.ADMIN, headers=KEY)
    again = await house.post("/keys", {"role": "auditor"}, role=Actor.ADMIN, headers=KEY)

    async def stored(u: Unit) -> bytes:
        return bytes((await u.run("SELECT reply_sealed FROM idempotency")).scalar_one())

    assert again.json() == made.json()
    assert made.json()["token"].encode() not in await house.store.read(stored)


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
    monkeypatch.setattr(once, "KEPT_CHARS", 50)

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
    monkeypatch.setattr(once, "KEPT_CHARS", 50)

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
