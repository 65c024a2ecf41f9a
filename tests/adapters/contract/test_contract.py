"""The contract, held against every platform in the registry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.base import Adapter
from adapters.contract.rules import RULES, Rule
from adapters.registry import ADAPTERS
from tests.adapters.contract.case import case_of, held

REPLIES = Path(__file__).parents[1] / "replies"


@pytest.mark.parametrize(("rule", "adapter"), held(RULES, ADAPTERS))
async def test_a_platform_keeps_the_contract(rule: Rule, adapter: type[Adapter]) -> None:
    case = case_of(adapter)
    if exemption := case.exempt.get(rule.name):
        with pytest.raises(AssertionError):
            await rule.check(case)
        pytest.xfail(f"since {exemption.since}: {exemption.reason}")

    await rule.check(case)


def test_every_platform_in_the_registry_has_a_case() -> None:
    assert [case_of(adapter).adapter for adapter in ADAPTERS] == list(ADAPTERS)


def test_names_are_given_once() -> None:
    names = [adapter.spec.name for adapter in ADAPTERS]

    assert len(names) == len(set(names))


def test_who_takes_any_host_comes_after_all_who_take_some() -> None:
    takes_any = ["*" in adapter.spec.hosts for adapter in ADAPTERS if adapter.spec.hosts]

    assert takes_any == sorted(takes_any)


def test_an_exemption_names_a_rule_and_says_why() -> None:
    names = {rule.name for rule in RULES}
    for adapter in ADAPTERS:
        for name, exemption in case_of(adapter).exempt.items():
            assert name in names
            assert len(exemption.reason) > 20


def test_every_stored_reply_says_where_it_comes_from() -> None:
    for folder in (path for path in REPLIES.iterdir() if path.is_dir()):
        listed = (folder / "SOURCES.md").read_text(encoding="utf-8")
        names = {path.name for path in folder.iterdir()} - {"SOURCES.md"}
        lines = dict(re.findall(r"^- `([^`]+)`: (.+)$", listed, re.MULTILINE))
        assert set(lines) == names, folder.name
        for words in lines.values():
            assert "Composed by us" in words or re.search(r"https://\S+.*\d{4}-\d\d-\d\d", words)
