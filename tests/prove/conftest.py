"""Figures: what a test of a promise measured, printed at the end and kept for docs/promises.md."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.prove import scale

KEPT_AT: Final = "PROVE_FIGURES"  # the file that `make prove` collects figures in

Figure = Callable[[str], None]


@pytest.fixture
def figure(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Figure:
    """Say what this test has measured, in a few words such as `4,000 sent, 0 lost, 0 twice`."""

    def say(words: str) -> None:
        record_property("figure", words)
        if path := os.environ.get(KEPT_AT):
            line = json.dumps({"test": request.node.nodeid, "figure": words})
            with Path(path).open("a") as file:
                file.write(f"{line}\n")

    return say


LONGEST_FIRST: Final = ("test_fuzz", "test_postgres", "test_soak", "test_kills", "test_lanes")
"""Of a full run: what takes minutes is not begun when all else is done."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In full, in an order that keeps all processes at work to the end; else at random."""
    if scale.FULL:
        items.sort(key=lambda item: _place(item.path.stem))


def _place(module: str) -> int:
    return LONGEST_FIRST.index(module) if module in LONGEST_FIRST else len(LONGEST_FIRST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each figure."""
    for report in terminalreporter.getreports("passed"):
        for name, words in report.user_properties:
            if name == "figure":
                terminalreporter.write_line(f"{report.nodeid}: {words}")
