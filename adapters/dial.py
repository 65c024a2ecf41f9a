"""Connections for what is not HTTP: to an address that was checked, through the operator's proxy if
there is one. Nothing here knows a protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from adapters.egress import Denied, Egress
from adapters.errors import Misconfigured, NotSent
from adapters.proxy import Proxy
from adapters.tunnel import NotReached, ProxyAway, ProxyRefused, tunnel

__all__ = ["Dial", "Streams", "dialling", "nowhere"]

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial: TypeAlias = Callable[[str, int], Awaitable[Streams]]


async def nowhere(_address: str, _port: int) -> Streams:
    """For who has no such connections to make."""
    raise Misconfigured("egress_denied")


def dialling(egress: Egress, *, timeout_s: float, proxy: Proxy | None = None) -> Dial:
    """What connects to an address, written as one, and a port.

    No name is looked up. It raises `Misconfigured` for where it may not go, else `NotSent`: until
    it has returned, no byte of anybody's has left.
    """

    async def dial(address: str, port: int) -> Streams:
        try:
            egress.check_address(address, port)
            async with asyncio.timeout(timeout_s):
                if proxy is None:
                    return await asyncio.open_connection(address, port)
                sock = await tunnel(proxy, [(address, port)])
                return await asyncio.open_connection(sock=sock)
        except OSError as failure:
            reason = _reason(failure)
        raise (Misconfigured if reason == "egress_denied" else NotSent)(reason)

    return dial


def _reason(failure: OSError) -> str:
    """A short code; none of the address that stands in their words."""
    for kind, reason in (
        (Denied, "egress_denied"),
        (ProxyAway, "proxy_away"),
        (ProxyRefused, "proxy_refused"),
        (NotReached, "tunnel_failed"),
        (TimeoutError, "connect_timeout"),
        (ConnectionRefusedError, "connect_refused"),
    ):
        if isinstance(failure, kind):
            return reason
    return "connect_failed"
