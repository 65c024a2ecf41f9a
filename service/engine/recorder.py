"""Results of calls, written down as they arrive: what comes while a batch is being written is the
next batch.

A result that cannot be written because the database is away is kept and tried again for as long as
the worker lives; if it dies meanwhile, its leases run out and say `perhaps_sent`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from service.store.unit import DatabaseAway

R = TypeVar("R")
FLUSH_S: Final = 0.01  # for the first of many that come at once; what is not written is in doubt
FLUSH_ROWS: Final = 100
RETRY_S: Final = 0.5

log = structlog.get_logger()


class Recorder(Generic[R]):
    """Batches results for one function that writes them."""

    def __init__(self, name: str, write: Callable[[Sequence[R]], Awaitable[None]]) -> None:
        self._name = name
        self._write = write
        self._waiting: list[tuple[R, asyncio.Future[None]]] = []
        self._full = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None

    async def put(self, result: R) -> None:
        """Returns when the result is on record, or was given up because it cannot be."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((result, done))
        if len(self._waiting) >= FLUSH_ROWS:
            self._full.set()
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        while self._waiting:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), FLUSH_S)
            self._full.clear()
            batch, self._waiting = self._waiting[:FLUSH_ROWS], self._waiting[FLUSH_ROWS:]
            if len(self._waiting) >= FLUSH_ROWS:
                self._full.set()
            await self._record([result for result, _ in batch])
            for _, done in batch:
                if not done.done():
                    done.set_result(None)

    async def _record(self, results: Sequence[R]) -> None:
        while True:
            try:
                await self._write(results)
            except DatabaseAway:
                await asyncio.sleep(RETRY_S)
            except Exception as error:  # noqa: BLE001 - one bad result stops no other
                if len(results) > 1:
                    for result in results:
                        await self._record([result])
                else:
                    log.error(
                        "result.not_recorded",
                        kind=self._name,
                        error=type(error).__name__,
                        code=_code(error),
                    )
                return
            else:
                return


def _code(error: Exception) -> str | None:
    """The database's code for what it refused; its words hold values and stay out of logs."""
    return getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
