"""One unit of work is one transaction. Nothing else commits.

Leaving it without an exception commits, with one it rolls back. What failed for a passing reason (a
lost connection, a deadlock, a race on a unique key) runs again from its start, so a unit must have
no effect outside the database; a commit whose reply was lost is looked up, not repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import Executable, event, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from service.store.sealing import Key, Vault

T = TypeVar("T")
Ring = tuple[str, str]
"""Kind of job and lane."""

TRIES: Final = 6
OUTCOME_WITHIN_S: Final = 15.0
"""How long the outcome of a COMMIT without a reply is asked for. Much shorter than a lease: what a
START took may still be called afterwards.
"""
OUTCOME_EVERY_S: Final = 0.25
_PASSING: Final = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock not available
        "57014",  # statement timeout
        "25P03",  # idle in transaction timeout
    }
)
_AWAY: Final = frozenset({"57P01", "57P02", "57P03", "53300", "08000", "08003", "08006", "08001"})
_RACES: Final = frozenset({"23505"})  # somebody else was first: look again


class DatabaseAway(Exception):
    """The database cannot be reached now. Nothing was changed."""


class OutcomeUnknown(DatabaseAway):
    """The database went away while it committed, and stayed away: what was done may be on record or
    not.
    """


class ReadsOnly(Exception):
    """Work that was given out as reading was about to write, or to lock, without a transaction."""


class Again(Exception):
    """Raised inside a unit to start it again: what was read has changed meanwhile."""


class Bell(Protocol):
    """Rings workers after a commit. Best effort: a lost ring costs at most one sweep."""

    def ring(self, rings: Iterable[Ring]) -> None: ...


class Silent:
    """A bell for where nobody listens."""

    def ring(self, rings: Iterable[Ring]) -> None:
        """Say nothing."""


_parsed: Final = functools.lru_cache(maxsize=2000)(text)
"""There are a few hundred statements: what differs from call to call is a named value."""


class Unit:
    """One open transaction."""

    def __init__(self, conn: AsyncConnection, vault: Vault) -> None:
        self.conn = conn
        self.vault = vault
        self.rings: set[Ring] = set()
        self.txid: int | None = None  # known once many rows were written at a time
        self.case_keys: dict[UUID, Key] = {}  # those that were opened so far

    async def run(self, statement: Executable | str, /, **values: Any) -> CursorResult[Any]:
        """Execute SQL text or a statement with named values."""
        if isinstance(statement, str):
            statement = _parsed(statement)
        result = await self.conn.execute(statement, values)
        assert isinstance(result, CursorResult)
        return result

    def ring(self, kind: str, lane: str) -> None:
        """Ask for work to be done once this is committed."""
        self.rings.add((kind, lane))


class Store:
    """The database, its keys, and the bell that is rung after a commit."""

    def __init__(self, engine: AsyncEngine, vault: Vault, bell: Bell | None = None) -> None:
        self.engine = engine
        self._reads = engine.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self._reads.sync_engine, "before_cursor_execute", _only_reads)
        self.vault = vault
        self.bell: Bell = bell or Silent()

    async def close(self) -> None:
        await self.engine.dispose()

    async def run(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run one unit of work to its end. Raises `DatabaseAway` when the database stays away, and
        `OutcomeUnknown` when it did so during a COMMIT: then nothing was done again.
        """
        return await self._tried(self._once, work)

    async def read(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """The same, for work that only reads and locks nothing: without a transaction. Each
        statement sees what is committed, as it does inside one. Raises `ReadsOnly` before a
        statement that writes or locks.
        """
        return await self._tried(self._read, work)

    async def _tried(
        self,
        once: Callable[[Callable[[Unit], Awaitable[T]]], Awaitable[T]],
        work: Callable[[Unit], Awaitable[T]],
    ) -> T:
        for tries in range(TRIES):
            try:
                return await once(work)
            except Again:
                pass
            except (DBAPIError, InterfaceError, OSError, PoolTimeoutError) as error:
                if not _passes(error):
                    raise
                if tries == TRIES - 1:
                    raise DatabaseAway from None
            await asyncio.sleep(0.01 * 3**tries)
        raise DatabaseAway

    async def _read(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        async with self._reads.connect() as conn:
            return await work(Unit(conn, self.vault))

    async def _once(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        async with self.engine.connect() as conn:
            unit = Unit(conn, self.vault)
            result = await work(unit)
            try:
                await conn.commit()
            except (DBAPIError, OSError):
                if not await self._was_committed(unit.txid):
                    raise
        if unit.rings:
            self.bell.ring(unit.rings)
        return result

    async def _was_committed(self, txid: int | None) -> bool:
        """Whether a transaction whose commit got no reply went through all the same. Raises
        `OutcomeUnknown`.
        """
        if txid is None:
            return False
        until = time.monotonic() + OUTCOME_WITHIN_S
        while time.monotonic() < until:
            with contextlib.suppress(DBAPIError, OSError, PoolTimeoutError):
                status = await self._status(txid)
                if status != "in progress":
                    return status == "committed"
            await asyncio.sleep(OUTCOME_EVERY_S)
        raise OutcomeUnknown

    async def _status(self, txid: int) -> str | None:
        async with self.engine.connect() as conn:
            query = text("SELECT pg_xact_status(CAST(CAST(:txid AS text) AS xid8))")
            found: str | None = await conn.scalar(query, {"txid": str(txid)})
            return found


_WRITES: Final = re.compile(
    r"\b(INSERT|UPDATE|DELETE|(KEY|FOR) SHARE)\b|pg_advisory", re.IGNORECASE
)


def _only_reads(*about: Any) -> None:
    """Look at a statement before it leaves. Its place among the arguments is SQLAlchemy's."""
    statement: str = about[2]
    if _WRITES.search(statement):
        raise ReadsOnly


def _passes(error: BaseException) -> bool:
    if isinstance(error, OSError | PoolTimeoutError):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, InterfaceError | OperationalError):
            return True
        code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        if code in _PASSING or code in _RACES or code in _AWAY:
            return True
        return isinstance(error.orig, asyncpg.PostgresConnectionError)
    return False


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine for the application's role. Values never show in its errors or logs."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "prepared_statement_cache_size": 500,
            "server_settings": {
                "statement_timeout": "30s",
                "lock_timeout": "10s",
                "idle_in_transaction_session_timeout": "60s",
                "application_name": "efface",
            },
        },
    )
