"""Rules for our source files that no linter knows. Files are read as text, never imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.shape.tree import tree

ROOT: Final = Path(__file__).parents[2]
PRODUCT: Final = ("service", "adapters", "migrations")

DRAWERS: Final = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "lib"})
BANNED_CLASS: Final = re.compile(
    r"(Base|Abstract)[A-Z]|I[A-Z][a-z]|\w*(Manager|Helper|Util|Utils|Processor)$"
)


def sources(*folders: str) -> list[Path]:
    """Every Python file of ours in the folders named."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if path.is_file())


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls_of(name: str, path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(tree(path)):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and isinstance(called, ast.Attribute) and called.attr == name:
            yield node


def test_there_is_something_to_look_at() -> None:
    assert len(sources("service")) > 5
    assert len(sources("adapters")) > 2


def test_only_the_unit_of_work_commits() -> None:
    who = {short(path) for path in sources("service") if list(calls_of("commit", path))}

    assert who <= {"service/store/unit.py"}


@pytest.mark.parametrize("folder", [*PRODUCT, "tests", "bench"])
def test_nothing_is_kept_in_a_drawer(folder: str) -> None:
    drawers = [short(p) for p in sources(folder) if DRAWERS & {*p.parent.parts, p.stem}]

    assert drawers == []


def test_no_class_is_named_after_its_pattern() -> None:
    found = [
        f"{short(path)}: {node.name}"
        for path in sources(*PRODUCT)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and BANNED_CLASS.match(node.name)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("name", "banned"),
    [
        ("BaseAdapter", True),
        ("AbstractStore", True),
        ("IStore", True),
        ("LaneManager", True),
        ("UrlUtils", True),
        ("MailProcessor", True),
        ("Adapter", False),
        ("Item", False),
        ("IllegalMove", False),
        ("BasedOn", False),
        ("InTransit", False),
    ],
)
def test_which_names_are_banned(name: str, banned: bool) -> None:
    assert bool(BANNED_CLASS.match(name)) is banned


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        short(path)
        for path in sources(*PRODUCT, "tests", "bench")
        if path.read_text().strip() and ast.get_docstring(tree(path)) is None
    ]

    assert silent == []
