"""docs/states.md tells what the tables tell."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from service.domain import diagrams
from service.domain.states import STATES, TABLES, Machine


def test_the_committed_page_is_what_the_tables_say() -> None:
    assert diagrams.PAGE.read_text(encoding="utf-8") == diagrams.page(), (
        "run: python -m service.domain.diagrams"
    )


@pytest.mark.parametrize("machine", Machine)
def test_a_diagram_shows_every_state_and_event(machine: Machine) -> None:
    drawn = diagrams.diagram(machine)
    page = diagrams.page()

    for state in STATES[machine]:
        assert re.search(rf"\b{state.value}\b", drawn) or state.value == "withdrawn"
        assert f"| `{state.value}` |" in page
    for rule in TABLES[machine]:
        assert f"`{rule.event.value}` | `{rule.target.value}`" in page


def test_the_command_writes_the_page() -> None:
    before = diagrams.PAGE.read_bytes()

    done = subprocess.run(
        [sys.executable, "-m", "service.domain.diagrams"],
        cwd=diagrams.PAGE.parents[1], check=False, capture_output=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert diagrams.PAGE.read_bytes() == before
