"""Whether all that keeps the record whole is there and on: indexes, constraints, guards."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import CheckConstraint, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from service.doctor.chart import Chart
from service.doctor.database import setting
from service.store import checks, schema

_RESTORE: Final = (
    "Find out who changed it, restore it as migrations/ has it, then look at the record again."
)
_MISSING: Final = {
    "add_table": "The table {0} is missing",
    "add_column": "The column {2} of {1} is missing",
    "add_index": "The index {0} is missing",
    "add_constraint": "The constraint {0} of {1} is missing",
    "add_fk": "A foreign key of {1} is missing",
}


async def examine(conn: AsyncConnection, chart: Chart) -> None:
    """Compare with the model, then look whether what is there is also on."""
    for line in await conn.run_sync(schema.drift):
        for words in _differences(line):
            chart.wrong("database.shape", f"{words}.", _RESTORE)
    for words in (*await _checks(conn), *await _guards(conn), *await _off(conn)):
        chart.wrong("database.shape", f"{words}.", _RESTORE)
    if await setting(conn, "session_replication_role") != "origin":
        chart.wrong(
            "database.shape",
            "Guards and foreign keys are off for our role: session_replication_role is set.",
            "Reset it for the role and the database.",
        )
    chart.close("database.shape", "Everything that keeps the record whole is there and on.")


def _differences(line: Any) -> list[str]:
    """Alembic's difference in plain words. A list of them is about one column."""
    if isinstance(line, list):
        return [f"The column {part[3]} of {part[2]} is another than it should be" for part in line]
    kind, thing = line[0], line[1]
    if kind in ("add_column", "remove_column"):
        thing, where = line[3], line[2]
    else:
        where = getattr(getattr(thing, "table", None), "name", "")
    name = getattr(thing, "name", "") or "without a name"
    if kind in _MISSING:
        return [_MISSING[kind].format(name, where, name)]
    if kind.startswith("remove_"):
        what = kind.removeprefix("remove_").replace("fk", "constraint")
        return [f"The {what} {name} is not ours, or is another than it should be"]
    return ["Something is another than the model says"]


async def _checks(conn: AsyncConnection) -> list[str]:
    rows = await conn.execute(
        text(
            "SELECT conrelid::regclass::text AS of_table, conname,"
            " pg_get_constraintdef(oid) AS said FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
    )
    found = {(row.of_table, row.conname): row.said for row in rows}
    declared = {
        (table.name, str(constraint.name)): str(constraint.sqltext)
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    missing = [
        f"The check {name} of {table} is missing" for table, name in sorted(declared.keys() - found)
    ]
    # Postgres writes a check in its own way; what is quoted in it stays as it is
    other = [
        f"The check {name} of {table} is another than it should be"
        for (table, name), said in sorted(found.items())
        if _quoted(declared.get((table, name), "")) != _quoted(said)
    ]
    return missing + other


def _quoted(words: str) -> set[str]:
    return set(words.split("'")[1::2])


_TRIGGERS: Final = text(
    "SELECT c.relname, t.tgname, t.tgenabled = 'O' AS is_on, p.prosrc FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace"
)


async def _guards(conn: AsyncConnection) -> list[str]:
    found = {(row.relname, row.tgname): row for row in await conn.execute(_TRIGGERS)}
    wanted = {
        (table, name) for table in checks.STATE_TABLES for name in ("starts_at_one", "never_back")
    } | {("entries", f"moved_{table.removesuffix('s')}") for table in checks.STATE_TABLES}
    bodies = " ".join(" ".join(checks.guards()).split())
    words = [f"The guard {name} of {table} is missing" for table, name in sorted(wanted - {*found})]
    for (table, name), row in sorted(found.items()):
        if not row.is_on:
            words.append(f"The guard {name} of {table} is off")
        elif (table, name) not in wanted:
            words.append(f"The trigger {name} of {table} is not ours")
        elif " ".join(row.prosrc.split()) not in bodies:
            words.append(f"The guard {name} of {table} is another than it should be")
    return words


_OFF: Final = text("""
SELECT 'The index ' || i.indexrelid::regclass || ' is not valid' AS words FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
 WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)
UNION ALL
SELECT 'The constraint ' || conname || ' of ' || conrelid::regclass || ' was never proved'
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND NOT convalidated
UNION ALL
SELECT DISTINCT 'The foreign keys of ' || t.tgrelid::regclass || ' are off' FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
 WHERE t.tgisinternal AND t.tgenabled <> 'O' AND c.relnamespace = 'public'::regnamespace
ORDER BY 1
""")


async def _off(conn: AsyncConnection) -> list[str]:
    return list((await conn.execute(_OFF)).scalars())
