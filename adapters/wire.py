"""Certainty from the wire: httpx's transport over aiohttp, telling whether bytes had left.

Knows nothing of adapters. No exception that leaves here holds an address, a header or a body.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import httpx
from yarl import URL

from adapters.egress import Denied, Egress
from adapters.proxy import Proxy
from adapters.tunnel import NotReached, ProxyAway, ProxyRefused, Tunnels

__all__ = ["CONFIGURED", "WireError", "WireTransport"]

CONFIGURED: Final = "configured"

_CHUNK_BYTES: Final = 65_536

# These log addresses and cookies.
for _name in ("aiohttp.client", "httpx", "httpcore"):
    logging.getLogger(_name).disabled = True


class WireError(httpx.TransportError):
    """No whole answer came. `sent` is False only if surely no byte of the request has left."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent

    def __repr__(self) -> str:
        return f"WireError({self.reason!r}, sent={self.sent})"


class WireTransport(httpx.AsyncBaseTransport):
    """httpx's transport interface over aiohttp, telling for every failure whether bytes had left.

    aiohttp says when it hands the request to the socket; what fails after that may have arrived.
    Reads keep their connections. A write takes a new one each time: on a kept connection that the
    other side is just closing, a write would be in doubt for nothing. Sessions are made at the
    first call, on its event loop. Addresses written as literals never reach the resolver, so
    every address is checked here before it is used. With a `proxy` every connection is a tunnel
    through it; proxies of the environment are never used.

    `CONFIGURED` among a request's extensions says that its host stands in somebody's settings: only
    then networks that the operator allowed may be reached. Such requests share no connection with
    others.
    """

    def __init__(
        self,
        egress: Egress,
        *,
        timeout_s: float,
        connect_timeout_s: float,
        tls: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._doors = {True: egress, False: egress.for_strangers()}
        self._proxy = proxy
        self._timeout = aiohttp.ClientTimeout(
            total=timeout_s, sock_connect=connect_timeout_s, ceil_threshold=timeout_s + 1
        )
        self._tls: ssl.SSLContext | bool = True if tls is None else tls
        self._sessions: dict[tuple[bool, bool], aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        wire = SimpleNamespace(sent=False)
        body = await request.aread()
        configured = request.extensions.get(CONFIGURED) is True
        fresh = request.method not in ("GET", "HEAD")
        reason = ""
        try:
            url = URL(str(request.url), encoded=True)
            self._doors[configured].check(url)
            answer = await self._session(fresh=fresh, configured=configured).request(
                request.method,
                url,
                headers=request.headers.multi_items(),
                data=body or None,
                allow_redirects=False,
                trace_request_ctx=wire,
            )
        except Exception as failure:  # noqa: BLE001 - what counts is whether bytes left
            reason = _reason(failure, sent=wire.sent)
        if reason:  # raised here, outside the handler: its context would carry the address
            raise WireError(reason, sent=wire.sent)
        headers = [(k.lower(), v) for k, v in answer.raw_headers]
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer))

    async def aclose(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _session(self, *, fresh: bool, configured: bool) -> aiohttp.ClientSession:
        session = self._sessions.get((fresh, configured))
        if session is None:
            trace = aiohttp.TraceConfig()
            trace.on_request_headers_sent.append(_mark_sent)
            session = self._sessions[fresh, configured] = aiohttp.ClientSession(
                connector=self._connector(self._doors[configured], fresh=fresh),
                timeout=self._timeout,
                trace_configs=[trace],
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            )
        return session

    def _connector(self, door: Egress, *, fresh: bool) -> aiohttp.TCPConnector:
        options: dict[str, Any] = {
            "resolver": door,
            "use_dns_cache": False,
            "force_close": fresh,
            "limit": 0,  # lanes bound what is in flight; a queue here would hide it
            "ssl": self._tls,
            "timeout_ceil_threshold": self._timeout.ceil_threshold,
        }
        if self._proxy is not None:
            return Tunnels(self._proxy, **options)
        return aiohttp.TCPConnector(**options)


class _Body(httpx.AsyncByteStream):
    """The rest of an answer whose head was read. Raw bytes, as they come."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        chunk, reason = b"", ""
        try:
            chunk = await self._answer.content.read(_CHUNK_BYTES)
        except Exception as failure:  # noqa: BLE001 - as above
            reason = _reason(failure, sent=True)
        if reason:
            raise WireError(reason, sent=True)
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        self._answer.close()


async def _mark_sent(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _sent: object
) -> None:
    context.trace_request_ctx.sent = True


def _reason(failure: Exception, *, sent: bool) -> str:
    """A short code for a failure of aiohttp's. The types are tried from the narrowest on."""
    cause = getattr(failure, "os_error", failure)
    table = _AFTER_SENT if sent else _BEFORE_SENT
    for kinds, reason in table:
        if isinstance(failure, kinds) or isinstance(cause, kinds):
            return reason
    return "failed" if sent else "connect_failed"


_BEFORE_SENT: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    ((Denied, aiohttp.InvalidURL), "egress_denied"),
    ((aiohttp.ClientConnectorDNSError,), "dns_failed"),
    ((ProxyAway,), "proxy_away"),
    ((ProxyRefused,), "proxy_refused"),
    ((NotReached,), "tunnel_failed"),
    ((aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch, ssl.SSLError), "tls_failed"),
    ((asyncio.TimeoutError,), "connect_timeout"),
    ((ConnectionRefusedError,), "connect_refused"),
)
_AFTER_SENT: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    ((asyncio.TimeoutError,), "read_timeout"),
    ((aiohttp.ServerDisconnectedError,), "closed"),
    ((aiohttp.ClientPayloadError,), "truncated"),
    ((aiohttp.ClientResponseError,), "garbled"),
    ((aiohttp.ClientOSError, ConnectionError), "reset"),
)
