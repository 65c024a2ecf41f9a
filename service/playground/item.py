"""One practice item while the playground runs: its script, what it met, where its story stands.

Knows no wire format and no socket. Times are practice seconds since the playground started.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from service.playground.script import Fault, Op, Round, Said, Script, Sight, Since

__all__ = ["Heard", "Item", "Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """One report that the platform took. `reference` is the platform's own, or a Message-ID."""

    reference: str
    at_s: float
    round_no: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A thing the platform has said by now, and when."""

    at_s: float
    said: Said


class Item:
    """`key` is what the platform's own calls name it by; `url` is what people paste."""

    def __init__(self, platform: str, name: str, script: Script, key: str, url: str) -> None:
        self.platform = platform
        self.name = name
        self.script = script
        self.key = key
        self.url = url
        self.reports: list[Report] = []
        self.calls: Counter[Op] = Counter()
        self.early_calls = 0
        self.messages = 0  # words added to a report that was made before
        self._round_no = 0
        self._round_began_s: float | None = 0.0 if script.since is Since.START else None

    def take_report(self, reference: str, now_s: float) -> Report:
        """Count a report; it opens a round when none is open or the last one has played out."""
        if self._round_began_s is None:
            self._round_began_s = now_s
        elif self._has_another_round(now_s):
            self._round_no += 1
            self._round_began_s = now_s
        report = Report(reference, now_s, self._round_no)
        self.reports.append(report)
        return report

    def sight(self, now_s: float) -> Sight:
        """What a look finds now: the last thing shown, in this round or in those before it."""
        shown = self.script.at_first
        for past in self._rounds[: self._round_no]:
            shown = past.shows[-1].sight if past.shows else shown
        for step in self._round.shows:
            if self._round_began_s is not None and step.after_s <= now_s - self._round_began_s:
                shown = step.sight
        return shown

    def heard(self, report: Report, now_s: float) -> tuple[Heard, ...]:
        """What has been said about this report by now, oldest first."""
        if report.round_no != self._round_no or self._round_began_s is None:
            says = self._rounds[report.round_no].says
            return tuple(Heard(report.at_s + said.after_s, said) for said in says)
        began_s = self._round_began_s
        due = [s for s in self._round.says if s.after_s <= now_s - began_s]
        return tuple(Heard(max(report.at_s, began_s + said.after_s), said) for said in due)

    def will_say(self, report: Report) -> tuple[Heard, ...]:
        """Everything that will be said about this report, with its time."""
        return self.heard(report, float("inf"))

    def next_fault(self, op: Op) -> Fault:
        """What this call meets; counts the call."""
        planned = {
            Op.SEND: self.script.sends,
            Op.POLL: self.script.polls,
            Op.LOOK: self.script.looks,
        }
        faults = planned.get(op, ())
        nth = self.calls[op]
        self.calls[op] += 1
        return faults[nth] if nth < len(faults) else Fault()

    def state(self, now_s: float) -> dict[str, object]:
        """JSON for people and tests."""
        return {
            "platform": self.platform,
            "name": self.name,
            "script": self.script.name,
            "about": self.script.about,
            "url": self.url,
            "sight": self.sight(now_s).value,
            "reports": len(self.reports),
            "messages": self.messages,
            "references": [report.reference for report in self.reports],
            "calls": {op.value: count for op, count in sorted(self.calls.items())},
            "early_calls": self.early_calls,
        }

    @property
    def _rounds(self) -> tuple[Round, ...]:
        return self.script.rounds or (Round(),)

    @property
    def _round(self) -> Round:
        return self._rounds[self._round_no]

    def _has_another_round(self, now_s: float) -> bool:
        began_s = self._round_began_s or 0.0
        played_out = now_s - began_s >= self._round.length_s
        return played_out and self._round_no + 1 < len(self._rounds)
