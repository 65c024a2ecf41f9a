"""Workers are killed at random instants while they send: nothing is lost, and no machine sends
again what may have arrived.
"""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from service.embedded.postgres import EmbeddedPostgres
from service.store.unit import Store
from tests.database import plain_dsn
from tests.flow.processes import Process
from tests.flow.worker import SLOTS, Orders
from tests.prove import killed, naive, scale, storm_worker
from tests.prove.conftest import Figure
from tests.prove.desks import BY_MACHINE, BY_PEOPLE
from tests.prove.recording_platform import RecordingPlatform
from tests.prove.storm import Storm
from tests.prove.storm_office import StormOffice

NOTICES: Final = scale.of(120, 4_000, 50_000)
KILLS: Final = scale.of(6, 100, 1_000)
NAIVE_NOTICES: Final = scale.of(120, 1_000)
NAIVE_KILLS: Final = scale.of(4, 25)
WITHIN_S: Final = scale.of(300, 900, 7_200)
LEASE_S: Final = 10.0  # no live worker is as late as that, however busy the machine is

key_file, vault = killed.key_file, killed.vault


@pytest.fixture
def seed() -> int:
    """What everything random follows from. Put a number here to see a storm again."""
    return random.SystemRandom().randrange(10**6)


@pytest.fixture
def platform(seed: int) -> Iterator[RecordingPlatform]:
    with RecordingPlatform(seed) as platform:
        yield platform


@pytest.fixture
async def office(
    store: Store,
    platform: RecordingPlatform,
    migrated: EmbeddedPostgres,
    database: str,
    redis_url: str,
    key_file: Path,
) -> AsyncIterator[StormOffice]:
    orders = Orders(
        migrated.url("efface_app", database),
        redis_url,
        str(key_file),
        smtp_port=platform.smtp_port,
        lease_s=LEASE_S,
    )
    async with StormOffice(store, platform, orders) as office:
        yield office


async def test_a_storm_of_kills_loses_nothing_and_repeats_nothing(
    office: StormOffice, platform: RecordingPlatform, seed: int, figure: Figure
) -> None:
    """A worker may be killed at any instant: no notice is lost, none is sent twice by a machine
    that does not know, every doubt waits for whoever can tell, and a kill leaves no more doubts
    than its worker had slots: the calls that were out, and the answers not yet on record.
    """
    await office.fill(NOTICES)

    chance = random.Random(seed)
    async with Storm(platform, lambda: Process(office.orders, storm_worker.main), chance) as storm:
        await storm.rage(KILLS, NOTICES)
        await office.until(office.nothing_is_due, WITHIN_S)
        await storm.drained()
    async with office.one_more_worker():
        await office.until(office.machines_are_done, WITHIN_S)
        doubts, waits_s = await office.doubts(), await office.waits_s()
        left = await office.doubtful()

        by_machine, by_people = office.urls(BY_MACHINE), office.urls(BY_PEOPLE)
        arrivals = Counter(report.url for report in platform.reports)
        assert platform.on_desk(by_machine) == Counter(by_machine)
        assert {arrivals[url] for url in by_people} <= {0, 1}
        assert {url for url in by_people if not arrivals[url]} <= set(left.values())
        assert await office.count("perhaps_sent") == len(left)

        await office.people_find_out(left)
        await office.until(office.machines_are_done, WITHIN_S)

    everything = [*by_machine, *by_people]
    assert await office.count("sent") == len(everything)
    assert platform.on_desk(everything) == Counter(everything)
    written = await killed.chains_hold(office)
    out = storm.unanswered()
    on_the_way = (doubts - storm.reached()).total()  # begun, and not at the desk yet
    answered = doubts.total() - on_the_way - out
    assert doubts.total() <= KILLS * SLOTS  # a slot is taken until its result is on record
    figure(
        f"{len(everything):,} notices, {KILLS} kills: 0 lost, 0 twice; {doubts.total()} doubts"
        f" ({len(left)} left to people): {out} calls unanswered at the kills, {on_the_way} on their"
        f" way, and as many as were answered in the {1000 * storm.window_s(answered):.0f} ms before"
        f" (a result waited {1000 * statistics.median(waits_s):.0f} ms for its flush, at most"
        f" {1000 * max(waits_s):.0f}); {written:,} entries intact; seed {seed}"
    )


async def test_the_same_storm_shows_what_a_naive_sender_repeats(
    platform: RecordingPlatform,
    migrated: EmbeddedPostgres,
    database: str,
    seed: int,
    figure: Figure,
) -> None:
    """The storm sees duplicates where there are some: a sender that tries again when a lease runs
    out sends twice.
    """
    dsn = plain_dsn(migrated.superuser_url(database))
    urls = [f"https://mute.example/{n}" for n in range(NAIVE_NOTICES)]
    conn = await asyncpg.connect(dsn)
    await conn.execute(naive.TABLE)
    await conn.executemany("INSERT INTO naive (url) VALUES ($1)", [(url,) for url in urls])
    orders = naive.Orders(dsn, platform.base_url)

    chance = random.Random(seed)
    async with Storm(platform, lambda: Process(orders, naive.main), chance) as storm:
        await storm.rage(NAIVE_KILLS, NAIVE_NOTICES)
        await storm.until(lambda: conn.fetchval("SELECT bool_and(sent) FROM naive"), WITHIN_S)
    await conn.close()

    desk = platform.on_desk(urls)
    twice = sum(n - 1 for n in desk.values())
    assert set(desk) == set(urls)
    assert twice > 0
    figure(
        f"a naive sender, {NAIVE_NOTICES:,} notices, {NAIVE_KILLS} kills: 0 lost, {twice} twice;"
        f" seed {seed}"
    )
