"""With a million open requests in the database: how long a claim takes, how many looks a second a
worker makes, and how long a sweep takes.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.crowd import fill
from bench.crowd.claimer import ROWS
from bench.crowd.fill import Crowd
from bench.ground import Ground, acting, fetch, open_ground, shipped
from bench.lifecycle import worker
from bench.processes import START_S, Meter, children
from bench.timing import share
from service.engine.sweep import sweep

CLAIMERS: Final = 4
OPEN: Final = 10  # lanes; all others are parked
PAUSE_S: Final = 0.1
"""What the ten calls of a claim take at least. Without it a claimer would be no worker."""
_CLOSED: Final = "UPDATE lanes SET closed_because = 'bench' WHERE id NOT LIKE 'peertube/look/%'"
_PARKED: Final = """
UPDATE lanes SET
  closed_because = CASE WHEN number % 2 = 0 THEN 'bench' END,
  not_before = CASE WHEN number % 2 = 1 THEN now() + interval '1 day' END
  FROM (SELECT id AS one, row_number() OVER (ORDER BY id) AS number FROM lanes
         WHERE id NOT LIKE 'peertube/look/%' AND NOT id = ANY($1)) p WHERE id = one
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is, and for how long it is looked at."""

    requests: int = 1_000_000
    lanes: int = fill.LANES
    claims: int = 150  # of each claimer, in each of two rounds
    looks_s: float = 20.0
    due_looks: float = 0.03
    warm_s: float = 8.0  # from the first look on: more than one sweep


@dataclass(frozen=True, slots=True)
class Claims:
    """Milliseconds of a START of ten. `busy`: claimers that do nothing but claim."""

    p50_ms: float
    p99_ms: float
    database_p50_ms: float
    database_p99_ms: float
    statements: float
    rows: float
    per_s: float


@dataclass(frozen=True, slots=True)
class Ran:
    filled_s: float
    checks_per_s: float
    checks_cpu_s: dict[str, float]
    sweep_ms: float
    claims: Claims
    claims_busy: Claims


def run(sizes: Sizes) -> Ran:
    """Fill, look, claim: in this order, because claims that nobody ends become doubts."""
    with open_ground() as ground:
        begun = time.monotonic()
        crowd = asyncio.run(fill.fill(ground, sizes.requests, sizes.due_looks, sizes.lanes))
        filled_s = time.monotonic() - begun
        sweep_ms = asyncio.run(_sweep_ms(ground))
        checks = _checks(ground, sizes.looks_s, sizes.warm_s)
        lanes = asyncio.run(_park(ground, crowd, sizes))
        claims = _claims(ground, lanes, sizes.claims, PAUSE_S)
        busy = _claims(ground, lanes, sizes.claims, 0)
    return Ran(filled_s, *checks, sweep_ms, claims, busy)


async def _sweep_ms(ground: Ground) -> float:
    """The second of two sweeps, in milliseconds."""
    async with acting(ground.url, ground.key_file, shipped()) as ctx:
        await sweep(ctx)
        begun = time.perf_counter()
        await sweep(ctx)
        return 1000 * (time.perf_counter() - begun)


def _checks(ground: Ground, for_s: float, warm_s: float) -> tuple[float, dict[str, float]]:
    """Looks a second by one worker as it ships. Nothing is sent meanwhile."""
    asyncio.run(fetch(ground.dsn(), _CLOSED))
    asyncio.run(fill.seal(ground, "SELECT id FROM takedowns WHERE look_at <= now() + '5 min'"))
    with children([worker(ground)]) as (child,):
        child.tell("go")
        _wait_for_look(ground)
        time.sleep(warm_s)
        before = _looks(ground)
        meter = Meter({"worker": [child.pid], "postgres": [ground.postmaster()]})
        begun = time.monotonic()
        time.sleep(for_s)
        looks = _looks(ground) - before
        took = time.monotonic() - begun
        spent = meter.read()
        child.end()
    left = asyncio.run(fetch(ground.dsn(), "SELECT count(*) FROM takedowns WHERE look_at <= now()"))
    if not left:
        raise RuntimeError("there was not enough to look at")
    return looks / took, spent


def _looks(ground: Ground) -> int:
    asked: dict[str, int] = ground.stub.contacts()["asked"]
    return asked["look"]


def _wait_for_look(ground: Ground) -> None:
    until = time.monotonic() + START_S
    while not _looks(ground):
        if time.monotonic() > until:
            raise RuntimeError("nothing was looked at")
        time.sleep(0.1)


async def _park(ground: Ground, crowd: Crowd, sizes: Sizes) -> dict[str, int]:
    """Park all lanes but ten of every size: by Retry-After, or closed. Returns those, with their
    share of the work.
    """
    ranked = list(crowd.copies.items())
    step = max(1, len(ranked) // OPEN)
    lanes = {f"peertube/{id_}": copies for id_, copies in ranked[::step][:OPEN]}
    await fetch(ground.dsn(), "UPDATE lanes SET closed_because = NULL WHERE id NOT LIKE '%/look/%'")
    await fetch(ground.dsn(), _PARKED, list(lanes))
    most = 2 * CLAIMERS * (sizes.claims + 2) * ROWS
    await fill.seal(ground, _FRONT, list(lanes), most)
    await fetch(ground.dsn(), "VACUUM ANALYZE notices")
    return lanes


_FRONT: Final = """
SELECT r.takedown_id FROM unnest($1::text[]) AS l (id)
 CROSS JOIN LATERAL (SELECT n.id FROM notices n WHERE n.lane = l.id AND n.state = 'due'
                      ORDER BY n.priority, n.due_at LIMIT $2) n
  JOIN carried c ON c.notice_id = n.id JOIN requests r ON r.id = c.request_id
"""


def _claims(ground: Ground, lanes: dict[str, int], each: int, pause_s: float) -> Claims:
    words = ["-m", "bench.crowd.claimer", ground.url, str(ground.key_file)]
    words += [f"--claims={each}", f"--pause-s={pause_s}", f"--lanes={json.dumps(lanes)}"]
    commands = [[*words, f"--seed={number}"] for number in range(CLAIMERS)]
    with children(commands) as made:
        begun = time.monotonic()
        for child in made:
            child.tell("go")
        told: list[dict[str, Any]] = [one for child in made for one in json.loads(child.read())]
        took = time.monotonic() - begun
    return _summed(told, took)


def _summed(told: Sequence[dict[str, Any]], took: float) -> Claims:
    whole = sorted(one["ms"] for one in told)
    database = sorted(one["database_ms"] for one in told)
    statements, rows = (sum(one[name] for one in told) for name in ("statements", "rows"))
    if not rows:
        raise RuntimeError("nothing was begun")
    return Claims(
        p50_ms=share(whole, 0.5),
        p99_ms=share(whole, 0.99),
        database_p50_ms=share(database, 0.5),
        database_p99_ms=share(database, 0.99),
        statements=statements / len(told),
        rows=rows / len(told),
        per_s=len(told) / took,
    )


if __name__ == "__main__":
    ran = run(Sizes(*(json.loads(word) for word in sys.argv[1:])))
    print(json.dumps(dataclasses.asdict(ran), indent=1))
