"""A relay over real sockets that says exactly what a test tells it to, and keeps what it heard."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto


class Act(Enum):
    """What a relay may do instead of answering."""

    HANG = auto()
    RESET = auto()
    CLOSE = auto()


OK: Mapping[str, bytes | Act] = {
    "banner": b"220 relay ready\r\n",
    "ehlo": b"250-relay greets you\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
    "helo": b"250 relay greets you\r\n",
    "auth": b"235 welcome\r\n",
    "mail": b"250 sender fine\r\n",
    "rcpt": b"250 recipient fine\r\n",
    "data": b"354 go ahead\r\n",
    "end": b"250 queued as 12345\r\n",
    "starttls": b"220 go ahead\r\n",
    "quit": b"221 bye\r\n",
}


@dataclass
class Relay:
    """Answers by command; `heard` are the commands, `bodies` what came after DATA, dots and all."""

    replies: Mapping[str, bytes | Act]
    tls: ssl.SSLContext | None = None  # for STARTTLS
    port: int = 0
    talks: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    heard: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    in_body: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            if await self._say("banner", writer):
                await self._listen(reader, writer)
        writer.close()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.heard.append(line)
            word = (line.split() or [b""])[0].lower().decode("ascii", "replace")
            if not await self._say(word, writer):
                return
            said = self.replies.get(word, OK.get(word))
            if word == "starttls" and self.tls is not None and said == OK["starttls"]:
                await writer.start_tls(self.tls)
            if word == "data" and isinstance(said, bytes) and said.startswith(b"354"):
                if "body" in self.replies:
                    await reader.readexactly(1)
                    await self._say("body", writer)
                    return
                self.bodies.append(await reader.readuntil(b"\r\n.\r\n"))
                self.in_body.set()
                if not await self._say("end", writer):
                    return

    async def _say(self, word: str, writer: asyncio.StreamWriter) -> bool:
        """Answer; False when the dialogue is over."""
        said = self.replies.get(word, OK.get(word, b"500 unknown\r\n"))
        if said is Act.HANG:
            await self.over.wait()
            return False
        if said is Act.RESET:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if said is Act.CLOSE:
            return False
        assert isinstance(said, bytes)
        writer.write(said)
        await writer.drain()
        return True


@asynccontextmanager
async def relay(
    replies: Mapping[str, bytes | Act] | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    implicit: ssl.SSLContext | None = None,
) -> AsyncIterator[Relay]:
    """A relay on a free loopback port; `tls` is for STARTTLS, `implicit` from the first byte."""
    one = Relay(replies or {}, tls)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        one.tasks.add(task)
        one.talks += 1
        await one.converse(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=implicit)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        one.over.set()
        server.close()
        await asyncio.gather(*one.tasks, return_exceptions=True)
        await server.wait_closed()
