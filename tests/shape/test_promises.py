"""docs/promises.md names every promise in the words of its test, with a measured figure."""

from __future__ import annotations

import ast

from tests.prove import page


def test_every_promise_has_words_and_measures_something() -> None:
    for _, about, promises in page.chapters():
        assert about
        assert all(one.words for one in promises), promises
    for path in page.HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.name[:5] == "test_"
            ):
                given = {argument.arg for argument in node.args.args}
                assert "figure" in given, f"{path.name}::{node.name}"


def test_the_page_is_up_to_date_but_for_its_figures() -> None:
    written = [row.split(" | ") for row in page.PAGE.read_text().splitlines() if "::" in row]
    promises = [one for _, _, found in page.chapters() for one in found]

    assert [(row[0], row[2]) for row in written] == [
        (f"| {one.words}", f"`{one.test.removeprefix('tests/prove/')}` |") for one in promises
    ]
    assert [row[2] for row in written if not row[1].strip()] == []
