"""The database as a server: whether it answers, keeps what it is given, and is the one we need."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from service import home
from service.actions.queries.health import BEATS
from service.doctor.chart import Chart
from service.doctor.configured import is_practice
from service.settings import Settings
from service.store import schema
from service.store.sealing import SealBroken, Vault

OLDEST: Final = 16
TESTED: Final = 18
AWAY: Final = "The database cannot be reached"
ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
    ValueError,  # an address that is none; its words would show it
)
_SETTINGS: Final = {
    "default_transaction_read_only": "on",
    "statement_timeout": "30min",
    "lock_timeout": "10s",
    "application_name": "efface doctor",
}


@asynccontextmanager
async def read_only(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """One snapshot of the database, in which nothing can be written.

    Raises what connecting raises: `away` says it in words.
    """
    engine = create_async_engine(
        settings.database_url.get_secret_value(),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": 10, "server_settings": _SETTINGS},
    )
    try:
        async with engine.connect() as conn:
            await conn.execution_options(isolation_level="REPEATABLE READ")
            yield conn
    finally:
        await engine.dispose()


def away(error: Exception) -> tuple[str, str]:
    """Why it does not answer, and what to do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    cause = getattr(cause, "__cause__", None) or cause
    if isinstance(cause, asyncpg.InvalidAuthorizationSpecificationError):
        return "The database does not let us in.", "Check user and password in its address."
    if isinstance(cause, asyncpg.InvalidCatalogNameError):
        return "There is no database of that name.", "Make it, then run `efface migrate`."
    if isinstance(cause, asyncpg.TooManyConnectionsError):
        return f"{AWAY}: it has no connection left.", "Raise max_connections or lower the pools."
    if isinstance(cause, asyncpg.CannotConnectNowError):
        return f"{AWAY}: it is starting or stopping.", "Wait, then look into its log."
    if isinstance(error, ValueError | ArgumentError):
        return "The database's address cannot be read.", "Correct EFFACE_DATABASE_URL."
    return f"{AWAY}.", "Start it, or correct EFFACE_DATABASE_URL; look at the network between."


async def examine(conn: AsyncConnection, chart: Chart) -> None:
    """The server itself: what needs no table of ours."""
    await _version(conn, chart)
    await _durable(conn, chart)
    await _private(conn, chart)


async def is_migrated(conn: AsyncConnection, chart: Chart) -> bool:
    """Whether it is of the shape that this version needs."""
    if await conn.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        chart.wrong("database.migrated", "The database is empty.", "Run `efface migrate`.")
        return False
    found = await conn.scalar(text("SELECT version_num FROM alembic_version"))
    if found != schema.head():
        chart.wrong(
            "database.migrated",
            "The database is of another shape than this version of efface needs.",
            "Run `efface migrate` with the newest version that is in use.",
        )
        return False
    chart.close("database.migrated", "The database is of the shape that this version needs.")
    return True


async def _version(conn: AsyncConnection, chart: Chart) -> None:
    number = int(str(await setting(conn, "server_version_num"))) // 10_000
    if number < OLDEST:
        chart.wrong(
            "database.version",
            f"Postgres {number} is too old.",
            f"Move to Postgres {TESTED}; {OLDEST} is the oldest that can do what efface needs.",
        )
    elif number < TESTED:
        chart.warn(
            "database.version",
            f"Postgres {number} is older than what efface is tested on.",
            f"Move to Postgres {TESTED}.",
        )
    if await setting(conn, "server_encoding") != "UTF8":
        chart.wrong(
            "database.version",
            "The database does not hold every script: its encoding is not UTF8.",
            "Make it anew with encoding UTF8.",
        )
    chart.close("database.version", f"Postgres {number}.")


async def setting(conn: AsyncConnection, name: str) -> Any:
    """What is in force for our session."""
    return await conn.scalar(text("SELECT current_setting(:name)"), {"name": name})


_MUST: Final = {
    "fsync": "What is committed may be lost, and the database broken, when the power fails",
    "full_page_writes": "The database may be broken when the power fails",
    "synchronous_commit": "What is committed may be lost in a crash",
}


