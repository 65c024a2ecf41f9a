"""Wrong keys slow nobody down but those who send them: a valid key always passes."""

from __future__ import annotations

import pytest

from service.api.guards import Failures
from service.domain.errors import TooMany
from service.domain.states import Actor
from tests.api.house import House


async def wrong(house: House, prefix: str = "0123456789ab", times: int = 1) -> list[int]:
    headers = {"Authorization": f"Bearer ef_{prefix}_wrong"}
    return [
        (await house.get("/cases", role=None, headers=headers)).status_code for _ in range(times)
    ]


async def test_a_valid_key_passes_behind_an_address_with_too_many_wrong_ones(
    house: House,
) -> None:
    statuses = await wrong(house, times=Failures.MOST + 2)

    assert statuses == [401] * Failures.MOST + [429] * 2
    assert (await house.get("/cases")).status_code == 200
    assert await wrong(house) == [429]


async def test_nobody_locks_a_key_out_by_its_prefix(house: House) -> None:
    prefix = house.ours.tokens[Actor.CASE_WORKER].split("_")[1]

    await wrong(house, prefix, times=Failures.MOST + 2)

    assert (await house.get("/cases")).status_code == 200


def test_a_failure_counts_for_its_address_and_for_a_minute() -> None:
    now = 0.0
    failures = Failures(lambda: now)
    for _ in range(Failures.MOST):
        failures.count("ip:a")

    with pytest.raises(TooMany) as caught:
        failures.count("ip:a")
    failures.count("ip:b")
    now = Failures.WITHIN_S
    failures.count("ip:a")

    assert caught.value.retry_after_s == 61
