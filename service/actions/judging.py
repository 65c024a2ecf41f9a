"""Judging cases anew where nobody changed them: when time ends what was permitted, and when their
centre's profile says what they lacked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from service.actions import cases, matters
from service.actions.context import Context
from service.domain import permission
from service.domain.states import Actor
from service.store import entries
from service.store.unit import Unit

# How long a piece of work that read the profile before a change may still set holds after it.
STILL_AT_WORK: Final = timedelta(minutes=2)
TO_JUDGE: Final = "FROM cases WHERE judge_at <= :now ORDER BY judge_at"
LACKING: Final = f"""
  FROM holds h JOIN organisations o ON o.id = h.organisation_id
 WHERE h.kind = 'element_missing' AND h.ended_at IS NULL
   AND (o.judged_at IS NULL OR o.judged_at < o.updated_at
        + interval '{STILL_AT_WORK.seconds} seconds')
"""


async def judge_by_time(ctx: Context) -> int:
    """Judge anew every case, open or closed, in which time alone may have changed what is
    permitted. Returns how many.
    """

    async def due(u: Unit) -> Sequence[Any]:
        rows = await u.run(f"SELECT id, organisation_id {TO_JUDGE} LIMIT 100", now=ctx.now())
        return rows.all()

    found = await ctx.store.read(due)
    for row in found:
        await ctx.store.run(lambda u, r=row: _judge_by_time(u, ctx, r.organisation_id, r.id))  # type: ignore[misc]
    return len(found)


async def _judge_by_time(u: Unit, ctx: Context, organisation_id: UUID, case_id: UUID) -> None:
    """The case itself is changed only where its consent is another now."""
    now = ctx.now()
    case = await matters.open_case(u, organisation_id, case_id, lock=True)
    since, said = case.row.judge_at, case.permission()
    if since is None or since > now:  # somebody else was first
        return
    before, consent = case.row.consent, permission.consent_state(said.grants, now)
    if consent != before:
        await cases.update(u, case, {}, now)
        case = await matters.open_case(u, organisation_id, case_id)
    else:
        at = permission.changes_at(said, now)
        await u.run("UPDATE cases SET judge_at = :at WHERE id = :id", at=at, id=case_id)
    await cases.judge_anew(u, ctx, None, case, now)
    if consent != before:
        await entries.fact(
            u, now, organisation_id=organisation_id, case_id=case_id, actor=Actor.ENGINE,
            event="consent_began" if consent == "given" else "consent_lapsed",
        )  # fmt: skip
    if said.mandate_until and since <= said.mandate_until <= now:
        await entries.fact(
            u, now, organisation_id=organisation_id, case_id=case_id, actor=Actor.ENGINE,
            event="mandate_lapsed",
        )  # fmt: skip


async def judge_waiting(ctx: Context) -> int:
    """Where a profile has changed, end `element_missing` for what lacks nothing any more.

    Called after such a change, and by the sweep in case that was cut off, however long ago. Returns
    how many cases were looked at.
    """
    began = ctx.now()

    async def waiting(u: Unit) -> Sequence[Any]:
        rows = await u.run(
            f"SELECT DISTINCT h.case_id, h.organisation_id {LACKING} ORDER BY h.case_id"
        )
        return rows.all()

    found = await ctx.store.read(waiting)
    for row in found:

        async def work(u: Unit, row: Any = row) -> None:
            case = await matters.open_case(u, row.organisation_id, row.case_id, lock=True)
            await cases.judge_anew(u, ctx, None, case, ctx.now())

        await ctx.store.run(work)

    async def judged(u: Unit) -> None:
        await u.run(
            "UPDATE organisations SET judged_at = :began WHERE id = ANY(:ids)",
            began=began,
            ids=list({row.organisation_id for row in found}),
        )

    if found:
        await ctx.store.run(judged)
    return len(found)
