"""arq on Redis: rings, spread over workers. Anything here may vanish at any moment and nothing is
lost.

arq's retries, results, uniqueness and pickle are not used: jobs carry a kind and a lane, as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import UTC
from inspect import CORO_CREATED, getcoroutinestate
from typing import Any, Final, cast

import structlog
from arq import cron
from arq.connections import ArqRedis
from arq.cron import CronJob
from arq.worker import Function, Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from service.engine.jobs import KINDS
from service.store.unit import Ring

log = structlog.get_logger()

QUEUE: Final = "efface"
PRESSED: Final = f"{QUEUE}:pressed"
"""A list of one: that there are rings. Whoever waits for it wakes at once; arq by itself would look
every half second.
"""
LOOK_S: Final = 0.1  # how long it is waited for: no longer, for it may vanish like the rings
KEPT_MS: Final = 600_000  # a ring that nobody took is forgotten; the sweep is not
JOB_MAX_S: Final = 300
ANSWER_WITHIN_S: Final = 5
BACK_OFF_S: Final = 1.0
CANCEL_AGAIN_S: Final = 1.0


def serialise(values: dict[str, Any]) -> bytes:
    """JSON, never pickle: what lies in Redis must not be able to run."""
    return json.dumps(values, separators=(",", ":"), default=str).encode()


def deserialise(raw: bytes) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(raw)
    return values


def connect(url: str, within_s: float | None = None) -> ArqRedis:
    """A client whose calls end: a Redis that hangs is a Redis that does not answer."""
    options: dict[str, Any] = {
        "socket_timeout": within_s or ANSWER_WITHIN_S,
        "health_check_interval": 30,
    }
    if not url.startswith("unix:"):
        options["socket_connect_timeout"] = 2
    return ArqRedis(
        ConnectionPool.from_url(url, **options),
        job_serializer=serialise,
        job_deserializer=deserialise,
        default_queue_name=QUEUE,
        expires_extra_ms=KEPT_MS,
    )


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended: a cancellation that meets the end of a read of Redis is
    swallowed now and then.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_S)


async def whole(work: Coroutine[Any, Any, None]) -> None:
    """Do all of it, whoever cancels meanwhile; a cancellation comes after it."""
    task, cancelled = asyncio.create_task(work), None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled
    task.result()


async def _ping(redis: ArqRedis) -> None:
    await redis.ping()


async def answers(url: str, within_s: float) -> bool:
    """Whether Redis answers now. It is not cut off in the middle: a connect that is cancelled
    leaves its socket behind.
    """
    redis = connect(url, within_s)
    said: list[Any] = []

    async def ask() -> None:
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            said.append(await redis.ping())
        with contextlib.suppress(RedisError, OSError):
            await redis.aclose(close_connection_pool=True)

    await whole(ask())
    return bool(said)


def _order(ring: Ring) -> tuple[bool, Ring]:
    """What is sent comes before what is asked and looked at."""
    return ring[0] != "send", ring


class ArqBell:
    """Rings through Redis, from whatever process made work. Rings of one moment are rung once."""

    def __init__(self, url: str, *, otherwise: Callable[[set[Ring]], None] | None = None) -> None:
        self._redis = connect(url)
        self._otherwise = otherwise  # what to do with rings that Redis does not take
        self._waiting: set[Ring] = set()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.answers = True

    def ring(self, rings: Iterable[Ring]) -> None:
        """Ring as soon as may be. Once it is closed nothing is rung: a sweep finds the work."""
        if self._closed:
            return
        self._waiting |= set(rings)
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        while self._waiting:
            rings, self._waiting = self._waiting, set()
            try:
                for kind, lane in sorted(rings, key=_order):
                    if self._closed:
                        return
                    await self._redis.enqueue_job(kind, lane)
                    await self._press()
                self.answers = True
            except (RedisError, OSError, TimeoutError):
                self.answers = False
                if self._otherwise:
                    self._otherwise(rings)

    async def _press(self) -> None:
        calls: Any
        async with self._redis.pipeline(transaction=False) as calls:
            await calls.lpush(PRESSED, 1).ltrim(PRESSED, 0, 0).execute()

    async def close(self) -> None:
        task = self._task
        if task is not None:
            await asyncio.wait({task}, timeout=5)
        self._closed = True
        if task is not None:
            await asyncio.wait({task})  # for the end of one call at most: it is not cut off
        await self._redis.aclose(close_connection_pool=True)


Run = Callable[[str, str], Awaitable[Any]]
Tick = Callable[[], Awaitable[None]]


async def _unless_ended(kind: str, work: Awaitable[Any]) -> None:
    """A job is cancelled when its worker stops: the next sweep does it, and arq need not tell of a
    failure.
    """
    try:
        await work
    except asyncio.CancelledError:
        log.info("job.left", kind=kind)


def _function(kind: str, run: Run) -> Function:
    async def job(_ctx: dict[Any, Any], lane: str) -> None:
        await _unless_ended(kind, run(kind, lane))

    job.__qualname__ = kind
    return func(cast("Any", job), name=kind, timeout=JOB_MAX_S, max_tries=1, keep_result=0)


def _ticks(tick: Tick, every_s: float) -> CronJob:
    async def sweep(_ctx: dict[Any, Any]) -> None:
        await _unless_ended("sweep", tick())

    seconds = set(range(0, 60, max(1, round(every_s))))
    return cron(
        cast("Any", sweep), name="sweep", second=seconds, unique=True, max_tries=1, keep_result=0
    )


class _Worker(Worker):
    """arq's worker, ended between two reads of Redis. A cancellation inside one is swallowed now
    and then, and leaves connections behind.
    """

    _ending = False
    _rounds: asyncio.Task[None]

    async def async_run(self) -> None:
        """Until ended; who waits may be cancelled meanwhile, and the worker goes on."""
        self._rounds = asyncio.create_task(self.main())
        await asyncio.wait({self._rounds})
        self._rounds.result()

    async def heart_beat(self) -> None:
        """Comes last in each of arq's rounds; the next one begins when somebody rings."""
        if self._ending:
            raise asyncio.CancelledError
        await super().heart_beat()
        if self.allow_pick_jobs:
            redis: Any = self.pool
            await redis.blpop(PRESSED, timeout=LOOK_S)
        else:  # the bell is for others
            await asyncio.sleep(LOOK_S)

    async def end(self) -> None:
        """Start nothing more, cancel what runs, let arq put it away. Calls of ours are no children
        of theirs and go on.
        """
        self.allow_pick_jobs, self._ending = False, True
        while left := [t for t in (self._rounds, *self.tasks.values()) if not t.done()]:
            for body in self.job_tasks.values():
                # cancelled before its first step, it could not say that this is no failure
                if getcoroutinestate(cast("Any", body.get_coro())) != CORO_CREATED:
                    body.cancel()
            await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
        await asyncio.gather(self._rounds, *self.tasks.values(), return_exceptions=True)


