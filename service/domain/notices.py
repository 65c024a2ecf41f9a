"""One superset notice: what is missing in it, its words, and its frozen bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from adapters.spec import (
    ContentClass,
    Field,
    Item,
    Kind,
    Locator,
    Notice,
    Office,
    Purpose,
    Regime,
    Sender,
    Spec,
    Statement,
)
from service.domain import elements, wording
from service.domain.elements import Element
from service.domain.routing import INTIMATE
from service.domain.wording import Template, Wording

_FIRST: Final = Purpose.FIRST
CUT: Final = "\u2026"
BRIEF: Final = (Purpose.REPLY, Purpose.RETRACTION, Purpose.PRESERVE)
"""What goes to somebody who knows the matter already, and asks for nothing."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a case and its organisation give to a notice."""

    sender: Sender
    statements: tuple[Statement, ...]
    content_class: ContentClass
    depicted_minor: bool
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What we answer to a question: sentences of ours, and a person's own words."""

    templates: tuple[Template, ...]
    words: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Reply:
        """The reply behind `values()`."""
        return cls(tuple(Template(t) for t in values["templates"]), values["words"])

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {"templates": [t.value for t in self.templates], "words": self.words}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of asking one addressee for one address."""

    who: str
    asked_at: datetime
    state: str  # of the request
    at: datetime  # since when it is in it


@dataclass(frozen=True, slots=True)
class Frame:
    """What makes one message differ from the next about the same matter."""

    purpose: Purpose
    basis: Regime
    reference: str = ""
    composed_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    thread: tuple[str, ...] = ()
    doubtful: bool = False  # nobody knows whether the first one arrived
    reply: Reply | None = None
    history: Mapping[str, Sequence[Done]] = field(default_factory=dict)  # by item, for a regulator
    still_up: bool = False  # a complaint: they say removed, and it is not
    mark: str = ""  # what only its addressee's own mail system is told, beside the reference


def missing(matter: Matter, basis: Regime, locators: Sequence[Locator]) -> tuple[Element, ...]:
    """The required elements that are not there; a takedown is held until they are."""
    said = {s.kind for s in matter.statements if s.words.strip()}
    there = {
        Element.LOCATION: bool(locators),
        Element.EXPLANATION: matter.content_class in wording.ENGLISH.what,
        Element.INTIMATE_CONTENT: matter.content_class in INTIMATE,
        Element.SENDER_NAME: bool(matter.sender.name.strip()),
        Element.SENDER_EMAIL: "@" in matter.sender.email,
        Element.SIGNATURE: bool(matter.sender.signatory.strip()),
        **{element: kind in said for element, kind in elements.STATEMENT_OF.items()},
    }
    # DSA Art. 16(2)(c): no name and address are asked for where the offence is against a child
    waived = {Element.SENDER_NAME, Element.SENDER_EMAIL} if _child_offence(matter, basis) else set()
    return tuple(e for e in elements.required(basis) if not there[e] and e not in waived)


def _child_offence(matter: Matter, basis: Regime) -> bool:
    return basis is Regime.EU_DSA_16 and matter.depicted_minor


def compose(spec: Spec, matter: Matter, frame: Frame, items: Sequence[Item]) -> Notice:
    """The message as it will leave, in the language of its desk. Equal arguments give equal
    notices.
    """
    words = wording.for_desk(spec.languages)
    sender = _disclosed(spec, matter.sender)
    about = words.copyright_subject if spec.rights_in else words.subject[matter.content_class]
    subject = words.subject_of.get(frame.purpose, "") + about
    summary = _summary(words, spec, matter, frame)
    domain = matter.sender.email.rpartition("@")[2] or "invalid"
    name = ".".join(filter(None, (frame.mark, frame.reference.lower())))
    notice = Notice(
        reference=frame.reference,
        purpose=frame.purpose,
        content_class=matter.content_class,
        depicted_minor=matter.depicted_minor,
        synthetic=matter.synthetic,
        basis=frame.basis,
        language=words.language,
        subject=subject,
        text="",
        summary=summary,
        sender=sender,
        statements=_quotable(spec, matter.statements),
        items=tuple(items),
        composed_at=frame.composed_at,
        message_id=f"<{name}@{domain}>" if frame.reference else "",
        thread=frame.thread,
        history=_history(words, frame, items) if spec.office is Office.REGULATOR else (),
    )
    return replace(notice, text=_text(words, spec, notice, frame))


def _disclosed(spec: Spec, sender: Sender) -> Sender:
    """Only what this channel is declared to disclose goes into its notices."""
    keep = set(spec.discloses)
    return Sender(
        name=sender.name if Field.CENTRE_NAME in keep else "",
        email=sender.email if Field.CENTRE_EMAIL in keep else "",
        address=sender.address if Field.CENTRE_ADDRESS in keep else "",
        signatory=sender.signatory if Field.SIGNATORY in keep else "",
        statuses=sender.statuses if Field.AUTHORITY in keep else (),
    )


def _quotable(spec: Spec, statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """A copyright notice quotes what is said of the rights, and all others everything else."""
    if Field.STATEMENTS not in spec.discloses:
        return ()
    return tuple(s for s in statements if (s.kind == elements.RIGHTS) is bool(spec.rights_in))


def _summary(words: Wording, spec: Spec, matter: Matter, frame: Frame) -> str:
    if frame.purpose in BRIEF:
        return ""
    if spec.rights_in:
        return words.copyright_what
    parts = [words.what[matter.content_class]]
    if matter.synthetic and matter.content_class is not ContentClass.DEEPFAKE:
        parts.append(words.synthetic)
    if matter.depicted_minor and Field.DEPICTED_IS_MINOR in spec.discloses:
        parts.append(words.minor)
    parts.append(words.why)
    return " ".join(parts)


def _text(words: Wording, spec: Spec, notice: Notice, frame: Frame) -> str:
    """Where it is longer than the channel takes, the statements are cut first: who asks, for what
    and under which reference stays.
    """
    said = ""
    if notice.statements and frame.purpose not in BRIEF:
        quoted = "\n\n".join(_quoted(s.words) for s in notice.statements)
        said = f"{words.statements}\n{quoted}"
    first, last = _before(words, spec, notice, frame), _after(words, notice)
    over = len(_joined(*first, said, *last)) - spec.carries.text_chars
    if over > 0 and said:
        said = f"{said[: max(len(said) - over - len(CUT), 0)]}{CUT}"
    return _joined(*first, said, *last)[: spec.carries.text_chars]


def _joined(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _before(words: Wording, spec: Spec, notice: Notice, frame: Frame) -> list[str]:
    """What is asked, why, and of which addresses."""
    s = words.plural if len(notice.items) > 1 else ""
    blocks = [_ask(words, spec, frame).format(s=s)]
    if frame.purpose is Purpose.COMPLAINT:
        blocks.append(words.may_complain.get(frame.basis, ""))
    if frame.reply:
        blocks += [words.replies[t] for t in frame.reply.templates]
        blocks.append(frame.reply.words.strip())
    if frame.doubtful:
        blocks.append(words.uncertain_first)
    if notice.summary:
        basis = Regime.COPYRIGHT if spec.rights_in else frame.basis
        relied_on = words.basis.get(basis, words.basis[Regime.TERMS])
        kind = words.kinds.get(notice.content_class, "")
        blocks += [notice.summary, "" if basis is Regime.OTHER else relied_on.format(kind=kind)]
    lines = [words.addresses.format(s=s)]
    lines += notice.history or (item.locator.url for item in notice.items)
    return [*blocks, "\n".join(lines)]


def _after(words: Wording, notice: Notice) -> list[str]:
    """Who asks, and under which reference."""
    quote = words.quote.format(reference=notice.reference) if notice.reference else ""
    return [words.no_publication, _contact(words, notice), quote]


def _ask(words: Wording, spec: Spec, frame: Frame) -> str:
    if spec.office and frame.purpose is Purpose.FIRST:
        return words.tell[spec.office]
    if spec.delists and frame.basis is Regime.OTHER and frame.purpose is Purpose.FIRST:
        return words.delist
    if spec.rights_in and frame.purpose is Purpose.FIRST:
        return words.copyright_ask
    return words.still_up if frame.still_up else words.ask.get(frame.purpose, words.ask[_FIRST])


def _history(words: Wording, frame: Frame, items: Sequence[Item]) -> tuple[str, ...]:
    lines = []
    for item in items:
        lines += [item.locator.url, *(_done(words, d) for d in frame.history.get(item.ref, ()))]
    return tuple(lines)


def _done(words: Wording, one: Done) -> str:
    asked = words.asked_on.format(who=one.who, on=_day(one.asked_at))
    said = words.became.get(one.state)
    return f"  {asked} {said.format(on=_day(one.at))}" if said else f"  {asked}"


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


def _quoted(words: str) -> str:
    """A person's words, marked on every line: none of them can pass for a section of ours."""
    return "\n".join(f"> {line}".rstrip() for line in words.strip().splitlines())


