"""What a letter means: the rules in their order, and the sentence that decided.

Above all: nothing that is no removal is ever read as one. A removal is the only outcome that a mail
tells, in words all of which are known, and nothing beside it takes it back. All else is `unclear`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.mailbox import claims, rules, sentences
from service.mailbox.letter import Letter
from service.mailbox.rules import Kind, Rule

__all__ = ["Kind", "Reading", "classify"]

_MANY: Final = 300  # sentences; nobody's answer
_FEW: Final = 15  # sentences; who writes more says more than one rule sees
_AUTO: Final = frozenset({"replied", "precedence_auto_reply"})
_OUTCOMES: Final = (Kind.NEEDS_INFO, Kind.FORWARDED, Kind.SAYS_REFUSED)
_FROM_MAILER: Final = re.compile(r"(?:mailer-daemon|postmaster|mail-?daemon|bounces?)[@+-]")
_BOUNCED: Final = re.compile(
    r"undeliver|returned mail|delivery (?:status|failure|has failed|failed)|delivery of"
    r"|failure notice|mail delivery|delayed|could not be delivered|is waiting"
    r"|반송|(?:전송|배달)\s?(?:실패|지연)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """`line` is the sentence that decided, for a person to see; `rule` names what matched it.

    `certain` is false where a person should look first; a removal is never certain when the mail is
    not tied to one of ours.
    """

    kind: Kind
    detail: str
    line: str
    rule: str
    certain: bool


def classify(letter: Letter) -> Reading:
    """The one class of a letter. Total: what no rule knows is `unclear`."""
    whole, echo = _before_echo(letter.words)
    said = tuple(sentences.split(whole))
    if reported := _reported(letter):
        return reported
    long = len(said) > _MANY or any(len(one) > sentences.MAX_CHARS for one in said)
    if not letter.is_whole or long:
        return Reading(Kind.UNCLEAR, "", "", "too_long", certain=False)
    told = (*_subject(letter), *said)
    tied = bool(letter.our_references)
    return (
        _bounce(letter, told)
        or _hostile(told, tied=tied)
        or _unrelated(letter, told, tied=tied)
        or _automatic(letter, told)
        or _removal(letter, said, told, echoed=bool(echo))
        or _off_topic(told, tied=tied)
        or _outcome(letter, told, tied=tied)
        or _receipt(letter, told)
        or _unknown(told)
    )


def _unknown(told: Sequence[str]) -> Reading:
    """No rule knows it. The sentence that speaks of an outcome, if any, is shown all the same."""
    line = next((one for one in told if claims.STEM.search(sentences.plain(one))), "")
    return Reading(Kind.UNCLEAR, "", line, "no_rule", certain=False)


def _subject(letter: Letter) -> tuple[str, ...]:
    """Their subject. One that answers ours repeats it, so it says nothing new."""
    subject = re.sub(
        r"^((re|fw|fwd|aw|답장|회신|답변)\s?:\s*)+", "", letter.subject, flags=re.IGNORECASE
    )
    return (subject[: sentences.MAX_CHARS],) if subject and subject == letter.subject else ()


def _before_echo(words: str) -> tuple[str, str]:
    """What stands before our own notice, where that came back without a mark of quotation."""
    found = rules.ECHO.search(words.lower())
    begin = words.rfind("\n\n", 0, found.start()) if found else len(words)
    return words[: max(begin, 0)], words[max(begin, 0) :]


def _hits(
    told: Sequence[str], *kinds: Kind, table: Sequence[Rule] = rules.RULES
) -> list[tuple[Rule, str]]:
    """Each rule that matches, in the order of the table, with its first sentence."""
    plain = [(sentences.plain(one), one) for one in told]
    found = []
    for rule in table:
        if rule.kind in kinds:
            line = next((one for text, one in plain if rule.pattern.search(text)), None)
            if line is not None:
                found.append((rule, line))
    return found


def _read(
    hit: tuple[Rule, str], *, certain: bool, kind: Kind | None = None, detail: str | None = None
) -> Reading:
    rule, line = hit
    return Reading(kind or rule.kind, rule.detail if detail is None else detail, line,
                   f"{rule.name}/{rule.language}", certain)  # fmt: skip


def _reported(letter: Letter) -> Reading | None:
    """What a mail system reports of its own accord (RFC 3464). A failure outweighs a delay."""
    for one in sorted(letter.deliveries, key=lambda one: one.action != "failed"):
        line = " ".join(filter(None, (one.action, one.status, one.recipient, one.diagnostic)))
        kind, detail = {
            "failed": (Kind.BOUNCE_SOFT, "full") if one.is_full else (Kind.BOUNCE_HARD, ""),
            "delayed": (Kind.BOUNCE_SOFT, "delayed"),
        }.get(one.action, (Kind.AUTO_REPLY, "delivered"))
        return Reading(kind, detail, line, "delivery_report", certain=not one.is_full)
    return None


def _bounce(letter: Letter, told: Sequence[str]) -> Reading | None:
    """A mail system that says it in words of its own."""
    mailer = _FROM_MAILER.search(letter.sender) or "failed_recipients" in letter.auto
    if not mailer and not (
        "no_return_path" in letter.auto and _BOUNCED.search(letter.subject.lower())
    ):
        return None
    hits = _hits(told, Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT, table=rules.BOUNCES)
    found = {rule.name: (rule, line) for rule, line in reversed(hits)}
    order = ("full", "late", "failed") if "permanent" not in " ".join(told).lower() else ("failed",)
    hit = next((found[name] for name in order if name in found), None)
    return _read(hit, certain=hit[0].detail != "full") if hit else None


def _hostile(told: Sequence[str], *, tied: bool) -> Reading | None:
    hits = _hits(told, Kind.HOSTILE)
    return _read(hits[0], certain=tied) if hits else None


def _unrelated(letter: Letter, told: Sequence[str], *, tied: bool) -> Reading | None:
    hits = _hits(told, Kind.UNRELATED)
    if hits and (not tied or hits[0][0].name == "mailbox_scam"):
        return _read(hits[0], certain=not tied)
    if not tied and "list" in letter.auto:
        return Reading(Kind.UNRELATED, "", letter.subject, "mailing_list", certain=True)
    return None


def _automatic(letter: Letter, told: Sequence[str]) -> Reading | None:
    """A machine's answer to a message decides nothing, whatever else it says."""
    absent = [hit for hit in _hits(told, Kind.AUTO_REPLY) if hit[0].name == "nobody_there"]
    answered = _AUTO & set(letter.auto) or (absent and letter.auto)
    if not answered and not absent:
        return None
    if any(claims.says_removed(sentences.plain(one)) for one in told):
        return Reading(Kind.UNCLEAR, "", "", "automatic_and_removed", certain=False)
    closed = [hit for hit in _hits(told, Kind.NEEDS_INFO) if hit[0].name == "mailbox_closed"]
    if closed:
        return _read(closed[0], certain=False)
    if not answered and _hits(told, *_OUTCOMES):
        return None  # a person who happens to say so
    if absent:
        return _read(absent[0], certain=bool(letter.auto) and _says_no_more(letter, told))
    return _receipt(letter, told) or Reading(
        Kind.AUTO_REPLY, "", letter.subject, "auto_submitted", certain=True
    )


