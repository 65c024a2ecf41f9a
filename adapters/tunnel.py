"""Connections through an operator's proxy: a tunnel by CONNECT to an address that was checked here.

Source: RFC 9110 9.3.6, read 2026-11-26.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Never

import aiohttp

from adapters.proxy import Proxy

__all__ = ["NotReached", "ProxyAway", "ProxyRefused", "Tunnels", "tunnel"]

_MOST_BYTES: Final = 16_384  # of an answer to CONNECT
_CHUNK_BYTES: Final = 4096
_DIAL_S: Final = 3.0  # less than a whole connection may take: then it is the proxy that is away
# A proxy says so when it cannot reach the other side: RFC 9110 15.6.3 to 15.6.5.
_NOT_REACHED: Final = frozenset({502, 503, 504})


class ProxyAway(aiohttp.ClientOSError):
    """The proxy is not there, or what it says is no answer. The platform is not to blame."""


class ProxyRefused(aiohttp.ClientOSError):
    """The proxy opens no tunnel for us: our credential, or its rules."""


class NotReached(aiohttp.ClientOSError):
    """The proxy says that it cannot reach the address."""


class Tunnels(aiohttp.TCPConnector):
    """aiohttp's connector, that opens every connection through one proxy.

    All else is as without one: names are resolved and checked here, a connection belongs to the
    name it was made for, and TLS is with that name. The proxy is given an address and a port.
    Until a tunnel stands, no byte of a request has left, whatever happens.
    """

    def __init__(self, proxy: Proxy, **options: Any) -> None:
        super().__init__(socket_factory=_never, **options)
        self._proxy = proxy

    async def _wrap_create_connection(
        self,
        *args: Any,
        addr_infos: Sequence[Any],
        req: aiohttp.ClientRequest,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own
        client_error: type[Exception] = aiohttp.ClientConnectorError,
        **kwargs: Any,
    ) -> Any:
        """Where aiohttp would dial."""
        try:
            async with asyncio.timeout(timeout.sock_connect):
                sock = await tunnel(self._proxy, [info[4] for info in addr_infos])
                loop = asyncio.get_running_loop()
                return await loop.create_connection(*args, **kwargs, sock=sock)
        except ssl.SSLError as error:
            raise aiohttp.ClientConnectorSSLError(req.connection_key, error) from error
        except (TimeoutError, aiohttp.ClientOSError):
            raise
        except OSError as error:
            raise client_error(req.connection_key, error) from error


def _never(_address: Any) -> Never:
    """In place of a socket for a direct connection: there must be none, also not by mistake."""
    raise ProxyAway("proxy_passed_by")


async def tunnel(proxy: Proxy, addresses: list[tuple[Any, ...]]) -> socket.socket:
    """A tunnel to the first of these addresses that the proxy can reach.

    Raises one of the three errors above; `TimeoutError` when the proxy is there and takes too long.
    """
    for address in addresses:
        sock = await _dialled(proxy)
        try:
            await _connect(sock, proxy, address)
        except NotReached:
            sock.close()
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise NotReached("tunnel_failed")


async def _dialled(proxy: Proxy) -> socket.socket:
    """A socket to the proxy, by the first of its addresses that answers. Raises `ProxyAway`."""
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        async with asyncio.timeout(_DIAL_S):
            found = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
            for family, kind, protocol, _, address in found:
                sock = socket.socket(family, kind, protocol)
                sock.settimeout(0)
                try:
                    await loop.sock_connect(sock, address)
                except BaseException as error:
                    sock.close()
                    if not isinstance(error, OSError):
                        raise
                else:
                    return sock
    raise ProxyAway("proxy_away")


async def _connect(sock: socket.socket, proxy: Proxy, address: tuple[Any, ...]) -> None:
    """Make `address` the other end of this socket. Raises one of the three errors above."""
    loop = asyncio.get_running_loop()
    host, port = address[:2]
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.credential:
        lines.append(f"Proxy-Authorization: {proxy.credential}")
    told = b""
    with suppress(OSError):
        await loop.sock_sendall(sock, "\r\n".join((*lines, "", "")).encode())
        while b"\r\n\r\n" not in told and len(told) < _MOST_BYTES:
            chunk = await loop.sock_recv(sock, _CHUNK_BYTES)
            if not chunk:
                break
            told += chunk
    status = _status(told)
    if status in _NOT_REACHED:
        raise NotReached("tunnel_failed")
    if status is not None and not 200 <= status < 300:
        raise ProxyRefused("proxy_refused")
    # the other side waits for us to speak first: more than a head is no tunnel
    if status is None or told.find(b"\r\n\r\n") != len(told) - 4:
        raise ProxyAway("proxy_away")


def _status(told: bytes) -> int | None:
    """The status of an answer whose head is whole; None when it is none."""
    version, _, rest = told.partition(b" ")
    number = rest[:3]
    if not version.startswith(b"HTTP/1.") or b"\r\n\r\n" not in told:
        return None
    return int(number) if len(number) == 3 and number.isdigit() else None
