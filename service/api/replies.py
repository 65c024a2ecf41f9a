"""What was answered to keyed calls, put away so that a repeat is answered the same.

When the database is away at that moment, it is put away as soon as it is back: until then a repeat
would find a call that nobody works on any more.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final
from uuid import UUID

from service import log
from service.actions import once
from service.actions.context import Context
from service.actions.once import TAKEN_OVER_AFTER, Claim, Reply
from service.store.unit import DatabaseAway

AGAIN_S: Final = 0.25
FIRST_S: Final = 2.0
Named = tuple[UUID | None, str]
"""Whose key it is, and which Idempotency-Key came with the call."""


class Replies:
    """The replies of one API process that are still to be put away."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._waiting: dict[Named, asyncio.Task[None]] = {}

    async def settled(self, name: Named) -> None:
        """Before a call is repeated: wait a moment for the reply of the first one."""
        if task := self._waiting.get(name):
            await asyncio.wait({task}, timeout=FIRST_S)

    async def keep(self, name: Named, claim: Claim, reply: Reply) -> None:
        """Put a reply away, now or as soon as the database is back."""
        try:
            await self._put_away(claim, reply)
        except DatabaseAway as error:
            log.get().warning("reply.unkept", exc_info=error)
            task = asyncio.create_task(self._until_put_away(claim, reply))
            self._waiting[name] = task
            task.add_done_callback(lambda _: self._waiting.pop(name, None))

    async def _put_away(self, claim: Claim, reply: Reply) -> None:
        """Only what was done is answered again the same; a refused call may be sent anew, and one
        that failed on our side, or whose reply is not to be kept, may be repeated at once.
        """
        is_done = 200 <= reply.status < 300
        if is_done and reply.body is not None:
            await once.keep(self._ctx, claim, reply)
        elif is_done or reply.status >= 500:
            await once.let_go(self._ctx, claim)
        else:
            await once.give_up(self._ctx, claim)

    async def _until_put_away(self, claim: Claim, reply: Reply) -> None:
        until = time.monotonic() + TAKEN_OVER_AFTER.total_seconds()
        while time.monotonic() < until:
            await asyncio.sleep(AGAIN_S)
            try:
                await self._put_away(claim, reply)
            except DatabaseAway:
                continue
            return
