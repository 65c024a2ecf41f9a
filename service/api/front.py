"""What every request goes through: its log line and headers, who calls, the once-only key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.exceptions import SerializationException
from litestar.middleware import ASGIMiddleware
from litestar.serialization import decode_json
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from service import log
from service.actions import once
from service.actions.context import Context
from service.actions.once import Reply
from service.api import guards, problems
from service.api.guards import Failures, Permission
from service.api.prometheus import Calls, known_method
from service.api.replies import Replies
from service.api.routes import Operation
from service.domain import ids
from service.domain.errors import Invalid, TooLarge, TooSlow, UnsupportedMediaType

HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
KEPT: Final = ("content-type", "etag", "location", "link")
KEPT_BYTES: Final = 1_000_000
"""Of a longer reply to a keyed call only that its call is through is kept."""
BODY_WITHIN_S: Final = 30.0
"""From the headers to the end of the body: 4 MB take that long at 1 Mbit/s."""
_KEY_CHARS: Final = range(0x21, 0x7F)


class Front:
    """The outermost layer: one log line for each request, by its route and never by its path."""

    def __init__(self, app: ASGIApp, calls: Calls) -> None:
        self._app = app
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500
        self._calls.now += 1
        request_id = str(ids.new_id())

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = (*HEADERS, (b"x-request-id", request_id.encode()))
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        try:
            await self._app(scope, receive, marked)
        finally:
            took_s = time.perf_counter() - began
            method, template = _method(scope), scope.get("path_template")
            self._calls.now -= 1
            self._calls.count(method, template, status, took_s)
            identity = (scope.get("state") or {}).get("identity")
            log.get().info(
                "request.done",
                route=template,
                method=known_method(method),
                status=status,
                ms=round(took_s * 1000, 1),
                request_id=request_id,
                key_id=identity.caller.key_id if identity else None,
                organisation_id=identity.caller.organisation_id if identity else None,
            )


class Gate(ASGIMiddleware):
    """Default deny: who calls, whether the key may, how much is sent, whether it came before."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, ctx: Context, within_s: float = BODY_WITHIN_S) -> None:
        self._ctx = ctx
        self._within_s = within_s
        self._failures = Failures()
        self._replies = Replies(ctx)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if _method(scope) == "OPTIONS":
            await next_app(scope, receive, send)
            return
        operation: Operation = scope["route_handler"].opt["operation"]
        state = scope["state"]
        state["ctx"] = self._ctx
        if operation.permission is not Permission.PUBLIC:
            identity = await guards.identify(self._ctx, scope, self._failures)
            state["identity"] = identity
            guards.require(identity, operation.permission)
        if operation.method in ("GET", "DELETE"):
            await next_app(scope, receive, send)
            return
        body = await _body(scope, receive, operation, self._within_s)
        key = _idempotency_key(scope) if operation.keyed else None
        if key is None:
            await next_app(scope, _again(body), send)
            return
        await self._keyed(scope, body, send, next_app, key)

    async def _keyed(
        self, scope: Scope, body: bytes, send: Send, next_app: ASGIApp, key: str
    ) -> None:
        call = b"\n".join([_method(scope).encode(), scope["path"].encode(), body])
        caller = scope["state"]["identity"].caller
        name = (caller.key_id, key)
        await self._replies.settled(name)
        found = await once.claim(self._ctx, caller, key, call)
        if isinstance(found, Reply):
            await _give_again(found, send)
            return
        scope["state"]["claim"] = found
        messages: list[Message] = []

        async def gather(message: Message) -> None:
            messages.append(message)

        await next_app(scope, _again(body), gather)
        operation: Operation = scope["route_handler"].opt["operation"]
        await self._replies.keep(name, found, _reply(messages, operation))
        for message in messages:
            await send(message)


def _method(scope: Scope) -> str:
    return str(scope.get("method", ""))


async def _body(scope: Scope, receive: Receive, operation: Operation, within_s: float) -> bytes:
    """The whole body. Raises `TooLarge` before more than the route takes is read, and `TooSlow`."""
    headers = _headers(scope)
    most = operation.largest_bytes
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > most:
        raise TooLarge(_too_large(most))
    try:
        async with asyncio.timeout(within_s):
            body = await _received(receive, most)
    except TimeoutError:
        raise TooSlow(f"Send the whole body within {within_s:g} seconds.") from None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and operation.body and kind != "application/json":
        raise UnsupportedMediaType("Send JSON, and say so: Content-Type: application/json.")
    if body and operation.body:
        _check_json(body)
    return body


async def _received(receive: Receive, most: int) -> bytes:
    parts, size = [], 0
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise TooLarge(_too_large(most))
        if not message.get("more_body"):
            break
    return b"".join(parts)


def _check_json(body: bytes) -> None:
    """Raises `Invalid`, also for what is nested so deep that reading it again would fail."""
    try:
        decode_json(body)
    except UnicodeDecodeError:
        raise Invalid("The body is not UTF-8. Send JSON in UTF-8.") from None
    except (SerializationException, RecursionError):
        raise Invalid("The body is not JSON that can be read.") from None


def _too_large(most: int) -> str:
    return f"This call takes {most // 1024} kB at most."


def _headers(scope: Scope) -> Mapping[str, str]:
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}


def _idempotency_key(scope: Scope) -> str | None:
    key = _headers(scope).get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or any(ord(c) not in _KEY_CHARS for c in key):
        detail = "It has 1 to 255 visible ASCII characters."
        raise problems.invalid([("#/header/Idempotency-Key", "form", detail)])
    return key


def _again(body: bytes) -> Receive:
    sent = False

    async def receive() -> Any:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _reply(messages: list[Message], operation: Operation) -> Reply:
    start: Any = messages[0]
    body = b"".join(m.get("body", b"") for m in messages if m["type"] == "http.response.body")
    if operation.unkept or len(body) > KEPT_BYTES:
        return Reply(start["status"], {}, None)
    pairs = ((k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in start["headers"])
    return Reply(start["status"], {k: v for k, v in pairs if k in KEPT}, body.decode())


async def _give_again(reply: Reply, send: Send) -> None:
    body = (reply.body or "").encode()
    headers = {**reply.headers, "content-length": str(len(body)), "idempotency-replayed": "true"}
    pairs = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body, "more_body": False})
