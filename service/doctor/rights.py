"""What our role may do in the database: exactly what is declared in `store.tables`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.doctor.chart import Chart
from service.store import tables

READ: Final = frozenset({"SELECT"})
ADD: Final = READ | {"INSERT"}
CHANGE: Final = ADD | {"UPDATE"}
DECLARED: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(tables.APPEND_ONLY, ADD),
    **dict.fromkeys(tables.NO_DELETE, CHANGE),
    **dict.fromkeys(tables.FREE, CHANGE | {"DELETE"}),
    **dict.fromkeys((*tables.VIEWS, "alembic_version"), READ),
}
_AGAIN: Final = "Run `efface migrate`: it says again what the application's role may do."

_ROLE: Final = text("""
SELECT r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
       EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
               AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owns,
       has_schema_privilege('public', 'CREATE') AS makes
  FROM pg_roles r WHERE r.rolname = current_user
""")
_POWERS: Final = {
    "rolsuper": "is a superuser",
    "rolbypassrls": "passes by row security",
    "rolcreaterole": "may make roles",
    "rolcreatedb": "may make databases",
    "rolreplication": "may copy the whole server",
    "owns": "owns tables of the record, or may become who does",
    "makes": "may make tables beside ours",
}

_TABLE_RIGHTS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_COLUMN_RIGHTS: Final = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
_HELD: Final = text(f"""
SELECT c.relname, {
    ", ".join(
        f"has_table_privilege(c.oid, '{right}')"
        + (f" OR has_any_column_privilege(c.oid, '{right}')" if right in _COLUMN_RIGHTS else "")
        + f' AS "{right}"'
        for right in _TABLE_RIGHTS
    )
}
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
""")


async def examine(conn: AsyncConnection, chart: Chart) -> None:
    """A role that can do more could make the record say what did not happen."""
    role = (await conn.execute(_ROLE)).mappings().one()
    for power, words in _POWERS.items():
        if role[power]:
            chart.wrong(
                "database.role",
                f"The application's role {words}.",
                "Connect as a role that has no rights but those that `efface migrate` grants.",
            )
    chart.close("database.role", "The application's role is no superuser and owns nothing.")
    if not role["rolsuper"]:
        await _tables(conn, chart)


async def _tables(conn: AsyncConnection, chart: Chart) -> None:
    held = {row["relname"]: row for row in (await conn.execute(_HELD)).mappings()}
    for table in sorted({*held, *DECLARED}):
        may = {right for right in _TABLE_RIGHTS if table in held and held[table][right]}
        declared = DECLARED.get(table, frozenset())
        if more := sorted(may - declared):
            chart.wrong(
                "database.rights", f"Too much is granted: {', '.join(more)} on {table}.", _AGAIN
            )
        if less := sorted(declared - may):
            chart.wrong(
                "database.rights", f"Too little is granted: {', '.join(less)} on {table}.", _AGAIN
            )
    chart.close("database.rights", "Our role may do what is declared, and no more.")
