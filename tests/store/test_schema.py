"""The database is what the model says, and what the tables of states say."""

from __future__ import annotations

import asyncio
import re
from dataclasses import fields
from itertools import chain

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from service.domain import world
from service.domain.states import TABLES
from service.embedded.postgres import EmbeddedPostgres
from service.store import bulk, checks, schema, tables
from service.store.unit import Store

VALUES = {
    tables.Takedown: world.Takedown,
    tables.Request: world.Request,
    tables.Notice: world.Notice,
    tables.Carried: world.Carried,
    tables.Clock: world.Clock,
}
BESIDE = {
    tables.Takedown: {
        "batch_id", "url_sealed", "locator_sealed", "external_id_sealed", "dedupe_mac",
        "look_lease_until", "approved_digest", "approved_at", "updated_at", "given_mac",
    },
    tables.Notice: {"poll_lease_until", "updated_at", "words_sealed"},
}  # fmt: skip
"""Columns that the rules never see."""


async def drift_of(server: EmbeddedPostgres, database: str, change: str | None = None) -> list[str]:
    """What differs between the model and a database, after an unrecorded change to it."""
    engine = create_async_engine(server.superuser_url(database))
    try:
        async with engine.connect() as conn:
            if change:
                await conn.execute(text(change))
            return [str(line) for line in await conn.run_sync(schema.drift)]
    finally:
        await engine.dispose()


async def test_the_migrated_database_is_the_model(
    migrated: EmbeddedPostgres, database: str
) -> None:
    assert await drift_of(migrated, database) == []


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("ALTER TABLE holds ADD COLUMN extra text", "extra"),
        ("ALTER TABLE lanes ALTER COLUMN killed DROP NOT NULL", "modify_nullable"),
        ("DROP INDEX attempts_one_open", "attempts_one_open"),
        ("CREATE TABLE stray (id int)", "stray"),
        ("ALTER TABLE entries DROP CONSTRAINT entries_version", "add_constraint"),
        ("ALTER TABLE requests ALTER COLUMN rung TYPE bigint", "modify_type"),
    ],
)
async def test_drift_is_seen(
    migrated: EmbeddedPostgres, database: str, change: str, seen: str
) -> None:
    assert seen in " ".join(await drift_of(migrated, database, change))


async def test_the_check_in_the_database_lists_exactly_the_tables_of_states(store: Store) -> None:
    async with store.engine.connect() as conn:
        found = await conn.scalar(
            text(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = 'entries'::regclass AND conname LIKE '%legal_move'"
            )
        )
    listed = set(re.findall(r"'([a-z_]+:[a-z_]*:[a-z_]+:[a-z_]+)'", str(found)))

    lines = {
        f"{m.value}:{r.source.value if r.source else ''}:{r.event.value}:{r.target.value}"
        for m, table in TABLES.items()
        for r in table
    }
    assert listed == lines
    assert all(f"'{line}'" in checks.legal_moves() for line in lines)


async def test_the_other_checks_are_the_model_s(store: Store) -> None:
    async with store.engine.connect() as conn:
        rows = await conn.execute(
            text(
                "SELECT conrelid::regclass::text AS on_table, conname FROM pg_constraint"
                " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            )
        )
        found = {(row.on_table, row.conname) for row in rows}

    declared = {
        (table.name, str(constraint.name))
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    assert found == declared


async def test_the_guards_are_in_place_and_on(store: Store) -> None:
    async with store.engine.connect() as conn:
        rows = await conn.execute(
            text(
                "SELECT c.relname, t.tgname, t.tgenabled, pg_get_functiondef(t.tgfoid) AS body"
                " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
            )
        )
        found = {(row.relname, row.tgname): row for row in rows}

    wanted = {
        (table, name) for table in checks.STATE_TABLES for name in ("starts_at_one", "never_back")
    } | {("entries", f"moved_{table.removesuffix('s')}") for table in checks.STATE_TABLES}
    assert set(found) == wanted
    assert {row.tgenabled for row in found.values()} == {b"O"}
    guards = " ".join(" ".join(checks.guards()).split())
    for row in found.values():
        body = row.body.split("$function$")[1]
        assert " ".join(body.split()) in guards


@pytest.mark.parametrize("model", VALUES, ids=lambda m: m.__tablename__)
def test_what_the_rules_move_is_what_the_table_holds(model: type[SQLModel]) -> None:
    columns = {c.name for c in bulk.table_of(model).columns}

    assert {f.name for f in fields(VALUES[model])} == columns - BESIDE.get(model, set())


async def test_the_application_may_do_exactly_what_is_declared(store: Store) -> None:
    async with store.engine.connect() as conn:
        rows = await conn.execute(
            text(
                "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
                " WHERE grantee = 'efface_app' AND table_schema = 'public'"
            )
        )
        found: dict[str, set[str]] = {}
        for row in rows:
            found.setdefault(row.table_name, set()).add(row.privilege_type)

    read, add = {"SELECT"}, {"SELECT", "INSERT"}
    assert found == (
        dict.fromkeys(tables.APPEND_ONLY, add)
        | {key: {*add, "UPDATE"} for key in tables.NO_DELETE}
        | {key: {*add, "UPDATE", "DELETE"} for key in tables.FREE}
        | dict.fromkeys((*tables.VIEWS, "alembic_version"), read)
    )


async def test_nobody_else_has_a_right_on_anything(store: Store) -> None:
    async with store.engine.connect() as conn:
        others = await conn.scalars(
            text(
                "SELECT DISTINCT grantee FROM information_schema.role_table_grants"
                " WHERE table_schema = 'public' AND grantee NOT IN ('efface_owner', 'efface_app')"
            )
        )
        assert list(others) == []
        columns = await conn.scalar(
            text("SELECT count(*) FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16384")
        )
        assert columns == 0


def test_every_table_has_one_set_of_rights() -> None:
    listed = list(chain(tables.APPEND_ONLY, tables.NO_DELETE, tables.FREE))

    assert sorted(listed) == sorted(SQLModel.metadata.tables)


async def test_migrating_twice_at_once_and_again_changes_nothing(
    migrated: EmbeddedPostgres, database: str
) -> None:
    url = migrated.url("efface_migrator", database)

    await asyncio.gather(*(schema.migrate(url, app_role="efface_app") for _ in range(2)))

    assert await drift_of(migrated, database) == []


async def test_the_database_says_which_step_it_has_reached(store: Store) -> None:
    async with store.engine.connect() as conn:
        assert await conn.scalar(text("SELECT version_num FROM alembic_version")) == schema.head()
