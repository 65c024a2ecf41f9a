"""What the database refuses on the product's own connection. Each time nothing has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from service.domain import ids
from service.domain.states import Event
from service.store import tables
from service.store.unit import Store
from tests.store.ground import Ground, connected

Conn = Any  # of asyncpg, which ships no types
DENIED: Final = "42501"
UNIQUE: Final = "23505"
CHECK: Final = "23514"
NO_PARENT: Final = "23503"
GUARD: Final = "EF001"
NO_CHANGE: Final = "EF002"

ENTRY: Final = """
INSERT INTO entries (id, organisation_id, case_id, machine, subject_id, version, source, event,
  target, actor, happened_at, recorded_at, prev_id, prev_version, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'engine', now(), now(), $10, $11, '')
"""


async def snapshot(conn: Conn) -> dict[str, Any]:
    """Everything the record holds, as the application reads it."""
    found = {}
    for table in (*tables.APPEND_ONLY, *tables.NO_DELETE, *tables.FREE):
        rows = await conn.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")
        found[table] = [tuple(row) for row in rows]
    return found


async def refused(store: Store, work: Callable[[Conn], Awaitable[Any]]) -> str:
    """The SQLSTATE of a transaction's refusal, after seeing that it left nothing behind."""
    async with connected(store) as conn:
        before = await snapshot(conn)
        with pytest.raises(asyncpg.PostgresError) as caught:
            async with conn.transaction():
                await work(conn)
        assert await snapshot(conn) == before
    assert caught.value.sqlstate
    return str(caught.value.sqlstate)


def says(statement: str, *values: Any) -> Callable[[Conn], Awaitable[Any]]:
    return lambda conn: conn.execute(statement, *values)


async def last(ground: Ground, table: str, row: UUID) -> Any:
    (found,) = await ground.rows(f"SELECT * FROM {table} WHERE id = :id", id=row)
    return found


async def add_entry(
    conn: Conn, ground: Ground, row: Any, event: str, target: str, **changes: Any
) -> UUID:
    """A line that follows on from a row's last one, however wrong."""
    values = {
        "machine": "takedown", "version": row.version + 1, "source": row.state,
        "prev_id": row.entry_id, "prev_version": row.version, **changes,
    }  # fmt: skip
    id_ = ids.new_id()
    await conn.execute(
        ENTRY, id_, ground.organisation, ground.case, values["machine"],
        values.get("subject_id", row.id), values["version"], values["source"], event, target,
        values["prev_id"], values["prev_version"],
    )  # fmt: skip
    return id_


async def test_the_product_is_no_superuser(store: Store) -> None:
    async with connected(store) as conn:
        role = await conn.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")

    assert role["rolname"] == "efface_app"
    may = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolbypassrls", "rolreplication")
    assert [name for name in may if role[name]] == []


async def test_a_second_open_attempt(ground: Ground) -> None:
    await ground.takedowns()
    (notice,) = await ground.notices()
    await ground.intend(notice)

    state = await refused(
        ground.store,
        says(
            "INSERT INTO attempts (id, organisation_id, case_id, notice_id, n, state, started_at)"
            " VALUES ($1, $2, $3, $4, 2, 'intent', now())",
            ids.new_id(), ground.organisation, ground.case, notice,
        ),
    )  # fmt: skip

    assert state == UNIQUE


@pytest.mark.parametrize("state", ["perhaps", "accepted"])
async def test_a_second_attempt_while_one_is_in_doubt_or_taken(ground: Ground, state: str) -> None:
    await ground.takedowns()
    (notice,) = await ground.notices()
    await ground.intend(notice, state)

    with pytest.raises(Exception, match="attempts_one_open"):
        await ground.store._once(
            lambda u: u.run(
                "INSERT INTO attempts (id, organisation_id, case_id, notice_id, n, state,"
                " started_at) VALUES (:id, :org, :case, :notice, 2, 'intent', now())",
                id=ids.new_id(),
                org=ground.organisation,
                case=ground.case,
                notice=notice,
            )
        )


