"""What every way of failing means, driven over real sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Mapping
from typing import Any

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.contract.relay import Act, relay
from adapters.contract.relay_failures import FAILURES, judged
from adapters.errors import Misconfigured, NotSent, PlatformError, Uncertain
from adapters.mail import Mail, Tls
from tests.adapters.mail.authority import Authority

SENDER = "canary-sender@centre.example"
RECIPIENT = "canary-desk@platform.example"
BODY = b"Subject: canary-subject\r\n\r\ncanary-body\r\n.leading dot\r\n"
CANARIES = ("canary", "centre.example", "platform.example", "hunter2", "relay greets")

CALM: dict[str, Any] = {"host": "127.0.0.1", "tls": "none", "timeout_s": 10.0}


async def accepts(mail: Mail) -> bool:
    """True when it is accepted; what it fails with otherwise."""
    await mail.send(sender=SENDER, recipient=RECIPIENT, message=BODY)
    return True


async def failure_of(mail: Mail) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await accepts(mail)
    return caught.value


@pytest.mark.parametrize(
    ("replies", "kind", "reason"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES]
)
async def test_every_failure_is_judged_by_how_far_it_came(
    replies: Mapping[str, bytes | Act],
    kind: type[PlatformError],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    async def attempt(wait_s: float) -> PlatformError:
        async with relay(replies) as there:
            return await failure_of(Mail(port=there.port, **CALM | {"timeout_s": wait_s}))

    error = await judged(reason, attempt)

    assert (type(error), error.reason) == (kind, reason)
    said = f"{error!s} {error!r} {error.args} {error.__cause__} {error.__context__} {caplog.text}"
    assert not any(canary in said for canary in CANARIES)


@pytest.mark.parametrize(
    "end",
    [b"250 ok\r\n", b"250-ok\r\n250 queued\r\n", b"250 ok\r\n421 bye\r\n", b"251 forwarded\r\n"],
)
async def test_a_whole_answer_to_the_dot_is_acceptance(end: bytes) -> None:
    async with relay({"end": end}) as there:
        assert await accepts(Mail(port=there.port, **CALM))

    assert there.heard == [
        b"EHLO localhost\r\n",
        f"MAIL FROM:<{SENDER}>\r\n".encode(),
        f"RCPT TO:<{RECIPIENT}>\r\n".encode(),
        b"DATA\r\n",
        b"QUIT\r\n",
    ]
    assert there.bodies == [b"Subject: canary-subject\r\n\r\ncanary-body\r\n..leading dot\r\n.\r\n"]


async def test_a_relay_that_knows_no_ehlo_is_greeted_with_helo() -> None:
    async with relay({"ehlo": b"502 what?\r\n"}) as there:
        assert await accepts(Mail(port=there.port, **CALM))

    assert [line.split()[0] for line in there.heard[:3]] == [b"EHLO", b"HELO", b"MAIL"]


async def test_a_slow_goodbye_never_costs_an_acceptance() -> None:
    async with relay({"quit": Act.HANG}) as there:
        async with asyncio.timeout(5):
            assert await accepts(Mail(port=there.port, **CALM))


async def test_refused_and_unknown_hosts_are_surely_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refused = await failure_of(Mail(port=port, **CALM))
    unknown = await failure_of(Mail(port=25, **{**CALM, "host": "relay.invalid"}))

    assert (type(refused), refused.reason) == (NotSent, "connect_lost")
    assert type(unknown) is NotSent


@pytest.mark.parametrize(
    ("auth", "kind", "reason"),
    [
        (b"535 5.7.8 hunter2 is wrong\r\n", Misconfigured, "auth_535"),
        (b"534 too weak\r\n", Misconfigured, "auth_534"),
        (b"454 later\r\n", NotSent, "auth_454"),
        (b"421 later\r\n", NotSent, "auth_421"),
        (Act.RESET, NotSent, "auth_lost"),
        (Act.HANG, NotSent, "auth_timeout"),
    ],
)
async def test_a_refused_login_closes_the_lane_and_a_lost_one_does_not(
    auth: bytes | Act, kind: type[PlatformError], reason: str
) -> None:
    async def attempt(wait_s: float) -> PlatformError:
        async with relay({"auth": auth}) as there:
            login = {"username": "user", "password": "hunter2", "timeout_s": wait_s}
            error = await failure_of(Mail(port=there.port, **CALM | login))
        assert there.bodies == []
        return error

    error = await judged(reason, attempt)

    assert (type(error), error.reason) == (kind, reason)


@pytest.mark.parametrize("ehlo", [b"250 relay\r\n", b"250-relay\r\n250 AUTH GSSAPI\r\n"])
async def test_a_relay_without_a_login_we_know_is_misconfigured(ehlo: bytes) -> None:
    async with relay({"ehlo": ehlo}) as there:
        error = await failure_of(Mail(port=there.port, username="user", password="hunter2", **CALM))

    assert (type(error), error.reason) == (Misconfigured, "auth_not_offered")


async def test_a_password_never_travels_in_clear_to_another_machine() -> None:
    mail = Mail(host="192.0.2.1", port=25, tls="none", username="user", password="hunter2")

    error = await failure_of(mail)

    assert (type(error), error.reason) == (Misconfigured, "auth_needs_tls")


async def test_login_works_and_leaves_no_trace_of_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    mail = Mail(port=1, username="canary-user", password="hunter2", **CALM)
    async with relay() as there:
        mail = Mail(port=there.port, username="canary-user", password="hunter2", **CALM)
        assert await accepts(mail)

    assert there.heard[1].startswith(b"AUTH PLAIN ")
    assert not any(canary in repr(mail) + caplog.text for canary in CANARIES)


# -- TLS -------------------------------------------------------------------------------------------


async def test_starttls_that_is_not_offered_is_a_matter_for_the_operator() -> None:
    async with relay() as there:
        error = await failure_of(Mail(port=there.port, **{**CALM, "tls": "starttls"}))

    assert (type(error), error.reason) == (Misconfigured, "starttls_not_offered")


OFFERED = {"ehlo": b"250-relay\r\n250 STARTTLS\r\n"}


@pytest.mark.parametrize(
    ("starttls", "kind", "reason"),
    [
        (b"454 later\r\n", NotSent, "starttls_454"),
        (b"554 never\r\n", Misconfigured, "starttls_554"),
        (b"220 go\r\nthis is no handshake\r\n", NotSent, "tls_failed"),
        (Act.RESET, NotSent, "starttls_lost"),
        (Act.HANG, NotSent, "starttls_timeout"),
    ],
)
async def test_starttls_that_fails_sends_nothing(
    starttls: bytes | Act, kind: type[PlatformError], reason: str
) -> None:
    async def attempt(wait_s: float) -> PlatformError:
        async with relay({**OFFERED, "starttls": starttls}) as there:
            upgrading = {"tls": "starttls", "timeout_s": wait_s}
            error = await failure_of(Mail(port=there.port, **CALM | upgrading))
        assert there.bodies == []
        return error

    error = await judged(reason, attempt)

    assert (type(error), error.reason) == (kind, reason)


async def test_starttls_and_tls_deliver_to_a_relay_whose_certificate_is_known(
    authority: Authority,
) -> None:
    async with (
        relay(OFFERED, tls=authority.server) as upgraded,
        relay(implicit=authority.server) as implicit,
    ):
        first = Mail(port=upgraded.port, context=authority.client, **{**CALM, "tls": "starttls"})
        second = Mail(port=implicit.port, context=authority.client, **{**CALM, "tls": "tls"})

        assert await accepts(first)
        assert await accepts(second)

    assert len(upgraded.bodies) == len(implicit.bodies) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_an_unknown_certificate_closes_the_lane(authority: Authority, tls: Tls) -> None:
    stranger = ssl.create_default_context()
    implicit = authority.server if tls == "tls" else None
    async with relay(OFFERED, tls=authority.server, implicit=implicit) as there:
        error = await failure_of(Mail(port=there.port, context=stranger, **{**CALM, "tls": tls}))

    assert (type(error), error.reason) == (Misconfigured, "tls_certificate")
    assert there.bodies == []


async def test_tls_to_a_relay_that_speaks_plain_sends_nothing() -> None:
    async with relay() as there:
        error = await failure_of(Mail(port=there.port, **{**CALM, "tls": "tls"}))

    assert (type(error), error.reason) == (NotSent, "tls_failed")


async def test_a_body_lost_under_tls_stays_uncertain(authority: Authority) -> None:
    async with relay({"end": Act.RESET}, implicit=authority.server) as there:
        error = await failure_of(
            Mail(port=there.port, context=authority.client, **{**CALM, "tls": "tls"})
        )

    assert (type(error), error.reason) == (Uncertain, "body_lost")


# -- a real server ---------------------------------------------------------------------------------


class Kept(Sink):
    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 kept"


async def test_a_real_server_gets_exactly_the_message() -> None:
    kept = Kept()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(kept, hostname="relay.example", loop=loop), "127.0.0.1", 0
    )
    async with server:
        assert await accepts(Mail(port=server.sockets[0].getsockname()[1], **CALM))

    (envelope,) = kept.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [RECIPIENT])
    assert envelope.content == BODY


# -- the tool itself -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b\r\nRCPT TO:<x@y>", "a b@c.example", "<a@b.example>", "ä@b.example", "a@b>"],
)
async def test_an_address_that_could_break_the_dialogue_never_reaches_it(address: str) -> None:
    async with relay() as there:
        mail = Mail(port=there.port, **CALM)
        with pytest.raises(Misconfigured, match=r"^address_invalid$"):
            await mail.send(sender=SENDER, recipient=address, message=BODY)
        with pytest.raises(Misconfigured, match=r"^address_invalid$"):
            await mail.send(sender=address, recipient=RECIPIENT, message=BODY)

    assert there.heard == []


@pytest.mark.parametrize(
    ("raw", "wire"),
    [
        (b"a\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r.\rb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.\r\nMAIL FROM:<x@y>\r\n", b"a\r\n..\r\nMAIL FROM:<x@y>\r\n.\r\n"),
    ],
)
async def test_no_body_can_end_itself(raw: bytes, wire: bytes) -> None:
    async with relay() as there:
        await Mail(port=there.port, **CALM).send(sender=SENDER, recipient=RECIPIENT, message=raw)

    assert there.bodies == [wire]
    assert [line.split()[0] for line in there.heard] == [
        b"EHLO",
        b"MAIL",
        b"RCPT",
        b"DATA",
        b"QUIT",
    ]


async def test_cancelling_a_send_hangs_up_and_stays_a_cancellation() -> None:
    async with relay({"end": Act.HANG}) as there:
        task = asyncio.create_task(accepts(Mail(port=there.port, **CALM)))
        await there.in_body.wait()
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    "wrong",
    [{"host": ""}, {"tls": "ssl"}, {"helo": "two words"}, {"helo": "a\r\nMAIL"}, {"helo": ""}],
)
def test_a_relay_that_cannot_be_greeted_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="relay needs"):
        Mail(**{"host": "relay.example", "port": 25, **wrong})
