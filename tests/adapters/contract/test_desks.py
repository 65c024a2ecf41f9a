"""The contract of mail and forms, held against the registry; and the suite's own test of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.base import Adapter
from adapters.contract.desks import DESK_RULES
from adapters.contract.rules import RULES, Rule
from adapters.registry import ADAPTERS
from adapters.spec import Channel
from tests.adapters.contract.broken_desks import BREAKS
from tests.adapters.contract.case import Case, case_of, held

DESKS = [adapter for adapter in ADAPTERS if adapter.spec.channel is not Channel.API]


@pytest.mark.parametrize(("rule", "adapter"), held(DESK_RULES, DESKS))
async def test_a_desk_keeps_the_contract(rule: Rule, adapter: type[Adapter]) -> None:
    await rule.check(case_of(adapter))


@pytest.mark.parametrize(
    ("adapter", "rule"), BREAKS, ids=lambda each: getattr(each, "__name__", "")
)
async def test_a_broken_desk_fails_its_rule_and_no_other(adapter: type[Adapter], rule: str) -> None:
    (good,) = (each for each in DESKS if each.spec.name == adapter.spec.name)
    case = replace(case_of(good), adapter=adapter)

    failing = await _failing(case)
    assert set(failing) == {rule}, failing


def test_every_rule_of_desks_has_been_seen_to_fail() -> None:
    assert {rule for _, rule in BREAKS} == {rule.name for rule in (*RULES[:2], *DESK_RULES)}


def test_both_kinds_of_desk_are_held() -> None:
    assert {adapter.spec.channel for adapter in DESKS} == {Channel.MAIL, Channel.FORM}


async def _failing(case: Case) -> dict[str, str]:
    """Why the case fails, by rule."""
    failing = {}
    for rule in (*RULES[:2], *DESK_RULES):
        if rule.spares(case):
            continue
        try:
            await rule.check(case)
        except AssertionError as broken:
            failing[rule.name] = str(broken)
    return failing
