"""A practice mail relay and the help desk behind it: takes mail, says which replies are due.

The relay speaks SMTP through aiosmtpd, keeps mail in memory and delivers nothing. What the desk
answers follows from the scripts of the items whose addresses a mail lists.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from service.playground.front import reset_on_close
from service.playground.item import Item, Report
from service.playground.script import Cut, Fault, Op, Word
from service.playground.world import World

__all__ = ["Mail", "MailDesk", "Reply"]

_REFERENCE = re.compile(r"\[([^\[\]]+)\]")
_URL = re.compile(r"https?://[^\s<>\"'\])]+")
_KIND = {Word.ACCEPTED: "unspecified"}  # the other words are their own kind


@dataclass(frozen=True, slots=True)
class Mail:
    """One message that was taken, whether or not the sender was told so."""

    reference: str  # in the subject's first [...]
    message_id: str
    thread: tuple[str, ...]  # References, oldest first
    sender: str
    recipients: tuple[str, ...]
    subject: str
    urls: tuple[str, ...]
    text: str
    received_s: float  # practice seconds
    raw: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What a help desk writes back: `kind` is `acknowledged`, `needs_info`, `says_removed`,
    `refused` or `unspecified`; `bounced` comes from the relay. `reply_id` never changes.
    """

    reference: str
    message_id: str
    urls: tuple[str, ...]
    kind: str
    words: str
    due_at: datetime  # aware, UTC
    reply_id: str

    def state(self) -> dict[str, Any]:
        fields = ("reference", "message_id", "kind", "words", "reply_id")
        shown = {name: getattr(self, name) for name in fields}
        return {**shown, "urls": list(self.urls), "due_at": self.due_at.isoformat()}


class MailDesk:
    """Everything that came by mail. `bouncing` addresses take mail and send it back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mails: list[Mail] = []
        self.bouncing: set[str] = set()
        self._faults: dict[str, deque[Fault]] = {}

    def prepare(self, recipient: str, *faults: Fault) -> None:
        """The next mails to this address meet these faults at RCPT, before any message was sent."""
        self._faults.setdefault(recipient.lower(), deque()).extend(faults)

    def rcpt_fault(self, recipient: str) -> Fault:
        queued = self._faults.get(recipient.lower())
        return queued.popleft() if queued else Fault()

    def fault(self, mail: Mail) -> Fault:
        """What this message meets after its last byte: the first fault among the items it lists."""
        items = self._items(mail)
        first = self.world.meet("telegram", Op.SEND, items[0] if items else None)
        rest = [item.next_fault(Op.SEND) for item in items[1:]]
        return next((fault for fault in (first, *rest) if fault != Fault()), first)

    def take(self, mail: Mail) -> None:
        self.mails.append(mail)
        for item in self._items(mail):
            item.take_report(mail.message_id, mail.received_s)

    def read(self, raw: bytes, sender: str, recipients: list[str]) -> Mail:
        """A message as it came over the wire, parsed."""
        parsed = message_from_bytes(raw, policy=policy.default)
        subject = str(parsed.get("Subject", ""))
        named = _REFERENCE.search(subject)
        text = _text(parsed)
        urls = (url.rstrip(".,;:") for url in _URL.findall(text))
        return Mail(
            reference=named.group(1) if named else "",
            message_id=str(parsed.get("Message-ID", "")).strip(),
            thread=tuple(str(parsed.get("References", "")).split()),
            sender=sender,
            recipients=tuple(recipients),
            subject=subject,
            urls=tuple(dict.fromkeys(urls)),
            text=text,
            received_s=self.world.clock.now(),
            raw=raw,
        )

    def replies_due(self, now: datetime | None = None) -> list[Reply]:
        """Every reply whose time has come, oldest first; each time all of them."""
        until = now or self.world.clock.at(self.world.clock.now())
        replies = [reply for mail in self.mails for reply in self._replies(mail)]
        return sorted((r for r in replies if r.due_at <= until), key=lambda r: r.due_at)

    def state(self) -> dict[str, object]:
        """JSON for people and tests, without the mails' text."""
        fields = ("reference", "message_id", "recipients", "subject", "urls")
        rows = [{name: getattr(mail, name) for name in fields} for mail in self.mails]
        return {"mails": rows, "replies_due": [reply.state() for reply in self.replies_due()]}

    def _replies(self, mail: Mail) -> list[Reply]:
        """One reply for all addresses of a mail that are answered alike and at once."""
        groups: dict[tuple[float, str, str], list[str]] = {}
        if self.bouncing.intersection(mail.recipients):
            groups[mail.received_s, "bounced", "550 5.1.1 No such mailbox"] = list(mail.urls)
        for item in self._items(mail):
            report = _first_of_round(item, mail.message_id)
            for heard in item.will_say(report) if report else ():
                kind = _KIND.get(heard.said.word, heard.said.word.value)
                groups.setdefault((heard.at_s, kind, heard.said.words), []).append(item.url)
        return [
            Reply(
                mail.reference,
                mail.message_id,
                tuple(urls),
                kind,
                words,
                self.world.clock.at(at_s),
                f"{mail.message_id}/{nth}",
            )
            for nth, ((at_s, kind, words), urls) in enumerate(sorted(groups.items()), 1)
        ]

    def _items(self, mail: Mail) -> list[Item]:
        by_url = {item.url: item for item in self.world.items.values()}
        return [by_url[url] for url in mail.urls if url in by_url]


