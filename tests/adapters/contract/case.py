"""The cases of our own platforms, and what they need of `adapters.contract.case`."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import pytest

from adapters.base import Adapter
from adapters.contract.case import (
    KEY,
    Case,
    Exemption,
    Routes,
    Scene,
    compose,
    found,
    on_stage,
    thing,
)
from adapters.contract.rules import Rule

__all__ = [
    "KEY",
    "Case",
    "Exemption",
    "Routes",
    "Scene",
    "case_of",
    "compose",
    "found",
    "held",
    "on_stage",
    "thing",
]


def case_of(adapter: type[Adapter]) -> Case:
    """The case of a platform in the registry: in the table of `cases/rows.py` for what is itself a
    row, else `CASE` in `cases/<name>.py`.
    """
    here = "tests.adapters.contract.cases"
    case = importlib.import_module(f"{here}.rows").CASES.get(adapter.spec.name)
    if case is None:
        case = importlib.import_module(f"{here}.{adapter.spec.name}").CASE
    assert isinstance(case, Case)
    assert case.adapter is adapter
    return case


def held(rules: Sequence[Rule], adapters: Sequence[type[Adapter]]) -> list[Any]:
    """Each rule with each platform that it is about, to parametrize by."""
    return [
        pytest.param(rule, adapter, id=f"{rule.name}-{adapter.spec.name}")
        for rule in rules
        for adapter in adapters
        if not rule.spares(case_of(adapter))
    ]
