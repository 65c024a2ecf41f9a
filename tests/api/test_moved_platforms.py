"""A platform whose address is changed: its secrets go, and the record keeps both addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from service.domain.states import Actor
from service.store import entries, keys
from service.store.unit import Unit
from tests.api.house import House

ELSEWHERE = {"base_url": "https://elsewhere.example"}


async def put(house: House, **body: Any) -> dict[str, Any]:
    """What an admin is answered to a change of the example platform."""
    tag = (await house.get("/platforms/example")).headers["etag"]
    reply = await house.call(
        "PUT", "/platforms/example/settings", body, role=Actor.ADMIN, headers={"If-Match": tag}
    )
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


async def token_is_set(house: House) -> bool:
    (secret,) = (await house.get("/platforms/example")).json()["secrets"]
    return bool(secret["is_set"])


async def newest(house: House) -> Mapping[str, Any]:
    """What the newest line about a platform holds sealed."""

    async def read(u: Unit) -> Mapping[str, Any]:
        where = "SELECT id, sealed FROM entries WHERE event = 'platform_set' ORDER BY id DESC"
        row = (await u.run(where)).first()
        assert row is not None
        key = await keys.organisation_key(u, house.ours.id)
        return entries.facts_of(key, row.id, row.sealed)

    return await house.store.read(read)


async def test_a_secret_does_not_follow_to_another_address(house: House) -> None:
    await house.set_up()

    answered = await put(house, settings=ELSEWHERE)

    assert [(s["name"], s["is_set"]) for s in answered["secrets"]] == [("token", False)]
    assert (answered["ready"], answered["missing"]) == (False, ["token"])
    (said,) = answered["notes"]
    assert "address" in said
    assert "token" in said
    assert not await token_is_set(house)


async def test_nor_back_from_it(house: House) -> None:
    await house.set_up()
    await put(house, settings=ELSEWHERE, secrets={"token": "theirs"})

    answered = await put(house)  # no settings: the address is the usual one again

    assert answered["missing"] == ["token"]


async def test_a_secret_that_is_named_with_the_address_is_kept(house: House) -> None:
    await house.set_up()

    answered = await put(house, settings=ELSEWHERE, secrets={"token": "for elsewhere"})

    assert (answered["ready"], answered["notes"]) == (True, [])
    desk = (await house.store.read(lambda u: house.ctx.platforms.of(u, house.ours.id)))["example"]
    assert desk.adapter.secrets == {"token": "for elsewhere"}


@pytest.mark.parametrize("settings", [{}, {"base_url": "https://example.com"}])
async def test_while_the_address_stays_secrets_stay(house: House, settings: dict[str, str]) -> None:
    await house.set_up()

    answered = await put(house, settings=settings, enabled=False)

    assert (answered["missing"], answered["notes"]) == ([], [])
    assert await token_is_set(house)


async def test_the_record_keeps_both_addresses_and_no_secret(house: House) -> None:
    await house.set_up("s3cret")
    await put(house, settings=ELSEWHERE)

    facts = await newest(house)

    assert facts["addresses"] == {
        "base_url": {"before": "https://example.com", "now": "https://elsewhere.example"}
    }
    assert facts["removed"] == ["token"]
    assert "s3cret" not in str(facts)

    await put(house, settings=ELSEWHERE, secrets={"token": "another"})
    later = await newest(house)

    assert (later["addresses"], later["removed"]) == ({}, [])
    assert "another" not in str(later)
