"""The suite's own test: each broken platform fails its rule and no other, the good one none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.contract.rules import RULES
from tests.adapters.contract.broken import BREAKS
from tests.adapters.contract.case import Case
from tests.adapters.contract.example import CASE, Example
from tests.adapters.contract.site import told


async def _failing(case: Case) -> set[str]:
    """The rules that this case breaks. Anything but an `AssertionError` is a fault of a rule."""
    failing = set()
    for rule in RULES:
        try:
            await rule.check(case)
        except AssertionError:
            failing.add(rule.name)
    return failing


async def test_a_good_platform_keeps_every_rule() -> None:
    assert await _failing(CASE) == set()


def test_the_good_platform_is_spared_nothing() -> None:
    assert [rule.spares(CASE) for rule in RULES] == [""] * len(RULES)


@pytest.mark.parametrize(
    ("adapter", "rule"), BREAKS, ids=lambda each: getattr(each, "__name__", "")
)
async def test_a_broken_platform_fails_its_rule_and_no_other(
    adapter: type[Example], rule: str
) -> None:
    stats = {"GET https://stats.example/": told({})}
    case = replace(CASE, adapter=adapter, routes={**CASE.routes, **stats})

    assert await _failing(case) == {rule}


def test_every_rule_has_been_seen_to_fail() -> None:
    assert {rule for _, rule in BREAKS} == {rule.name for rule in RULES}
