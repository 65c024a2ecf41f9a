"""One unit of work is one transaction, whatever happens to the connection under it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from service.domain import ids
from service.domain.states import Actor
from service.embedded.postgres import EmbeddedPostgres
from service.store import entries, unit
from service.store.sealing import Vault
from service.store.unit import Again, DatabaseAway, Store, Unit, make_engine
from tests.store.ground import Ground, connected, now
from tests.store.wire import Wire

Work = Callable[[Unit], Awaitable[Any]]


class Heard:
    """A bell that remembers."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, str]] = []

    def ring(self, rings: Any) -> None:
        self.rings += sorted(rings)


@pytest.fixture
async def wire(migrated: EmbeddedPostgres, database: str) -> AsyncIterator[Wire]:
    """A wire to this test's database."""
    folder = make_url(migrated.url("efface_app", database)).query["host"]
    async with Wire(str(folder)) as made:
        yield made


@pytest.fixture
async def wired(
    migrated: EmbeddedPostgres, database: str, vault: Vault, wire: Wire
) -> AsyncIterator[Store]:
    """The product's store, at the other end of the wire."""
    url = make_url(migrated.url("efface_app", database)).set(query={"host": wire.folder})
    made = Store(make_engine(url.render_as_string(hide_password=False)), vault)
    yield made
    await made.close()


def adds_a_lane(name: str) -> Work:
    """Insert a row; a second insert of the same name would be refused."""

    async def work(u: Unit) -> None:
        await u.run("INSERT INTO lanes (id, platform, killed) VALUES (:id, 'p', false)", id=name)

    return work


async def lanes(store: Store, like: str) -> int:
    async def work(u: Unit) -> int:
        found = await u.run("SELECT count(*) FROM lanes WHERE id LIKE :like", like=like)
        return int(found.scalar_one())

    return await store.read(work)


async def test_leaving_without_an_exception_commits(store: Store) -> None:
    await store.run(adds_a_lane("kept"))

    assert await lanes(store, "kept") == 1


async def test_leaving_with_an_exception_rolls_back_and_rings_nobody(store: Store) -> None:
    store.bell = bell = Heard()

    async def work(u: Unit) -> None:
        await adds_a_lane("lost")(u)
        u.ring("send", "lost")
        raise KeyError("lost")

    with pytest.raises(KeyError):
        await store.run(work)

    assert await lanes(store, "lost") == 0
    assert bell.rings == []


async def _puts_on_record(u: Unit, ground: Ground) -> None:
    await entries.fact(
        u, now(), organisation_id=ground.organisation, event="read", actor=Actor.CASE_WORKER
    )


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO lanes (id, platform, killed) VALUES ('read', 'p', false)",
        "WITH taken AS (DELETE FROM lanes RETURNING id) SELECT id FROM taken",
        "UPDATE lanes SET killed = true",
        "SELECT id FROM lanes FOR UPDATE SKIP LOCKED",
        "SELECT id FROM lanes FOR SHARE",
        "SELECT pg_advisory_xact_lock(1)",
    ],
)
async def test_a_read_that_writes_or_locks_is_refused_before_anything_is_done(
    store: Store, statement: str
) -> None:
    async def work(u: Unit) -> None:
        await u.run(statement)

    with pytest.raises(unit.ReadsOnly):
        await store.read(work)

    assert await lanes(store, "read") == 0


async def test_a_read_that_puts_itself_on_record_is_refused(ground: Ground) -> None:
    with pytest.raises(unit.ReadsOnly):
        await ground.store.read(lambda u: _puts_on_record(u, ground))

    assert await ground.mine("entries") == []


async def test_rings_come_after_the_commit_and_once(store: Store) -> None:
    store.bell = bell = Heard()
    tries = 0

    async def work(u: Unit) -> None:
        nonlocal tries
        tries += 1
        u.ring("send", "a")
        u.ring("send", "a")
        assert bell.rings == []
        if tries == 1:
            raise Again

    await store.run(work)

    assert bell.rings == [("send", "a")]
    assert tries == 2


async def test_what_was_read_and_has_changed_is_read_again_for_ever_so_long(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit, "TRIES", 3)
    tries = 0

    async def work(_: Unit) -> None:
        nonlocal tries
        tries += 1
        raise Again

    with pytest.raises(DatabaseAway):
        await store.run(work)

    assert tries == 3


async def test_a_deadlock_is_tried_again_until_both_are_through(store: Store) -> None:
    await store.run(adds_a_lane("dead/a"))
    await store.run(adds_a_lane("dead/b"))
    barrier, tries = asyncio.Barrier(2), 0

    def work(first: str, second: str) -> Work:
        async def run(u: Unit) -> None:
            nonlocal tries
            tries += 1
            once = tries <= 2
            await u.run("UPDATE lanes SET killed = true WHERE id = :id", id=first)
            if once:
                await barrier.wait()
            await u.run("UPDATE lanes SET killed = true WHERE id = :id", id=second)

        return run

    await asyncio.gather(store.run(work("dead/a", "dead/b")), store.run(work("dead/b", "dead/a")))

    assert tries == 3


