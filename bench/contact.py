"""How soon a platform hears of an address: from the 202 to the first byte at the platform.

By itself, one call a second on an idle system; and for one centre while the platform of another
hangs. API and worker are processes of their own, as they ship but for lanes without limits and no
time to change one's mind.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from bench.calls import Line, submission, video_url
from bench.floor.operations import Desk
from bench.ground import CASE, Ground, acting, open_ground, settle_in, shipped
from bench.lifecycle import worker
from bench.processes import children, listening, rss_mb, serving
from bench.timing import share
from service.actions import cases

WITHIN_S: Final = 60.0
HANG_S: Final = 20.0
WARM: Final = 3
_BACKLOG: Final = 100  # addresses in one call to the centre whose platform hangs


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds from the 202 to the first byte."""

    p50: float
    p99: float
    count: int


@dataclass(frozen=True, slots=True)
class Idle:
    """On an idle system, with the memory that both processes hold then."""

    waits: Waits
    rss_mb: dict[str, int]


@dataclass(frozen=True, slots=True)
class Hanging:
    """What others wait, alone and while a platform hangs: `ratio` of their medians, and of p99."""

    alone: Waits
    beside: Waits
    ratio: float
    ratio_p99: float


@dataclass(frozen=True, slots=True)
class _House:
    ground: Ground
    address: str
    pids: dict[str, int]

    async def desk(self, name: str, stub_url: str) -> Desk:
        async with acting(self.ground.url, self.ground.key_file, shipped()) as ctx:
            centre = await settle_in(ctx, stub_url, name)
            case, _ = await cases.open_or_find(ctx, centre.caller, "bench", CASE)
        return Desk(centre, [case.id])


@contextmanager
def _house() -> Iterator[_House]:
    with ExitStack() as left:
        ground = left.enter_context(open_ground())
        address, api = left.enter_context(serving(ground.url, ground.redis.url, ground.key_file))
        (child,) = left.enter_context(children([worker(ground)]))
        child.tell("go")
        yield _House(ground, address, {"api": api, "worker": child.pid})


def idle(count: int, every_s: float = 1.0) -> Idle:
    """One call each `every_s`, one address each."""
    with _house() as house:
        desk = asyncio.run(house.desk("Bench", house.ground.stub.url))
        waits = asyncio.run(_waits(house, desk, count, every_s))
        return Idle(waits, {kind: rss_mb(pid) for kind, pid in house.pids.items()})


def hanging(count: int, every_s: float = 0.2) -> Hanging:
    """Calls of one centre alone, then beside hundreds of another's whose platform does not answer
    for 20 seconds.
    """
    with _house() as house, listening(hang_s=HANG_S) as slow:
        desk = asyncio.run(house.desk("Bench", house.ground.stub.url))
        other = asyncio.run(house.desk("Other", slow.url))
        alone = asyncio.run(_waits(house, desk, count, every_s))
        asyncio.run(_pile_up(house, other))
        beside = asyncio.run(_waits(house, desk, count, every_s))
    return Hanging(alone, beside, beside.p50 / alone.p50, beside.p99 / alone.p99)


async def _pile_up(house: _House, desk: Desk) -> None:
    line = Line(house.address)
    for _ in range(3):
        await line.call(_submission(house, desk, [str(uuid.uuid4()) for _ in range(_BACKLOG)]))
    await line.close()
    await asyncio.sleep(2)  # its calls are out


def _submission(house: _House, desk: Desk, videos: Sequence[str]) -> bytes:
    urls = [video_url(video) for video in videos]
    return submission(house.address, desk.centre.token, desk.cases[0], urls)


async def _waits(house: _House, desk: Desk, count: int, every_s: float) -> Waits:
    """The first few calls open connections, sign in, and do not count."""
    line, answered = Line(house.address), {}
    begun = asyncio.get_running_loop().time()
    for number in range(count + WARM):
        await asyncio.sleep(begun + number * every_s - asyncio.get_running_loop().time())
        video = str(uuid.uuid4())
        reply = await line.call(_submission(house, desk, [video]))
        if reply.status != 202:
            raise RuntimeError(f"{reply.status}: {reply.body.decode()[:500]}")
        answered[video] = reply.came_at
    await line.close()
    reported = await _all_reported(house, answered)
    waits = [1000 * (reported[video] - at) for video, at in answered.items()][WARM:]
    waits.sort()
    return Waits(share(waits, 0.5), share(waits, 0.99), len(waits))


async def _all_reported(house: _House, videos: dict[str, float]) -> dict[str, float]:
    async with asyncio.timeout(WITHIN_S):
        while True:
            reported: dict[str, float] = house.ground.stub.contacts()["reported"]
            if videos.keys() <= reported.keys():
                return reported
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    found = idle(int(sys.argv[2])) if sys.argv[1] == "idle" else hanging(int(sys.argv[2]))
    print(json.dumps(dataclasses.asdict(found), indent=1))
