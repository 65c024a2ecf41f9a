"""Desks that are reached only by a web form: a person files it, from a packet that we prepare.

A packet is pure: it says what to put where, in the form's order, and what must stay out of it.
Nothing here opens the form, and no machine ever ticks an attestation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from adapters.base import Adapter
from adapters.errors import NeedsPerson
from adapters.spec import Key, Notice, Receipt

__all__ = ["NEVER", "NEVER_OF_A_CHILD", "Packet", "Step", "WebForm", "words_of"]

NEVER: Final = (
    "Never attach or paste an image, a video or a screenshot: the link is enough.",
    "Never give the depicted person's name, account, telephone or e-mail address.",
    "Never give the name of a colleague: the centre reports.",
)
NEVER_OF_A_CHILD: Final = (
    "Never give the child's age, date of birth, school, town or family.",
    "Never describe the child or what is seen beyond what the text here says.",
    "Never make or keep a screenshot of the page, not even for the file.",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One field, in the form's order. `required` is None where we could not see whether it is.

    `copyable`: the value is to be pasted as it stands; otherwise it says what to choose or do.
    """

    label: str
    value: str = field(repr=False)
    required: bool | None = None
    copyable: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """All that a person needs to file one notice. `limit` is how many links one form takes."""

    form: str
    language: str
    limit: int
    steps: tuple[Step, ...] = field(repr=False)
    never: tuple[str, ...]
    note: str = ""


class WebForm(Adapter):
    """A desk without a machine's door. A subclass gives the setting `form_url`, and the steps."""

    language: str = "en"
    note: str = ""

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - nothing is sent
        """Never by machine: the notice goes to a person, with its packet."""
        raise NeedsPerson("web_form")

    def packet(self, notice: Notice) -> Packet:
        """What to fill in, for this notice. The same notice gives the same packet."""
        return Packet(
            form=self.settings["form_url"],
            language=self.language,
            limit=self.spec.carries.urls,
            steps=self.steps(notice),
            never=NEVER + (NEVER_OF_A_CHILD if notice.depicted_minor else ()),
            note=self.note,
        )

    def steps(self, notice: Notice) -> tuple[Step, ...]:
        """The form's fields in its own order."""
        raise NotImplementedError


def words_of(notice: Notice, *kinds: str) -> str:
    """The statements of these kinds, in the exact words a person stood behind; "" when none."""
    return "\n".join(s.words for kind in kinds for s in notice.statements if s.kind == kind)
