"""The floor is honest: what pgbench is given is what the product sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from bench.floor import script
from bench.floor.capture import Captured, Recording, Statement
from service.embedded.postgres import EmbeddedPostgres
from service.store.unit import Store, Unit
from tests.database import plain_dsn

VALUES: list[tuple[str, Any]] = [
    ("text", 'it\'s :name, a \\ and "two";\nlines'),
    ("text", ""),
    ("boolean", True),
    ("integer", -7),
    ("double precision", 1.5),
    ("double precision", float("inf")),
    ("integer", 3.0),
    ("bytea", b"\x00'\\\xff"),
    ("uuid", UUID("01890000-0000-7000-8000-000000000001")),
    ("timestamptz", datetime(2026, 11, 22, 19, 30, 15, 250, tzinfo=UTC)),
    ("text[]", ["a,b", 'c"d', "e\\f", "", "NULL", None, "{}"]),
    ("bytea[]", [b"\x00\xff", None]),
    ("integer[]", []),
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
async def test_a_value_is_the_same_when_it_is_written_as_sql(
    migrated: EmbeddedPostgres, kind: str, value: Any
) -> None:
    conn = await asyncpg.connect(plain_dsn(migrated.superuser_url()))
    await conn.execute(f"PREPARE q ({kind}) AS SELECT $1 AS it")

    found = await conn.fetchval(f"EXECUTE q({script.literal(value)})")

    await conn.close()
    assert found == value


async def test_nothing_is_null_and_stays_so(migrated: EmbeddedPostgres) -> None:
    conn = await asyncpg.connect(plain_dsn(migrated.superuser_url()))

    found = await conn.fetchval(f"SELECT {script.literal(None)} IS NULL")

    await conn.close()
    assert found is True


def test_what_is_no_value_of_ours_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        script.literal(object())


async def test_a_captured_operation_has_its_transactions_statements_and_values(
    store: Store,
) -> None:
    async def work(u: Unit) -> None:
        await u.run("SELECT CAST(:n AS integer)", n=1)
        await u.run(text("SELECT 2"))

    with Recording(store).of(taken := Captured()):
        await store.run(work)
        await store.run(work)
        await store.read(work)
    await store.run(work)

    one = [Statement("SELECT CAST($1 AS integer)", (1,)), Statement("SELECT 2", ())]
    assert taken.transactions == [one, one, one[:1], one[1:]]
    assert taken.statements == 6


def test_a_script_prepares_each_statement_once_and_keeps_the_commits() -> None:
    insert = Statement("INSERT INTO t\n  VALUES ($1)", (1,))
    operation = Captured([[insert, Statement("SELECT 1", ())], [insert]])

    assert script.write([operation]).splitlines() == [
        "PREPARE s0 AS INSERT INTO t VALUES ($1);",
        "PREPARE s1 AS SELECT 1;",
        "BEGIN;",
        "EXECUTE s0('1');",
        "EXECUTE s1;",
        "COMMIT;",
        "EXECUTE s0('1');",
    ]