async def test_a_serialization_failure_is_tried_again(store: Store) -> None:
    await store.run(adds_a_lane("serial"))
    tries = 0

    async def work(u: Unit) -> None:
        nonlocal tries
        tries += 1
        await u.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await u.run("SELECT 1 FROM lanes")
        if tries == 1:
            async with connected(store) as other:
                await other.execute("UPDATE lanes SET killed = true WHERE id = 'serial'")
        await u.run("UPDATE lanes SET killed = false WHERE id = 'serial'")

    await store.run(work)

    assert tries == 2


async def test_who_loses_a_race_for_a_key_looks_again(store: Store) -> None:
    found: list[bool] = []

    async def work(u: Unit) -> None:
        there = (await u.run("SELECT 1 FROM lanes WHERE id = 'race'")).scalar() is not None
        found.append(there)
        if there:
            return
        if len(found) == 1:
            async with connected(store) as other:
                await other.execute(
                    "INSERT INTO lanes (id, platform, killed) VALUES ('race', 'p', false)"
                )
        await adds_a_lane("race")(u)

    await store.run(work)

    assert found == [False, True]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entries",
        "SELECT * FROM nowhere",
        "UPDATE lanes SET id = NULL",
        (
            "INSERT INTO clocks (id, request_id, kind, ends_on, rule, starts_at, due_at, state)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), 'own', 'answer', 'x', now(), now(),"
            " 'running')"
        ),
    ],
)
async def test_a_fault_of_ours_is_raised_at_once(store: Store, statement: str) -> None:
    await store.run(adds_a_lane(str(ids.new_id())))
    tries = 0

    async def work(u: Unit) -> None:
        nonlocal tries
        tries += 1
        await u.run(statement)

    with pytest.raises(DBAPIError):
        await store.run(work)

    assert tries == 1


async def test_an_error_never_shows_what_was_sent(store: Store) -> None:
    secret = "https://example.com/secret"

    with pytest.raises(DBAPIError) as caught:
        await store._once(lambda u: u.run("SELECT CAST(:v AS text), 1 / 0", v=secret))

    assert "division by zero" in str(caught.value)
    assert secret not in str(caught.value)


async def test_a_lost_connection_is_replaced(wired: Store, wire: Wire) -> None:
    tries = 0

    async def work(u: Unit) -> None:
        nonlocal tries
        tries += 1
        await adds_a_lane(f"lost/{tries}")(u)
        if tries == 1:
            wire.drop()
            await u.run("SELECT 1")

    await wired.run(work)

    assert tries == 2
    assert await lanes(wired, "lost/%") == 1


async def test_nobody_at_the_other_end_is_said_so(
    wired: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit, "TRIES", 2)
    wire.closed = True

    with pytest.raises(DatabaseAway):
        await wired.run(adds_a_lane("never"))

    wire.closed = False
    assert await lanes(wired, "never") == 0


async def test_a_database_that_comes_back_in_time_was_never_away(wired: Store, wire: Wire) -> None:
    wire.closed = True
    asyncio.get_running_loop().call_later(0.05, setattr, wire, "closed", False)

    await wired.run(adds_a_lane("back"))

    assert await lanes(wired, "back") == 1


def writes_an_entry(ground: Ground, made: list[Any]) -> Work:
    """A unit that leaves a trace by which its outcome can be looked up."""

    async def work(u: Unit) -> None:
        made.append(
            await entries.fact(
                u, now(), organisation_id=ground.organisation, event="tested", actor=Actor.ENGINE
            )
        )
        u.txid = int((await u.run("SELECT pg_current_xact_id()::text")).scalar_one())

    return work


async def test_a_commit_whose_reply_was_lost_is_looked_up_and_not_repeated(
    ground: Ground, wired: Store, wire: Wire
) -> None:
    made: list[Any] = []
    await lanes(wired, "warm")
    wire.cut = "after_commit"

    await wired.run(writes_an_entry(ground, made))

    assert len(made) == 1
    assert [row.id for row in await ground.mine("entries")] == made


async def test_a_commit_that_never_arrived_is_done_again(
    ground: Ground, wired: Store, wire: Wire
) -> None:
    made: list[Any] = []
    await lanes(wired, "warm")
    wire.cut = "before_commit"

    await wired.run(writes_an_entry(ground, made))

    assert len(made) == 2
    assert [row.id for row in await ground.mine("entries")] == made[1:]


async def test_work_of_the_ledger_can_always_be_looked_up(
    ground: Ground, wired: Store, wire: Wire
) -> None:
    there = Ground(wired)
    there.organisation, there.case = ground.organisation, await ground.new_case()
    await wired.run(lambda u: u.run("SELECT 1"))
    ground.store.vault = wired.vault
    wire.cut = "after_commit"

    await there.takedowns()

    assert len(await ground.mine("takedowns")) == 1
