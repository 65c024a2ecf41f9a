"""Replays the audit log line by line: pure, and with no more in memory than one chain's end.

Lines come sorted by subject and version; rows of state sorted by id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from service.domain.states import TABLES
from service.store import entries
from service.store.sealing import Key, SealBroken

LEGAL: Final = frozenset(
    (machine.value, rule.source and rule.source.value, rule.event.value, rule.target.value, by)
    for machine, table in TABLES.items()
    for rule in table
    for by in (actor.value for actor in rule.by)
)
FACT: Final = "fact"

Line = Mapping[str, Any]
"""One row of `entries`, or of a table of states."""
KeyOf = Callable[[Line], Key | None]
_OWN: Final = ("machine", "organisation_id", "case_id")
_END: Final = {"state": "target", "version": "version", "entry_id": "id", "entry_hash": "hash"}


@dataclass(slots=True)
class Replay:
    """How many lines and rows are wrong, by check. Feed `line`, then take `ends`."""

    wrong: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    subjects: int = 0
    ends: list[Line] = field(default_factory=list)
    _last: Line | None = None

    def line(self, line: Line, key_of: KeyOf) -> None:
        """Judge one line against the one before it."""
        self.lines += 1
        before = self._last
        if before is None or before["subject_id"] != line["subject_id"]:
            self.end()
            before = None
        self._last = line
        self._sealed(line, key_of)
        if line["version"] != (before["version"] + 1 if before else 1):
            self.wrong["record.versions"] += 1  # what it was hashed upon is not there
            return
        if entries.leaf_hash(line, before["hash"] if before else None) != line["hash"]:
            self.wrong["record.hashes"] += 1
        if line["machine"] == FACT:
            return
        if not _follows(line, before):
            self.wrong["record.chains"] += 1
        move = tuple(line[c] for c in ("machine", "source", "event", "target", "actor"))
        if move not in LEGAL:
            self.wrong["record.moves"] += 1

    def end(self) -> None:
        """The chain is over: its last line is to be compared with the row."""
        if self._last is not None and self._last["machine"] != FACT:
            self.ends.append(self._last)
            self.subjects += 1
        self._last = None

    def compare(self, end: Line, row: Line) -> None:
        """The end of a chain against the row of its subject."""
        same = all(row[c] == end[e] for c, e in _END.items())
        if not same or any(row[c] != end[c] for c in _OWN):
            self.wrong["record.states"] += 1

    def _sealed(self, line: Line, key_of: KeyOf) -> None:
        sealed, commitment = line["sealed"], line["commitment"]
        if sealed is None and commitment is None:
            return
        key = key_of(line)
        if sealed is None or commitment is None or key is None:
            self.wrong["record.facts"] += 1
            return
        try:
            opens = entries.is_committed(key, UUID(bytes=line["id"].bytes), sealed, commitment)
        except (SealBroken, ValueError):
            opens = False
        if not opens:
            self.wrong["record.facts"] += 1


def _follows(line: Line, before: Line | None) -> bool:
    if before is None:
        return line["prev_id"] is None and line["source"] is None and line["prev_version"] is None
    return bool(
        line["prev_id"] == before["id"]
        and line["prev_version"] == before["version"]
        and line["source"] == before["target"]
        and all(line[c] == before[c] for c in _OWN)
    )
