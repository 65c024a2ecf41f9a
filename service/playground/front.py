"""What every HTTP practice platform shares: loopback only, the practice label, faults, counters.

A platform's own file holds its routes and formats; this one what goes wrong between it and a
caller.
"""

from __future__ import annotations

import ipaddress
import json
import math
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import ClassVar

from aiohttp import web

from service.playground.item import Item
from service.playground.script import Cut, Fault, Op
from service.playground.world import World, retry_at

__all__ = ["LABEL", "NotLoopback", "Site", "bind_address"]

LABEL = {"X-Practice-Platform": "efface"}
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
_MEDIA = ("image/", "video/", "audio/")
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close() sends RST
_PAGE = (
    "<!doctype html><html><head><title>One moment, please</title></head>"
    "<body>Practice: {}</body></html>"
)


class NotLoopback(ValueError):
    """A practice platform was to be reachable from elsewhere. It never is."""


def bind_address(host: str) -> str:
    """The address to bind. Raises `NotLoopback` for all but the two loopback addresses."""
    if host not in ("127.0.0.1", "::1"):
        raise NotLoopback("practice platforms listen on 127.0.0.1 or ::1 only")
    return host


def is_local(request: web.Request) -> bool:
    """True for a direct call from this machine by a loopback name: no proxy, no DNS trick."""
    named = request.url.host or ""
    if any(name in request.headers for name in _FORWARDED):
        return False
    return (named == "localhost" or _is_loopback(named)) and _is_loopback(request.remote or "")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class Site:
    """One practice platform over HTTP. A subclass has its routes, addresses and error shape."""

    platform: ClassVar[str]
    reset_header: ClassVar[str] = ""  # says with a 429 until when, in epoch seconds
    media_paths: ClassVar[tuple[str, ...]] = ()  # where the real one serves pictures and films

    def __init__(self, world: World) -> None:
        self.world = world
        self.base_url = ""  # set once the port is known

    def key(self, name: str) -> str:
        """What addresses and calls name the item by. The same name always gives the same key."""
        raise NotImplementedError

    def address(self, name: str) -> str:
        """The item's public address, as a case worker would paste it."""
        raise NotImplementedError

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    def error(self, status: int) -> web.Response:
        """The platform's own way to answer with this status."""
        return web.Response(status=status, text=f"{status}\n")

    def app(self) -> web.Application:
        """The whole site. Media paths come first, so that no other route can answer them."""
        app = web.Application(middlewares=[self._guard], client_max_size=2**20)
        app.router.add_get("/practice/state", self._state)
        for path in self.media_paths:
            app.router.add_route("*", path + "{rest:.*}", self._media)
        app.add_routes(self.routes())
        return app

    async def perform(
        self,
        request: web.Request,
        op: Op,
        item: Item | None,
        act: Callable[[], web.Response],
    ) -> web.StreamResponse:
        """Answer with `act`, or with the fault that this call meets. `act` runs at most once."""
        fault = self.world.meet(self.platform, op, item)
        answer = act() if fault.taken else None
        await self.world.linger(fault.wait_s)
        if fault.cut is not Cut.NO or math.isinf(fault.wait_s):
            return self._cut(request, fault.cut)
        if fault.status:
            return self._troubled(fault)
        if fault.page:
            return web.Response(text=_PAGE.format(self.platform), content_type="text/html")
        return answer or act()

    def _troubled(self, fault: Fault) -> web.Response:
        answer = self.error(fault.status)
        if fault.retry_after_s is not None:
            answer.headers["Retry-After"] = _retry_after(fault)
            if self.reset_header:
                answer.headers[self.reset_header] = str(math.ceil(retry_at(fault, time.time())))
        return answer

    def _cut(self, request: web.Request, cut: Cut) -> web.Response:
        transport = request.transport
        if transport is not None:
            if cut is Cut.HALF:
                transport.write(_half_an_answer())
            if cut is Cut.RESET:
                reset_on_close(transport.get_extra_info("socket"))
                transport.abort()
            else:
                transport.close()
        return web.Response()  # goes nowhere: the connection is closed

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response({"platform": self.platform, **self.world.state()})

    async def _media(self, _request: web.Request) -> web.Response:
        self.world.media_requests += 1
        return web.Response(status=404, text="The playground has no pictures and no films.\n")

    @web.middleware
    async def _guard(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        if not is_local(request):
            return web.Response(
                status=403, text="Practice platforms answer this machine only.\n", headers=LABEL
            )
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            refusal.headers.update(LABEL)
            raise
        answer.headers.update(LABEL)
        if answer.content_type.startswith(_MEDIA):
            self.world.media_bytes += answer.content_length or 0
        return answer


def reset_on_close(connection: socket.socket | None) -> None:
    """Make the end of this connection an RST."""
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)


async def read_json(request: web.Request) -> dict[str, object] | None:
    """The body as an object; None when it is anything else."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _retry_after(fault: Fault) -> str:
    if fault.as_date:
        return formatdate(retry_at(fault, time.time()), usegmt=True)
    return str(math.ceil(fault.retry_after_s or 0.0))


def _half_an_answer() -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Practice-Platform: efface\r\n"
    return head + b'Content-Length: 1000\r\n\r\n{"practice": tr'
