"""A wire between the product and its database that tests can cut where it hurts."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

SOCKET = ".s.PGSQL.5432"


class Wire:
    """Passes bytes between a socket of its own and Postgres's.

    `cut`: `after_commit` lets a COMMIT through and loses its reply, `before_commit` loses the
    COMMIT itself; each once, after `skip` others. `closed`: nobody gets through at all; `closes`
    makes it so when it cuts.
    """

    def __init__(self, to: str) -> None:
        self._to = f"{to}/{SOCKET}"
        self.folder = tempfile.mkdtemp(prefix="wire")
        self.cut: str | None = None
        self.skip = 0
        self.closed = self.closes = False
        self.commits = 0
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, f"{self.folder}/{SOCKET}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.close()
        self.drop()
        await asyncio.sleep(0.01)
        shutil.rmtree(Path(self.folder), ignore_errors=True)

    def open(self) -> None:
        """Let everybody through again."""
        self.closed = self.closes = False

    def drop(self) -> None:
        """Cut every line that is open."""
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.transport.abort()
            return
        there, here = await asyncio.open_unix_connection(self._to)
        self._open |= {writer, here}
        try:
            with contextlib.suppress(OSError):
                await asyncio.gather(self._up(reader, here, writer), self._down(there, writer))
        finally:
            for end in (writer, here):
                self._open.discard(end)
                end.close()

    async def _up(
        self,
        reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
    ) -> None:
        while block := await reader.read(65536):
            if b"COMMIT;" in block:
                cut = self._next()
                if cut == "after_commit":
                    client.transport.abort()
                    server.write(block)
                    await server.drain()
                    await asyncio.sleep(0.05)
                if cut:
                    client.transport.abort()
                    break
            server.write(block)
            await server.drain()
        server.close()

    def _next(self) -> str | None:
        """What happens to this COMMIT."""
        self.commits += 1
        if self.cut is None:
            return None
        if self.skip:
            self.skip -= 1
            return None
        cut, self.cut = self.cut, None
        self.closed = self.closed or self.closes
        return cut

    async def _down(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await there.read(65536):
            writer.write(block)
            await writer.drain()
        writer.close()
