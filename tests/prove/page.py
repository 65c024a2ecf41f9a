"""docs/promises.md: what each test in this folder promises, and what it measured.

`python -m tests.prove.page FIGURES` prints the page, from the figures that `make prove` kept.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PAGE: Final = ROOT / "docs" / "promises.md"
FEW: Final = 3
NOT_YET: Final = "not measured in full yet"
HEAD: Final = """\
# Promises

What efface promises, the test in `tests/prove/` that shows it, and what that test measured. `make
test` runs a small form of each. The figures are those of the last full runs that were kept
(`make prove`, then `make promises`), on two cores.
"""


@dataclass(frozen=True, slots=True)
class Promise:
    """One test: its id, and what it promises."""

    test: str
    words: str


def chapters() -> Iterator[tuple[str, str, Sequence[Promise]]]:
    """The title of each file, what it is about, and its tests in their order."""
    for path in sorted(HERE.glob("test_*.py")):
        tree = ast.parse(path.read_text())
        found = [
            Promise(f"{path.relative_to(ROOT)}::{node.name}", _sentence(node))
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if node.name.startswith("test_")
        ]
        title = path.stem.removeprefix("test_").replace("_", " ").capitalize()
        yield title, _sentence(tree), found


def _sentence(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The first paragraph of a docstring, on one line."""
    words = (ast.get_docstring(node) or "").partition("\n\n")[0]
    return " ".join(words.split()).replace("|", "\\|")


def figures(lines: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """What was measured, by test without its parameters, in the order it came."""
    found: dict[str, list[str]] = {}
    for line in lines:
        told = json.loads(line)
        words = found.setdefault(told["test"].partition("[")[0], [])
        if told["figure"] not in words:
            words.append(told["figure"])
    return found


def page(found: Mapping[str, Sequence[str]]) -> str:
    """The whole page."""
    parts = [HEAD]
    for title, about, promises in chapters():
        parts.append(f"\n## {title}\n\n{about}\n\n| Promise | Figure | Test |\n|---|---|---|\n")
        for one in promises:
            measured = _measured(found.get(one.test, ()))
            name = one.test.removeprefix("tests/prove/")
            parts.append(f"| {one.words} | {measured} | `{name}` |\n")
    return "".join(parts)


def _measured(words: Sequence[str]) -> str:
    """All of it; where a test has many cases, how many and one of them."""
    if len(words) > FEW:
        return f"{len(words)} cases, such as: {words[0]}"
    return "<br>".join(words) or NOT_YET


if __name__ == "__main__":
    sys.stdout.write(page(figures(Path(sys.argv[1]).read_text().splitlines())))
