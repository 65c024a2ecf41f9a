"""The words that leave the house, in each language that we write.

Sentences only: who may say them, and when, is decided in `domain.notices`. A person's statements
are not here: they go out in the words and the language in which they were said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from service.domain.wording.english import ENGLISH
from service.domain.wording.korean import KOREAN
from service.domain.wording.words import Template, Wording

__all__ = ["ENGLISH", "KOREAN", "WORDINGS", "Template", "Wording", "for_desk"]

WORDINGS: Final[Mapping[str, Wording]] = {w.language: w for w in (ENGLISH, KOREAN)}


def for_desk(languages: Iterable[str]) -> Wording:
    """The first language that this desk reads and we write, else English. Regions mean nothing."""
    primary = (language.partition("-")[0].lower() for language in languages)
    return next((WORDINGS[p] for p in primary if p in WORDINGS), ENGLISH)