async def _durable(conn: AsyncConnection, chart: Chart) -> None:
    for name, why in _MUST.items():
        if await setting(conn, name) == "off":
            chart.wrong("database.durable", f"{why}: {name} is off.", f"Turn {name} on.")
    if await setting(conn, "data_checksums") == "off":
        chart.warn(
            "database.durable",
            "A disk that changes what it holds goes unnoticed: there are no checksums.",
            "Run pg_checksums --enable while the database is stopped.",
        )
    chart.close("database.durable", "What is committed outlives a crash.")


async def _private(conn: AsyncConnection, chart: Chart) -> None:
    address = await conn.scalar(text("SELECT host(inet_server_addr())"))
    ssl = await conn.scalar(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
    if address and not ipaddress.ip_address(address).is_loopback and not ssl:
        chart.warn(
            "database.private",
            "The way to the database's machine is not encrypted.",
            "Turn TLS on there and add ?ssl=require to EFFACE_DATABASE_URL.",
        )
    chart.close("database.private", "Nobody between us and the database can read along.")


_ROOM: Final = text("""
SELECT CAST(current_setting('max_connections') AS int)
       - CAST(current_setting('superuser_reserved_connections') AS int)
       - CAST(COALESCE(current_setting('reserved_connections', true), '0') AS int) AS server,
       NULLIF(r.rolconnlimit, -1) AS of_role, NULLIF(d.datconnlimit, -1) AS of_database
  FROM pg_roles r, pg_database d
 WHERE r.rolname = current_user AND d.datname = current_database()
""")


async def connections(conn: AsyncConnection, chart: Chart, settings: Settings, now: Any) -> None:
    """Whether every process may fill its pool: the workers that are alive, and one API at least."""
    room = (await conn.execute(_ROOM)).one()
    most = min(n for n in (room.server, room.of_role, room.of_database) if n is not None)
    since = now - BEATS * timedelta(seconds=settings.sweep_s)
    workers = await conn.scalar(
        text("SELECT count(*) FROM workers WHERE beat_at > :since"), {"since": since}
    )
    needed = settings.database_pool * (1 + int(workers or 0))
    if needed > most:
        chart.warn(
            "database.connections",
            f"The pools of an API and {workers} workers may ask for {needed} connections;"
            f" there are {most}.",
            "Raise max_connections (or the role's limit), or lower EFFACE_DATABASE_POOL.",
        )
    chart.close("database.connections", f"{needed} connections may be asked for, {most} are there.")


async def key(conn: AsyncConnection, chart: Chart, vault: Vault) -> bool:
    """Whether our key file opens the organisations' keys."""
    rows = (await conn.execute(text("SELECT id, key_wrapped FROM organisations"))).all()
    broken = 0
    for row in rows:
        try:
            vault.open_key(row.id, row.key_wrapped)
        except SealBroken:
            broken += 1
    if broken:
        which = "what is" if broken == len(rows) else "all that is"
        chart.wrong(
            "database.key",
            f"The key file does not open {which} sealed in this database.",
            "Set EFFACE_KEY_FILE to the file that this database was begun with.",
        )
    chart.close("database.key", "The key file opens what is sealed here.")
    return not broken


async def practice(conn: AsyncConnection, chart: Chart, settings: Settings) -> None:
    """Practice settings would tell real cases to practice platforms, and the other way round."""
    counts = text(
        "SELECT count(*) FILTER (WHERE name = :name) AS practice,"
        " count(*) FILTER (WHERE name <> :name) AS real FROM organisations"
    )
    found = (await conn.execute(counts, {"name": home.PRACTICE_NAME})).one()
    if is_practice(settings) and found.real:
        chart.wrong(
            "settings.practice",
            "Practice settings are in force on a real centre's data.",
            "Unset EFFACE_PLAYGROUND and EFFACE_PRACTICE_SPEED, or name a database for practice.",
        )
    if found.practice and not is_practice(settings):
        chart.wrong(
            "settings.practice",
            "This database holds practice cases, which must not reach real platforms.",
            "Name the real centre's database in EFFACE_DATABASE_URL.",
        )
    chart.close("settings.practice", "Practice and real work are apart.")
