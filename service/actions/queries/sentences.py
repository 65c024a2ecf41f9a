"""What happened, in one sentence a line: for a person who never saw the tables of states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Fact = Literal["arrived", "answered", "seen", "ours"]

MESSAGE: Final[Mapping[str, str]] = {
    "first": "message to {who}",
    "reminder": "reminder to {who}",
    "supplement": "further message to {who}",
    "reply": "answer to {who}",
    "complaint": "complaint to {who}",
    "retraction": "message taking it back to {who}",
    "preserve": "request to keep it to {who}",
}
"""What a notice is, by its purpose."""
NOTICE: Final[Mapping[str, str]] = {
    "plan": "A {message} was prepared.",
    "start": "Sending the {message} began.",
    "hand_over": "A person has to file the form of {who}.",
    "accepted": "The {message} arrived.",
    "proven": "It is proven that an earlier {message} arrived.",
    "not_sent": "The {message} did not leave; it is tried again.",
    "uncertain": "Nobody knows yet whether the {message} arrived.",
    "lease_expired": "Sending the {message} was cut off; it may have arrived.",
    "rejected": "{who} did not take the {message}.",
    "needs_person": "{who} wants a person to file it.",
    "resend": "The same {message} is sent again under the same key.",
    "unconfirm": "Nobody can tell whether the {message} arrived; it counts as asked.",
    "bounced": "The {message} came back undelivered.",
    "filed": "A person filed the form of {who}.",
    "unfiled": "The filing of the form of {who} was taken back.",
    "set_aside": "Sending the {message} was set aside after three starts that ended badly.",
    "retry": "A supervisor lets the {message} be tried again.",
    "cancel": "The {message} was cancelled.",
}
RELAYED: Final[Mapping[str, str]] = {
    "accepted": "The {message} was handed to the mail relay.",
    "proven": "It is proven that an earlier {message} was handed to the mail relay.",
}
"""The same events where nothing better is proven: a relay is not yet the addressee."""
HOLD: Final[Mapping[str, str]] = {
    "hold_set": "It is held: nothing leaves{until}.",
    "hold_renewed": "The hold was renewed{until}.",
    "hold_ended": "The hold ended.",
}
HANDED: Final[Mapping[str, str]] = {
    "handed_on": "The site names its software: an instance of that is asked what this is.",
    "handed_back": "That instance could not tell: whoever hosts the site is asked instead.",
}
UNKNOWN: Final = "It is not known who could be asked about the address."
"""Instead of what `resolved` says, where nobody is known."""
REQUEST: Final[Mapping[str, str]] = {
    "plan": "{who} is to be asked.",
    "join": "Another request already asks {who} for this; we follow it.",
    "take_over": "This request now asks {who} itself.",
    "take_over_asked": "This request takes over from another that asked {who}.",
    "asked": "{who} has been asked.",
    "acknowledged": "{who} says that they have it.",
    "in_review": "{who} says that they are looking at it.",
    "needs_info": "{who} asks us something.",
    "already_reported": "{who} says that it was reported before.",
    "forwarded": "{who} says that they passed it on.",
    "says_removed": "{who} says that it was removed.",
    "says_restricted": "{who} says that it was restricted.",
    "refused": "{who} refuses.",
    "wrong_addressee": "{who} says that they cannot act on it.",
    "silence": "{who} has not answered in time.",
    "replied": "We answered the question of {who}.",
    "not_reached": "{who} was not reached.",
    "ask_anew": "{who} is to be asked anew.",
    "seen_gone": "It is gone without a word from {who}.",
    "withdraw": "The request to {who} was withdrawn.",
}
TAKEDOWN: Final[Mapping[str, str]] = {
    "accept": "The address was taken in.",
    "hold": "It is held: nothing leaves.",
    "resolved": "It is clear what the address stands for.",
    "release_open": "The last hold ended; it goes on.",
    "release_restricted": "The last hold ended; it was last seen restricted.",
    "release_gone": "The last hold ended; it was last seen gone.",
    "seen_up": "It is fully visible again.",
    "seen_restricted": "It is restricted, not gone.",
    "seen_gone": "It is gone.",
    "still_gone": "It is still gone a week later.",
    "reappeared": "It is back.",
    "reappeared_restricted": "It is back, restricted.",
    "withdraw": "It was withdrawn: we no longer ask.",
}
SEEN: Final[Mapping[str, str]] = {
    "up": "It was seen up.",
    "gone": "It was seen gone.",
    "restricted": "It was seen restricted.",
    "other_content": "Something else was seen there.",
    "cannot_see": "It could not be seen.",
}
ANSWER: Final[Mapping[str, str]] = {
    **{kind: REQUEST[kind] for kind in (
        "acknowledged", "in_review", "needs_info", "already_reported", "forwarded",
        "says_removed", "says_restricted", "refused", "wrong_addressee",
    )},
    "content_gone": "{who} says that there is nothing.",
    "unspecified": "{who} answered; it is not clear about what.",
}  # fmt: skip
_ANSWERS: Final = frozenset(ANSWER) | {"silence"}
_SIGHTS: Final = frozenset({
    "seen_up", "seen_restricted", "seen_gone", "still_gone", "reappeared", "reappeared_restricted",
})  # fmt: skip
_OF: Final = {"notice": NOTICE, "request": REQUEST, "takedown": TAKEDOWN}


def of_move(machine: str, event: str, who: str, purpose: str = "first") -> str:
    """The sentence of one move."""
    return _OF[machine][event].format(who=who, message=MESSAGE[purpose].format(who=who))


def relayed(event: str, who: str, purpose: str) -> str:
    """The sentence of a notice that came as far as a relay."""
    return RELAYED[event].format(message=MESSAGE[purpose].format(who=who))


def fact_of(machine: str, event: str) -> Fact:
    """Which of the questions a move is about; what only we decided is `ours`."""
    if machine == "notice":
        return "ours" if event in ("plan", "cancel", "retry") else "arrived"
    if machine == "request":
        return "answered" if event in _ANSWERS else "ours"
    return "seen" if event in _SIGHTS else "ours"
