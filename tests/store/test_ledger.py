"""The only writer of state, with others writing at the same time."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Final

import pytest
from sqlalchemy.exc import DBAPIError

from service.domain import follow, ids
from service.domain.states import Actor, Event, Machine, NoticeState, TakedownState
from service.embedded.postgres import EmbeddedPostgres
from service.store import ledger
from service.store.sealing import Vault
from service.store.unit import Again, Store, Unit, make_engine
from tests.store.ground import RULES, Ground, connected, move, now

N, T, E = NoticeState, TakedownState, Event
NOTICE_MOVES: Final = {
    N.DUE: E.START,
    N.SENDING: E.NOT_SENT,
}
TAKEDOWN_MOVES: Final = {T.OPEN: E.SEEN_RESTRICTED, T.RESTRICTED: E.SEEN_UP}


class Counting(Store):
    """A store that counts deadlocks before its unit of work hides them."""

    deadlocks = 0
    tries = 0

    async def _once(self, work: Any) -> Any:
        self.tries += 1
        try:
            return await super()._once(work)
        except DBAPIError as error:
            self.deadlocks += getattr(error.orig, "sqlstate", "") == "40P01"
            raise


@pytest.fixture
async def crowd(migrated: EmbeddedPostgres, database: str, vault: Vault) -> Any:
    """A centre whose store has eight connections."""
    store = Counting(make_engine(migrated.url("efface_app", database), pool_size=8), vault)
    yield await Ground(store).lay()
    await store.close()


async def test_overlapping_batches_in_any_order_never_deadlock(crowd: Ground) -> None:
    macs = [ids.new_id().bytes for _ in range(6)]
    cases = [crowd.case, await crowd.new_case(), await crowd.new_case()]
    takedowns = [
        i for case in cases for i in await crowd.takedowns(case=case, macs=macs, platform="mailed")
    ]
    takedowns += await crowd.takedowns(8)
    notices = await crowd.notices()
    dice = random.Random(7)

    async def some_notices(u: Unit) -> None:
        picked = dice.sample(notices, 5)
        world = await ledger.open_world(u, RULES, now(), notices=picked)
        states = [(i, world.notices[i].state) for i in picked]
        moves = [move(i, NOTICE_MOVES[s], Machine.NOTICE) for i, s in states if s in NOTICE_MOVES]
        await ledger.record(u, world, moves)

    async def some_takedowns(u: Unit) -> None:
        picked = dice.sample(takedowns, 5)
        world = await ledger.open_world(u, RULES, now(), takedowns=picked)
        states = [(i, world.takedowns[i].state) for i in picked]
        moves = [move(i, TAKEDOWN_MOVES[s]) for i, s in states if s in TAKEDOWN_MOVES]
        await ledger.record(u, world, moves)

    async def hold_or_release(u: Unit) -> None:
        picked = dice.sample(takedowns, 2)
        world = await ledger.open_world(u, RULES, now(), takedowns=picked)
        moves = []
        for takedown in (world.takedowns[i] for i in picked):
            held = takedown.state is T.HELD
            world.held[takedown.id] = set() if held else {"safety"}
            event = follow.release_event(takedown) if held else E.HOLD
            moves.append(move(takedown.id, event, by=Actor.SUPERVISOR))
        await ledger.record(u, world, moves)

    async def work_on() -> None:
        for _ in range(12):
            work = dice.choice([some_notices, some_takedowns, hold_or_release])
            await crowd.store.run(work)

    await asyncio.gather(*(work_on() for _ in range(8)))

    assert isinstance(crowd.store, Counting)
    assert crowd.store.deadlocks == 0
    await well_formed(crowd)


async def well_formed(ground: Ground) -> None:
    """Whatever was written, every row ends its chain, and one request of a group carries."""
    for table in ("takedowns", "requests", "notices"):
        (bad,) = await ground.rows(
            f"SELECT count(*) FROM {table} s WHERE organisation_id = :org AND NOT EXISTS"
            " (SELECT 1 FROM entries e WHERE e.id = s.entry_id AND e.hash = s.entry_hash"
            "  AND e.version = s.version AND e.target = s.state)",
            org=ground.organisation,
        )
        assert bad.count == 0


async def test_the_count_of_deadlocks_sees_one(crowd: Ground) -> None:
    one, other = await crowd.takedowns(2)
    barrier = asyncio.Barrier(2)

    def work(first: Any, second: Any) -> Any:
        async def run(u: Unit) -> None:
            await u.run("SELECT 1 FROM takedowns WHERE id = :id FOR UPDATE", id=first)
            if crowd.store.tries <= before + 2:  # type: ignore[attr-defined]
                await barrier.wait()
            await u.run("SELECT 1 FROM takedowns WHERE id = :id FOR UPDATE", id=second)

        return run

    before = crowd.store.tries  # type: ignore[attr-defined]
    await asyncio.gather(crowd.store.run(work(one, other)), crowd.store.run(work(other, one)))

    assert isinstance(crowd.store, Counting)
    assert crowd.store.deadlocks == 1


async def test_two_cases_that_ask_about_one_thing_at_once_ask_once(crowd: Ground) -> None:
    mac = ids.new_id().bytes
    cases = [crowd.case, *[await crowd.new_case() for _ in range(5)]]

    await asyncio.gather(*(crowd.takedowns(case=case, macs=[mac]) for case in cases))

    requests = await crowd.mine("requests")
    assert sorted(r.state for r in requests) == ["joined"] * 5 + ["pending"]
    assert [r.state for r in requests if r.carrying] == ["pending"]
    assert len(await crowd.notices()) == 1


async def test_a_notice_starts_once_however_many_try(crowd: Ground) -> None:
    await crowd.takedowns()
    (notice,) = await crowd.notices()

    results = await asyncio.gather(*(crowd.move_notices([notice], E.START) for _ in range(6)))

    assert sum(len(r.moved) for r in results) == 1
    assert sum(len(r.refused) for r in results) == 5


async def test_a_refused_move_leaves_its_neighbours_alone(ground: Ground) -> None:
    one, other = await ground.takedowns(2)

    async def work(u: Unit, world: Any) -> Any:
        moves = [move(one, E.STILL_GONE), move(other, E.SEEN_GONE), move(one, E.SEEN_RESTRICTED)]
        return await ledger.record(u, world, moves)

    recorded = await ground.in_world(work, takedowns=[one, other])

    assert [m.event for m, _ in recorded.refused] == [E.STILL_GONE]
    states = {t.id: t.state for t in await ground.mine("takedowns")}
    assert states == {one: "restricted", other: "gone"}


async def test_a_unit_that_fails_leaves_nothing(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()
    before = await ground.mine("entries")

    async def work(u: Unit, world: Any) -> None:
        await ledger.record(u, world, [move(takedown, E.SEEN_GONE)])
        raise KeyError

    with pytest.raises(KeyError):
        await ground.in_world(work, takedowns=[takedown])

    assert await ground.mine("entries") == before
    assert [t.state for t in await ground.mine("takedowns")] == ["open"]


async def test_what_came_to_be_while_the_locks_were_taken_is_seen(ground: Ground) -> None:
    """A request that joins between the first look and the locks makes the unit begin again."""
    mac = ids.new_id().bytes
    (one,) = await ground.takedowns(macs=[mac])
    late = await ground.new_case()
    seen = []

    async with connected(ground.store) as blocker:
        began = blocker.transaction()
        await began.start()
        await blocker.execute("SELECT 1 FROM takedowns WHERE id = $1 FOR UPDATE", one)

        async def work(u: Unit) -> None:
            seen.append("try")
            world = await ledger.open_world(u, RULES, now(), takedowns=[one])
            seen.append(str(len(world.requests)))

        waiting = asyncio.ensure_future(ground.store.run(work))
        await asyncio.sleep(0.1)
        await insert_joined(blocker, ground, one, late, mac)
        await began.commit()
        await waiting

    assert seen == ["try", "try", "2"]


async def insert_joined(conn: Any, ground: Ground, like: Any, case: Any, mac: bytes) -> None:
    """A joined request, written past the ledger."""
    request, plan, joined = ids.new_id(), ids.new_id(), ids.new_id()
    line = (
        "INSERT INTO entries (id, organisation_id, case_id, machine, subject_id, version, source,"
        " event, target, actor, happened_at, recorded_at, prev_id, prev_version, hash)"
        " VALUES ($1, $2, $3, 'request', $4, $5, $6, $7, $8, 'engine', now(), now(), $9, $10, '')"
    )
    org = ground.organisation
    await conn.execute(line, plan, org, case, request, 1, None, "plan", "pending", None, None)
    await conn.execute(line, joined, org, case, request, 2, "pending", "join", "joined", plan, 1)
    await conn.execute(
        "INSERT INTO requests SELECT (jsonb_populate_record(r, jsonb_build_object('id', $2::uuid,"
        " 'case_id', $3::uuid, 'carrying', false, 'state', 'pending', 'version', 1,"
        " 'entry_id', $4::uuid))).* FROM requests r WHERE takedown_id = $1",
        like, request, case, plan,
    )  # fmt: skip
    await conn.execute(
        "UPDATE requests SET state = 'joined', version = 2, entry_id = $2 WHERE id = $1",
        request, joined,
    )  # fmt: skip
    assert mac


async def test_a_notice_whose_request_is_not_locked_is_opened_again(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ground.takedowns()
    (notice,) = await ground.notices()
    await ground.takedowns()
    other = next(n for n in await ground.notices() if n != notice)
    (request,) = await ground.rows(
        "SELECT request_id AS id FROM carried WHERE notice_id = :n", n=other
    )

    async def work(u: Unit) -> None:
        reach = ledger._reach

        async def stale(*arguments: Any) -> Any:
            found = await reach(*arguments)
            await u.run(
                "INSERT INTO carried (notice_id, request_id, position) VALUES (:n, :r, 1)",
                n=notice,
                r=request.id,
            )
            return found

        monkeypatch.setattr(ledger, "_reach", stale)
        await ledger.open_world(u, RULES, now(), notices=[notice])

    with pytest.raises(Again):
        await ground.store._once(work)


async def test_what_is_due_now_is_rung(ground: Ground) -> None:
    heard: set[tuple[str, str]] = set()

    class Bell:
        def ring(self, rings: Any) -> None:
            heard.update(rings)

    ground.store.bell = Bell()

    await ground.takedowns()

    lane = f"video/{ground.organisation}"
    assert heard == {("look", f"video/look/{ground.organisation}"), ("send", lane)}


async def test_an_empty_batch_of_nothing_is_nothing(ground: Ground) -> None:
    async def work(u: Unit, world: Any) -> Any:
        return await ledger.record(u, world, [])

    recorded = await ground.in_world(work)

    assert (list(recorded.moved), list(recorded.refused)) == ([], [])
