"""Thousands of strange calls: the API answers each as its contract says."""

from __future__ import annotations

import pytest

from service.embedded.postgres import EmbeddedPostgres
from tests.api.fuzz import WAYS, call_strangely, running_on
from tests.prove import scale
from tests.prove.conftest import Figure

CASES = scale.of(24, 10_000, 100_000)
OF_THE_WAYS = scale.of(7, 1)  # one in so many: tests/api/test_strange_calls.py goes them all
SHARES = scale.of(1, 4, 8)  # each may run in a process of its own


@pytest.mark.parametrize("share", range(SHARES))
def test_no_strange_call_breaks_the_api(
    migrated: EmbeddedPostgres, share: int, figure: Figure
) -> None:
    """Whatever is sent, allowed or not, the answer is no 5xx and fits the committed contract."""
    ways = WAYS[::OF_THE_WAYS][share::SHARES]
    made, wanted = 0, -(-CASES * 21 // (SHARES * 20))  # the last ways may have few calls to make
    with running_on(migrated) as running:
        for number, way in enumerate(ways):
            # some ways have few calls to make: what they leave is shared among those that follow
            examples = -(-(wanted - made) // (len(ways) - number))
            made += call_strangely(running, way, examples, same=not scale.LONG)

    assert made * SHARES >= CASES
    figure(f"{made:,} calls over {len(ways)} ways, 0 5xx, 0 outside the contract")
