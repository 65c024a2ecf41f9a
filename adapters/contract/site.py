"""A platform made of stored replies, and the ways in which a call to it can fail."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Final

import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.errors import Misconfigured, NotSent, PlatformError, Refused, Throttled, Uncertain
from adapters.http import WireError

__all__ = [
    "CANARY",
    "FAILURES",
    "NOW",
    "OF_THE_BODY",
    "THROTTLES",
    "Answer",
    "Failure",
    "Names",
    "Site",
    "stored",
    "told",
]

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CANARY: Final = "canary-of-the-body"

Answer = Callable[[httpx.Request], "httpx.Response | Awaitable[httpx.Response]"]


def told(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON that the case itself composes."""
    return lambda _request: httpx.Response(status, json=body, headers=headers)


def stored(path: Path, status: int = 200, content_type: str = "application/json") -> Answer:
    """An answer from a file, whose origin stands in `SOURCES.md` beside it."""
    body = path.read_bytes()
    headers = {"content-type": content_type}
    return lambda _request: httpx.Response(status, content=body, headers=headers)


@dataclass
class Site(httpx.AsyncBaseTransport):
    """Answers by route (`METHOD address`, no query); one in `failing` does that instead."""

    routes: Mapping[str, Answer]
    failing: dict[str, Answer] = field(default_factory=dict)
    seen: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.seen.append(request)
        route = route_of(request)
        answer = self.failing.get(route) or self.routes.get(route)
        if answer is None:
            raise AssertionError(f"this case has no answer to {route}")
        answered = answer(request)
        return answered if isinstance(answered, httpx.Response) else await answered

    def calls(self, route: str) -> int:
        return sum(route_of(request) == route for request in self.seen)


class Names(AbstractResolver):
    """A resolver that knows what it is told."""

    def __init__(self, known: dict[str, list[str]]) -> None:
        self._known = known

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - as aiohttp asks
    ) -> list[ResolveResult]:
        if host not in self._known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._known[host]
        ]

    async def close(self) -> None:
        pass


def route_of(request: httpx.Request) -> str:
    return f"{request.method} {request.url.copy_with(query=None)}"


@dataclass(frozen=True)
class Failure:
    """What happens, what a report then is, and what a question then is."""

    name: str
    answer: Answer
    report: type[PlatformError]
    question: type[PlatformError]


def _wire(reason: str, *, sent: bool) -> Answer:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise WireError(reason, sent=sent)

    return fail


def _body(status: int, content: bytes, content_type: str = "application/json") -> Answer:
    headers = {"content-type": content_type}
    return lambda _request: httpx.Response(status, content=content, headers=headers)


def _bomb(_request: httpx.Request) -> httpx.Response:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    return httpx.Response(200, headers=headers, stream=_Raw(_PACKED))


_PACKED: Final = gzip.compress(b" " * 10_000_000)


class _Raw(httpx.AsyncByteStream):
    """Bytes as they are on the wire: httpx unpacks what it is given as content."""

    def __init__(self, content: bytes) -> None:
        self._chunks = iter((content,))

    def __aiter__(self) -> _Raw:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration


def _leads(status: int) -> Answer:
    headers = {"location": "https://elsewhere.example/" + CANARY}
    return lambda _request: httpx.Response(status, headers=headers)


_SAID: Final = b'{"error": "%b", "message": "%b"}' % ((CANARY.encode(),) * 2)
_HTML: Final = b"<!doctype html><title>x</title><p>" + CANARY.encode()

FAILURES: Final[tuple[Failure, ...]] = (
    *(
        Failure(name, _wire(name, sent=False), NotSent, NotSent)
        for name in ("connect_refused", "connect_timeout", "dns_failed", "tls_failed")
    ),
    *(
        Failure(name, _wire(name, sent=True), Uncertain, NotSent)
        for name in ("read_timeout", "reset", "closed", "garbled", "truncated")
    ),
    Failure("ten_megabytes", _body(200, b'"' + b"x" * 10_000_000 + b'"'), Uncertain, NotSent),
    Failure("ten_megabytes_packed", _bomb, Uncertain, NotSent),
    Failure("image", _body(200, b"\x89PNG", "image/png"), Uncertain, NotSent),
    Failure("html_for_json", _body(200, _HTML, "text/html"), Uncertain, NotSent),
    Failure("empty", _body(200, b""), Uncertain, NotSent),
    Failure("half_a_json", _body(200, b'{"id": 1, "posts": ['), Uncertain, NotSent),
    Failure("another_json", _body(200, b'["' + CANARY.encode() + b'"]'), Uncertain, NotSent),
    Failure("http_500", _body(500, _SAID), Uncertain, NotSent),
    Failure("http_502", _body(502, _HTML, "text/html"), Uncertain, NotSent),
    Failure("http_503", _body(503, _SAID), Uncertain, NotSent),
    Failure("http_400", _body(400, _SAID), Refused, NotSent),
    Failure("http_409", _body(409, _SAID), Refused, NotSent),
    Failure("http_422", _body(422, _HTML, "text/html"), Refused, NotSent),
    Failure("http_408", _body(408, _HTML, "text/html"), NotSent, NotSent),
    Failure("http_401", _body(401, _SAID), Misconfigured, Misconfigured),
    Failure("http_403", _body(403, _HTML, "text/html"), Misconfigured, Misconfigured),
    Failure("redirect_302", _leads(302), Uncertain, NotSent),
    Failure("redirect_303", _leads(303), Uncertain, NotSent),
    Failure("redirect_307", _leads(307), Misconfigured, Misconfigured),
    Failure("http_429", _body(429, _SAID), Throttled, Throttled),
)

OF_THE_BODY: Final = frozenset(
    {
        "ten_megabytes",
        "ten_megabytes_packed",
        "image",
        "html_for_json",
        "empty",
        "half_a_json",
        "another_json",
    }
)
"""Failures that whoever asks by HEAD never meets."""


def _slow_down(**headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(429, json={"error": CANARY}, headers=names)


_LATER: Final = NOW + timedelta(hours=3)
THROTTLES: Final[tuple[tuple[Answer, datetime | None], ...]] = (
    (_slow_down(), None),
    (_slow_down(retry_after="90"), NOW + timedelta(seconds=90)),
    (_slow_down(retry_after=format_datetime(_LATER, usegmt=True)), _LATER),
    (_slow_down(retry_after="86400000"), NOW + timedelta(seconds=86_400_000)),
    (_slow_down(retry_after="9" * 5000), datetime.max.replace(tzinfo=UTC)),
    (_slow_down(retry_after="soon"), None),
)


async def hang(_request: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets this event")
