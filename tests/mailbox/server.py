"""A real IMAP server on loopback, whose mailbox a test fills."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

from proxyprotocol.result import ProxyResultIPv4, ProxyResultUnknown
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pysasl.hashing import Cleartext

from service.mailbox.inbox import Inbox

NEAR = ProxyResultUnknown()
FAR = ProxyResultIPv4((IPv4Address("192.0.2.1"), 1), (IPv4Address("192.0.2.2"), 143))
"""Where a client is. One on the same machine may say its password in clear."""
USER, PASSWORD = "notices@centre.example", "canary-mailbox-password"


@dataclass(frozen=True)
class MailServer:
    inbox: Inbox

    async def deliver(self, *mails: bytes) -> None:
        """Put mails into the mailbox, in this order."""
        await asyncio.to_thread(self._append, mails)

    def _append(self, mails: tuple[bytes, ...]) -> None:
        with self._client() as client:
            for mail in mails:
                status, _ = client.append("INBOX", "", "", mail)
                assert status == "OK"

    async def flags(self) -> list[Any]:
        """What is marked on the mails that lie there."""

        def ask() -> list[Any]:
            with self._client() as client:
                client.select("INBOX", readonly=True)
                return client.uid("FETCH", "1:*", "(FLAGS)")[1]

        return await asyncio.to_thread(ask)

    async def recent(self) -> int:
        """How many mails are new to the folder: nobody has opened it but to read."""

        def ask() -> int:
            with self._client() as client:
                client.select("INBOX", readonly=True)
                return int(client.response("RECENT")[1][0])

        return await asyncio.to_thread(ask)

    def _client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self.inbox.host, self.inbox.port, timeout=10)
        client.login(USER, PASSWORD)
        return client

    def with_password(self, password: str) -> Inbox:
        return replace(self.inbox, password=password)


@asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, clear: bool = True, user: str = USER
) -> AsyncIterator[MailServer]:
    """Running inside, gone after. `tls` is for STARTTLS; unless `clear`, nobody logs in without."""
    args = Namespace(
        host="127.0.0.1", port=0, debug=False, cert=None, key=None, tls=bool(tls) or not clear,
        passlib_cfg=None, proxy_protocol=None, demo_data=False,
        demo_user=user, demo_password=PASSWORD,
    )  # fmt: skip
    backend, config = await DictBackend.init(
        args,
        hash_context=Cleartext(),
        secure_auth=False,
        ssl_context=tls,
        reject_dnsbl=False,
        invalid_user_sleep=0.0,
    )
    config.apply_context()
    async with AsyncExitStack() as stack:
        await backend.start(stack)
        imap = IMAPServer(backend.login, config)
        talks: set[asyncio.Task[Any]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            try:
                await imap(reader, writer, SocketInfo.get(writer, NEAR if clear else FAR))
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        inbox = Inbox(
            host="127.0.0.1", port=port, tls="none", username=user, password=PASSWORD, timeout_s=10
        )
        try:
            yield MailServer(inbox)
        finally:
            server.close()
            await asyncio.gather(*talks, return_exceptions=True)
