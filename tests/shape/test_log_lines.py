"""Every line that our code logs has a name of two words, and says only what a log may hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service import log
from tests.shape.tree import tree

ROOT: Final = Path(__file__).parents[2]
LEVELS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
LOGGERS: Final = frozenset({"log", "log.get()", "logs.get()", "logger"})
NAME: Final = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")


def lines() -> Iterator[tuple[str, ast.Call]]:
    """Where something is logged, and how."""
    for folder in ("service", "adapters"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(tree(path)):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if node.func.attr in LEVELS and ast.unparse(node.func.value) in LOGGERS:
                    yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", node


def name_of(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def test_there_are_some() -> None:
    assert len(list(lines())) > 10


def strange(found: Iterator[tuple[str, str]]) -> list[str]:
    return [f"{at} {word}" for at, word in found]


def test_every_line_is_named_by_noun_and_verb() -> None:
    named = ((where, name_of(call)) for where, call in lines())

    assert strange((where, name) for where, name in named if not NAME.fullmatch(name)) == []


def test_every_line_holds_listed_keys_only() -> None:
    given = ((where, str(word.arg)) for where, call in lines() for word in call.keywords)

    assert strange((where, key) for where, key in given if key not in {*log.KEYS, "exc_info"}) == []
