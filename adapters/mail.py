"""Notices by e-mail: `Mail` hands one message to a relay, `Mailbox` is the base of desks.

Whether a message left is judged by how far the SMTP dialogue came, never by an exception's name:
until the body's first byte is written nothing was taken; after it, only a whole and readable reply
tells. No reply's words, address or body reach an exception: only our codes (`rcpt_550`) do.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import ssl
from asyncio import WriteTransport
from base64 import encodebytes
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from email.header import Header
from email.utils import format_datetime, quote
from quopri import encodestring
from types import MappingProxyType
from typing import Final, Literal, get_args

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from adapters.base import Adapter
from adapters.errors import (
    Misconfigured,
    NeedsPerson,
    NotSent,
    PlatformError,
    Refused,
    Uncertain,
)
from adapters.spec import Grade, Key, Notice, Receipt, Setting

__all__ = ["REPLY_TAG", "Mail", "Mailbox", "compose"]

Tls = Literal["none", "starttls", "tls"]

REPLY_TAG: Final = Setting(
    "reply_tag",
    "`on` when your mail server delivers name+anything@ to name@: replies then carry our reference",
)

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_HOST: Final = re.compile(r"[A-Za-z0-9.\-:\[\]]{1,253}")
_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_LAYOUT: Final = str.maketrans("", "", "\r\n\t")
_POLICY: Final = re.compile(r"5\.7\.\d{1,3}\b")
_MAX_LINE_BYTES: Final = 990  # RFC 5322 allows 998; a relay that adds a byte must break nothing
# Relays look into a message before they answer for it: RFC 5321 4.5.3.2.6 gives that reply ten
# minutes. Too short a wait makes doubt out of what was accepted.
_PATIENCE: Final = 4
_NO_HELO: Final = frozenset({500, 501, 502, 503, 504})  # "EHLO is unknown here": then HELO is tried
_CREDENTIAL: Final = frozenset({530, 534, 535, 538})


@dataclass(slots=True)
class _Dialogue:
    """How far one SMTP dialogue came. `phase` goes into reasons."""

    phase: str = "connect"
    body_began: bool = False
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The centre's mail relay. One connection per message: a shared one would share its doubts.

    `helo` is the name we greet with. The password never travels in clear, except to this machine.
    `context` is for tests and private authorities; None verifies against the system's.
    """

    host: str
    port: int
    tls: Tls = "starttls"
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    timeout_s: float = 30.0
    helo: str = "localhost"
    context: ssl.SSLContext | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.tls not in get_args(Tls) or not _HOST.fullmatch(self.helo) or not self.host:
            raise ValueError("the relay needs a host, a helo name and tls none, starttls or tls")

    async def send(self, *, sender: str, recipient: str, message: bytes) -> None:
        """Return once the relay has answered for the message; raise one `PlatformError` otherwise.

        `message` is a whole RFC 5322 message. `timeout_s` bounds the wait for every single reply,
        four times as long for the one that decides.
        """
        for address in (sender, recipient):
            if not _ADDRESS.fullmatch(address):
                raise Misconfigured("address_invalid")

        async def deliver(client: SMTP, talk: _Dialogue) -> None:
            await self._enter(client, talk)
            await self._deliver(client, talk, sender, recipient, message)

        await self._talk(deliver)

    async def knock(self) -> None:
        """As far as the door: connect, greet, encrypt and log in, then leave. Nothing is sent.

        Raises what `send` would raise up to there.
        """
        await self._talk(self._enter)

    async def _talk(self, say: Callable[[SMTP, _Dialogue], Awaitable[None]]) -> None:
        if self.username and self.tls == "none" and not _is_this_machine(self.host):
            raise Misconfigured("auth_needs_tls")
        talk = _Dialogue()
        failure: PlatformError | None = None
        client = SMTP(
            hostname=self.host,
            port=self.port,
            local_hostname=self.helo,
            timeout=self.timeout_s,
            use_tls=self.tls == "tls",
            start_tls=False,
            tls_context=self.context,
        )
        try:
            await say(client, talk)
        except PlatformError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - whatever it is called, the phase decides
            failure = _judge(talk, error)
        finally:
            _leave(client, talk)
        if failure is not None:  # raised here, so that no context carries the relay's words along
            raise failure

    async def _enter(self, client: SMTP, talk: _Dialogue) -> None:
        await client.connect()
        talk.phase = "ehlo"
        await self._greet(client)
        if self.tls == "starttls":
            talk.phase = "starttls"
            if not client.supports_extension("starttls"):
                raise Misconfigured("starttls_not_offered")
            await client.starttls()
            talk.phase = "ehlo"
            await client.ehlo()
        if self.username:
            talk.phase = "auth"
            if not client.supports_extension("auth"):
                raise Misconfigured("auth_not_offered")
            await client.login(self.username, self.password)

    async def _deliver(
        self, client: SMTP, talk: _Dialogue, sender: str, recipient: str, message: bytes
    ) -> None:
        talk.phase = "mail"
        await client.mail(sender)
        talk.phase = "rcpt"
        await client.rcpt(recipient)
        talk.phase = "data"
        start = await client.execute_command(b"DATA")
        if start.code != 354:
            raise SMTPResponseException(start.code, "")
        await self._body(client, talk, message)

    async def _greet(self, client: SMTP) -> None:
        try:
            await client.ehlo()
        except SMTPHeloError as error:
            if error.code not in _NO_HELO or self.tls == "starttls" or self.username:
                raise
            await client.helo()

    async def _body(self, client: SMTP, talk: _Dialogue, message: bytes) -> None:
        """Written here, since aiosmtplib's `data()` cannot say whether it wrote any of it."""
        wire = client.protocol
        if wire is None or not wire.is_connected:
            raise NotSent("data_lost")
        if getattr(wire, "_buffer", b""):  # a stray reply would pass for the reply to our dot
            raise NotSent("data_out_of_step")
        talk.phase = "body"
        talk.body_began = True
        wire.write(_stuffed(message))
        answer = await wire.read_response(timeout=_PATIENCE * self.timeout_s)
        if not 200 <= answer.code <= 299:
            raise SMTPResponseException(answer.code, "")
        talk.accepted = True


