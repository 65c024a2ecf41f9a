"""Who was told what about a case: which tries left, how sure it is that they arrived, and which of
the declared fields stood in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from adapters.spec import Field, Grade, Notice, Purpose, Url
from service.domain.states import Event, NoticeState

N = NoticeState


class Arrival(StrEnum):
    """How sure it is that a message arrived, the surest first."""

    SENT = "sent"  # their own system took it, or they answered
    HANDED_TO_RELAY = "handed_to_relay"  # our relay took it, nothing has come back
    STATED_BY_PERSON = "stated_by_person"  # a person says that they have it
    REJECTED = "rejected"  # read and not taken
    BOUNCED = "bounced"  # came back undeliverable
    UNCONFIRMED = "unconfirmed"  # nobody can tell, treated as asked
    PERHAPS_SENT = "perhaps_sent"  # it may have left, nobody knows yet


_BY_STATE: Final[Mapping[NoticeState, Arrival]] = {
    N.REJECTED: Arrival.REJECTED,
    N.BOUNCED: Arrival.BOUNCED,
    N.UNCONFIRMED: Arrival.UNCONFIRMED,
}
_BY_GRADE: Final[Mapping[str | None, Arrival]] = {
    Grade.HANDED_TO_RELAY.value: Arrival.HANDED_TO_RELAY,
    Grade.STATED_BY_PERSON.value: Arrival.STATED_BY_PERSON,
}
_LEFT: Final = frozenset({"intent", "perhaps", "accepted", "rejected", "bounced", "superseded"})


def arrival(state: NoticeState, grade: str | None) -> Arrival:
    """How sure it is for a notice of which a try left. What nobody settled is in doubt."""
    if state is N.SENT:
        return _BY_GRADE.get(grade, Arrival.SENT)
    return _BY_STATE.get(state, Arrival.PERHAPS_SENT)


@dataclass(frozen=True, slots=True)
class Try:
    """One try at delivery. `proven`: what came after it was closed shows that it had arrived."""

    state: str
    started_at: datetime
    notice: Notice | None  # as it was frozen; None when its bytes are no longer kept
    proven: bool = False


def left(state: NoticeState, tries: Sequence[Try]) -> Sequence[Try]:
    """Those of a notice's tries, the oldest first, that left or may have left.

    Not those of which the wire, the platform or a person says that nothing was taken; but when the
    notice arrived all the same, it was by the last of them.
    """
    there = [t for t in tries if t.state in _LEFT or t.proven]
    return there or (tries[-1:] if state in (N.SENT, N.BOUNCED) else [])


def shows_arrival(evidence: Mapping[str, Any]) -> bool:
    """Whether what came for a closed try says that they had it: an answer, a receipt, a refusal."""
    return "answer" in evidence or evidence.get("event") in (Event.ACCEPTED, Event.REJECTED)


def fields_of(notice: Notice, declared: Collection[Field]) -> frozenset[Field]:
    """What this very message lets its addressee know: a field that is empty is not disclosed.

    What its channel does not disclose was left out when it was composed, but for its class and age,
    which every notice has. One that only goes on about a known matter has no summary: it repeats
    neither age nor statements.
    """
    sender, is_whole = notice.sender, bool(notice.summary)
    there = {
        Field.CENTRE_NAME: sender.name,
        Field.CENTRE_EMAIL: sender.email,
        Field.CENTRE_ADDRESS: sender.address,
        Field.SIGNATORY: sender.signatory,
        Field.AUTHORITY: sender.statuses,
        Field.STATEMENTS: is_whole and notice.statements,
        Field.URLS: notice.items,
        Field.CONTENT_CLASS: Field.CONTENT_CLASS in declared,
        Field.DEPICTED_IS_MINOR: (
            is_whole and notice.depicted_minor and Field.DEPICTED_IS_MINOR in declared
        ),
    }
    return frozenset(each for each, value in there.items() if value)


def place_of(notice: Notice) -> str | None:
    """Where a message goes, fit to be shown: the mail address, or the host that is called. None:
    there is one place only, or it is not known.
    """
    first = notice.goes_to.partition(" ")[0]
    return (Url(first).host if "://" in first else first) or None


@dataclass(frozen=True, slots=True)
class Message:
    """One notice of which tries left for one place. `sent_to`: what that was, where it is known."""

    addressee: str
    sent_to: str | None
    purpose: Purpose
    arrival: Arrival
    tries: Sequence[Try]


@dataclass(slots=True)
class Share:
    """Messages that arrived equally surely, and the addresses in them."""

    messages: int = 0
    addresses: set[tuple[str, str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Disclosure:
    """Everything that one addressee was told, or may have been."""

    addressee: str
    sent_to: str | None
    first_at: datetime
    last_at: datetime
    discloses: set[Field] = field(default_factory=set)
    addresses: set[tuple[str, str, str]] = field(default_factory=set)
    purposes: Counter[Purpose] = field(default_factory=Counter)
    arrivals: dict[Arrival, Share] = field(default_factory=dict)

    def take(self, message: Message, declared: Collection[Field]) -> None:
        """Add one message."""
        share = self.arrivals.setdefault(message.arrival, Share())
        share.messages += 1
        self.purposes[message.purpose] += 1
        for each in message.tries:
            self.first_at = min(self.first_at, each.started_at)
            self.last_at = max(self.last_at, each.started_at)
            if each.notice is None:
                continue
            self.discloses |= fields_of(each.notice, declared)
            places = (item.locator for item in each.notice.items)
            addresses = {(at.platform, at.kind.value, at.key) for at in places}
            share.addresses |= addresses
            self.addresses |= addresses


def by_addressee(
    messages: Iterable[Message], declared: Mapping[str, Collection[Field]]
) -> list[Disclosure]:
    """One for each addressee, by name. Of one that is no longer known, every field may be
    declared.
    """
    found: dict[tuple[str, str], Disclosure] = {}
    for message in messages:
        at = message.tries[0].started_at
        line = found.setdefault(
            (message.addressee, message.sent_to or ""),
            Disclosure(message.addressee, message.sent_to, at, at),
        )
        line.take(message, declared.get(message.addressee, tuple(Field)))
    return [found[place] for place in sorted(found)]
