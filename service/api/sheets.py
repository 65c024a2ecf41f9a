"""Tables as CSV (RFC 4180), such that no program that opens one takes a text for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

TYPE: Final = "text/csv"
MEDIA_TYPE: Final = f"{TYPE}; charset=utf-8; header=present"
_BEGINS_FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)
"""By these, and by their wide forms, spreadsheets know a formula."""

Value = str | int | float | bool | None


def text(header: Sequence[str], lines: Iterable[Sequence[Value]]) -> str:
    """A header and lines. Nothing stands for what is not known, `true` and `false` for claims."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_plain(value) for value in line] for line in lines)
    return file.getvalue()


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.strip(" ").startswith(_BEGINS_FORMULA) else value
    return str(value)
