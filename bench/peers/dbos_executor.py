"""One DBOS executor: the three steps as a workflow, one step each, taken from a queue.

The fast way by DBOS's documentation and source (3.4): workflow and steps are coroutines on one
event loop; the queue lets each process run `AT_ONCE` workflows and is looked at every 50 ms instead
of every second; nothing is traced. Threads that write checkpoints and the connections they use are
as many as did best here.

Without `--fill` it says `ready` and begins at a line on its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from dbos import DBOS, DBOSClient, DBOSConfig

from bench.calls import new_urls
from bench.peers.steps import AT_ONCE, Steps

QUEUE: Final = "lifecycles"
VERSION: Final = "bench"
POLL_S: Final = 0.05
POOL: Final = 40
THREADS: Final = 40


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database_url")
    parser.add_argument("stub_url")
    parser.add_argument("name", help="its own among the executors")
    parser.add_argument("--fill", type=int, default=0, help="put so many workflows in, and end")
    return parser.parse_args()


def make(options: argparse.Namespace) -> None:
    """DBOS of this process, not begun."""
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": options.database_url,
        "application_version": VERSION,
        "executor_id": options.name,
        "sys_db_pool_size": POOL,
        "max_executor_threads": THREADS,
        "log_level": "ERROR",
        "enable_otlp": False,
    }
    DBOS(config=config)
    steps = Steps(options.stub_url)
    send, poll, look = (_step(name, getattr(steps, name)) for name in ("send", "poll", "look"))

    async def lifecycle(url: str) -> Any:
        await poll(await send(url))
        return await look(url)

    DBOS.workflow(name="lifecycle")(lifecycle)


def _step(name: str, do: Callable[[str], Awaitable[str]]) -> Any:
    async def step(word: str) -> str:
        return await do(word)

    return DBOS.step(name=name)(step)


def fill(options: argparse.Namespace) -> None:
    """Make DBOS's tables, the queue, and a workflow for each new address."""
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL_S)
    DBOS.destroy()
    client = DBOSClient(system_database_url=options.database_url)

    def enqueue(url: str) -> None:
        client.enqueue(
            {
                "workflow_name": "lifecycle",
                "queue_name": QUEUE,
                "app_version": VERSION,
                "application_name": "bench",
            },
            url,
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enqueue, new_urls(options.fill)))
    client.destroy()


async def work() -> None:
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    DBOS.launch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    given = _options()
    make(given)
    if given.fill:
        fill(given)
    else:
        asyncio.run(work())
