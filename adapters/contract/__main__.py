"""`python -m adapters.contract PACKAGE.MODULE:CASE ...`: hold an adapter to the contract.

One line a rule. Exit codes: 0 every rule is kept; 1 one is broken; 2 wrong use.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from adapters import installed
from adapters.contract.case import Case
from adapters.contract.desks import DESK_RULES
from adapters.contract.rules import ANY, RULES, Rule
from adapters.registry import ADAPTERS

__all__ = ["main", "verdicts"]


async def entry_point_is_found(case: Case) -> None:
    """An adapter that no entry point names would never be loaded."""
    try:
        theirs = [each.adapter for each in installed.brought()]
    except installed.WrongAdapters as wrong:
        raise AssertionError("; ".join(wrong.problems)) from wrong
    found = case.adapter in (*ADAPTERS, *theirs)
    assert found, f"no entry point in the group {installed.GROUP} names {case.adapter.__name__}"


ALL: Final = (Rule("E01_entry_point_is_found", ANY, entry_point_is_found), *RULES, *DESK_RULES)


def verdicts(case: Case, rules: Iterable[Rule] = ALL) -> Iterator[tuple[str, str]]:
    """For each rule, `kept`, `spared`, `excused` or `broken`, and the line that says so."""
    for rule in rules:
        if spared := rule.spares(case):
            yield "spared", spared
            continue
        broken = _broken(rule, case)
        exemption = case.exempt.get(rule.name)
        if exemption is None:
            yield ("broken", f"{rule.name}: {broken}") if broken else ("kept", rule.name)
        elif broken:
            yield "excused", f"{rule.name} since {exemption.since}: {exemption.reason}"
        else:
            yield "broken", f"{rule.name}: exempt, and kept all the same"
    for name in case.exempt.keys() - {rule.name for rule in rules}:
        yield "broken", f"{name}: exempt, and no rule"


def _broken(rule: Rule, case: Case) -> str:
    """Why this rule is broken, down to the first cause; "" when it is kept."""
    try:
        asyncio.run(rule.check(case))
    except Exception as error:  # noqa: BLE001 - whatever it is, the rule was not kept
        said = []
        cause: BaseException | None = error
        while cause is not None:
            said.append(_told_by(cause))
            cause = cause.__cause__ or cause.__context__
        return " <- ".join(said)
    return ""


def _told_by(error: BaseException) -> str:
    """Its words, or the line that raised it."""
    words = str(error) or traceback.extract_tb(error.__traceback__)[-1].line or ""
    kind = "" if type(error) is AssertionError else f"{type(error).__name__} "
    return f"{kind}{words}"


def main(names: Sequence[str]) -> int:
    """Hold each case to the contract, and print what came of it. Returns the exit code."""
    if not names:
        return _wrong_use("Name a case: python -m adapters.contract PACKAGE.MODULE:CASE")
    if not __debug__:
        return _wrong_use("Python leaves assertions out (-O): the contract would hold nothing.")
    counts = {"kept": 0, "broken": 0, "spared": 0, "excused": 0}
    for name in names:
        module, _, attribute = name.partition(":")
        case = getattr(importlib.import_module(module), attribute or "CASE", None)
        if not isinstance(case, Case):
            return _wrong_use(f"{name} is no adapters.contract.case.Case")
        for verdict, line in verdicts(case):
            counts[verdict] += 1
            sys.stdout.write(f"{verdict:<8} {line}\n")
    sys.stdout.write(", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + "\n")
    return 1 if counts["broken"] else 0


def _wrong_use(words: str) -> int:
    sys.stderr.write(f"{words}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
