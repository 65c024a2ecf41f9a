"""The organisation's feed of events, and the calls that brought items in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.actions import matters
from service.actions.accept_items import PLACE_BATCH
from service.actions.context import Caller, Context
from service.domain.errors import NotFound
from service.store import entries
from service.store.unit import Unit


async def events(
    ctx: Context, caller: Caller, after: int, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """Numbered events behind `after`, without a gap, and whether there are more now."""

    async def work(u: Unit) -> tuple[list[dict[str, Any]], bool]:
        rows = await u.run(
            "SELECT seq, id, at, case_id, takedown_id, machine, subject_id, event, state"
            " FROM events WHERE organisation_id = :org AND seq > :after ORDER BY seq LIMIT :n",
            org=caller.organisation_id,
            after=after,
            n=limit + 1,
        )
        found = [{**row, "type": f"{row['machine']}.{row['state']}"} for row in rows.mappings()]
        return found[:limit], len(found) > limit

    return await ctx.store.read(work)


async def batch(ctx: Context, caller: Caller, batch_id: UUID) -> dict[str, Any]:
    """One call that brought items in, as it was answered. Raises `NotFound`."""

    async def work(u: Unit) -> dict[str, Any]:
        rows = await u.run(
            "SELECT * FROM batches WHERE id = :id AND organisation_id = :org",
            id=batch_id,
            org=caller.organisation_id,
        )
        row = rows.one_or_none()
        if row is None:
            raise NotFound("There is no such batch.")
        case = await matters.open_case(u, caller.organisation_id, row.case_id)
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, case_id=row.case_id,
            event="batch_read", actor=caller.actor, key_id=caller.key_id,
            facts={"batch": str(batch_id)}, key=case.key,
        )  # fmt: skip
        items = case.key.open_json(PLACE_BATCH, batch_id, row.result_sealed)
        return {
            "id": batch_id, "case_id": row.case_id, "created_at": row.created_at, "items": items
        }  # fmt: skip

    return await ctx.store.run(work)
