"""What arq 0.28 loses, starves or repeats, measured one by one, and what our worker does in the
same case. Rows are shown by the tests that `ROWS` names, here and elsewhere.
"""

from __future__ import annotations

import ast
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import pytest

from adapters.spec import Settle
from service.actions.settling import start
from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis
from service.playground.script import Fault
from service.playground.serve import Playground
from service.store.unit import Store
from tests.flow import scene as scenes
from tests.flow.office import SITE, Office
from tests.flow.scene import Scene, open_scene
from tests.flow.worker import LEASE_S, Orders
from tests.prove import scale
from tests.prove.yard import Watched

Figure = Callable[[str], None]
key_file, vault, scene = scenes.key_file, scenes.vault, scenes.scene

HERE: Final = "tests/prove/test_arq.py"
YARD: Final = "tests/prove/test_arq_rings.py"
RINGS: Final = "tests/engine/test_queue.py"
FAULTS: Final = "tests/flow/test_faults.py"
ROWS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "E1 kill -9 in a job: run again after 310 s": (
        (HERE, "test_a_killed_worker_s_work_goes_on_after_its_lease"),
        (FAULTS, "test_a_worker_killed_in_the_call_left_a_report_that_is_found_not_repeated"),
    ),
    "E2 an exception or a timeout of a job is final": (
        (YARD, "test_a_job_that_fails_or_takes_too_long_loses_no_work"),
        (RINGS, "test_a_ring_whose_work_failed_is_forgotten_and_the_next_is_heard_e2"),
    ),
    "E3 three kills: the job is dropped without a word": (
        (HERE, "test_three_dead_starts_are_put_before_a_person"),
        (HERE, "test_three_kills_are_put_before_a_person"),
    ),
    "E4 Redis killed while a job runs: the worker exits": (
        (HERE, "test_a_redis_killed_under_a_call_ends_no_worker"),
        ("tests/engine/test_worker.py", "test_a_redis_that_comes_back_is_listened_to_again"),
    ),
    "E5 FLUSHALL: what was queued is gone for good": (
        ("tests/prove/test_redis.py", "test_a_redis_emptied_every_second_costs_a_sweep_at_most"),
        (RINGS, "test_an_emptied_redis_is_no_reason_to_stop_e5"),
    ),
    "E6 SIGTERM cancels calls in the middle": (
        (FAULTS, "test_a_worker_told_to_stop_lets_its_call_end_and_begins_no_other"),
    ),
    "E7, E8 the same job while it runs, or its result is kept: a ring is lost": (
        (YARD, "test_work_that_comes_while_its_lane_is_at_work_is_done_at_once"),
        (RINGS, "test_the_same_ring_is_heard_while_the_first_is_at_work_e7_e8"),
    ),
    "E9 many jobs in progress starve the others": (
        (YARD, "test_platforms_that_hang_do_not_starve_the_others"),
        (RINGS, "test_rings_behind_many_that_are_at_work_elsewhere_are_heard_e9"),
    ),
    "E10 Redis stopped: nothing is noticed, nothing is done": (
        ("tests/prove/test_redis.py", "test_a_redis_that_stops_for_a_while_stops_nobody"),
    ),
    "E11 a job that swallows its cancellation is started twice": (
        (YARD, "test_the_same_job_many_times_calls_once"),
    ),
    "E12 cron runs twice": ((YARD, "test_many_ticks_at_once_do_everything_once"),),
    "E13 a pickle that somebody planted is run": (
        (YARD, "test_junk_in_redis_deafens_nobody"),
        (RINGS, "test_a_planted_pickle_does_not_run_e13"),
    ),
    "E14 what is deferred beyond a job's life never runs": (
        (YARD, "test_what_is_due_in_days_needs_nothing_in_redis"),
    ),
    "E15 one of two workers exits: the other's health is gone too": (
        (YARD, "test_a_worker_that_goes_takes_no_other_s_health_with_it"),
    ),
}
"""Row of the review, with what arq does: the tests that show the opposite."""


