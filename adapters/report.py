"""What reports of many platforms share: their words, and what they let the platform know."""

from __future__ import annotations

from typing import Final

from adapters.errors import Refused
from adapters.spec import ContentClass, Field, Key, Notice

__all__ = ["INTIMATE", "LETTER", "NOTE", "REPORT", "mark", "words_of"]

INTIMATE: Final = frozenset({ContentClass.NCII, ContentClass.DEEPFAKE, ContentClass.VOYEURISM})
"""The classes that show somebody."""

NOTE: Final = (
    Field.CENTRE_NAME,
    Field.CENTRE_EMAIL,
    Field.URLS,
    Field.CONTENT_CLASS,
    Field.DEPICTED_IS_MINOR,
)
"""What the text discloses where there is no room for statements, but for the centre's address."""

REPORT: Final = (*NOTE, Field.STATEMENTS)
"""What the text discloses with its statements."""

LETTER: Final = (
    Field.CENTRE_NAME,
    Field.CENTRE_EMAIL,
    Field.CENTRE_ADDRESS,
    Field.SIGNATORY,
    Field.AUTHORITY,
    Field.STATEMENTS,
    Field.URLS,
    Field.CONTENT_CLASS,
    Field.DEPICTED_IS_MINOR,
)
"""What the whole text discloses."""


def mark(notice: Notice, key: Key) -> str:
    """What tells this notice's report from all others, also of the same case."""
    return f"[{notice.reference} {key[:12]}]"


def words_of(
    notice: Notice, most_chars: int | None = None, *, signed: str = "", before: str = ""
) -> str:
    """The notice's text, ended by `signed`, else by our reference. Raises `Refused` rather than cut
    it.
    """
    words = f"{before}{notice.text}\n\n{signed or f'[{notice.reference}]'}"
    if most_chars is not None and len(words) > most_chars:
        raise Refused("text_too_long")
    return words
