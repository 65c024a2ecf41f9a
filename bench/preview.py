"""How long a person waits to see what would leave for fifty addresses of many platforms: one call
after the other, on a connection that is open. Beside it the same addresses taken in.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Final

from adapters.registry import ADAPTERS
from adapters.spec import Url
from bench.calls import Line, new_urls, preview, submission
from bench.floor.operations import Desk
from bench.ground import CASE, Ground, acting, open_ground, settle_in, shipped
from bench.processes import serving
from bench.timing import share
from service import log
from service.actions import cases

COUNT: Final = 50
WARM: Final = 5


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds for a call of fifty addresses."""

    p50: float
    p99: float
    count: int


@dataclass(frozen=True, slots=True)
class Ran:
    """What would leave, and the taking in; `ratio` of their medians; how many platforms."""

    preview: Took
    taking: Took
    ratio: float
    platforms: int


def mixed() -> dict[str, str]:
    """Fifty addresses of fifty things, with their platforms: a video on the stub, the first sample
    of every adapter, then the second, and so on.
    """
    matched = [
        [(str(url), found) for url in adapter.spec.samples if (found := adapter.match(Url(url)))]
        for adapter in (cls({}, {}, None) for cls in ADAPTERS)
    ]
    things: dict[tuple[str, str], tuple[str, str]] = {}
    for url, locator in filter(None, chain.from_iterable(zip_longest(*matched))):
        things.setdefault((locator.platform, locator.key), (url, locator.platform))
    chosen = dict.fromkeys(new_urls(1), "peertube") | dict(things.values())
    return dict(islice(chosen.items(), COUNT))


def run(count: int) -> Ran:
    """So many previews, and as many takings in, each of a case of its own."""
    with open_ground() as ground:
        desk = asyncio.run(_desk(ground, count + WARM))
        with serving(ground.url, ground.redis.url, ground.key_file) as (address, _):
            return asyncio.run(_measured(address, desk))


async def _desk(ground: Ground, count: int) -> Desk:
    async with acting(ground.url, ground.key_file, shipped()) as ctx:
        centre = await settle_in(ctx, ground.stub.url)
        opened = [
            await cases.open_or_find(ctx, centre.caller, f"bench-{n}", CASE) for n in range(count)
        ]
    return Desk(centre, [case.id for case, _ in opened])


async def _measured(address: str, desk: Desk) -> Ran:
    urls = mixed()
    token = desk.centre.token
    previews = (preview(address, token, case, [*urls]) for case in desk.cases)
    seen = await _took(address, previews, 200)
    taken = await _took(address, (submission(address, token, c, [*urls]) for c in desk.cases), 202)
    return Ran(seen, taken, seen.p50 / taken.p50, len({*urls.values()}))


async def _took(address: str, requests: Iterable[bytes], status: int) -> Took:
    """The first few calls open connections and read what is kept, and do not count."""
    line, waits = Line(address), []
    for request in requests:
        reply = await line.call(request)
        if reply.status != status:
            raise RuntimeError(f"{reply.status}: {reply.body.decode()[:500]}")
        waits.append(1000 * (reply.came_at - reply.sent_at))
    await line.close()
    counted = sorted(waits[WARM:])
    return Took(share(counted, 0.5), share(counted, 0.99), len(counted))


if __name__ == "__main__":
    log.configure("ERROR")
    print(json.dumps(dataclasses.asdict(run(int(sys.argv[1]))), indent=1))
