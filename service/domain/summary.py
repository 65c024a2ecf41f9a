"""A case in numbers and in sentences that can be read out on the phone.

No address and no name of a platform: whoever overhears it learns nothing about where to look. The
first numbers add up to the number of takedowns; the others are counted among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LANGUAGES: Final = ("en", "ko")
PARTS: Final = ("removed", "restricted", "online", "held", "being_identified", "withdrawn")
"""Every takedown is in exactly one of these."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one takedown stands. `waits`: the list of what waits for a person names it."""

    state: str
    contradicted: bool
    reappeared: bool
    asked: bool
    refused: bool
    silent: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts by name, and sentences in the order in which they are read out."""

    language: str
    counts: Mapping[str, int]
    sentences: tuple[str, ...]


_PART_OF: Final[Mapping[str, str]] = {
    "gone": "removed",
    "closed": "removed",
    "restricted": "restricted",
    "open": "online",
    "held": "held",
    "resolving": "being_identified",
    "withdrawn": "withdrawn",
}
_EN: Final[Mapping[str, tuple[str, str]]] = {
    "total": ("We are looking after one address.", "We are looking after {n} addresses."),
    "removed": ("One of them is gone.", "{n} of them are gone."),
    "restricted": ("One can be seen only by some.", "{n} can be seen only by some."),
    "online": (
        "One was online when we last looked, or was not looked at yet.",
        "{n} were online when we last looked, or were not looked at yet.",
    ),
    "held": (
        "One is on hold: nothing is sent about it.",
        "{n} are on hold: nothing is sent about them.",
    ),
    "being_identified": (
        "For one we are still finding out what it is.",
        "For {n} we are still finding out what they are.",
    ),
    "withdrawn": ("One we no longer ask about.", "{n} we no longer ask about."),
    "asked": ("We have asked about one.", "We have asked about {n}."),
    "refused": ("About one we were refused.", "About {n} we were refused."),
    "unanswered": (
        "About one nobody has answered in time.",
        "About {n} nobody has answered in time.",
    ),
    "contradicted": (
        "One was said to be removed, but it can still be seen.",
        "{n} were said to be removed, but they can still be seen.",
    ),
    "reappeared": (
        "One had come back after it was gone.",
        "{n} had come back after they were gone.",
    ),
    "waiting_for_us": (
        "For one a colleague has to take the next step.",
        "For {n} a colleague has to take the next step.",
    ),
}
_KO: Final[Mapping[str, str]] = {
    "total": "저희가 맡고 있는 주소는 모두 {n}건입니다.",
    "removed": "그중 {n}건은 삭제된 것을 확인했습니다.",
    "restricted": "{n}건은 일부 사람에게만 보입니다.",
    "online": "{n}건은 마지막 확인 때 남아 있었거나 아직 확인하지 못했습니다.",
    "held": "{n}건은 보류 중이며, 이에 대해서는 아무것도 보내지 않습니다.",
    "being_identified": "{n}건은 어떤 것인지 확인하고 있습니다.",
    "withdrawn": "{n}건은 더 이상 요청하지 않습니다.",
    "asked": "{n}건에 대해 삭제를 요청했습니다.",
    "refused": "{n}건은 거절당했습니다.",
    "unanswered": "{n}건은 기한 안에 답이 없었습니다.",
    "contradicted": "{n}건은 삭제했다는 답을 받았지만 아직 보입니다.",
    "reappeared": "{n}건은 사라졌다가 다시 나타난 적이 있습니다.",
    "waiting_for_us": "{n}건은 담당자가 다음 일을 해야 합니다.",
}
_NOTHING: Final = {
    "en": "There is no address in this case yet.",
    "ko": "아직 등록된 주소가 없습니다.",
}
_PAUSED: Final = {
    "en": "Everything is paused at the moment.",
    "ko": "지금은 모든 진행을 멈춘 상태입니다.",
}


def of(standings: Sequence[Standing], paused: bool, language: str) -> Summary:  # noqa: FBT001 - a fact
    """The summary of a case whose takedowns stand so."""
    counts = {"total": len(standings), **dict.fromkeys(PARTS, 0)}
    for standing in standings:
        counts[_PART_OF[standing.state]] += 1
    live = [s for s in standings if s.state != "withdrawn"]
    counts |= {
        "asked": sum(s.asked for s in live),
        "refused": sum(s.refused for s in live),
        "unanswered": sum(s.silent for s in live),
        "contradicted": sum(s.contradicted for s in live),
        "reappeared": sum(s.reappeared for s in live),
        "waiting_for_us": sum(s.waits for s in standings),
    }
    return Summary(language, counts, tuple(_sentences(counts, paused, language)))


def _sentences(counts: Mapping[str, int], paused: bool, language: str) -> list[str]:  # noqa: FBT001 - a fact
    if not counts["total"]:
        return [_NOTHING[language]]
    said = [_sentence(name, n, language) for name, n in counts.items() if n]
    return [*said, _PAUSED[language]] if paused else said


def _sentence(name: str, n: int, language: str) -> str:
    if language == "ko":
        return _KO[name].format(n=n)
    one, many = _EN[name]
    return one if n == 1 else many.format(n=n)