class Mailbox(Adapter):
    """A desk that reads mail. A subclass says only which published address a notice goes to."""

    def recipient(self, notice: Notice) -> str:
        """The published address for this notice."""
        raise NotImplementedError

    def goes_to(self, notice: Notice) -> str:
        """The address that it is written to; "" when none is known, or when they are several."""
        try:
            return self.recipient(notice)
        except PlatformError:
            return ""

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - mail has no key
        """One message to one address. The receipt says no more than that the relay took it."""
        message = self.message(notice)
        await self.tools.mail.send(
            sender=notice.sender.email, recipient=self.recipient(notice), message=message
        )
        return Receipt(reference=notice.message_id, grade=Grade.HANDED_TO_RELAY)

    def message(self, notice: Notice) -> bytes:
        """The exact bytes that go out. The same notice and settings give the same bytes."""
        return compose(notice, self.recipient(notice), self.reply_tag(notice))

    def reply_tag(self, notice: Notice) -> str:
        """What replies are to carry in their address; "" where the centre's server cannot."""
        return notice.reference if self.settings.get(REPLY_TAG.name) == "on" else ""


def compose(
    notice: Notice,
    recipient: str,
    reply_tag: str = "",
    attached: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """An RFC 5322 message: plain text in UTF-8, nothing fetched when it is read.

    `attached` holds JSON by file name; of anything else nothing is ever attached.
    Raises `Misconfigured` for an address, or the centre's name, that cannot stand in a header, and
    `NeedsPerson` when it is the notice itself: one bad notice must not close the lane for all.
    """
    sender = notice.sender
    if _BREAKS.search(sender.name) or not all(map(_ADDRESS.fullmatch, (sender.email, recipient))):
        raise Misconfigured("header_unsafe")
    if _BREAKS.search(notice.subject + notice.reference) or not _is_message_id(notice.message_id):
        raise NeedsPerson("header_unsafe")
    thread = tuple(filter(_is_message_id, notice.thread))
    label = f"[{notice.reference}]"
    subject = notice.subject if label in notice.subject else f"{label} {notice.subject}"
    headers = [
        f"Date: {format_datetime(notice.composed_at.astimezone(UTC))}",
        f"From: {_mailbox(sender.name, sender.email)}",
        f"To: {recipient}",
        f"Reply-To: {_tagged(sender.email, reply_tag)}",
        f"Subject: {_words(subject, 'Subject')}",
        f"Message-ID: {notice.message_id}",
    ]
    if thread:
        headers += [f"In-Reply-To: {thread[-1]}", "References: " + "\r\n ".join(thread)]
    encoding, body = _body_of(notice.text)
    kind = ["Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}"]
    if attached:
        kind, body = _mixed(kind, body, attached)
    headers += ["MIME-Version: 1.0", *kind]
    return _headed(headers, body)


def _judge(talk: _Dialogue, error: Exception) -> PlatformError:
    """What a failure means, by how far the dialogue came and by the reply's number."""
    code = error.code if isinstance(error, SMTPResponseException) else 0
    if not 400 <= code <= 599:  # no reply, half a reply, or none that SMTP knows
        return _no_reply(talk, error)
    reason = f"{talk.phase}_{code}"
    if code < 500:
        return NotSent(reason)
    relayed = talk.phase == "rcpt" and not _POLICY.match(getattr(error, "message", ""))
    too_long = (talk.phase, code) == ("mail", 552)
    if code not in _CREDENTIAL and (relayed or too_long or talk.phase in {"data", "body"}):
        return Refused(reason)
    return Misconfigured(reason)  # the relay refuses us, whoever we write to


def _no_reply(talk: _Dialogue, error: Exception) -> PlatformError:
    late = isinstance(error, SMTPTimeoutError)
    lost = isinstance(error, SMTPConnectError | SMTPServerDisconnected | OSError)
    what = "timeout" if late else "lost" if lost else "unreadable"
    if talk.body_began:
        return Uncertain(f"body_{what}")
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in (error, error.__cause__)):
        return Misconfigured("tls_certificate")
    if any(isinstance(e, ssl.SSLError) for e in (error, error.__cause__)):
        return NotSent("tls_failed")
    if talk.phase == "auth" and not (late or lost) and not isinstance(error, SMTPResponseException):
        return Misconfigured("auth_not_offered")  # no method that both sides know
    return NotSent(f"{talk.phase}_{what}")