async def test_a_closed_attempt_makes_room_for_the_next(ground: Ground) -> None:
    await ground.takedowns()
    (notice,) = await ground.notices()
    await ground.intend(notice, "not_sent")
    await ground.intend(notice, "superseded")

    await ground.intend(notice)

    assert len(await ground.mine("attempts")) == 3


async def test_a_move_that_no_table_has(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()
    row = await last(ground, "takedowns", takedown)

    async def work(conn: Conn) -> None:
        entry = await add_entry(conn, ground, row, "still_gone", "closed")
        await conn.execute(
            "UPDATE takedowns SET state = 'closed', version = version + 1, entry_id = $2"
            " WHERE id = $1",
            takedown,
            entry,
        )

    assert await refused(ground.store, work) == CHECK


async def test_a_legal_event_that_leads_somewhere_else(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()
    row = await last(ground, "takedowns", takedown)

    async def work(conn: Conn) -> None:
        await add_entry(conn, ground, row, "seen_gone", "closed")

    assert await refused(ground.store, work) == CHECK


async def test_a_line_that_skips_a_version(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()
    row = await last(ground, "takedowns", takedown)

    async def work(conn: Conn) -> None:
        await add_entry(conn, ground, row, "seen_gone", "gone", version=row.version + 2)

    assert await refused(ground.store, work) == CHECK


async def test_a_line_that_claims_another_state_before_it(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()
    row = await last(ground, "takedowns", takedown)

    async def work(conn: Conn) -> None:
        await add_entry(conn, ground, row, "seen_gone", "gone", source="restricted")

    assert await refused(ground.store, work) == NO_PARENT


async def test_two_lines_of_one_version(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()
    row = await last(ground, "takedowns", takedown)
    (first,) = await ground.rows(
        "SELECT id FROM entries WHERE subject_id = :id AND version = 1", id=takedown
    )

    async def work(conn: Conn) -> None:
        await add_entry(
            conn, ground, row, "resolved", "open", version=2, source="resolving",
            prev_id=first.id, prev_version=1,
        )  # fmt: skip

    assert await refused(ground.store, work) == UNIQUE


@pytest.mark.parametrize("how", ["whole", "version_one"])
async def test_a_row_that_begins_in_a_later_state(ground: Ground, how: str) -> None:
    (takedown,) = await ground.takedowns()
    new = ids.new_id()
    version = 2 if how == "whole" else 1

    state = await refused(
        ground.store,
        says(
            "INSERT INTO takedowns SELECT (jsonb_populate_record(t, jsonb_build_object("
            " 'id', $2::uuid, 'version', $3::int, 'dedupe_mac', '\\x00'))).* FROM takedowns t"
            " WHERE id = $1",
            takedown, new, version,
        ),
    )  # fmt: skip

    assert state == (GUARD if how == "whole" else NO_PARENT)


async def test_a_change_of_state_without_a_line(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()

    async def work(conn: Conn) -> None:
        await conn.execute("UPDATE takedowns SET state = 'gone' WHERE id = $1", takedown)

    assert await refused(ground.store, work) == NO_PARENT


async def test_a_change_of_state_on_the_word_of_another_row(ground: Ground) -> None:
    one, other = await ground.takedowns(2)
    (line,) = await ground.rows(
        "SELECT id FROM entries WHERE subject_id = :id AND version = 1", id=other
    )

    async def work(conn: Conn) -> None:
        await conn.execute(
            "UPDATE takedowns SET state = 'resolving', version = 1, entry_id = $2 WHERE id = $1",
            one, line.id,
        )  # fmt: skip

    assert await refused(ground.store, work) in (GUARD, NO_PARENT)


@pytest.mark.parametrize("table", ["takedowns", "requests", "notices"])
async def test_a_line_without_its_change_of_state(ground: Ground, table: str) -> None:
    await ground.takedowns()
    (row,) = await ground.mine(table)
    event, target = {
        "takedowns": ("seen_gone", "gone"),
        "requests": ("asked", "asked"),
        "notices": ("start", "sending"),
    }[table]

    async def work(conn: Conn) -> None:
        await add_entry(conn, ground, row, event, target, machine=table.removesuffix("s"))

    assert await refused(ground.store, work) == NO_CHANGE


async def test_a_first_line_of_nothing(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()
    row = await last(ground, "takedowns", takedown)

    async def work(conn: Conn) -> None:
        await add_entry(
            conn, ground, row, "accept", "resolving", subject_id=ids.new_id(), version=1,
            source=None, prev_id=None, prev_version=None,
        )  # fmt: skip

    assert await refused(ground.store, work) == NO_CHANGE


@pytest.mark.parametrize("table", ["takedowns", "requests", "notices"])
async def test_going_back_a_version(ground: Ground, table: str) -> None:
    await ground.takedowns()
    await ground.move_notices(await ground.notices(), Event.START, Event.ACCEPTED)
    (row,) = await ground.mine(table)
    (line,) = await ground.rows(
        "SELECT * FROM entries WHERE subject_id = :id AND version = 1", id=row.id
    )

    async def work(conn: Conn) -> None:
        await conn.execute(
            f"UPDATE {table} SET state = $2, version = 1, entry_id = $3, entry_hash = $4"
            " WHERE id = $1",
            row.id, line.target, line.id, line.hash,
        )  # fmt: skip

    assert await refused(ground.store, work) == GUARD


@pytest.mark.parametrize("table", tables.APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_what_was_recorded_stays(ground: Ground, table: str, verb: str) -> None:
    await ground.takedowns()
    statement = {
        "UPDATE": f"UPDATE {table} SET id = id",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[verb]

    assert await refused(ground.store, says(statement)) == DENIED


@pytest.mark.parametrize("table", tables.NO_DELETE)
@pytest.mark.parametrize("verb", ["DELETE FROM", "TRUNCATE"])
async def test_rows_of_state_are_never_taken_away(ground: Ground, table: str, verb: str) -> None:
    await ground.takedowns()

    assert await refused(ground.store, says(f"{verb} {table}")) == DENIED


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE entries DISABLE TRIGGER ALL",
        "DROP TRIGGER moved_takedown ON entries",
        "ALTER TABLE entries DROP CONSTRAINT ck_entries_legal_move",
        "SET session_replication_role = replica",
        "SET ROLE efface_owner",
        "SET ROLE efface_migrator",
        "CREATE TABLE mine (id int)",
        (
            "CREATE OR REPLACE FUNCTION efface_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RETURN NEW; END'"
        ),
        "UPDATE alembic_version SET version_num = '9999'",
    ],
)
async def test_the_rules_cannot_be_switched_off(ground: Ground, statement: str) -> None:
    assert await refused(ground.store, says(statement)) == DENIED


async def test_a_second_request_that_carries_the_same_thing(ground: Ground) -> None:
    mac = ids.new_id().bytes
    await ground.takedowns(macs=[mac])
    await ground.takedowns(macs=[mac], case=await ground.new_case())

    state = await refused(ground.store, says("UPDATE requests SET carrying = true"))

    assert state == UNIQUE


async def test_two_that_want_to_carry_at_once_are_told_apart(ground: Ground) -> None:
    mac = ids.new_id().bytes
    (one,) = await ground.takedowns(macs=[mac])
    (other,) = await ground.takedowns(macs=[mac], case=await ground.new_case())
    await ground.store.run(
        lambda u: u.run(
            "UPDATE requests SET carrying = false WHERE organisation_id = :org",
            org=ground.organisation,
        )
    )

    claim = "UPDATE requests SET carrying = true WHERE takedown_id = $1"
    async with connected(ground.store) as first, connected(ground.store) as second:
        began = first.transaction()
        await began.start()
        await first.execute(claim, one)
        waiting = asyncio.ensure_future(second.execute(claim, other))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await began.commit()
        with pytest.raises(asyncpg.UniqueViolationError):
            await waiting
