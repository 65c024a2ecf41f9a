"""Taking a line of what waits for a person, so that two do not work on the same.

A take is advice among colleagues: it holds nobody back from the work itself. It ends by itself,
with its line, or when it is given back, and leaves nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from service.actions.context import Caller, Context
from service.actions.queries import todo
from service.domain.errors import Forbidden, NotFound, Taken
from service.domain.states import Actor
from service.store.unit import Unit

TAKEN_FOR: Final = timedelta(minutes=30)
"""Long enough to file a form. Whoever needs longer takes the line again."""
BATCH: Final = 200
TAKEN: Final = "FROM takes ORDER BY until"


async def take(ctx: Context, caller: Caller, todo_id: str) -> dict[str, Any]:
    """Take a line for half an hour from now, also one that is taken by the same key already.

    Raises `NotFound`, `Forbidden` (a supervisor's line), `Taken` (by somebody else).
    """

    async def work(u: Unit) -> dict[str, Any]:
        now = ctx.now()
        line = await _line(u, ctx, caller, todo_id)
        if line["for_role"] == Actor.SUPERVISOR and caller.actor is not Actor.SUPERVISOR:
            raise Forbidden("This waits for a supervisor.")
        taken = await u.run(
            "INSERT INTO takes AS k (organisation_id, todo_id, key_id, until)"
            " VALUES (:org, :id, :key, :until) ON CONFLICT (organisation_id, todo_id) DO UPDATE"
            " SET key_id = excluded.key_id, until = excluded.until"
            " WHERE k.key_id = excluded.key_id OR k.until <= :now RETURNING until",
            org=caller.organisation_id,
            id=todo_id,
            key=caller.key_id,
            until=now + TAKEN_FOR,
            now=now,
        )
        until = taken.scalar()
        if until is None:
            raise await _theirs(u, caller, todo_id, now)
        return {**line, "taken_by_me": True, "taken_until": until}

    return await ctx.store.run(work)


async def give_back(ctx: Context, caller: Caller, todo_id: str) -> dict[str, Any]:
    """Leave a line to others. One that nobody has taken stays as it is.

    Raises `NotFound`, `Forbidden` (somebody else has taken it, and the caller is no supervisor).
    """

    async def work(u: Unit) -> dict[str, Any]:
        line = await _line(u, ctx, caller, todo_id)
        may = line["taken_by_me"] or caller.actor is Actor.SUPERVISOR
        if line["taken_until"] is not None and not may:
            raise Forbidden("Somebody else has taken it. They can return it, or a supervisor can.")
        await u.run(
            "DELETE FROM takes WHERE organisation_id = :org AND todo_id = :id"
            " AND (:any OR key_id = :key OR until <= :now)",
            org=caller.organisation_id,
            id=todo_id,
            key=caller.key_id,
            any=caller.actor is Actor.SUPERVISOR,
            now=ctx.now(),
        )
        return {**line, "taken_by_me": False, "taken_until": None}

    return await ctx.store.run(work)


async def _line(u: Unit, ctx: Context, caller: Caller, todo_id: str) -> dict[str, Any]:
    line = await todo.one(u, ctx, caller.organisation_id, todo_id, caller)
    if line is None:
        raise NotFound("Nothing of that kind waits there now.")
    return line


async def _theirs(u: Unit, caller: Caller, todo_id: str, now: datetime) -> Taken:
    found = await u.run(
        "SELECT until FROM takes WHERE organisation_id = :org AND todo_id = :id",
        org=caller.organisation_id,
        id=todo_id,
    )
    until: datetime = found.scalar() or now
    shown = until.isoformat(timespec="seconds").replace("+00:00", "Z")
    left_s = max(1, int((until - now).total_seconds()))
    return Taken(
        f"Somebody else has taken it until {shown}. Take another line, or wait.",
        retry_after_s=left_s,
    )


async def forget_gone(ctx: Context) -> int:
    """Takes that are over, and those whose line is gone, are deleted. Returns how many were."""

    async def work(u: Unit) -> int:
        now = ctx.now()
        over = await u.run("DELETE FROM takes WHERE until <= :now", now=now)
        left = await u.run(f"SELECT * {TAKEN} LIMIT :n", n=BATCH)
        gone = [row for row in left.all() if await _is_gone(u, ctx, row)]
        for row in gone:
            await u.run(
                "DELETE FROM takes WHERE organisation_id = :org AND todo_id = :id"
                " AND until = :until",
                org=row.organisation_id,
                id=row.todo_id,
                until=row.until,
            )
        return over.rowcount + len(gone)

    return await ctx.store.run(work)


async def _is_gone(u: Unit, ctx: Context, row: Any) -> bool:
    organisation_id: UUID = row.organisation_id
    return await todo.one(u, ctx, organisation_id, row.todo_id) is None
