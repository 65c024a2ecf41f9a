"""docs/mail.md: the classes of incoming mail, the rules, and how they do on two sets of mails.

`python -m tests.mailbox.page` writes it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from service.mailbox import letter, reading
from service.mailbox.rules import Kind

HERE: Final = Path(__file__).parent / "fixtures"
PAGE: Final = Path(__file__).parents[2] / "docs" / "mail.md"


class Row(NamedTuple):
    """One mail of a set: what a careful case worker would record, and what was read."""

    file: str
    language: str
    expected: str
    expected_detail: str
    is_removal: bool
    read: reading.Reading
    threaded: bool
    is_tied: bool


def measured(name: str) -> list[Row]:
    """Every mail of the set, read."""
    with (HERE / "labels.csv").open(encoding="utf-8", newline="") as labels:
        rows = [row for row in csv.DictReader(labels) if row["set"] == name]
    out = []
    for row in rows:
        got = letter.read((HERE / row["file"]).read_bytes())
        out.append(
            Row(
                row["file"], row["language"], row["class"], row["detail"], row["removal"] == "yes",
                reading.classify(got), row["threaded"] == "yes", bool(got.our_references),
            )
        )  # fmt: skip
    return out


def confusion(rows: Sequence[Row]) -> str:
    """Rows are what the mail is, columns what was read."""
    counted = Counter((row.expected, row.read.kind.value) for row in rows)
    names = [kind.value for kind in Kind]
    lines = [
        "| is \\ read as | " + " | ".join(names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for one in names:
        cells = [str(counted[one, other] or "·") for other in names]
        lines.append(f"| **{one}** | " + " | ".join(cells) + " |")
    return "\n".join(lines)
