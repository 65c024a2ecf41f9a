"""How many calls a second the API takes in, as it ships, in one process: single addresses, and 500
at once. Beside it the floor: the same statements done by pgbench, and those of a lifecycle.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.calls import call_all, new_urls, submission
from bench.floor import operations, replay
from bench.floor.capture import Captured
from bench.floor.operations import Desk
from bench.floor.replay import Floor
from bench.ground import Ground, acting, fetch, open_ground, quick, shipped
from bench.processes import Meter, serving
from bench.timing import share
from service import log, settings

CONNECTIONS: Final = 8
LINES: Final = 500


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done. Each but `lifecycles` is done by the product and by pgbench."""

    singles: int = 2000
    bulks: int = 24
    lifecycles: int = 480


@dataclass(frozen=True, slots=True)
class Taken:
    """Calls a second over HTTP, how long they took (ms), and CPU seconds by kind of process."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class Ran:
    """The API, and the floors."""

    single: Taken
    bulk: Taken
    floor_single: Floor
    floor_bulk: Floor
    floor_lifecycle: Floor


def run(sizes: Sizes) -> Ran:
    """Lifecycles first, while nothing else is due; then the API, and what it does once more."""
    with open_ground() as ground:
        desks = asyncio.run(_prepare(ground))
        replay.keep_before(ground)
        lifecycle = _lifecycles(ground, desks, sizes.lifecycles)
        with serving(ground.url, ground.redis.url, ground.key_file) as (address, pid):
            single = asyncio.run(_calls(ground, (address, pid), desks, sizes.singles, 1))
            bulk = asyncio.run(_calls(ground, (address, pid), desks, sizes.bulks, LINES))
        singles, bulks = (
            replay.replay(ground, asyncio.run(_intakes(ground, desks, count, lines)))
            for count, lines in ((sizes.singles, 1), (sizes.bulks, LINES))
        )
    return Ran(single, bulk, singles, bulks, lifecycle)


async def _prepare(ground: Ground) -> list[Desk]:
    async with acting(ground.url, ground.key_file, shipped()) as ctx:
        return await operations.make_desks(ctx, ground.stub.url, CONNECTIONS)


async def _calls(
    ground: Ground, api: tuple[str, int], desks: Sequence[Desk], count: int, lines: int
) -> Taken:
    address, pid = api

    def calls(some: int, lines: int) -> list[bytes]:
        turns = [(desks[n % len(desks)], n // len(desks)) for n in range(some)]
        return [
            submission(address, d.centre.token, d.cases[n % len(d.cases)], new_urls(lines))
            for d, n in turns
        ]

    await call_all(address, calls(CONNECTIONS, 1), at_once=CONNECTIONS)  # every path is warm
    await fetch(ground.dsn(), "ANALYZE")
    requests = calls(count, lines)
    meter = Meter({"api": [pid], "postgres": [ground.postmaster()]})
    begun = time.monotonic()
    replies = await call_all(address, requests, at_once=CONNECTIONS)
    took = time.monotonic() - begun
    waits = sorted(1000 * (reply.came_at - reply.sent_at) for reply in replies)
    return Taken(len(replies) / took, share(waits, 0.5), share(waits, 0.99), meter.read())


async def _intakes(
    ground: Ground, desks: Sequence[Desk], count: int, lines: int
) -> list[list[Captured]]:
    found = settings.load(
        database_url=ground.url, redis_url=ground.redis.url, key_file=ground.key_file, undo_s=0
    )
    async with acting(ground.url, ground.key_file, shipped()) as ctx:
        return await operations.intakes(ctx, found, desks, -(-count // len(desks)), lines)


def _lifecycles(ground: Ground, desks: Sequence[Desk], count: int) -> Floor:
    async def capture() -> tuple[list[list[Captured]], ...]:
        async with acting(ground.url, ground.key_file, quick()) as ctx:
            return await operations.lifecycles(ctx, desks, -(-count // len(desks)))

    first, shares = asyncio.run(capture())
    return replay.replay(ground, shares, first)


if __name__ == "__main__":
    log.configure("ERROR")
    ran = run(Sizes(*(int(word) for word in sys.argv[1:])))
    print(json.dumps(dataclasses.asdict(ran), indent=1))
