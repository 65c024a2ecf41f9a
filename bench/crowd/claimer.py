"""One claimer: begins ten notices of a lane at a time with the product's own START, and says how
long each took. Says `ready`, begins at a line on its standard input, and prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event

from bench.ground import acting, shipped
from service.actions import settling
from service.actions.context import Context

ROWS: Final = 10


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database_url")
    parser.add_argument("key_file", type=Path)
    parser.add_argument("--claims", type=int, required=True)
    parser.add_argument("--pause-s", type=float, required=True, help="what the ten calls take")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--lanes", type=json.loads, required=True, help="weights by lane")
    return parser.parse_args()


class DatabaseTime:
    """Milliseconds that the statements of a START take, the first of them by itself."""

    def __init__(self, ctx: Context) -> None:
        self.all: list[float] = []
        self._began = 0.0
        engine = ctx.store.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, *_: Any) -> None:
        self._began = time.perf_counter()

    def _after(self, *_: Any) -> None:
        self.all.append(1000 * (time.perf_counter() - self._began))


async def claim(ctx: Context, options: argparse.Namespace) -> list[dict[str, float]]:
    """Claim, pause, and so on. The first two, which open connections and plans, do not count.

    Two that meet on one lane may both count on the same rows: then the later gets fewer than ten.
    """
    chance = random.Random(options.seed)
    names, weights = list(options.lanes), list(options.lanes.values())
    spent, found = DatabaseTime(ctx), []
    for _ in range(options.claims + 2):
        (lane,) = chance.choices(names, weights)
        spent.all = []
        began = time.perf_counter()
        started = await settling.start(ctx, lane, ROWS)
        ms = 1000 * (time.perf_counter() - began)
        found.append(
            {
                "ms": ms,
                "database_ms": sum(spent.all),
                "statements": len(spent.all),
                "rows": len(started),
            }
        )
        await asyncio.sleep(options.pause_s * chance.uniform(0.5, 1.5))
    return found[2:]


async def main(options: argparse.Namespace) -> None:
    async with acting(options.database_url, options.key_file, shipped(), pool=2) as ctx:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps(await claim(ctx, options)), flush=True)
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    asyncio.run(main(_options()))
