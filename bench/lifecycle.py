"""How many lifecycles a second: one URL per notice, from its 202 to `gone` (send, poll, look).

Everything is taken in first, over HTTP. Then the workers begin, and the time runs from the first
byte of the first report at the platform until the last is gone: as for the peers.

The product looks at every new address at once, to have seen it up. That look, which the peers do
not make, is put off: what is timed is the same three calls.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from bench.calls import call_all, new_urls, submission
from bench.ground import CASE, Ground, acting, fetch, open_ground, quick, settle_in, wait_for
from bench.processes import Child, Meter, children, rss_mb, serving
from service.actions import cases

LINES: Final = 500
SLOTS: Final = 256
POOL: Final = 20
"""A quarter of the slots is what one lane may hold: 64 calls at once. More than the 64 slots and
10 connections of a small installation; both are settings."""
WITHIN_S: Final = 300.0
_GONE: Final = "SELECT count(*) FROM takedowns WHERE state = 'gone'"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run gave. `cpu_s`: by kind of process; two cores give twice `took_s`."""

    per_s: float
    took_s: float
    cpu_s: dict[str, float]
    asked: dict[str, int]
    rss_mb: dict[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def run(workers: int, count: int, profile: str = "") -> Ran:
    """Lifecycles of `count` addresses by that many worker processes."""
    with ExitStack() as left:
        ground = left.enter_context(open_ground())
        api = left.enter_context(serving(ground.url, ground.redis.url, ground.key_file))
        asyncio.run(_fill(ground, api[0], count))
        profiling = ["-m", "cProfile", "-o", profile] if profile else []
        words = [*profiling, *worker(ground, "--pace=quick", f"--slots={SLOTS}", f"--pool={POOL}")]
        made = left.enter_context(children([words] * workers))
        ran = timed(ground, made, count, lambda: _all_gone(ground, count))
        memory = {"api": rss_mb(api[1]), "worker": max(rss_mb(child.pid) for child in made)}
        for child in made:
            child.end()
    return Ran(*ran, memory, {"slots": SLOTS, "pool": POOL, "workers": workers, "count": count})


def worker(ground: Ground, *options: str) -> list[str]:
    """The words that start one worker on this ground."""
    return ["-m", "bench.worker", ground.url, ground.redis.url, str(ground.key_file), *options]


def _all_gone(ground: Ground, count: int) -> None:
    asyncio.run(wait_for(ground.dsn(), _GONE, count, WITHIN_S))


def timed(
    ground: Ground, made: Sequence[Child], count: int, wait: Any
) -> tuple[float, float, dict[str, float], dict[str, int]]:
    """Let the processes begin and wait until all is done. The rate counts from the first report."""
    meter = Meter(
        {
            "workers": [child.pid for child in made],
            "postgres": [ground.postmaster()],
            "stub": [ground.stub.pid],
        }
    )
    for child in made:
        child.tell("go")
    wait()
    ended = time.time()
    told = ground.stub.contacts()
    took = ended - min(told["reported"].values())
    return count / took, took, meter.read(), told["asked"]


async def _fill(ground: Ground, address: str, count: int) -> None:
    async with acting(ground.url, ground.key_file, quick()) as ctx:
        centre = await settle_in(ctx, ground.stub.url)
        requests = []
        for number in range(0, count, LINES):
            case, _ = await cases.open_or_find(ctx, centre.caller, f"bench-{number}", CASE)
            urls = new_urls(min(LINES, count - number))
            requests.append(submission(address, centre.token, case.id, urls))
    await call_all(address, requests, at_once=2)
    await fetch(ground.dsn(), "UPDATE takedowns SET look_at = look_at + interval '1 hour'")
    await fetch(ground.dsn(), "ANALYZE")


if __name__ == "__main__":
    print(run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if sys.argv[3:] else ""))
