"""Every measurement works, at a size that takes seconds. The figures mean nothing here."""

from __future__ import annotations

import pytest

from bench import contact, intake, lifecycle, preview
from bench.crowd import fill
from bench.crowd import run as crowd
from bench.crowd.claimer import ROWS
from bench.peers import race
from tests.prove import scale


@scale.in_full
def test_lifecycles_are_three_calls_each_and_all_end_gone() -> None:
    ran = lifecycle.run(1, 20)

    assert ran.asked == {"send": 20, "poll": 20, "look": 20}
    assert ran.per_s == pytest.approx(20 / ran.took_s)
    assert ran.cpu_s.keys() == {"workers", "postgres", "stub"}
    assert min(ran.rss_mb["api"], ran.rss_mb["worker"]) > 20


@scale.in_full
def test_arq_makes_the_same_calls() -> None:
    ran = race.run_arq(2, 20)

    assert ran.asked == {"send": 20, "poll": 20, "look": 20}


@scale.in_full
def test_dbos_makes_the_same_calls() -> None:
    pytest.importorskip("dbos", reason="installed by `make bench`")

    ran = race.run_dbos(2, 20)

    assert ran.asked == {"send": 20, "poll": 20, "look": 20}


@scale.in_full
def test_calls_are_taken_in_and_replayed_by_pgbench() -> None:
    ran = intake.run(intake.Sizes(singles=8, bulks=2, lifecycles=8))

    floors = (ran.floor_single, ran.floor_bulk, ran.floor_lifecycle)
    assert [floor.count for floor in floors] == [
        8,
        8,
        8,
    ]  # each client of pgbench does one at least
    assert all(floor.statements > floor.transactions > 0 for floor in floors)
    assert min(ran.single.per_s, ran.bulk.per_s) > 0


@scale.in_full
def test_every_contact_is_timed() -> None:
    found = contact.idle(3, every_s=0.1)

    assert found.waits.count == 3
    assert found.waits.p50 <= found.waits.p99


@scale.in_full
def test_others_are_timed_alone_and_beside_a_platform_that_hangs() -> None:
    found = contact.hanging(5)

    assert found.ratio == pytest.approx(found.beside.p50 / found.alone.p50)


@scale.in_full
def test_what_would_leave_for_fifty_is_timed_and_then_taken_in() -> None:
    ran = preview.run(3)

    assert (ran.preview.count, ran.taking.count) == (3, 3)
    assert ran.ratio == pytest.approx(ran.preview.p50 / ran.taking.p50)


def test_fifty_addresses_of_many_platforms_are_looked_at() -> None:
    urls = preview.mixed()

    assert len(urls) == preview.COUNT
    assert len({*urls.values()}) >= 20


@scale.in_full
def test_a_crowd_is_looked_at_and_claimed() -> None:
    sizes = crowd.Sizes(requests=1000, lanes=20, claims=3, looks_s=1, due_looks=0.9, warm_s=0)

    ran = crowd.run(sizes)

    assert ran.checks_per_s > 0
    assert 0 < ran.claims.rows <= ROWS
    assert ran.claims.database_p50_ms < ran.claims.p50_ms <= ran.claims.p99_ms


def test_the_second_lane_has_half_of_the_first() -> None:
    shares = fill.zipf(1_000_000)

    assert len(shares) == fill.LANES
    assert sum(shares) == pytest.approx(1_000_000, rel=0.001)
    assert shares[0] == pytest.approx(2 * shares[1], rel=0.001)
