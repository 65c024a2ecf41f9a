"""`efface up`: everything on one machine in one process, with a Postgres and a Redis of its own.

The servers end with this process however it ends. Ctrl-C lets calls in flight finish first.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
import uvicorn

from service import app, home, memory, worker
from service import log as logs
from service import settings as settings_module
from service.actions import organisations
from service.actions.context import Context
from service.domain.states import Actor
from service.embedded.errors import FolderInUse
from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis
from service.playground.serve import Playground
from service.settings import Settings
from service.store import schema
from service.store.sealing import Vault

log = structlog.get_logger()

PRACTICE_SPEED: Final = 3600.0
PRACTICE_SITE: Final = "https://video.practice.test"
PRACTICE_KEYS: Final = (Actor.CASE_WORKER, Actor.SUPERVISOR, Actor.AUDITOR)
STOPPING_S: Final = 20.0
WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where they answer here


class CannotListen(Exception):
    """Nothing can listen at this address. The message says what to do."""


@dataclass(slots=True)
class Options:
    """What the command line says."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8080
    playground: bool = False


def listen_at(options: Options) -> socket.socket:
    """A socket that is ours and does not listen yet. Raises `CannotListen`."""
    try:
        return app.bound(options.host, options.port)
    except OSError as error:
        raise CannotListen(_why_not(options, error)) from error


def _why_not(options: Options, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        how = "make up PORT=..." if options.playground else "efface up --port ..."
        return f"Port {options.port} is in use. Name another: {how}"
    return f"Nothing can listen at {options.host}, port {options.port}: {error.strerror}."


def address_of(door: socket.socket) -> str:
    """Where a program on this machine finds what listens here."""
    host, port = door.getsockname()[:2]
    host = WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(slots=True)
class House:
    """Folders and servers of one data folder."""

    options: Options
    postgres: EmbeddedPostgres = field(init=False)
    redis: EmbeddedRedis = field(init=False)

    def __post_init__(self) -> None:
        servers = self.options.data / home.SERVERS
        self.postgres = EmbeddedPostgres(servers)
        self.redis = EmbeddedRedis(servers)

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Both servers run inside. Only from the main thread. Raises `WrongFolder` before that."""
        data = self.options.data
        practice = self.options.playground
        home.claim(data, home.Purpose.PRACTICE if practice else home.Purpose.REAL)
        try:
            self.postgres.start()
        except FolderInUse as error:
            raise FolderInUse(
                f"Another efface is running on the data folder {data}."
                " Stop it first, or name another data folder."
            ) from error
        try:
            self.redis.start()
            yield
        finally:
            self.redis.stop()
            self.postgres.stop()

    def key_file(self) -> Path:
        """The key that wraps all others; made at the first start."""
        path = self.options.data / "seal.key"
        if not path.exists():
            Vault.make_file(path)
        return path


def settings_of(house: House, practice: Playground | None) -> Settings:
    """The settings of this machine. What the environment says about servers does not count here."""
    options = house.options
    given: dict[str, Any] = {
        "database_url": house.postgres.url("efface_app"),
        "migrate_database_url": house.postgres.url("efface_migrator"),
        "redis_url": house.redis.url,
        "key_file": house.key_file(),
        "host": options.host,
        "port": options.port,
        "playground": False,
        "practice_speed": 1,
    }
    if practice is not None:
        given |= {
            "playground": True,
            "practice_speed": PRACTICE_SPEED,
            "undo_s": 0,
            "sweep_s": 1,
            "egress_allow_cidrs": "127.0.0.0/8",
            "smtp_host": practice.addresses.smtp_host,
            "smtp_port": practice.addresses.smtp_port,
            "smtp_tls": "none",
            "log_level": os.environ.get("EFFACE_LOG_LEVEL", "WARNING"),
        }
    return settings_module.load(**given)


Visit = Callable[..., Coroutine[Any, Any, None]]


async def run(house: House, door: socket.socket, visit: Visit | None = None) -> int:
    """Serve until told to stop. Returns the exit code: 0, or 1 when calls had to be left in
    flight.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with contextlib.AsyncExitStack() as stack:
        practice = None
        if house.options.playground:
            practice = Playground(speed=PRACTICE_SPEED, peertube_site=PRACTICE_SITE)
            await practice.start()
            stack.push_async_callback(practice.stop)
            practice.add_samples()
        settings = settings_of(house, practice)
        logs.configure(settings.log_level)
        migrate_url = settings.migrate_database_url
        assert migrate_url is not None
        await schema.migrate(migrate_url.get_secret_value(), app_role="efface_app")
        ctx = worker.build(settings)
        stack.push_async_callback(worker.close, ctx)
        await first_start(ctx, house.options)
        come = None
        if practice is not None and visit is not None:
            come = functools.partial(visit, practice=practice)
        return await _serve(house, ctx, settings, door, told, come)


async def _serve(
    house: House,
    ctx: Context,
    settings: Settings,
    door: socket.socket,
    told: asyncio.Event,
    visit: Visit | None,
) -> int:
    engine = worker.make_worker(ctx, settings)
    await engine.start()
    server = app.Server(
        uvicorn.Config(
            app.make_app(ctx, settings),
            **app.serving(settings),
            lifespan="on",
            timeout_graceful_shutdown=int(STOPPING_S),
        )
    )
    address = address_of(door)
    serving = asyncio.create_task(server.serve([door]))
    visiting: asyncio.Task[None] | None = None
    try:
        await _listening(server, serving, house.options)
        memory.settle()
        with home.noted(house.options.data, running(address, settings)):
            sys.stdout.write(f"ready {address}\n")
            sys.stdout.flush()
            if visit is not None:
                visiting = asyncio.create_task(visit(address))
            await asyncio.wait(
                {asyncio.create_task(told.wait()), serving}, return_when=asyncio.FIRST_COMPLETED
            )
    finally:
        if visiting is not None:
            visiting.cancel()
            await asyncio.gather(visiting, return_exceptions=True)
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)
        left = await engine.stop()
    return 1 if left else 0


async def _listening(server: app.Server, serving: asyncio.Task[None], options: Options) -> None:
    try:
        await app.started(server, serving)
    except OSError as error:
        raise CannotListen(_why_not(options, error)) from error


async def first_start(ctx: Context, options: Options) -> None:
    """The organisation of this machine and its keys, once."""
    practice = options.playground
    name = home.PRACTICE_NAME if practice else "My centre"
    organisation_id = await organisations.make_organisation(
        ctx, name, approval="none" if practice else "first_of_case"
    )
    wanted = (Actor.ADMIN, *(PRACTICE_KEYS if practice else ()))
    for role in wanted:
        path = options.data / f"{role.value}.key"
        if not path.exists():
            made = await organisations.make_key(ctx, organisation_id, role, label="efface up")
            home.write_private(path, made.token)


_NOTED: Final = (
    "playground", "practice_speed", "undo_s", "sweep_s", "egress_allow_cidrs", "trusted_proxies",
    "smtp_host", "smtp_port", "smtp_tls",
)  # fmt: skip
"""No password: it stays where it was set."""


def running(address: str, settings: Settings) -> home.Running:
    """What other commands on this machine need."""
    servers = {
        "database_url": settings.database_url.get_secret_value(),
        "redis_url": settings.redis_url.get_secret_value(),
        "key_file": str(settings.key_file),
    }
    ways = {name: getattr(settings, name) for name in _NOTED}
    return home.Running(address, servers | ways)
