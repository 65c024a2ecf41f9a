"""Events get their numbers later: without gaps, and never one that comes after a larger one."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from service.domain import ids
from service.engine import sequencer
from service.store.unit import Store
from tests.store.ground import Ground, connected

INSERT = (
    "INSERT INTO events (id, organisation_id, case_id, machine, subject_id, event, state, at)"
    " VALUES ($1, $2, $1, 'takedown', $1, 'resolved', 'open', now())"
)


async def numbers(ground: Ground) -> list[Any]:
    return await ground.rows(
        "SELECT seq, CAST(CAST(txid AS text) AS bigint) AS txid FROM events"
        " WHERE organisation_id = :org ORDER BY seq",
        org=ground.organisation,
    )


async def number_all(store: Store) -> None:
    while await sequencer.number_events(store):
        pass


async def test_numbers_have_no_gaps_whoever_writes_and_whoever_counts(
    ground: Ground, store: Store
) -> None:
    other = await Ground(store).lay()
    writing = True

    async def write(where: Ground, n: int) -> None:
        async with connected(store) as conn:
            for _ in range(n):
                async with conn.transaction():
                    for _ in range(random.randint(1, 4)):
                        await conn.execute(INSERT, ids.new_id(), where.organisation)
                    await asyncio.sleep(random.random() / 100)
                if random.random() < 0.2:
                    began = conn.transaction()
                    await began.start()
                    await conn.execute(INSERT, ids.new_id(), where.organisation)
                    await began.rollback()

    async def count() -> None:
        while writing:
            await sequencer.number_events(store)
            await asyncio.sleep(0.005)

    counters = [asyncio.create_task(count()) for _ in range(2)]
    await asyncio.gather(*(write(where, 15) for where in (ground, other, ground, other)))
    writing = False
    await asyncio.gather(*counters)
    await number_all(store)

    for where in (ground, other):
        rows = await numbers(where)
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        assert [row.txid for row in rows] == sorted(row.txid for row in rows)


async def test_what_is_younger_than_an_open_transaction_waits_for_it(
    ground: Ground, store: Store
) -> None:
    async with connected(store) as slow, connected(store) as quick:
        await quick.execute(INSERT, ids.new_id(), ground.organisation)
        began = slow.transaction()
        await began.start()
        await slow.execute(INSERT, ids.new_id(), ground.organisation)
        await quick.execute(INSERT, ids.new_id(), ground.organisation)

        await number_all(store)
        assert [row.seq for row in await numbers(ground)] == [1, None]

        await began.commit()
        await number_all(store)

    rows = await numbers(ground)
    assert [row.seq for row in rows] == [1, 2, 3]
    assert [row.txid for row in rows] == sorted(row.txid for row in rows)


async def test_what_one_transaction_says_is_numbered_as_it_was_said(
    ground: Ground, store: Store
) -> None:
    said = [ids.new_id() for _ in range(9)]
    async with connected(store) as conn, conn.transaction():
        for one in random.sample(said, len(said)):
            await conn.execute(INSERT, one, ground.organisation)

    await number_all(store)

    rows = await ground.rows(
        "SELECT id FROM events WHERE organisation_id = :org ORDER BY seq", org=ground.organisation
    )
    assert [row.id for row in rows] == said


async def test_a_second_sequencer_leaves_the_work_to_the_first(
    ground: Ground, store: Store
) -> None:
    async with connected(store) as first:
        began = first.transaction()
        await began.start()
        await first.execute("SELECT pg_advisory_xact_lock($1)", sequencer._LOCK)
        async with connected(store) as conn:
            await conn.execute(INSERT, ids.new_id(), ground.organisation)

        assert await sequencer.number_events(store) == 0
        await began.rollback()

    await number_all(store)
    assert [row.seq for row in await numbers(ground)] == [1]


async def test_many_events_are_numbered_in_bounded_steps(
    ground: Ground, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await number_all(store)
    monkeypatch.setattr(sequencer, "BATCH", 4)
    async with connected(store) as conn:
        lines = [(ids.new_id(), ground.organisation) for _ in range(10)]
        await conn.executemany(INSERT, lines)

    steps = [await sequencer.number_events(store) for _ in range(4)]

    assert steps == [4, 4, 2, 0]
    assert [row.seq for row in await numbers(ground)] == list(range(1, 11))