def _leave(client: SMTP, talk: _Dialogue) -> None:
    """Hang up without waiting: a slow QUIT must not cost us an acceptance that we hold already."""
    wire = client.protocol
    if wire is not None and wire.transport is not None:
        if talk.body_began and not talk.accepted and isinstance(wire.transport, WriteTransport):
            wire.transport.abort()  # what still waits in our buffers must not arrive later
        else:
            with suppress(SMTPException):
                wire.write(b"QUIT\r\n")
    client.close()


def _is_this_machine(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _is_message_id(text: str) -> bool:
    return len(text) <= _MAX_LINE_BYTES and _MESSAGE_ID.fullmatch(text) is not None


def _stuffed(message: bytes) -> bytes:
    """As it goes over the wire: CRLF only (a lone LF could smuggle an end), dots doubled."""
    lines = b"\r\n".join(re.split(rb"\r\n|\r|\n", message.removesuffix(b"\r\n")))
    return re.sub(rb"(?m)^\.", b"..", lines) + b"\r\n.\r\n"


def _body_of(text: str) -> tuple[str, bytes]:
    """Plain ASCII stays as it is: a machine that decodes nothing still finds the links."""
    lines = _LINE_BREAK.split(text.rstrip())
    body = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    plain = body.isascii() and not _BREAKS.search(text.translate(_LAYOUT))
    if plain and max(map(len, lines)) <= _MAX_LINE_BYTES:
        return "7bit", body
    return "quoted-printable", encodestring(body)


def _mixed(kind: list[str], body: bytes, attached: Mapping[str, bytes]) -> tuple[list[str], bytes]:
    """The text first, then the files. The boundary comes from the text, so it is not in it."""
    boundary = f"=_{hashlib.sha256(body).hexdigest()[:40]}"
    parts = [_headed(kind, body)]
    for name, content in attached.items():
        file = [
            f'Content-Type: application/json; name="{name}"',
            f'Content-Disposition: attachment; filename="{name}"',
            "Content-Transfer-Encoding: base64",
        ]
        parts.append(_headed(file, encodebytes(content).replace(b"\n", b"\r\n")))
    line = f"--{boundary}".encode()
    whole = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
    return [f'Content-Type: multipart/mixed; boundary="{boundary}"'], whole


def _headed(headers: list[str], body: bytes) -> bytes:
    return "\r\n".join(headers).encode("ascii") + b"\r\n\r\n" + body


def _words(text: str, header: str) -> str:
    charset = "us-ascii" if text.isascii() and len(text) < _MAX_LINE_BYTES // 2 else "utf-8"
    text = text.encode("utf-8", "replace").decode()
    return Header(text, charset, maxlinelen=76, header_name=header).encode(linesep="\r\n")


def _mailbox(name: str, address: str) -> str:
    if name.isascii() and len(name) < _MAX_LINE_BYTES // 2:
        return f'"{quote(name)}" <{address}>' if name else address
    return f"{_words(name, 'From')} <{address}>"


def _tagged(address: str, reference: str) -> str:
    local, _, domain = address.partition("@")
    tag = re.sub(r"[^a-z0-9]+", "-", reference.lower()).strip("-")
    fits = tag and len(local) + 1 + len(tag) <= 64  # RFC 5321: the longest local part
    return f"{local}+{tag}@{domain}" if fits else address