class Listener:
    """This worker's ear at Redis: takes rings and sweep ticks while Redis answers, and comes back
    when it does.
    """

    def __init__(self, url: str, run: Run, tick: Tick, *, sweep_s: float, jobs: int) -> None:
        self._url = url
        self._functions = [_function(kind, run) for kind in KINDS]
        self._cron = [_ticks(self._ticked, sweep_s)]
        self._tick = tick
        self._jobs = jobs
        self._worker: _Worker | None = None
        self.ticked_at = 0.0  # monotonic seconds
        self.listening = False

    async def _ticked(self) -> None:
        self.ticked_at = time.monotonic()
        await self._tick()

    async def listen(self) -> None:
        """Until cancelled or stopped. A Redis that went away is waited for."""
        while True:
            redis = connect(self._url)
            try:
                await whole(_ping(redis))
                self._worker = self._make(redis)
                self.listening = True
                await self._worker.async_run()
            except (RedisError, OSError, TimeoutError) as error:
                if self.listening:
                    log.warning("redis.away", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - anybody's junk may lie in Redis
                log.error("redis.stumbled", error=type(error).__name__)
            finally:
                self.listening = False
                await whole(self._close(redis))
            await asyncio.sleep(BACK_OFF_S)

    def _make(self, redis: ArqRedis) -> _Worker:
        return _Worker(
            self._functions,
            queue_name=QUEUE,
            cron_jobs=self._cron,
            redis_pool=redis,
            handle_signals=False,
            max_jobs=self._jobs,
            queue_read_limit=self._jobs * 10,
            poll_delay=0,
            job_timeout=JOB_MAX_S,
            max_tries=1,
            retry_jobs=False,
            keep_result=0,
            log_results=False,
            allow_abort_jobs=False,
            health_check_interval=3600,
            job_serializer=serialise,
            job_deserializer=deserialise,
            expires_extra_ms=KEPT_MS,
            timezone=UTC,
        )

    def pick_no_more(self) -> None:
        """Leave further rings to other workers."""
        if self._worker is not None:
            self._worker.allow_pick_jobs = False

    async def _close(self, redis: ArqRedis) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.end()
        with contextlib.suppress(RedisError, OSError):
            await redis.aclose(close_connection_pool=True)
