"""Hours of a centre's day in a row: nothing that a process holds on to grows."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from redis.asyncio import Redis

from service.embedded.postgres import EmbeddedPostgres
from service.playground.behaviours import ignored, refused, removed
from service.playground.script import Cut, Fault, Script
from tests.flow.office import Office
from tests.prove import scale
from tests.prove.balancer import Balancer
from tests.prove.conftest import Figure
from tests.prove.fleet import SPEED, Place, fleet_at, office_at, reports, until
from tests.prove.gauges import Gauges
from tests.prove.load import Load, token_of

RUNS_S = scale.of(180, 180, 1800)  # warm-up included
WARM_S = scale.of(60, 60, 300)
SAMPLES_EVERY_S = scale.of(1, 1, 5)
HAND_IN_EVERY_S = 0.5
GROWS_MB = 10  # from the first third to the last
GROWS = 30  # connections, files, tasks; one left by each call that fails would be a hundred
FAULTS = 0.1  # of calls


def trouble() -> tuple[Fault, ...]:
    """What one call in ten meets."""
    if random.random() > FAULTS:
        return (Fault.slow(random.uniform(0.02, 0.2)),)
    faults = (
        Fault.throttled(1),
        Fault.throttled(1, as_date=True),
        Fault.broken(503),
        Fault.reset(),
        Fault.lost(),
        Fault.lost(Cut.HALF),
        Fault.garbled(),
    )
    return (random.choice(faults),)


def story() -> Script:
    """Most is removed within seconds, some is refused or ignored; calls of all kinds go wrong."""
    after_s = random.uniform(2, 10) * SPEED
    kind = random.choice((removed(after_s), removed(after_s), refused(after_s), ignored()))
    return kind.meeting(sends=trouble(), polls=trouble(), looks=trouble())


@scale.in_full
async def test_a_long_day_leaves_nothing_behind(
    migrated: EmbeddedPostgres, database: str, redis_url: str, tmp_path: Path, figure: Figure
) -> None:
    """Under hours of mixed load with faults, memory, connections, open files and tasks of API and
    worker stay flat, nothing is logged as an error, and no report is sent twice.
    """
    place = Place(migrated.url("efface_app", database), redis_url, tmp_path)
    redis = Redis.from_url(redis_url)
    async with (
        redis,
        office_at(place) as office,
        fleet_at(place, apis=1, workers=1, module="tests.prove.watched") as (apis, workers),
        Balancer([api.port for api in apis], await token_of(office)) as balancer,
        Load(office, balancer, story, every_s=HAND_IN_EVERY_S) as load,
    ):
        members = (*apis, *workers)
        gauges = Gauges(members, office, redis)
        await asyncio.sleep(WARM_S)
        await gauges.watch(RUNS_S - WARM_S, SAMPLES_EVERY_S)
        await until(lambda: _worked(office))
        await load.stop()
        done = await _done(office)
        for member in members:
            await member.stop()
        twice = reports(office, load.accepted)

    grown = {name: (first, last) for name, (first, last) in gauges.thirds().items()
             if last - first > (GROWS_MB if name.endswith("MB") else GROWS)}  # fmt: skip
    assert grown == {}
    assert [line for member in members for line in member.errors()] == []
    assert balancer.unanswered == []
    assert not [status for status in balancer.statuses if status >= 400], balancer.statuses
    assert not [count for count in twice if count > 1], twice
    figure(
        f"{RUNS_S} s, {sum(balancer.statuses.values()):,} calls, {_said(done)}: {_said_of(gauges)}"
    )


async def _done(office: Office) -> dict[str, int]:
    """How much of each kind of work there was."""
    (row,) = await office.rows(
        "SELECT (SELECT count(*) FROM attempts) AS sends,"
        " (SELECT count(*) FROM answers) AS answers,"
        " (SELECT count(*) FROM observations) AS looks"
    )
    return dict(row._mapping)


async def _worked(office: Office) -> bool:
    return all((await _done(office)).values())


def _said(done: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in done.items())


def _said_of(gauges: Gauges) -> str:
    thirds = gauges.thirds().items()
    return ", ".join(f"{name} {first:.0f} then {last:.0f}" for name, (first, last) in thirds)