def _says_no_more(letter: Letter, told: Sequence[str]) -> bool:
    """Whether a receipt is no more than one. A person's without a number is read by a person."""
    if _AUTO & set(letter.auto):
        return True
    firm = [sentences.plain(one) for one in told if not rules.SUPPOSED.search(sentences.plain(one))]
    decides = any(claims.STEM.search(one) or rules.DECIDES.search(one) for one in firm)
    return not decides and len(told) <= (_FEW if letter.auto else _FEW // 3)


def _removal(
    letter: Letter, said: Sequence[str], told: Sequence[str], *, echoed: bool
) -> Reading | None:
    """Every sentence is either a claim, all of whose words are known, or takes nothing back. What
    it speaks of is known by our reference, or by an address.
    """
    found = [(claims.says_removed(sentences.plain(one)), one) for one in said]
    full = [one for how, one in found if how == "full"]
    bare = [one for how, one in found if how == "bare"]
    if not full and not (bare and letter.our_references):
        return None
    beside = [one for one in said if one not in full and one not in bare]
    doubts = (
        not (letter.our_references or any("#" in sentences.plain(one) for one in said))
        or {"no_return_path", "list", "failed_recipients"} & set(letter.auto)
        or any(claims.is_hedged(sentences.plain(one)) for one in beside)
        or any(
            claims.STEM.search(sentences.plain(one)) and one not in said
            for one in told[: len(told) - len(said)]
        )
        or _hits(told, Kind.HOSTILE, *_OUTCOMES)
        or _taken_back(letter.other_words)
        or not _begins_well(said, full)
    )
    line = (full or bare)[0]
    if doubts:
        return Reading(Kind.UNCLEAR, "removed", line, "removal_in_doubt", certain=False)
    certain = bool(full) and bool(letter.our_references) and not letter.auto and not echoed
    return Reading(Kind.SAYS_REMOVED, "", line, "removal" if full else "removal_bare", certain)


def _taken_back(other_words: str) -> bool:
    """Whether the mail's other form, HTML or plain, says less than the one that was read."""
    plain = [sentences.plain(one) for one in sentences.split(_before_echo(other_words)[0])]
    return any(not claims.says_removed(one) and claims.is_hedged(one) for one in plain)


def _begins_well(said: Sequence[str], full: Sequence[str]) -> bool:
    """A claim in small letters behind a broken line may be the end of another sentence."""
    for at, one in enumerate(said):
        before = said[at - 1] if at else ""
        if (
            one in full
            and one[:1].islower()
            and len(before.split()) > 4
            and not sentences.ENDS.search(before)
        ):
            return False
    return True


def _outcome(letter: Letter, told: Sequence[str], *, tied: bool) -> Reading | None:
    """One outcome, or `unclear`. What they cannot do yields to what they ask, or whom they name."""
    told = (*told, *_lists(told))
    firm = [one for one in told if not rules.SUPPOSED.search(sentences.plain(one))]
    hits = [*_hits(told, Kind.NEEDS_INFO), *_hits(firm, Kind.FORWARDED, Kind.SAYS_REFUSED)]
    strong = [hit for hit in hits if hit[0].detail != "cannot"] or hits
    if not strong:
        return None
    doubts = [
        hit
        for hit in _hits(firm, Kind.UNCLEAR)
        if hit[0].name != "not_all" or strong[0][0].kind is Kind.SAYS_REFUSED
    ]
    if len({rule.kind for rule, _ in strong}) > 1 or doubts:
        return Reading(Kind.UNCLEAR, "", (doubts or strong)[0][1], "contradictory", certain=False)
    return _read(
        strong[0], certain=tied and len(told) <= _FEW and _is_sure(letter, strong[0], told)
    )


def _is_sure(letter: Letter, hit: tuple[Rule, str], told: Sequence[str]) -> bool:
    """Whether an outcome may move a request before a person has seen it."""
    rule, line = hit
    if rule.detail == "cannot" or {"no_return_path", "list"} & set(letter.auto):
        return False
    if rule.kind is Kind.SAYS_REFUSED and any(rules.GONE.search(sentences.plain(s)) for s in told):
        return False
    return bool(rules.SURE[rule.kind].search(sentences.plain(line)))


def _lists(told: Sequence[str]) -> Iterator[str]:
    """A sentence that announces a list, with what follows it."""
    for at, one in enumerate(told):
        if one.endswith(":") or re.search(r"\bfollowing\b|아래|다음|보완|미비", one, re.IGNORECASE):
            yield " ".join(told[at : at + 5])[: sentences.MAX_CHARS]


def _receipt(letter: Letter, told: Sequence[str]) -> Reading | None:
    """With a number of theirs it is a ticket, without one a receipt. Our own reference is none."""
    receipts = [hit for hit in _hits(told, Kind.AUTO_REPLY) if hit[0].name == "receipt"]
    if not receipts:
        return None
    certain = _says_no_more(letter, told)
    for one in (letter.subject, *told):
        if found := rules.NUMBER.search(sentences.plain(one)):
            number = next(group for group in (found["en"], found["ko"], found["mark"]) if group)
            break
        if re.search(r"\bticket (?:has been |was )?(?:created|opened)", one, re.IGNORECASE):
            number = ""
            break
    else:
        return _read(receipts[0], certain=certain and bool(letter.auto))
    return _read(receipts[0], kind=Kind.TICKET_OPENED, detail=number.upper(), certain=certain)


def _off_topic(told: Sequence[str], *, tied: bool) -> Reading | None:
    if tied or any(rules.TOPIC.search(sentences.plain(one)) for one in told):
        return None
    return Reading(Kind.UNRELATED, "", told[0] if told else "", "off_topic", certain=False)
