"""The worker: builds what it needs from the settings, works until it is told to stop, and
drains.
"""

from __future__ import annotations

import asyncio
import dataclasses
import signal
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from pydantic import SecretStr

from adapters import installed
from adapters.base import Tools
from adapters.dial import dialling
from adapters.egress import Egress
from adapters.http import Http, WireTransport
from adapters.mail import Mail
from adapters.proxy import Proxy
from adapters.spec import Rate, Spec
from service import memory
from service.actions.context import Context, Platforms, Vantage
from service.domain.pace import Pace
from service.engine.run import EngineWorker, Mailbox
from service.mailbox.inbox import Inbox
from service.settings import Settings
from service.store.ledger import Rules
from service.store.sealing import Vault
from service.store.unit import Store, make_engine

log = structlog.get_logger()

PRACTICE_RATE: Final = 60
"""How many times faster than the real ones practice platforms may be called."""


CALL_S: Final = 20.0
CONNECT_S: Final = 5.0
"""How long one call to a platform may take, and of that its connection, with a proxy's tunnel."""
MAIL_S: Final = 20.0
"""How long one reply of the mail relay may take. A lease is longer than a whole dialogue."""


def now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


def build(settings: Settings) -> Context:
    """Everything an action needs, for one process and one event loop. `close` it at the end."""
    engine = make_engine(settings.database_url.get_secret_value(), pool_size=settings.database_pool)
    store = Store(engine, Vault.from_file(settings.key_file))
    tools = _tools(settings)
    return Context(
        store, rules(settings), Platforms(installed.load(), tools, _vantage(settings, tools)), now
    )


def rules(settings: Settings) -> Rules:
    """The pace and the platforms' limits; both faster where practice runs faster."""
    specs = {cls.spec.name: cls.spec for cls in installed.load()}
    pace = dataclasses.replace(Pace(), undo=timedelta(seconds=settings.undo_s))
    if settings.practice_speed != 1:
        specs = {n: _faster(s, settings.practice_speed) for n, s in specs.items()}
        pace = dataclasses.replace(
            pace.faster(settings.practice_speed), undo=timedelta(seconds=settings.undo_s)
        )
    return Rules(specs, pace)


def _faster(spec: Spec, speed: float) -> Spec:
    rate = Rate(spec.lane.per_minute * PRACTICE_RATE, 10 * spec.lane.burst, spec.lane.in_flight)
    wait = max(spec.settle_after / speed, timedelta(seconds=2))
    return dataclasses.replace(spec, lane=rate, settle_after=wait)


def _tools(settings: Settings) -> Tools:
    mail = Mail(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
        helo=settings.smtp_helo,
        timeout_s=MAIL_S,
    )
    # practice reaches practice platforms alone, whatever address somebody hands in
    egress = Egress(settings.egress_allow_cidrs, public=not settings.playground)
    address = None if settings.playground else settings.egress_proxy
    dial = dialling(egress, timeout_s=CONNECT_S, proxy=_proxy(address))
    return Tools(_http(egress, address), mail, now, dial)


def _vantage(settings: Settings, tools: Tools) -> Vantage | None:
    """The second place to look from, if there is one. Practice platforms are all in one place."""
    if not settings.vantage_proxy or settings.playground:
        return None
    http = _http(Egress(settings.egress_allow_cidrs), settings.vantage_proxy)
    return Vantage(dataclasses.replace(tools, http=http), settings.vantage_country)


def _http(egress: Egress, address: SecretStr | None) -> Http:
    """What calls platforms: directly, or through the proxy of this address."""
    wire = WireTransport(
        egress, timeout_s=CALL_S, connect_timeout_s=CONNECT_S, proxy=_proxy(address)
    )
    return Http(egress, timeout_s=CALL_S, transport=wire)


def _proxy(address: SecretStr | None) -> Proxy | None:
    return Proxy.of(address.get_secret_value()) if address else None


async def close(ctx: Context) -> None:
    """Give back connections."""
    await ctx.platforms.close()
    await ctx.store.close()


def make_worker(ctx: Context, settings: Settings) -> EngineWorker:
    """One worker for this process."""
    return EngineWorker(
        ctx,
        settings.redis_url.get_secret_value(),
        slots=settings.worker_slots,
        sweep_s=settings.sweep_s,
        mailbox=_mailbox(settings),
    )


def _mailbox(settings: Settings) -> Mailbox | None:
    if not settings.imap_host:
        return None
    inbox = Inbox(
        host=settings.imap_host,
        port=settings.imap_port,
        tls=settings.imap_tls,
        username=settings.imap_username,
        password=settings.imap_password.get_secret_value(),
        folder=settings.imap_folder,
    )
    return Mailbox(inbox, settings.imap_every_s, settings.imap_auth_server)


async def work(settings: Settings) -> int:
    """Work until SIGTERM or SIGINT. Returns how many calls had to be left: 0 is a clean end."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    ctx = build(settings)
    worker = make_worker(ctx, settings)
    try:
        await worker.start()
        memory.settle()
        log.info("worker.ready", worker=worker.name)
        await told.wait()
        left = await worker.stop()
        log.info("worker.stopped", left=left)
    finally:
        await close(ctx)
    return left
