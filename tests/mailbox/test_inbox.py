"""The mailbox over a real IMAP server: each mail once, in order, and nothing changed there."""

from __future__ import annotations

import _socket
import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from service.mailbox import inbox as inboxes
from service.mailbox.inbox import InboxAway
from tests.mailbox.server import MailServer, mail_server


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


def mail(number: int, size: int = 0) -> bytes:
    body = "x" * 70 + "\r\n"
    text = f"Subject: {number}\r\nMessage-ID: <{number}@desk.example>\r\n\r\nWords.\r\n"
    return (text + body * (size // 72)).encode()


async def test_an_empty_mailbox_has_nothing(server: MailServer) -> None:
    parcel = await asyncio.to_thread(server.inbox.fetch, 0, 0)

    assert (parcel.mails, parcel.more) == ((), False)


async def test_mails_come_in_order_and_once(server: MailServer) -> None:
    await server.deliver(mail(1), mail(2))
    first = await asyncio.to_thread(server.inbox.fetch, 0, 0)
    assert [m.raw for m in first.mails] == [mail(1), mail(2)]

    await server.deliver(mail(3))
    place = (first.uid_validity, first.mails[-1].uid)
    second = await asyncio.to_thread(server.inbox.fetch, *place)
    assert [m.raw for m in second.mails] == [mail(3)]
    last = (second.uid_validity, second.mails[-1].uid)
    assert (await asyncio.to_thread(server.inbox.fetch, *last)).mails == ()


async def test_a_folder_that_was_numbered_anew_is_read_from_its_start(server: MailServer) -> None:
    await server.deliver(mail(1))

    parcel = await asyncio.to_thread(server.inbox.fetch, 12345, 99)

    assert [m.raw for m in parcel.mails] == [mail(1)]


async def test_many_come_in_several_looks(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "AT_ONCE", 2)
    await server.deliver(mail(1), mail(2), mail(3))

    parcel = await asyncio.to_thread(server.inbox.fetch, 0, 0)
    assert ([m.uid for m in parcel.mails], parcel.more) == ([m.uid for m in parcel.mails][:2], True)
    place = (parcel.uid_validity, parcel.mails[-1].uid)
    rest = await asyncio.to_thread(server.inbox.fetch, *place)
    assert ([m.raw for m in rest.mails], rest.more) == ([mail(3)], False)


async def test_a_parcel_holds_no_more_than_fits(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "AT_ONCE_BYTES", 25_000)
    sizes = (10_000, 10_000, 10_000, 40_000, 100)
    await server.deliver(*(mail(n, size) for n, size in enumerate(sizes)))

    uid, looks = 0, []
    validity = 0
    while True:
        parcel = await asyncio.to_thread(server.inbox.fetch, validity, uid)
        looks.append([round(len(m.raw) / 10_000) for m in parcel.mails])
        uid, validity = parcel.mails[-1].uid, parcel.uid_validity
        if not parcel.more:
            break

    assert looks == [[1, 1], [1], [4], [0]]  # one at least, and each once


async def test_of_a_mail_that_is_too_long_only_the_headers_come(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "MOST_BYTES", 10_000)
    await server.deliver(mail(1, size=50_000))

    (found,) = (await asyncio.to_thread(server.inbox.fetch, 0, 0)).mails

    assert found.raw.startswith(b"X-Efface-Left-Out: body\r\n")
    assert b"Message-ID: <1@desk.example>" in found.raw
    assert len(found.raw) < 1000


async def test_headers_that_are_too_long_are_cut(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "MOST_BYTES", 10_000)
    monkeypatch.setattr(inboxes, "HEAD_BYTES", 2_000)
    await server.deliver(b"Subject: 1\r\nX: " + b"y\r\n " * 20_000 + b"\r\n\r\nx")

    (found,) = (await asyncio.to_thread(server.inbox.fetch, 0, 0)).mails

    assert len(found.raw) < 2_100


async def test_nothing_is_marked_as_read(server: MailServer) -> None:
    await server.deliver(mail(1))

    await asyncio.to_thread(server.inbox.fetch, 0, 0)

    assert "Seen" not in str(await server.flags())


async def test_a_wrong_password_is_named_and_not_shown(server: MailServer) -> None:
    with pytest.raises(InboxAway) as away:
        await asyncio.to_thread(server.with_password("wrong-canary").fetch, 0, 0)

    assert away.value.reason == "login_refused"
    assert "canary" not in repr(away.value) + repr(server.inbox)


async def test_a_folder_that_is_not_there_is_named(server: MailServer) -> None:
    with pytest.raises(InboxAway, match="folder_refused"):
        await asyncio.to_thread(replace(server.inbox, folder="Nowhere").fetch, 0, 0)


@pytest.mark.parametrize(
    ("says", "reason"),
    [(b"", "unreadable"), (b"HTTP/1.1 400\r\n\r\n", "unreadable"), (None, "timeout")],
    ids=["closes", "speaks otherwise", "says nothing"],
)
async def test_a_server_that_is_none_is_away(says: bytes | None, reason: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if says is None:
            await reader.read()
        else:
            writer.write(says)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    inbox = inboxes.Inbox(
        host="127.0.0.1", port=port, tls="none", username="u", password="p", timeout_s=0.5
    )
    with pytest.raises(InboxAway, match=reason):
        await asyncio.to_thread(inbox.fetch, 0, 0)
    server.close()


async def test_a_user_name_may_hold_what_imap_would_split() -> None:
    async with mail_server(user='the "centre" desk') as server:
        await asyncio.to_thread(server.inbox.knock)


async def test_a_host_that_is_no_name_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _socket.getaddrinfo)  # it asks nobody for such a one
    inbox = inboxes.Inbox(host="a..example", port=993, tls="none", username="u", password="p")

    with pytest.raises(InboxAway, match="connect_failed"):
        await asyncio.to_thread(inbox.knock)


async def test_nobody_there_is_away() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        inbox = inboxes.Inbox(
            host="127.0.0.1", port=port, tls="none", username="u", password="p", timeout_s=1
        )
        with pytest.raises(InboxAway, match="connect_failed"):
            await asyncio.to_thread(inbox.fetch, 0, 0)
