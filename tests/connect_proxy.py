"""A small CONNECT proxy on loopback. It notes what it was asked for and carries bytes both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class ConnectProxy:
    """`source` is the address its own connections come from: another place on this machine."""

    port: int = 0
    source: str = "127.0.0.1"
    heads: list[bytes] = field(default_factory=list)
    carried: bytearray = field(default_factory=bytearray)  # what clients sent into tunnels
    answer: Answer | None = None  # in place of a tunnel

    @property
    def targets(self) -> list[str]:
        return [head.split(b" ")[1].decode() for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        if self.answer is not None:
            await self.answer(reader, writer)
            return
        host, _, port = self.targets[-1].rpartition(":")
        try:
            there, out = await asyncio.open_connection(
                host.strip("[]"), int(port), local_addr=(self.source, 0)
            )
        except OSError:
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(self._carry(reader, out, note=True), self._carry(there, writer))
        finally:
            out.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, note: bool = False
    ) -> None:
        while chunk := await reader.read(65_536):
            if note:
                self.carried += chunk
            writer.write(chunk)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def proxying(
    answer: Answer | None = None, source: str = "127.0.0.1"
) -> AsyncIterator[ConnectProxy]:
    """A proxy that opens tunnels, or does what `answer` says instead."""
    proxy = ConnectProxy(answer=answer, source=source)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await proxy.serve(reader, writer)
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.sleep(0)
