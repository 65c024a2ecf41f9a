"""A Postgres that has no room, or makes everybody wait: callers are told to come back, no worker
ends, what was called is recorded, and work goes on afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from service.embedded.postgres import EmbeddedPostgres
from service.store.unit import Store, make_engine
from tests.database import plain_dsn
from tests.flow.adapters import Gate
from tests.prove import scale
from tests.prove import yard as yards
from tests.prove.yard import Yard, open_yard

Figure = Callable[[str], None]

NOWHERE: Final = "unix:///nonexistent/redis.sock"
DONE_S: Final = 120
CALM: Final = 5  # times that nobody came between
HELD_S: Final = 2.0  # longer than a unit tries again


@asynccontextmanager
async def crowd(server: EmbeddedPostgres, database: str) -> AsyncIterator[int]:
    """Take every connection that the product may have, those it has already too."""
    async with AsyncExitStack() as stack:
        owner = await asyncpg.connect(plain_dsn(server.superuser_url(database)))
        stack.push_async_callback(owner.close)
        taken = calm = 0
        while calm < CALM:  # one that ends gives its room back a moment later, to whoever is first
            ended = await owner.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            more = await fill(server, stack)
            taken, calm = taken + more, 0 if ended or more else calm + 1
            await asyncio.sleep(0.05)
        yield taken


async def fill(server: EmbeddedPostgres, stack: AsyncExitStack) -> int:
    """Connect, to another database, until there is no room."""
    taken = 0
    with contextlib.suppress(asyncpg.TooManyConnectionsError):
        while True:
            conn = await asyncpg.connect(plain_dsn(server.url("efface_app")))
            stack.push_async_callback(conn.close)
            taken += 1
    return taken


@asynccontextmanager
async def locked(server: EmbeddedPostgres, database: str) -> AsyncIterator[None]:
    """Nobody else reads or writes a notice."""
    conn = await asyncpg.connect(plain_dsn(server.superuser_url(database)))
    try:
        async with conn.transaction():
            await conn.execute("LOCK TABLE notices IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await conn.close()


def impatient(setting: str) -> Callable[[str], AsyncEngine]:
    """Engines as they ship, whose server gives up much sooner."""

    def make(url: str) -> AsyncEngine:
        engine = make_engine(url)

        @event.listens_for(engine.sync_engine, "connect")
        def told(connection: Any, _: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"SET {setting} = '100ms'")
            cursor.close()
            connection.commit()

        return engine

    return make


async def goes_on(yard: Yard, case: Any) -> None:
    """More is taken in and sent, and what was out is on record."""
    await yard.hand_in(case, 5)
    await yard.ends_well(DONE_S)


async def refused(yard: Yard, case: Any) -> None:
    """A call now is told to come back."""
    body = {"case_id": str(case.id), "items": [yard.sites[0].url("refused")]}
    reply = await yard.api.post("/api/v1/takedowns", json=body)
    assert reply.status_code == 503, reply.text
    assert int(reply.headers["retry-after"]) > 0


async def test_a_database_without_room_is_waited_for(
    store: Store, migrated: EmbeddedPostgres, database: str, figure: Figure
) -> None:
    """Every connection is taken by others: 503 with Retry-After; a call that is out is recorded
    when there is room again, and work goes on.
    """
    async with open_yard(store, NOWHERE, platforms=1, workers=1, sweep_s=1) as yard:
        case, gate = await yard.office.case(), Gate()
        yard.sites[0].meet(None, taken=True, gate=gate)
        await yard.hand_in(case, 1)
        await asyncio.wait_for(gate.entered.wait(), 60)
        async with crowd(migrated, database) as taken:
            gate.opened.set()
            await refused(yard, case)
            assert await yard.ready() | {"parts": 0} == {
                "status": "away", "reasons": ["database_away"], "parts": 0,
            }  # fmt: skip
        await goes_on(yard, case)
    assert taken > 50
    figure(f"all {taken} connections taken: 503; then 6 sent, 0 lost, 0 twice, 0 in doubt")


@scale.in_full
@pytest.mark.parametrize("setting", ["statement_timeout", "lock_timeout"])
async def test_who_waits_too_long_gives_up_and_comes_back(
    store: Store,
    migrated: EmbeddedPostgres,
    database: str,
    figure: Figure,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
) -> None:
    """A lock that nobody releases for a while, so that the server gives up on our statements: 503
    with Retry-After; a call that is out is recorded afterwards, and work goes on.
    """
    monkeypatch.setattr(yards, "make_engine", impatient(setting))
    async with open_yard(store, NOWHERE, platforms=1, workers=1, sweep_s=1) as yard:
        case, gate = await yard.office.case(), Gate()
        yard.sites[0].meet(None, taken=True, gate=gate)
        await yard.hand_in(case, 1)
        await asyncio.wait_for(gate.entered.wait(), 60)
        async with locked(migrated, database):
            gate.opened.set()
            await refused(yard, case)
            await asyncio.sleep(HELD_S)
            assert len(await yard.office.all("workers")) == 1
        await goes_on(yard, case)
    figure(f"{setting.replace('_', ' ')}: 503; then 6 sent, 0 lost, 0 twice, 0 in doubt")
