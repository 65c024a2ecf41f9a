"""The page about the record lists every fact that the product writes, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.shape.tree import tree

ROOT = Path(__file__).parents[2]


def written() -> Iterator[str]:
    """Every word that the calls which write a fact may give as its event."""
    for path in sorted((ROOT / "service").rglob("*.py")):
        for call in ast.walk(tree(path)):
            if not isinstance(call, ast.Call):
                continue
            if ast.unparse(call.func) == "_say_read":
                yield from (str(a.value) for a in call.args if isinstance(a, ast.Constant))
            if ast.unparse(call.func) == "entries.fact":
                (event,) = (word.value for word in call.keywords if word.arg == "event")
                values = (event.body, event.orelse) if isinstance(event, ast.IfExp) else (event,)
                yield from (str(v.value) for v in values if isinstance(v, ast.Constant))


def test_every_fact_is_on_the_page() -> None:
    page = (ROOT / "docs" / "record.md").read_text()
    part = page.split("## Facts", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[2] for line in part.splitlines() if line.startswith("|")][2:]
    listed = re.findall(r"`(\w+)`", "".join(rows))

    assert sorted(listed) == sorted(set(written()))
