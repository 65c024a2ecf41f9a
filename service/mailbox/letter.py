"""One incoming message as a frozen value. Total: any bytes give a letter, none raises.

No image is opened: what is no text is hashed as it was sent and not kept; `stripped` gives the
message without it, to be sealed.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from service.mailbox import reports, senders, words
from service.mailbox.parts import (
    Headers,
    Part,
    decoded,
    first,
    has_clear_head,
    text_of,
    unwrapped,
    walk,
)
from service.mailbox.reports import MESSAGE_ID, Delivery

__all__ = ["Attachment", "Delivery", "Letter", "read", "seen", "stripped"]

# Ours are EF-XXXX-XXXX-XXXX (`domain.ids`); six letters and digits in one group are read as well.
_REFERENCE: Final = re.compile(
    r"(?<![A-Z0-9])EF-((?:[A-Z0-9]{4}-){2}[A-Z0-9]{4}|[A-Z0-9]{6})(?![A-Z0-9])", re.IGNORECASE
)
_DASH: Final = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_BARE: Final = re.compile(r"(?<![^\s<>,;:\"'()])[^\s<>,;:\"'()@]{1,128}@[^\s<>,;:\"'()@]{1,253}")
_TAG: Final = re.compile(r"\+([^@+]{1,64})@")
_TO: Final = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-delivered-to")
_TEXTS: Final = (*reports.TYPES, "message/disposition-notification", "message/feedback-report")
_MEDIA_NAME: Final = re.compile(
    r".*\.(jpe?g|jfif|png|gif|webp|heic|heif|avif|bmp|tiff?|svgz?|ico|psd|mp4|m4v|mov|avi|mkv|webm"
    r"|wmv|flv|mpe?g|3gp|ts|mp3|m4a|wav|ogg|zip|rar|7z|gz|tar|pdf|docx?|pptx?|xlsx?|hwpx?|eml|msg)",
    re.IGNORECASE,
)
# What holds a picture inside a text: data addresses, uuencoded lines, a long run of base64.
_BURIED: Final = re.compile(
    rb"data:[\w.+-]{1,20}/[\w.+-]{1,40}(?:;[\w=.+-]{1,40}){0,3},"
    rb"(?:[A-Za-z0-9+/=%_-]|=?[ \t]?\r?\n)*+"
    rb"|^begin(?:-base64)? [0-7]{3,4} [^\r\n]{1,200}\r?\n(?:[ -z]{2,90}\r?\n)++"
    rb"|(?<![A-Za-z0-9+/=])[A-Za-z0-9+/=]{1500,}+"
    rb"|^(?:[A-Za-z0-9+/]{60,998}={0,2}\r?\n){15,}+",
    re.MULTILINE,
)
_MAX_TEXT_BYTES: Final = 600_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """What was dropped: the hash of its content as it was sent, its declared type, its bytes."""

    sha256: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Addresses are lower-case; message ids keep their angle brackets; `date` is aware, UTC.
    `sender` is empty where readers of mail might not agree on it; `from_line` is what stands there.
    `authentication` is what mail servers say of the sender, the last one first.

    `references` holds In-Reply-To too. `our_references` were found anywhere; `returned_ids` in what
    a mail system sent back, first that of the message itself. `words` is new text only;
    `other_words` is the same text in the other form that the message offers, if any; `is_whole` is
    false where it was too long, or nested too deep, to be read to its end. `auto` names each sign
    that no person wrote it.
    """

    message_id: str = ""
    sender: str = ""
    from_line: str = ""
    authentication: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    our_references: tuple[str, ...] = ()
    subject: str = ""
    words: str = ""
    other_words: str = ""
    auto: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    failed_recipients: tuple[str, ...] = ()
    returned_ids: tuple[str, ...] = ()
    date: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    is_whole: bool = True