def test_every_row_is_shown(figure: Figure) -> None:
    """Each way in which arq alone loses work has a test that shows that ours does not."""
    root = Path(__file__).parents[2]
    shown = {test for tests in ROWS.values() for test in tests}
    for path, name in shown:
        tree = ast.parse((root / path).read_text())
        functions = {n.name for n in tree.body if isinstance(n, ast.AsyncFunctionDef)}
        assert name in functions, f"{path} has no {name}"

    numbers = [word for row in ROWS for word in row.replace(",", "").split() if word[0] == "E"]
    assert numbers == [f"E{n}" for n in range(1, 16)]
    figure(f"15 of 15 rows, {len(shown)} tests")


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Practice platforms over real sockets."""
    async with Playground(speed=1.0, peertube_site=SITE) as playground:
        yield playground


async def test_a_killed_worker_s_work_goes_on_after_its_lease(scene: Scene, figure: Figure) -> None:
    """A worker that is killed in a call keeps nobody waiting: the other does all other work at
    once, and the doubtful notice when the lease has run out. E1.
    """
    async with scene.worker() as killed:
        await scene.hand_in(1, Fault.hang())
        await scene.out()
        async with scene.worker():
            killed.signal(signal.SIGKILL)
            began = time.monotonic()
            await killed.ended()
            await scene.hand_in(10)
            await scene.ends_well(within_s=60)
            took = time.monotonic() - began

    assert await scene.doubts() == 1
    assert took < 60
    figure(f"11 sent, 0 lost, 0 twice; done {took:.1f} s after the kill (lease {LEASE_S} s)")


async def test_three_dead_starts_are_put_before_a_person(store: Store, figure: Figure) -> None:
    """A notice whose start has ended in a dead worker three times is set aside and on somebody's
    list; a supervisor sends it on its way again. E3.
    """
    site = Watched("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        await office.take_in(await office.case(), site.url("a"))
        for _ in range(3):
            notice = await office.one("notices")
            assert len(await start(office.ctx, notice.lane, 1)) == 1  # and never called
            for _ in ("its lease runs out", "nothing is found"):
                await office.later(hours=2, work=False)
                await office.work("poll")
            await office.later(hours=2, work=False)
        await office.work()

        notice = await office.one("notices")
        assert notice.state == "set_aside"
        assert (await office.todo())["set_aside"] == [str(notice.id)]
        assert site.calls == 0

        await office.decide(notice, "retry", by=office.supervisor)
        await office.work()

        assert await office.state("notices", notice.id) == "sent"
        assert site.calls == 1
    figure("3 dead starts: set aside, on the list, sent once when a supervisor says so")


@pytest.mark.skipif(not scale.FULL, reason="the same with real kills takes a while")
async def test_three_kills_are_put_before_a_person(scene: Scene, figure: Figure) -> None:
    """The same with three real kills. E3."""
    await scene.hand_in(1)
    for _ in range(3):
        async with scene.worker(dies="after_start") as process:
            assert await process.ended() == -signal.SIGKILL
    async with scene.worker():

        async def aside() -> bool:
            return await scene.office.states("notices") == {"set_aside": 1}

        await scene.office.until(aside, within_s=60)
        notice = await scene.office.one("notices")
        assert (await scene.office.todo())["set_aside"] == [str(notice.id)]
        await scene.office.decide(notice, "retry", by=scene.office.supervisor)
        await scene.ends_well(within_s=60)

    assert scene.office.playground.sent("peertube") == 1
    figure("3 kills -9: set aside, on the list, sent once when a supervisor says so")


async def test_a_redis_killed_under_a_call_ends_no_worker(
    store: Store,
    playground: Playground,
    migrated: EmbeddedPostgres,
    database: str,
    key_file: Path,
    tmp_path: Path,
    figure: Figure,
) -> None:
    """Redis killed while calls are out: the worker records them, does what comes meanwhile, and
    listens again when Redis is back. E4.
    """
    server = EmbeddedRedis(tmp_path / "redis")
    server.start()
    orders = Orders(migrated.url("efface_app", database), server.url, str(key_file))
    try:
        async with open_scene(store, playground, orders) as scene, scene.worker() as process:

            async def hears() -> bool:
                return [w.redis for w in await scene.office.all("workers")] == [True]

            async def is_deaf() -> bool:
                return [w.redis for w in await scene.office.all("workers")] == [False]

            await scene.office.until(hears, within_s=60)
            await scene.hand_in(3, Fault.slow(0.8), Fault.slow(0.8))
            await scene.out()
            server.kill()
            await scene.hand_in(3)
            await scene.office.until(is_deaf, within_s=60)
            await scene.ends_well(within_s=60)
            server.start()
            await scene.office.until(hears, within_s=60)
            await scene.hand_in(2)
            await scene.ends_well(within_s=60)
            process.signal(signal.SIGTERM)
            assert await process.drained() == 0
    finally:
        server.stop()

    figure("8 sent, 0 lost, 0 twice; 0 workers ended")
