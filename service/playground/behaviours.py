"""The registered behaviours, and functions that build one with times of the caller's choice.

Default times suit the demo, where an hour of the story passes in a second. Functions and data only.
"""

from __future__ import annotations

from service.playground.script import Fault, Round, Said, Script, Shown, Sight, Since, Word

__all__ = [
    "BEHAVIOURS",
    "HOUR_S",
    "accepts",
    "answers_twice",
    "asks",
    "behaviour",
    "blocks",
    "bounces",
    "changes_mind",
    "contradicts",
    "ignored",
    "refused",
    "removed",
    "replaced",
    "restricted",
    "returns",
    "standing",
    "vanishes",
]

HOUR_S = 3600.0

_REMOVED_WORDS = "We have reviewed your report and removed this content."
_REFUSED_WORDS = "We found no violation of our rules and will take no action."
_ASKS_WORDS = "Please tell us on whose behalf you write, and where exactly the content appears."
_ACK_WORDS = "We have received your message. This is an automatic reply; please do not answer it."
_BOUNCE_WORDS = "550 5.1.1 The email account that you tried to reach does not exist."


def removed(after_s: float = 12 * HOUR_S, *, says: bool = True) -> Script:
    """Says so and is gone, both `after_s` after the report."""
    said = (Said(after_s, Word.SAYS_REMOVED, _REMOVED_WORDS),) if says else ()
    story = Round(said, (Shown(after_s, Sight.GONE),))
    return Script("removed", "Removed some time after the report.", (story,))


def ignored() -> Script:
    return Script("ignored", "Takes the report and never says or does anything.")


def refused(after_s: float = 10 * HOUR_S) -> Script:
    story = Round((Said(after_s, Word.REFUSED, _REFUSED_WORDS),))
    return Script("refused", "Refuses after a while; stays up.", (story,))


def asks(after_s: float = 8 * HOUR_S) -> Script:
    story = Round((Said(after_s, Word.NEEDS_INFO, _ASKS_WORDS),))
    return Script("asks", "Asks for information, and waits.", (story,))


def contradicts(after_s: float = 10 * HOUR_S) -> Script:
    story = Round((Said(after_s, Word.SAYS_REMOVED, _REMOVED_WORDS),))
    return Script("contradicts", "Says that it removed the content, which stays up.", (story,))


def accepts(after_s: float = 10 * HOUR_S) -> Script:
    story = Round((Said(after_s, Word.ACCEPTED, "We have acted on your report."),))
    return Script("accepts", "Accepts the report without naming a removal; stays up.", (story,))


def returns(gone_s: float = 8 * HOUR_S, back_s: float = 30 * HOUR_S) -> Script:
    """Removed, and back again. A report after that removes it for good, `gone_s` later."""
    said = (Said(gone_s, Word.SAYS_REMOVED, _REMOVED_WORDS),)
    first = Round(said, (Shown(gone_s, Sight.GONE), Shown(back_s, Sight.UP)))
    again = Round(said, (Shown(gone_s, Sight.GONE),))
    return Script("returns", "Removed, then up again; a new report removes it.", (first, again))


def answers_twice(first_s: float = 5 * HOUR_S, then_s: float = 20 * HOUR_S) -> Script:
    """First a receipt in words, then the decision."""
    says = (
        Said(first_s, Word.ACKNOWLEDGED, _ACK_WORDS),
        Said(then_s, Word.SAYS_REMOVED, _REMOVED_WORDS),
    )
    story = Round(says, (Shown(then_s, Sight.GONE),))
    return Script("answers_twice", "Acknowledges first, removes later.", (story,))


def changes_mind(first_s: float = 6 * HOUR_S, then_s: float = 24 * HOUR_S) -> Script:
    says = (
        Said(first_s, Word.REFUSED, _REFUSED_WORDS),
        Said(then_s, Word.SAYS_REMOVED, _REMOVED_WORDS),
    )
    story = Round(says, (Shown(then_s, Sight.GONE),))
    return Script("changes_mind", "Refuses first, then accepts and removes.", (story,))


def blocks(after_s: float = 12 * HOUR_S) -> Script:
    story = Round((Said(after_s, Word.ACCEPTED),), (Shown(after_s, Sight.BLOCKED),))
    return Script("blocks", "Hidden from the public by the platform, not deleted.", (story,))


def restricted(after_s: float = 12 * HOUR_S) -> Script:
    story = Round((), (Shown(after_s, Sight.RESTRICTED),))
    return Script(
        "restricted", "Answers 451 after the report: blocked here, not removed.", (story,)
    )


def replaced(after_s: float = 12 * HOUR_S) -> Script:
    story = Round((), (Shown(after_s, Sight.OTHER),))
    return Script("replaced", "Something else appears at the same address.", (story,))


def bounces() -> Script:
    story = Round((Said(60.0, Word.BOUNCED, _BOUNCE_WORDS),))
    return Script("bounces", "The message is taken by the relay and comes back.", (story,))


def vanishes(after_s: float = 30 * HOUR_S) -> Script:
    story = Round((), (Shown(after_s, Sight.GONE),))
    return Script("vanishes", "Gone by itself, asked or not.", (story,), since=Since.START)


def standing(sight: Sight, name: str, about: str) -> Script:
    """One sight for ever, whatever anybody reports."""
    return Script(name, about, at_first=sight)


def _all() -> tuple[Script, ...]:
    deleted = Round((), (Shown(12 * HOUR_S, Sight.DELETED),))
    throttled = (Fault.throttled(3.0), Fault.throttled(3.0))
    on_date = (Fault.throttled(3.0, as_date=True),)
    return (
        removed(),
        removed(20 * HOUR_S).called("removed_late"),
        removed(says=False).called("removed_mute", "Removed without a word."),
        Script("deleted", "Deleted by its author after the report.", (deleted,)),
        ignored(),
        refused(),
        asks(),
        contradicts(),
        accepts(),
        returns(),
        answers_twice(),
        changes_mind(),
        blocks(),
        restricted(),
        replaced(),
        bounces(),
        vanishes(),
        standing(Sight.GONE, "gone", "Gone before anybody asked."),
        standing(Sight.PRIVATE, "private", "Nobody without an account of theirs can see it."),
        standing(Sight.VEILED, "veiled", "Up, but hidden from visitors without an account."),
        removed()
        .meeting(sends=throttled)
        .called("throttled", "429 with seconds, twice; then removed."),
        removed().meeting(sends=on_date).called("throttled_date", "429 with a date; then removed."),
        removed().meeting(sends=(Fault.broken(503),)).called("broken", "503 to the first report."),
        removed()
        .meeting(sends=(Fault.slow(4.0),))
        .called("slow", "Takes the report, answers late."),
        removed()
        .meeting(sends=(Fault.lost(),))
        .called("lost", "Takes the report, never confirms."),
        removed()
        .meeting(sends=(Fault.reset(),))
        .called("reset", "Cuts the first call, takes nothing."),
        removed().meeting(sends=(Fault.broken(451),)).called("busy", "451 to the first mail."),
        removed()
        .meeting(looks=(Fault.garbled(),) * 3)
        .called("garbled", "HTML for JSON to looks."),
    )


BEHAVIOURS = {script.name: script for script in _all()}


def behaviour(name: str) -> Script:
    """The registered script of this name. Raises `KeyError` for a name that nobody registered."""
    return BEHAVIOURS[name]