def read(raw: bytes) -> Letter:
    """What a message says of itself. Equal bytes give equal letters."""
    headers, parts = walk(raw)
    subject = unwrapped(first(headers, "subject")[:4000])
    plain, html, cut = _bodies(raw, parts)
    page = words.text_of_html(html)
    new_plain, new_html = words.new_text(plain), words.new_text(page)
    one, other = new_plain, new_html
    if 3 * len(new_plain) < len(new_html):  # a footer, or "your reader cannot show this"
        one, other = new_html, new_plain
    whole = (
        max(len(plain) // 4, len(page) // 4, len(one), len(other)) <= words.MAX_CHARS
        and not cut
        and not any(part.media_type.startswith("application/x-too-") for part in parts)
    )
    recipients = tuple(dict.fromkeys(_all(headers, _TO, _BARE)))
    in_reply_to = _one(MESSAGE_ID, first(headers, "in-reply-to"))
    references = dict.fromkeys(_all(headers, ("references", "in-reply-to"), MESSAGE_ID))
    deliveries, returned_ids = reports.read(raw, parts)
    named = (subject, *recipients, *references, plain, page, html, *returned_ids)
    return Letter(
        message_id=_one(MESSAGE_ID, first(headers, "message-id")),
        sender=senders.author(headers.get("from", ())) if has_clear_head(raw) else "",
        from_line=unwrapped(", ".join(headers.get("from", ()))[:400]),
        authentication=headers.get("authentication-results", ()),
        recipients=recipients,
        tags=tuple(tag for address in recipients for tag in _TAG.findall(address)),
        in_reply_to=in_reply_to,
        references=tuple(references),
        our_references=tuple(dict.fromkeys(_ours(named))),
        subject=subject,
        words=one,
        other_words=other,
        auto=tuple(_auto(headers)),
        deliveries=tuple(deliveries),
        failed_recipients=tuple(_all(headers, ("x-failed-recipients",), _BARE)),
        returned_ids=tuple(returned_ids),
        date=_date(first(headers, "date")),
        attachments=tuple(_attachment(raw, part) for part in parts if not _is_text(raw, part)),
        is_whole=whole,
    )


def seen(raw: bytes) -> Letter:
    """What is seen of a message that is not taken apart: our references that stand in clear."""
    text = raw[:_MAX_TEXT_BYTES].decode("latin-1")
    return Letter(our_references=tuple(dict.fromkeys(_ours([text]))), is_whole=False)


def stripped(raw: bytes) -> bytes:
    """The message as it came, but for what is no text: a line stands there, with hash and type."""
    out: list[bytes] = []
    at = 0
    for part in walk(raw)[1]:
        if _is_text(raw, part):
            body = _unburied(raw, part)
        else:
            gone = _attachment(raw, part)
            said = f"[dropped unopened: {gone.media_type} {gone.size} bytes sha256 {gone.sha256}]"
            body = said.encode("ascii", "replace")
        out += [_BURIED.sub(_named, raw[at : part.start]) if part.start >= at else b"", body]
        at = max(at, part.end)
    return b"".join([*out, _BURIED.sub(_named, raw[at:])])


def _is_text(raw: bytes, part: Part) -> bool:
    """Declared as text, named as text, and without the zero bytes that no text has."""
    declared = part.media_type.startswith("text/") or part.media_type in _TEXTS
    if not declared or _MEDIA_NAME.fullmatch(part.name):
        return False
    wide = "utf-16" in part.parameters.get("charset", "") or "utf-32" in part.parameters.get(
        "charset", ""
    )
    return wide or b"\0" not in decoded(raw, part)


def _attachment(raw: bytes, part: Part) -> Attachment:
    content = decoded(raw, part)
    kind = part.media_type[:100] if part.media_type.isascii() else "unreadable"
    return Attachment(hashlib.sha256(content).hexdigest(), kind, len(content))


def _unburied(raw: bytes, part: Part) -> bytes:
    """The body as it was sent, unless a picture is buried in its text: then without that."""
    content = decoded(raw, part)
    clean = _BURIED.sub(_named, content)
    if clean == content:
        return raw[part.start : part.end]
    encoding = first(part.headers, "content-transfer-encoding").strip().lower()
    if encoding == "base64":
        return b"\r\n".join(
            binascii.b2a_base64(clean[n : n + 57], newline=False) for n in range(0, len(clean), 57)
        )
    return binascii.b2a_qp(clean, istext=True) if encoding == "quoted-printable" else clean


def _named(found: re.Match[bytes]) -> bytes:
    return b"[dropped unopened: sha256 %s]" % hashlib.sha256(found[0]).hexdigest().encode()


def _bodies(raw: bytes, parts: Iterable[Part]) -> tuple[str, str, bool]:
    """All plain text that is shown, all HTML, and whether any was too long. Attached and carried
    messages are not new.
    """
    found: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    cut = False
    for part in parts:
        shown = part.media_type in found and not part.inside and not part.attached
        if shown and _is_text(raw, part):
            content = decoded(raw, part)
            body = _BURIED.sub(b" ", content[:_MAX_TEXT_BYTES])
            text = text_of(body, part.parameters.get("charset", ""))
            found[part.media_type].append(text)
            cut = cut or len(content) > _MAX_TEXT_BYTES or len(text) > words.MAX_HTML_CHARS
    return "\n\n".join(found["text/plain"]), "\n".join(found["text/html"]), cut


def _one(pattern: re.Pattern[str], value: str) -> str:
    found = pattern.search(value[:20_000])
    return found[0] if found else ""


def _all(headers: Headers, names: Iterable[str], pattern: re.Pattern[str]) -> Iterator[str]:
    for name in names:
        for value in headers.get(name, ())[:20]:
            for found in pattern.findall(value[:20_000]):
                yield found if pattern is MESSAGE_ID else found.lower()


def _ours(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for found in _REFERENCE.findall(_DASH.sub("-", text)):
            yield f"EF-{found.upper()}"


def _auto(headers: Headers) -> Iterator[str]:
    """Each sign by a name of ours. Ticket systems set some of them on what a person wrote."""
    submitted = first(headers, "auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        yield "replied" if submitted == "auto-replied" else "generated"
    if first(headers, "return-path").replace(" ", "") == "<>":
        yield "no_return_path"
    if first(headers, "precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        yield f"precedence_{first(headers, 'precedence').lower()}"
    for name, sign in (
        ("x-autoreply", "replied"),
        ("x-autorespond", "replied"),
        ("x-auto-response-suppress", "suppress"),
        ("list-id", "list"),
        ("list-unsubscribe", "list"),
        ("x-failed-recipients", "failed_recipients"),
    ):
        if name in headers:
            yield sign


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value[:100])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
