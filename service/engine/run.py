"""One worker: listens at Redis, keeps its own time, numbers events, and drains when told to
stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from dataclasses import dataclass
from typing import Final

import structlog

from service.actions import take_mail
from service.actions.context import Context
from service.engine import sequencer
from service.engine.jobs import Jobs
from service.engine.queue import ArqBell, Listener, end
from service.engine.sweep import sweep
from service.store.unit import DatabaseAway, Ring, Unit

log = structlog.get_logger()

DRAIN_S: Final = 60.0  # longer than any call may take
RINGS: Final = 100  # heard at once; each is done as soon as it is passed on
LATE_S: Final = 0.5  # that arq's tick may be late before the worker sweeps itself
TICK_S: Final = 1.0  # arq ticks no more often


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where replies come in, how often to look, and the name by which its server speaks of senders:
    "" where the topmost word is its own.
    """

    inbox: take_mail.Fetches
    every_s: float
    server: str = ""


class EngineWorker:
    """Everything that runs in one worker process. `start` and `stop` from the event loop that it
    lives on.
    """

    def __init__(
        self,
        ctx: Context,
        redis_url: str,
        *,
        slots: int,
        sweep_s: float,
        drain_s: float = DRAIN_S,
        mailbox: Mailbox | None = None,
    ) -> None:
        self._ctx = ctx
        self._mailbox = mailbox
        self._sweep_s = sweep_s
        self._drain_s = drain_s
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.bell = ArqBell(redis_url, otherwise=self._run_here)
        self.jobs = Jobs(ctx, slots, self.bell)
        self.listener = Listener(redis_url, self._job, self._sweep, sweep_s=sweep_s, jobs=RINGS)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to work. The store rings this worker's bell from now on."""
        self._ctx.store.bell = self.bell
        await self._beat()
        for body in (self.listener.listen, self._own_time, self._sequence):
            self._tasks.append(asyncio.create_task(body()))
        if self._mailbox is not None:
            self._tasks.append(asyncio.create_task(self._read_mail(self._mailbox)))

    async def stop(self) -> int:
        """Begin nothing more, let every call end and be recorded. Returns how many calls had to be
        left.
        """
        self.jobs.stopping = True
        self.listener.pick_no_more()
        left = await self.jobs.drain(self._drain_s)
        await end(self._tasks)
        await self.bell.close()
        with contextlib.suppress(DatabaseAway):
            await self._ctx.store.run(self._forget)
        return left

    async def _job(self, kind: str, lane: str) -> None:
        self.jobs.ring(kind, lane)

    def _run_here(self, rings: set[Ring]) -> None:
        """Redis does not take rings: do the work in this process."""
        for kind, lane in rings:
            self.jobs.ring(kind, lane)

    async def _sweep(self) -> None:
        rings = await sweep(self._ctx)
        if rings:
            self.bell.ring(rings)

    async def _own_time(self) -> None:
        """Beat, and sweep here whenever no tick has come from Redis for too long."""
        swept_at = time.monotonic()
        while True:
            hears = self.listener.listening and self._sweep_s >= TICK_S
            wait_s = self._sweep_s + (LATE_S if hears else 0.0)
            due_at = max(self.listener.ticked_at, swept_at) + wait_s
            await asyncio.sleep(max(0.0, min(self._sweep_s, due_at - time.monotonic())))
            late = time.monotonic() >= max(self.listener.ticked_at, swept_at) + wait_s
            if late:
                swept_at = time.monotonic()
            await self._round(late=late)

    async def _round(self, *, late: bool) -> None:
        """What goes wrong in one round may go well in the next."""
        try:
            await self._beat()
            if late:
                self._run_here(await sweep(self._ctx))
        except DatabaseAway:
            pass
        except Exception as error:  # noqa: BLE001 - the next round tries again
            log.error("worker.stumbled", error=type(error).__name__)

    async def _sequence(self) -> None:
        while True:
            try:
                while await sequencer.number_events(self._ctx.store):
                    pass
            except DatabaseAway:
                pass
            except Exception as error:  # noqa: BLE001 - the next round tries again
                log.error("sequencer.failed", error=type(error).__name__)
            await asyncio.sleep(sequencer.EVERY_S)

    async def _read_mail(self, mailbox: Mailbox) -> None:
        """Look into the mailbox now and then, and at once for what did not fit into one look."""
        while True:
            more = False
            try:
                found = await take_mail.look(self._ctx, mailbox.inbox, mailbox.server)
                more = found.more
                if found.taken:
                    log.info("mail.taken", count=found.taken)
                for fault in found.unread:
                    log.warning("mail.unread", error=fault)
                if found.reason:
                    log.warning("mail.away", reason=found.reason)
            except DatabaseAway:
                pass
            except Exception as error:  # the next look tries again
                log.error("mail.failed", exc_info=error)
            if not more:
                await asyncio.sleep(mailbox.every_s)

    async def _beat(self) -> None:
        """A sign of life, with whether Redis answers."""

        async def work(u: Unit) -> None:
            await u.run(
                "INSERT INTO workers (id, started_at, beat_at, redis)"
                " VALUES (:id, :now, :now, :redis)"
                " ON CONFLICT (id) DO UPDATE SET beat_at = :now, redis = :redis",
                id=self.name,
                now=self._ctx.now(),
                redis=self.listener.listening,
            )

        await self._ctx.store.run(work)

    async def _forget(self, u: Unit) -> None:
        await u.run("DELETE FROM workers WHERE id = :id", id=self.name)
