"""Which of the reasons that Reddit lists at that hour fits a notice. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from adapters.http import Json
from adapters.spec import ContentClass, Notice
from adapters.told import objects

__all__ = ["reason_for"]

# Words of reasons, in lower case and without signs.
_INTIMATE: Final = re.compile(r"\binvoluntary porn|\bnon ?consensual\b|\bintimate (media|imag)")
_PERSONAL: Final = re.compile(r"\b(personal|private|confidential)\b.*\binformation\b")
_OF_A_MINOR: Final = re.compile(r"(?=.*\b(minors?|child(ren)?)\b).*\bsex")  # or no age is known
_OF_AN_ADULT: Final[Mapping[ContentClass, re.Pattern[str]]] = {
    ContentClass.NCII: _INTIMATE,
    ContentClass.DEEPFAKE: _INTIMATE,
    ContentClass.VOYEURISM: _INTIMATE,
    ContentClass.THREAT: _INTIMATE,
    ContentClass.PERSONAL_DETAILS: _PERSONAL,
}
_OF_ME: Final = re.compile(r"\bi (m|am|appear)\b|\b(me|my|myself)\b")  # the centre is not depicted
# What a report does not settle: a complaint, abuse of the button itself, names, help for oneself.
_MORE: Final = ("fileComplaint", "isAbuseOfReportButton", "canSpecifyUsernames")
_DEPTH: Final = 8
_REASON_CHARS: Final = 100


def reason_for(notice: Notice, flow: Json) -> str | None:
    """The one reason that fits, in Reddit's own words; None where there are none, or several."""
    wanted = _OF_A_MINOR if notice.depicted_minor else _OF_AN_ADULT[notice.content_class]
    reasons = [
        (reason, texts) for reason, *texts in _reasons(flow) if not any(map(_OF_ME.search, texts))
    ]
    for n in (0, 1):  # its own words, else those with what leads to it
        fitting = {reason for reason, texts in reasons if wanted.search(texts[n])}
        if len(fitting) == 1:
            return fitting.pop()
    return None


def _reasons(steps: Json, above: str = "", depth: int = 0) -> Iterator[tuple[str, str, str]]:
    """The ends of the tree of reasons: what is sent, its own words, and those on the way to it."""
    for step in objects(steps) if depth < _DEPTH else ():
        reason, shown = str(step.get("reasonText") or ""), str(step.get("reasonTextToShow") or "")
        if more := objects(step.get("nextStepReasons")):
            yield from _reasons(more, f"{above} {shown}", depth + 1)
        elif 0 < len(reason) <= _REASON_CHARS and not any(map(step.get, _MORE)):
            yield reason, _plain(f"{shown} {reason}"), _plain(f"{above} {shown} {reason}")


def _plain(words: str) -> str:
    return re.sub(r"[^a-z]+", " ", words.lower())
