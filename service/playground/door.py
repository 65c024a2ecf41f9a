"""A listening socket on loopback that can be shut, opened again, or reset its callers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from service.playground.front import bind_address, reset_on_close

__all__ = ["Door"]


class Door:
    """`factory` makes the protocol of each connection. The port is chosen once and kept."""

    def __init__(self, host: str, factory: Callable[[], asyncio.BaseProtocol]) -> None:
        self.host = bind_address(host)
        self.port = 0
        self.resets = 0  # so many next connections are reset before a byte is read
        self.connections = 0
        self._factory = factory
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def open(self) -> None:
        """Listen. Does nothing while it listens already."""
        if self._server is not None:
            return
        listener = _listener(self.host, self.port)
        self.port = listener.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, sock=listener)

    async def shut(self) -> None:
        """Refuse new connections; those that are open stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _accept(self) -> asyncio.BaseProtocol:
        self.connections += 1
        if self.resets > 0:
            self.resets -= 1
            return _Reset()
        return self._factory()


class _Reset(asyncio.Protocol):
    """Ends a connection with an RST as soon as it is made."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        reset_on_close(transport.get_extra_info("socket"))
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