def _contact(words: Wording, notice: Notice) -> str:
    sender = notice.sender
    lines = [sender.name, *sender.statuses, sender.address, sender.email]
    if sender.signatory:
        lines.append(words.signed + sender.signatory)
    there = [line for line in lines if line]
    return "\n".join([words.contact, words.role, *there]) if there else ""


def digest(parts: Sequence[tuple[Spec, Notice]]) -> bytes:
    """What a person approves for one takedown: addressees, channels, where each is reached,
    wording, statements, disclosed fields.

    The notices must be composed without reference and time, so that the digest holds no id and no
    date.
    """
    value = [
        {
            "addressee": spec.name,
            "channel": spec.channel.value,
            "discloses": sorted(f.value for f in spec.discloses),
            "travels_to": list(spec.travels_to),
            "goes_to": notice.goes_to,
            "basis": notice.basis.value,
            "subject": notice.subject,
            "text": notice.text,
            "statements": [asdict(s) for s in notice.statements],
        }
        for spec, notice in parts
    ]
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).digest()


def freeze(notice: Notice) -> bytes:
    """The bytes that are kept of a notice: canonical JSON."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(type(value).__name__)

    values = {k: getattr(notice, k) for k in notice.__slots__}
    values["sender"] = asdict(notice.sender)
    values["statements"] = [asdict(s) for s in notice.statements]
    values["items"] = [{"ref": i.ref, "locator": locator_values(i.locator)} for i in notice.items]
    text = json.dumps(
        values, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=plain
    )
    return text.encode()


def thaw(frozen: bytes) -> Notice:
    """The notice behind frozen bytes: `thaw(freeze(n)) == n`."""
    values = json.loads(frozen)
    values["purpose"] = Purpose(values["purpose"])
    values["content_class"] = ContentClass(values["content_class"])
    values["basis"] = Regime(values["basis"])
    values["composed_at"] = datetime.fromisoformat(values["composed_at"])
    sender = values["sender"]
    values["sender"] = Sender(**{**sender, "statuses": tuple(sender["statuses"])})
    values["statements"] = tuple(Statement(**s) for s in values["statements"])
    values["items"] = tuple(Item(i["ref"], locator_from(i["locator"])) for i in values["items"])
    values["thread"] = tuple(values["thread"])
    values["history"] = tuple(values.get("history", ()))  # of before: there was none
    return Notice(**values)


def locator_values(locator: Locator) -> dict[str, Any]:
    """A locator as JSON values."""
    return {
        "platform": locator.platform,
        "kind": locator.kind.value,
        "key": locator.key,
        "url": locator.url,
        "final": locator.final,
        "parts": dict(locator.parts),
    }


def locator_from(values: Mapping[str, Any]) -> Locator:
    """The locator behind its JSON values."""
    return Locator(
        platform=values["platform"],
        kind=Kind(values["kind"]),
        key=values["key"],
        url=values["url"],
        final=values["final"],
        parts=dict(values["parts"]),
    )
