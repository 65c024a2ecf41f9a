"""One worker process as it ships, but for lanes without limits. Says `ready`, begins at a line on
its standard input, and works until SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

from bench.ground import acting, quick, shipped
from service import memory
from service.engine.run import EngineWorker
from service.settings import Settings

_UNLESS_SET: Final = {name: field.default for name, field in Settings.model_fields.items()}
PACES: Final = {"quick": quick, "shipped": shipped}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database_url")
    parser.add_argument("redis_url")
    parser.add_argument("key_file", type=Path)
    parser.add_argument("--slots", type=int, default=_UNLESS_SET["worker_slots"])
    parser.add_argument("--sweep-s", type=float, default=_UNLESS_SET["sweep_s"])
    parser.add_argument("--pool", type=int, default=_UNLESS_SET["database_pool"])
    parser.add_argument("--pace", choices=PACES, default="shipped")
    return parser.parse_args()


async def work(options: argparse.Namespace) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    pace = PACES[options.pace]()
    async with acting(options.database_url, options.key_file, pace, options.pool) as ctx:
        worker = EngineWorker(ctx, options.redis_url, slots=options.slots, sweep_s=options.sweep_s)
        memory.settle()
        print("ready", flush=True)
        await loop.run_in_executor(None, sys.stdin.readline)
        await worker.start()
        await told.wait()
        await worker.stop()


if __name__ == "__main__":
    asyncio.run(work(_options()))
