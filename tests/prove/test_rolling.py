"""A new version is rolled out under load: nobody outside notices, and nothing is in doubt."""

from __future__ import annotations

import asyncio
import itertools
import random
from pathlib import Path

from service.embedded.postgres import EmbeddedPostgres
from service.playground.behaviours import ignored
from service.playground.script import Fault
from tests.prove import scale
from tests.prove.balancer import Balancer
from tests.prove.conftest import Figure
from tests.prove.fleet import Member, Place, all_sent, doubts, fleet_at, office_at, reports
from tests.prove.load import Load, token_of

RESTARTS = 20
RUNS_S = 0.5  # between two restarts
ANSWERS_S = (0.05, 0.2)
STOPPED_WITHIN_S = 75.0  # what docker-compose.yml grants an API, and less than it grants a worker


def slow() -> Fault:
    """Takes the report, and answers as late as real platforms do."""
    return Fault.slow(random.uniform(*ANSWERS_S))


async def restart(member: Member) -> None:
    await member.stop()
    await member.start()


@scale.in_full
async def test_a_rolling_restart_is_not_noticed(
    migrated: EmbeddedPostgres, database: str, redis_url: str, tmp_path: Path, figure: Figure
) -> None:
    """While APIs and workers are stopped and started one after the other under load, no client
    sees a 5xx or a call without an answer, no notice is in doubt, none is lost, none is sent twice.
    """
    place = Place(migrated.url("efface_app", database), redis_url, tmp_path)
    async with (
        office_at(place) as office,
        fleet_at(place) as (apis, workers),
        Balancer([api.port for api in apis], await token_of(office)) as balancer,
        Load(office, balancer, lambda: ignored().meeting(sends=(slow(),))) as load,
    ):
        turns = itertools.cycle((apis[0], workers[0], apis[1], workers[1]))
        for member in itertools.islice(turns, RESTARTS):
            await asyncio.sleep(RUNS_S)
            await restart(member)
        await load.stop()

        await all_sent(office, len(load.accepted))
        for member in (*apis, *workers):
            await member.stop()

        assert balancer.unanswered == []
        assert not [status for status in balancer.statuses if status >= 400], balancer.statuses
        assert await doubts(office) == 0
        assert reports(office, load.accepted) == {1: len(load.accepted)}

    members = (*apis, *workers)
    assert {code for member in members for code in member.codes} == {0}
    slowest = max(took for member in members for took in member.took_s)
    assert slowest < STOPPED_WITHIN_S
    assert [line for member in members for line in member.errors()] == []
    assert all(balancer.refusals[api.port] for api in apis if len(api.codes) > 1)
    calls = sum(balancer.statuses.values())
    figure(
        f"{RESTARTS} restarts under {calls:,} calls and {len(load.accepted):,} notices: 0 5xx,"
        f" 0 unanswered, 0 doubtful, 0 lost, 0 twice; stopped within {slowest:.1f} s, all exit 0"
    )
