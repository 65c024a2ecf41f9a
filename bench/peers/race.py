"""The peers over the same course: so many lifecycles by one or two processes, on a Postgres, a
Redis and a stub like the product's, timed in the same way.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from typing import Final

import asyncpg
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

from bench.calls import new_urls
from bench.ground import Ground, fetch, open_ground, wait_for
from bench.lifecycle import WITHIN_S, Ran, timed
from bench.peers import arq_worker
from bench.processes import children

_DBOS_DONE: Final = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"
_ARQ_DONE: Final = "SELECT count(*) FROM lifecycles WHERE state = 'gone'"


def run_dbos(processes: int, count: int) -> Ran:
    """DBOS: the workflows are in its queue before its executors begin."""
    with open_ground(tables=False) as ground:
        asyncio.run(fetch(ground.dsn("postgres"), "CREATE DATABASE peer"))
        url = ground.dsn("peer").replace("postgresql://", "postgresql+psycopg://")
        words = ["-m", "bench.peers.dbos_executor", url, ground.stub.url]
        subprocess.run([sys.executable, *words, "fill", f"--fill={count}"], check=True)
        asyncio.run(fetch(ground.dsn("peer"), "ANALYZE"))
        commands = [[*words, f"executor-{number}"] for number in range(processes)]
        return _race(ground, commands, count, _DBOS_DONE)


def run_arq(processes: int, count: int) -> Ran:
    """arq: the jobs are in its queue before its workers begin."""
    with open_ground(tables=False) as ground:
        asyncio.run(fetch(ground.dsn("postgres"), "CREATE DATABASE peer"))
        asyncio.run(_fill_arq(ground, count))
        words = ["-m", "bench.peers.arq_worker", ground.dsn("peer"), ground.redis.url]
        return _race(ground, [[*words, ground.stub.url]] * processes, count, _ARQ_DONE)


def _race(ground: Ground, commands: list[list[str]], count: int, done: str) -> Ran:
    with children(commands) as made:

        def wait() -> None:
            asyncio.run(wait_for(ground.dsn("peer"), done, count, WITHIN_S))

        ran = timed(ground, made, count, wait)
    return Ran(*ran, settings={"processes": len(commands), "count": count})


async def _fill_arq(ground: Ground, count: int) -> None:
    rows = [(uuid.uuid4(), url, "due") for url in new_urls(count)]
    conn = await asyncpg.connect(ground.dsn("peer"))
    await conn.execute(arq_worker.TABLE)
    await conn.copy_records_to_table("lifecycles", records=rows, columns=("id", "url", "state"))
    await conn.execute("ANALYZE")
    await conn.close()
    redis = ArqRedis(ConnectionPool.from_url(ground.redis.url))
    for id_, url, _ in rows:
        await redis.enqueue_job("send", str(id_), url)
    await redis.aclose(close_connection_pool=True)


if __name__ == "__main__":
    runner = {"dbos": run_dbos, "arq": run_arq}[sys.argv[1]]
    print(runner(int(sys.argv[2]), int(sys.argv[3])))
