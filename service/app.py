"""The API process: builds the application from the settings, serves until it is told to stop, and
leaves so that no caller notices. No rules live here.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
import uvicorn
from litestar import Litestar
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from service import log as logs
from service import memory, worker
from service.actions.context import Context
from service.actions.queries import health as readiness
from service.actions.queries.health import Part, Readiness
from service.api import application
from service.api.application import Lifespan
from service.api.health import Health
from service.engine import queue
from service.engine.queue import ArqBell
from service.settings import Settings
from service.store.unit import Bell

log = structlog.get_logger()

MOST_AT_ONCE: Final = 500
"""Connections of one process: fewer than the 1,024 files that a process may usually open. Who comes
after that is told to come back (503).
"""
KEEP_ALIVE_S: Final = 75
"""How long an idle connection stays open: longer than clients and proxies keep theirs (httpx 5 s,
nginx and most load balancers 60 s). Who calls in the instant in which it is closed gets no answer.
"""
FINISH_S: Final = 30
"""How long calls in flight may take once nothing new is taken: as long as a whole body may."""

_STOPPING: Final = Part(
    "api", "away", "This process was told to stop. Others take its calls.", "stopping"
)
STOPPING: Final = Readiness("away", ("stopping",), (_STOPPING,))
PING_S: Final = 2.0


@dataclass(slots=True)
class Leaving:
    """Whether this process has been told to stop, and how many calls it had to cut off then."""

    begun: bool = False
    cut: int = 0

    def around(self, app: ASGIApp) -> ASGIApp:
        """The same application. Once told to stop, every reply asks for its connection to end."""

        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            async def last(message: Message) -> None:
                if self.begun and message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
                await send(message)

            try:
                await app(scope, receive, last)
            except asyncio.CancelledError:
                self.cut += 1
                raise

        return served


class Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: who stops what, and in which order, is decided
    by who runs it. By itself it would end with the signal, as if it had crashed.
    """

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serving(settings: Settings) -> dict[str, Any]:
    """How uvicorn serves the API: where, for how many, and whom it believes about who calls."""
    return {
        "host": settings.host,
        "port": settings.port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "limit_concurrency": MOST_AT_ONCE,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
    }


def make_app(
    ctx: Context,
    settings: Settings,
    *,
    health: Health | None = None,
    lifespan: Sequence[Lifespan] = (),
    leaving: Leaving | None = None,
) -> Litestar:
    """The whole API over one context, to be run by any ASGI server.

    `health` says whether calls can be done; unless given, it asks the database, Redis and the
    workers. It is not asked any more once this process is `leaving`.
    """
    sweep = timedelta(seconds=settings.sweep_s)
    mail = timedelta(seconds=settings.imap_every_s) if settings.imap_host else None
    ping = functools.partial(queue.answers, settings.redis_url.get_secret_value(), PING_S)
    asked = health or (lambda: readiness.readiness(ctx, sweep, ping, mail))
    leaving = leaving or Leaving()

    async def found() -> Readiness:
        return STOPPING if leaving.begun else await asked()

    made = application.make(
        ctx,
        found,
        lifespan=lifespan,
        metrics_from=settings.metrics_from,
        believes_proxies=bool(settings.trusted_proxies),
    )
    made.asgi_handler = leaving.around(made.asgi_handler)
    return made


def from_settings(
    settings: Settings, bell: Bell | None = None, leaving: Leaving | None = None
) -> Litestar:
    """A process of its own: it opens what it needs when it starts and closes it when it ends.

    Without `bell` it rings workers through Redis; when Redis is away, their sweep finds the work.
    """
    logs.configure(settings.log_level)
    ctx = worker.build(settings)

    @asynccontextmanager
    async def living(_: Litestar) -> AsyncIterator[None]:
        ours = None if bell else ArqBell(settings.redis_url.get_secret_value())
        ctx.store.bell = bell or ours or ctx.store.bell
        try:
            yield
        finally:
            if ours is not None:
                await ours.close()
            await worker.close(ctx)

    return make_app(ctx, settings, lifespan=[living], leaving=leaving)


def bound(host: str, port: int) -> socket.socket:
    """A socket that is ours and does not listen yet. Raises `OSError`."""
    family, kind, number, _, where = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    door = socket.socket(family, kind, number)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(where)
    except OSError:
        door.close()
        raise
    return door


async def serve(settings: Settings, door: socket.socket) -> int:
    """Serve until SIGTERM or SIGINT, then leave: readiness says no while calls are still taken, for
    `api_drain_s`; then the door shuts, and calls in flight end. A second signal shuts it at once.

    Returns how many calls had to be cut off: 0 is a clean end.
    """
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signals.put_nowait, number)
    leaving = Leaving()
    made = from_settings(settings, leaving=leaving)
    server = Server(
        uvicorn.Config(made, **serving(settings), lifespan="on", timeout_graceful_shutdown=FINISH_S)
    )
    running = asyncio.create_task(server.serve([door]))
    await started(server, running)
    memory.settle()
    log.info("api.ready", port=door.getsockname()[1])
    told = asyncio.create_task(signals.get())
    await asyncio.wait({told, running}, return_when=asyncio.FIRST_COMPLETED)
    leaving.begun = True
    log.info("api.leaving")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(signals.get(), settings.api_drain_s)
    server.should_exit = True
    await running
    log.info("api.stopped", left=leaving.cut)
    return leaving.cut


async def started(server: Server, running: asyncio.Task[None]) -> None:
    """Return when it listens. Raises what kept it from that."""
    while not server.started:
        if running.done():
            running.result()
            raise RuntimeError("the server ended before it listened")
        await asyncio.sleep(0.02)
