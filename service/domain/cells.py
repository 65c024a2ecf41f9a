"""Which numbers of a row may be shown: none about fewer than five cases, and none by which such a
one could be worked out.

A nought tells of nobody and is shown, but only beside five cases that were asked about: otherwise a
row that nobody is in and one that few are in look alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

FEWEST: Final = 5

SAID: Final = ("answered", "no_answer", "nothing_said")
"""What was asked, in parts: did they say anything?"""
ANSWERS: Final = (
    "says_removed", "says_restricted", "refused", "other_answer", "acknowledged_only",
)  # fmt: skip
"""What was answered, in parts: what did they say?"""
FATES: Final = (
    "gone_after_word", "gone_without_word", "gone_before_asked", "restricted", "up", "not_seen",
    "withdrawn",
)  # fmt: skip
"""What was asked, in parts: what is seen there?"""
KINDS: Final = ("legal", "promised", "own")
CLOCKS: Final = tuple(f"{kind}_{end}" for kind in KINDS for end in ("met", "passed"))
FIGURES: Final = (
    "asked", "not_reached", *SAID, *ANSWERS, *FATES, "reappeared", *CLOCKS,
)  # fmt: skip
STAYED_GONE: Final = "stayed_gone"
"""Never shown: what is left of the gone without those that came back."""
_GONE: Final = frozenset({"gone_after_word", "gone_without_word"})


@dataclass(slots=True)
class Tally:
    """How many requests, and of which cases."""

    requests: int = 0
    cases: set[UUID] = field(default_factory=set)

    def add(self, case_id: UUID) -> None:
        self.requests += 1
        self.cases.add(case_id)

    @property
    def is_few(self) -> bool:
        return 0 < len(self.cases) < FEWEST


@dataclass(frozen=True, slots=True)
class Cell:
    """One number as it may be shown. Empty without being suppressed: it says nothing here."""

    requests: int | None
    cases: int | None
    suppressed: bool = False


SUPPRESSED: Final = Cell(None, None, suppressed=True)
NOTHING: Final = Cell(None, None)


def hidden(tallies: Mapping[str, Tally]) -> frozenset[str]:
    """The figures of one row that may not be shown.

    What says the same in two places is hidden in both: links that they say are removed and that are
    gone count in two divisions, and a clock ends by an answer or by silence.
    """
    if len(tallies["asked"].cases) < FEWEST:
        reached = len(tallies["not_reached"].cases) >= FEWEST
        return frozenset(FIGURES) - ({"not_reached"} if reached else set())
    found = {"not_reached"} if tallies["not_reached"].is_few else set()
    found |= cover(tallies, SAID)
    found |= set(ANSWERS) if "answered" in found else cover(tallies, ANSWERS)
    said_in_words = {"gone_after_word"} if "says_removed" in found else set()
    found |= cover(tallies, FATES, said_in_words)
    if found & _GONE or tallies["reappeared"].is_few or tallies[STAYED_GONE].is_few:
        found.add("reappeared")
    for kind in KINDS:
        ends = (f"{kind}_met", f"{kind}_passed")
        if found & {*SAID, *ANSWERS} or any(tallies[end].is_few for end in ends):
            found.update(ends)
    return frozenset(found)


def cover(
    tallies: Mapping[str, Tally], parts: Collection[str], also: Iterable[str] = ()
) -> frozenset[str]:
    """The parts of a known total that may not be shown: those about few cases, `also`, and as many
    more, the smallest first, as it takes for the total less the shown parts to be about five cases,
    and for nobody to tell how it is divided among the hidden ones.
    """
    found = {name for name in parts if tallies[name].is_few} | set(also)
    while found and not _is_blurred([tallies[name] for name in found]):
        shown = [name for name in parts if name not in found and tallies[name].requests]
        if not shown:
            return frozenset(parts)
        found.add(min(shown, key=lambda name: (len(tallies[name].cases), name)))
    return frozenset(found)


def _is_blurred(tallies: Collection[Tally]) -> bool:
    cases = {case for tally in tallies for case in tally.cases}
    requests = sum(tally.requests for tally in tallies)
    return len(tallies) > 1 and len(cases) >= FEWEST and requests > len(tallies)


def shown(tallies: Mapping[str, Tally]) -> Mapping[str, Cell]:
    """Every figure of a row as it may be shown."""
    kept_back = hidden(tallies)
    return {
        name: SUPPRESSED
        if name in kept_back
        else Cell(tallies[name].requests, len(tallies[name].cases))
        for name in FIGURES
    }
