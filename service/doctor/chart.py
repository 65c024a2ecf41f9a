"""What the doctor looks at, check by check, and what it found.

No finding holds a value, an address, a name or a token.

`python -m service.doctor.chart` prints the table of checks.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

CHECKS: Final[dict[str, str]] = {
    "settings.values": "every setting is there, known and fits; the key file is its owner's alone;"
    " mail to another machine is encrypted",
    "settings.proxies": "who is believed about who calls, and whether keys travel in clear",
    "settings.egress": "which private networks outgoing calls may reach",
    "settings.practice": "no practice settings on a real centre's data, nor the other way round",
    "adapters.installed": "which platforms other packages bring, and that they can be used",
    "database.reachable": "it answers and lets us in",
    "database.version": "its version and encoding",
    "database.migrated": "its shape is the one that this version needs",
    "database.role": "our role is no superuser, owns nothing and is no member of who does",
    "database.rights": "our role may do what is declared and no more: nothing of the record can be"
    " taken away",
    "database.shape": "tables, indexes, constraints and guards are all there, valid and on",
    "database.durable": "what is committed outlives a crash",
    "database.connections": "there are enough for the pools of all processes",
    "database.private": "the way to another machine is encrypted",
    "database.key": "the key file opens what is sealed here",
    "time.database": "its clock and this machine's agree",
    "time.redis": "its clock and this machine's agree",
    "redis.reachable": "it answers and lets us in",
    "redis.version": "its version, and that it is no replica",
    "redis.keeps": "it drops no keys when memory is short, and it is not",
    "redis.jobs": "what waits in it are our jobs, as JSON",
    "redis.private": "the way to another machine is encrypted",
    "mail.relay": "it greets us, encrypts and lets us in as set; no mail is sent",
    "mail.box": "the mailbox for replies, if one is set, lets us in and has its folder; nothing in"
    " it is changed",
    "egress.proxies": "each proxy by which calls are to leave answers; nothing is asked of it",
    "workers.alive": "at least one worker gives signs of life, and hears Redis",
    "workers.sweep": "what time alone brings is done in time",
    "workers.sequencer": "events are numbered in time",
    "lanes.work": "whatever is due has a lane to leave by",
    "lanes.open": "no lane with work is closed or waits beyond reason",
    "record.versions": "each chain has every version from 1, once",
    "record.hashes": "each line is what was hashed when it was written",
    "record.chains": "each line names the one before it",
    "record.moves": "each move is in the table of states, by who may make it",
    "record.states": "each row is where its last line led to, with that line's hash",
    "record.rows": "no row without lines, no lines without their row",
    "record.keys": "the key of each case opens",
    "record.facts": "sealed details open and are those that their line commits to",
    "record.bytes": "notices as they were sent open and match their hash",
    "record.attempts": "a notice that is out has exactly one open attempt",
    "record.leases": "no notice is `sending` long past its lease",
    "record.events": "each organisation's events are numbered from 1 without a gap",
    "record.carriers": "each request that waits for another, or for a notice, has it",
    "record.holds": "what is held has a reason, and what has one is held",
}
"""Every check, and what it looks at. In this order they are made and printed."""


class Level(StrEnum):
    """How bad it is: as it should be, worth knowing, or to be mended."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do about it."""

    check: str
    level: Level
    says: str
    do: str = ""


@dataclass(slots=True)
class Chart:
    """The findings of one examination."""

    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def add(self, check: str, level: Level, says: str, do: str = "") -> None:
        """Raises `KeyError` for a check that is not listed."""
        CHECKS[check]
        self.findings.append(Finding(check, level, says, do))

    def warn(self, check: str, says: str, do: str) -> None:
        self.add(check, Level.WARN, says, do)

    def wrong(self, check: str, says: str, do: str) -> None:
        self.add(check, Level.WRONG, says, do)

    def close(self, check: str, says: str) -> None:
        """End a check: it is well, unless something was found."""
        if check not in self.seen():
            self.add(check, Level.OK, says)

    def seen(self) -> set[str]:
        return {finding.check for finding in self.findings}

    def unseen(self) -> list[str]:
        """The checks that were not made."""
        return [check for check in CHECKS if check not in self.seen()]

    def worst(self) -> Level:
        found = {finding.level for finding in self.findings}
        return next((level for level in (Level.WRONG, Level.WARN) if level in found), Level.OK)

    def in_order(self) -> list[Finding]:
        order = {check: n for n, check in enumerate(CHECKS)}
        return sorted(self.findings, key=lambda finding: order[finding.check])

    def values(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "status": self.worst().value,
            "findings": [asdict(finding) for finding in self.in_order()],
            "not_examined": self.unseen(),
            "figures": self.figures,
        }

    def lines(self) -> str:
        """For a person."""
        shown = [
            f"{f.level.value:<5}  {f.check:<20}  {' '.join(filter(None, (f.says, f.do)))}"
            for f in self.in_order()
        ]
        if self.unseen():
            shown.append(f"not examined: {', '.join(self.unseen())}")
        return "\n".join(shown)


def table() -> str:
    """The checks as a table for the pages."""
    rows = (f"| `{check}` | {what} |" for check, what in CHECKS.items())
    return "\n".join(("| check | what it looks at |", "|---|---|", *rows, ""))


def listed() -> str:
    """The checks for the help of the command."""
    return "\n".join(f"{check:<20} {what}" for check, what in CHECKS.items())


if __name__ == "__main__":
    sys.stdout.write(table())
