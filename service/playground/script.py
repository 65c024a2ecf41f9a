"""What a practice item does, as frozen values: what its platform says, shows, and does to a caller.

Values only; the registered behaviours are in `behaviours`. Two kinds of time: story time
(`after_s`) is in practice seconds and is compressed by the clock; wire time (`wait_s`,
`retry_after_s`) is in real seconds, for it acts on a socket.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = [
    "Cut",
    "Fault",
    "Op",
    "Round",
    "Said",
    "Script",
    "Shown",
    "Sight",
    "Since",
    "Word",
]


class Sight(StrEnum):
    """What anybody who looks is shown. A platform without such a sight shows the nearest it has."""

    UP = "up"
    VEILED = "veiled"  # up, but hidden from visitors without an account
    OTHER = "other"  # something else stands at the same address
    GONE = "gone"  # taken away by the platform
    DELETED = "deleted"  # deleted at its source, by author or host
    BLOCKED = "blocked"  # kept by the platform, shown to nobody
    RESTRICTED = "restricted"  # 451: not available here, for legal reasons
    PRIVATE = "private"  # there, but a visitor may not see it


class Word(StrEnum):
    """What the platform says about a report."""

    ACKNOWLEDGED = "acknowledged"
    NEEDS_INFO = "needs_info"
    ACCEPTED = "accepted"  # without naming a removal
    SAYS_REMOVED = "says_removed"
    REFUSED = "refused"
    BOUNCED = "bounced"


class Since(StrEnum):
    """From when the first round's `after_s` counts."""

    REPORT = "report"
    START = "start"  # of the playground: happens without anybody asking


class Op(StrEnum):
    """What a caller wants. Faults and early calls are counted by it."""

    LOGIN = "login"
    RESOLVE = "resolve"
    SEND = "send"
    POLL = "poll"
    LOOK = "look"


class Cut(StrEnum):
    """How a connection ends without a whole answer."""

    NO = "no"
    CLOSE = "close"  # FIN, not a byte of an answer
    RESET = "reset"  # RST, not a byte of an answer
    HALF = "half"  # the beginning of a good answer, then FIN


@dataclass(frozen=True, slots=True)
class Said:
    """One thing the platform says, `after_s` practice seconds into the round."""

    after_s: float
    word: Word
    words: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """From `after_s` practice seconds into the round, this is what a look finds."""

    after_s: float
    sight: Sight


@dataclass(frozen=True, slots=True)
class Round:
    """What follows one report. Once it has played out, the next report opens the next round."""

    says: tuple[Said, ...] = ()
    shows: tuple[Shown, ...] = ()

    @property
    def length_s(self) -> float:
        times = [said.after_s for said in self.says] + [shown.after_s for shown in self.shows]
        return max(times, default=0.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """What one call meets on the wire. A default `Fault()` is a call that goes well."""

    status: int = 0  # 0: the platform's own answer
    taken: bool = True  # the call has its effect before the fault shows
    wait_s: float = 0.0  # math.inf: never answered
    retry_after_s: float | None = None
    as_date: bool = False  # Retry-After as an HTTP date, not as seconds
    cut: Cut = Cut.NO
    page: bool = False  # an HTML page where an answer for machines was due

    @classmethod
    def throttled(cls, retry_after_s: float | None = 1.0, *, as_date: bool = False) -> Fault:
        return cls(status=429, taken=False, retry_after_s=retry_after_s, as_date=as_date)

    @classmethod
    def broken(cls, status: int = 503, *, taken: bool = False) -> Fault:
        """An answer that says no: 5xx, or any 4xx. For mail `status` is the reply code."""
        return cls(status=status, taken=taken)

    @classmethod
    def slow(cls, wait_s: float) -> Fault:
        """Takes the call first, answers later."""
        return cls(wait_s=wait_s)

    @classmethod
    def hang(cls, *, taken: bool = True) -> Fault:
        return cls(wait_s=math.inf, taken=taken)

    @classmethod
    def lost(cls, cut: Cut = Cut.CLOSE) -> Fault:
        """Takes the call, and the acknowledgement never arrives."""
        return cls(cut=cut)

    @classmethod
    def reset(cls) -> Fault:
        """The connection is reset and nothing was taken."""
        return cls(cut=Cut.RESET, taken=False)

    @classmethod
    def garbled(cls, *, taken: bool = True) -> Fault:
        return cls(page=True, taken=taken)


@dataclass(frozen=True, slots=True)
class Script:
    """All that one item does. The n-th call of a kind meets the n-th fault, later ones none."""

    name: str
    about: str
    rounds: tuple[Round, ...] = (Round(),)
    at_first: Sight = Sight.UP
    since: Since = Since.REPORT
    sends: tuple[Fault, ...] = ()
    polls: tuple[Fault, ...] = ()
    looks: tuple[Fault, ...] = ()

    def called(self, name: str, about: str = "") -> Script:
        """The same under another name."""
        return replace(self, name=name, about=about or self.about)

    def meeting(
        self,
        *,
        sends: tuple[Fault, ...] = (),
        polls: tuple[Fault, ...] = (),
        looks: tuple[Fault, ...] = (),
    ) -> Script:
        """The same story with these faults in the way."""
        return replace(self, sends=sends, polls=polls, looks=looks)