class MailServer(SMTP):
    """One SMTP connection. `open` holds those that are, so that a stop ends them all."""

    def __init__(self, desk: MailDesk, connections: set[MailServer]) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            _Hooks(desk), hostname="practice", ident="efface practice relay", loop=loop
        )
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)

    async def end(self) -> None:
        """Hang up, and wait until nothing of this connection runs."""
        task = self._handler_coroutine
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        if task is not None:
            await asyncio.wait([task])


class _Hooks:
    """What aiosmtpd calls at each step. Names and arguments are its own."""

    def __init__(self, desk: MailDesk) -> None:
        self._desk = desk

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self._desk.rcpt_fault(address)
        await self._desk.world.linger(fault.wait_s)
        if fault.cut is not Cut.NO or math.isinf(fault.wait_s):
            await _cut(server, fault.cut)
        if fault.status:
            return f"{fault.status} Practice: not this recipient, not now"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        mail = self._desk.read(raw, envelope.mail_from or "", envelope.rcpt_tos)
        fault = self._desk.fault(mail)
        if fault.taken:
            self._desk.take(mail)
        await self._desk.world.linger(fault.wait_s)
        if fault.cut is not Cut.NO or math.isinf(fault.wait_s):
            await _cut(server, fault.cut)
        if fault.status:
            return f"{fault.status} Practice: not taken"
        if fault.page:
            return "This is no reply of SMTP"
        if not fault.taken:
            self._desk.take(mail)
        return f"250 2.0.0 Practice: taken as {len(self._desk.mails)}"


async def _cut(server: SMTP, cut: Cut) -> None:
    """End the connection with no reply, and wait for aiosmtpd to cancel what served it."""
    transport = server.transport
    if isinstance(transport, asyncio.WriteTransport):
        if cut is Cut.HALF:
            transport.write(b"25")
        if cut is Cut.RESET:
            reset_on_close(transport.get_extra_info("socket"))
            transport.abort()
        else:
            transport.close()
    await asyncio.Event().wait()


def _first_of_round(item: Item, reference: str) -> Report | None:
    """The report of this reference if it opened its round: desks answer that, not its reminders."""
    for report in item.reports:
        if report.reference == reference:
            opened = next(r for r in item.reports if r.round_no == report.round_no)
            return report if opened is report else None
    return None


def _text(parsed: EmailMessage) -> str:
    body = parsed.get_body(preferencelist=("plain",))
    return str(body.get_content()) if body else ""
