"""arq alone, row by row: each step is a job, and each job writes its row and queues the next.

As fast as arq's own settings allow: the queue is looked at every 20 ms instead of every half
second, and no results are kept. What is lost with Redis, or half done when the process dies, is
lost. Says `ready`, begins at a line on its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final, cast

import asyncpg
from arq.connections import ArqRedis
from arq.worker import Function, Worker, func
from redis.asyncio import ConnectionPool

from bench.peers.steps import AT_ONCE, Steps

POLL_S: Final = 0.02
POOL: Final = 20
TABLE: Final = (
    "CREATE TABLE lifecycles (id uuid PRIMARY KEY, url text NOT NULL, state text NOT NULL,"
    " receipt text, said text, updated_at timestamptz NOT NULL DEFAULT now())"
)
_UPDATE: Final = "UPDATE lifecycles SET {}, updated_at = now() WHERE id = $1"


class Rows:
    """The three jobs. Each is one call, one UPDATE, and the next job."""

    def __init__(self, pool: asyncpg.Pool, steps: Steps) -> None:
        self._pool = pool
        self._steps = steps

    async def send(self, ctx: dict[str, Any], id_: str, url: str) -> None:
        receipt = await self._steps.send(url)
        await self._pool.execute(_UPDATE.format("state = 'sent', receipt = $2"), id_, receipt)
        await ctx["redis"].enqueue_job("poll", id_, url, receipt)

    async def poll(self, ctx: dict[str, Any], id_: str, url: str, receipt: str) -> None:
        said = await self._steps.poll(receipt)
        await self._pool.execute(_UPDATE.format("state = 'answered', said = $2"), id_, said)
        await ctx["redis"].enqueue_job("look", id_, url)

    async def look(self, _ctx: dict[str, Any], id_: str, url: str) -> None:
        seen = await self._steps.look(url)
        await self._pool.execute(_UPDATE.format("state = $2"), id_, seen)

    def functions(self) -> list[Function]:
        jobs = {"send": self.send, "poll": self.poll, "look": self.look}
        return [func(cast("Any", job), name=name, keep_result=0) for name, job in jobs.items()]


async def work(dsn: str, redis_url: str, stub_url: str) -> None:
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    async with asyncpg.create_pool(dsn, max_size=POOL) as pool:
        redis = ArqRedis(ConnectionPool.from_url(redis_url))
        worker = Worker(
            Rows(pool, Steps(stub_url)).functions(),
            redis_pool=redis,
            poll_delay=POLL_S,
            max_jobs=AT_ONCE,
            keep_result=0,
            handle_signals=False,
        )
        await worker.async_run()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:4]))
