"""Workers in processes of their own: started, signalled, and waited for."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

from tests.flow import worker

READY_S = 120  # a busy machine forks slowly too
POLL_S = 0.01
# forked from one process that has imported everything, and runs nothing
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([worker.__name__])


Main = Callable[[Any, Connection], None]


class Process:
    """One worker in a process of its own. `main` is the whole life of it."""

    def __init__(self, orders: Any, main: Main = worker.main) -> None:
        self._hears, says = _FORKS.Pipe(duplex=False)
        self._process = _FORKS.Process(target=main, args=(orders, says), daemon=True)
        self._is_ready = False

    async def __aenter__(self) -> Self:
        self.start()
        await self.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.killed()

    def start(self) -> None:
        """Begin its life, and wait for nothing."""
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it has said so."""
        if not self._is_ready and self._hears.poll():
            self._is_ready = self._hears.recv() == "ready"
        return self._is_ready

    async def ready(self) -> None:
        await self._until(lambda: self.is_ready)

    async def said(self) -> object:
        """The next that it says."""
        return await self._heard()

    async def killed(self) -> None:
        """End it, wherever it is, and leave nothing of it."""
        self._process.kill()
        await self.ended()
        self._process.close()
        self._hears.close()

    async def _heard(self) -> object:
        await self._until(self._hears.poll)
        return self._hears.recv()

    async def _until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(READY_S):
            while not met():
                await asyncio.sleep(POLL_S)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def ended(self) -> int | None:
        """How it ended: minus the number of a signal, or 0."""
        await self._until(lambda: not self._process.is_alive())
        return self._process.exitcode

    async def drained(self) -> object:
        """How many calls it left when it was told to stop and has."""
        left = await self._heard()
        assert await self.ended() == 0
        return left
