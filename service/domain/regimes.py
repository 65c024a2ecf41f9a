"""Laws that set a process for such notices: what they demand by when, whom they bind, where it was
read.

A law that changes gets a new version beside the old one; a row is never altered. No row says that
a law was broken: that is for a regulator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.spec import Ends, Grade, Regime, Source, Spec
from service.domain import elements
from service.domain.elements import Element

PROVEN: Final = frozenset({Grade.ACKNOWLEDGED, Grade.ACCEPTED_BY_ADDRESSEE})
"""Receipts that show that the addressee has the notice. A relay's or a person's word does not."""


@dataclass(frozen=True, slots=True)
class Law:
    """One version of one law, about one thing that is to happen in time.

    `hours` is None where it gives no number, or where none could be read: no clock runs then.
    `words` say what it demands, in ours.
    """

    regime: Regime
    version: int
    in_force_since: date
    ends_on: Ends
    hours: float | None
    words: str
    source: Source

    @property
    def name(self) -> str:
        """Written into clocks: never renamed."""
        return f"{self.regime.value}_{self.version}"

    @property
    def requires(self) -> tuple[Element, ...]:
        """What a notice must hold to count."""
        return elements.required(self.regime)


LAWS: Final[tuple[Law, ...]] = (
    Law(
        Regime.EU_DSA_16, 1, date(2024, 2, 17), "answer", None,
        "Confirm receipt and decide without undue delay, in a timely manner",
        Source("https://eur-lex.europa.eu/eli/reg/2022/2065/oj", date(2026, 11, 22)),
    ),
    Law(
        Regime.US_TAKE_IT_DOWN, 1, date(2026, 5, 19), "removal", 48,
        "Remove as soon as possible, at most 48 hours after a valid request was received",
        Source("https://help.x.com/en/rules-and-policies/us-tida", date(2026, 11, 22)),
    ),
    Law(
        Regime.UK_20A, 1, date(2026, 6, 29), "removal", 48,
        "Take down as soon as possible, at most 48 hours after the report was received",
        Source("https://www.legislation.gov.uk/ukpga/2023/50/section/20A", date(2026, 11, 22)),
    ),
    Law(
        Regime.KR_22_5, 1, date(2020, 12, 10), "removal", None,
        "Delete or block; a number of hours was not found",
        Source("https://donga.com/news/amp/all/20201231/104714142/1", date(2026, 11, 26)),
    ),
)  # fmt: skip


def law_of(regime: Regime, on: date) -> Law | None:
    """The version in force on that day."""
    found = [law for law in LAWS if law.regime is regime and law.in_force_since <= on]
    return max(found, key=lambda law: law.version, default=None)


def binding(spec: Spec, basis: Regime, on: date) -> Law | None:
    """The law that binds this addressee when a notice on this basis goes by this channel.

    It does when the channel is the process that the law names, and carries all that the law asks
    for. Where an addressee sits decides nothing: none of these laws was read to stop at a border,
    and none to name its addressees one by one.
    """
    if basis not in spec.regimes or not elements.carried(spec, basis):
        return None
    return law_of(basis, on)
