"""The sentences of a mail, as its author wrote them and as rules read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["ENDS", "MAX_CHARS", "plain", "split"]

_ADDRESS: Final = re.compile(
    r"(?:https?|hxxps?)://\S{1,2000}|\b[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/\S{0,2000}"
    r"|<[^<>\s]{1,300}>|\S{1,64}@[\w.-]{1,200}|\[?\(?\bef-[a-z0-9-]{6,14}\b\)?\]?",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(r"(?:https?|hxxps?)://\S+(?: |$)")
_LABEL: Final = re.compile(r"[\w' ]{1,30}:\s?(?:https?|hxxps?)://", re.IGNORECASE)
ENDS: Final = re.compile(r"(?:[.!?。:;]|니다|어요|[가-힣](?:함|됨|음))[)\"'”]?$")
_GREETS: Final = re.compile(
    r"(?:dear|hello|hi|hey|good \w+|greetings|to whom)\b[^.?!:]{0,60}[,:!]?$"
    r"|안녕하(?:세요|십니까)[.!,]?$|[^.?!:]{1,30}(?:님|귀하|귀중)[,.]?$",
    re.IGNORECASE,
)
_SIGNS: Final = re.compile(
    r"(?:best|kind|warm|many|with)? ?(?:regards|thanks|thank you|sincerely|yours)\b|감사합니다",
    re.IGNORECASE,
)
_APART: Final = re.compile(
    r"(?<=[.!?。])\s+|(?<=니다)\s+(?=[가-힣#])|(?<=하였|되었)(?:으며|고),?\s|(?<=했|됐)(?:으며|고),?\s"
    r"|(?i:(?<=removed|deleted)(?:,| -)? and (?=the |we |its ))"
)
_BULLET: Final = re.compile(r"\s*(?:[-*\u2022\u00b7\u25aa]|\d{1,2}[.)])\s")
_STARTS: Final = (_SIGNS, _BULLET, _LABEL)
MAX_CHARS: Final = 600  # longer ones are for a person


def split(words: str) -> Iterator[str]:
    """Sentences, without the line breaks of a mailer: a break that ends nothing parts nothing."""
    for paragraph in words.split("\n\n"):
        held = ""
        for line in paragraph.split("\n"):
            ended = ENDS.search(held[-9:]) or _GREETS.fullmatch(held)
            if ended or _LISTED.match(held) or any(p.match(line) for p in _STARTS):
                yield from _split(held)
                held = ""
            held = f"{held} {_BULLET.sub('', line, count=1)}".strip()
            if len(held) > MAX_CHARS:
                *whole, held = _split(held)
                yield from whole
                if len(held) > MAX_CHARS:
                    yield held
                    held = ""
        yield from _split(held)


def _split(text: str) -> Iterator[str]:
    yield from filter(None, map(str.strip, _APART.split(text)))


def plain(sentence: str) -> str:
    """In lower case, with `#` for addresses and references, without quotes' curls and full stop."""
    text = sentence.replace("\u2019", "'").replace("\u2018", "'")
    return _ADDRESS.sub("#", text).lower().strip(" .!*_-\u2013").strip()
