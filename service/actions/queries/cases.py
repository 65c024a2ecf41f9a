"""Cases as they are shown: lists, their references, and a summary that can be read out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from service.actions import matters
from service.actions.cases import PLACE_REFERENCE
from service.actions.context import Caller, Context
from service.actions.matters import OpenCase
from service.actions.queries import cursors, todo
from service.domain import summary
from service.domain.summary import Summary
from service.store import entries, keys
from service.store.unit import Unit

_WHERE: Final[Mapping[str, str]] = {
    "reference": "reference_mac = :reference",
    "updated_since": "updated_at >= :updated_since",
    "state": "state = :state",
}


def reference(case: OpenCase) -> str:
    """The caller's own name for the case."""
    sealed = case.row.reference_sealed
    return case.key.open(PLACE_REFERENCE, case.id, sealed).decode()


async def page(
    ctx: Context, caller: Caller, filters: Mapping[str, Any], limit: int, cursor: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Cases in the order of their last change, and the cursor of the next page."""
    given = {name: value for name, value in filters.items() if value is not None}
    shape = json.dumps({k: str(v) for k, v in given.items()}, sort_keys=True)
    what = f"cases.{hashlib.sha256(shape.encode()).hexdigest()[:16]}"

    async def work(u: Unit) -> tuple[list[dict[str, Any]], str | None]:
        key = await keys.organisation_key(u, caller.organisation_id)
        values = dict(given)
        if "reference" in given:
            values["reference"] = key.mac("reference", given["reference"])
        position = cursors.read(key, caller.organisation_id, what, cursor)
        where = ["organisation_id = :org", *(_WHERE[name] for name in given)]
        if position:
            where.append("(updated_at, id) > (:at, :id)")
            values |= {"at": datetime.fromisoformat(position[0]), "id": UUID(position[1])}
        rows = (
            await u.run(
                "SELECT * FROM cases WHERE "
                + " AND ".join(where)
                + " ORDER BY updated_at, id LIMIT :n",
                org=caller.organisation_id,
                n=limit + 1,
                **values,
            )
        ).all()
        shown = rows[:limit]
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, event="cases_listed",
            actor=caller.actor, key_id=caller.key_id,
            facts={"count": len(shown), "cases": [str(r.id) for r in shown]}, key=key,
        )  # fmt: skip
        lines = [_line(u, row) for row in shown]
        if len(rows) <= limit:
            return lines, None
        after = [shown[-1].updated_at.isoformat(), str(shown[-1].id)]
        return lines, cursors.make(key, caller.organisation_id, what, after)

    return await ctx.store.run(work)


def _line(u: Unit, row: Any) -> dict[str, Any]:
    key = u.vault.open_key(row.id, row.key_wrapped)
    name = key.open(PLACE_REFERENCE, row.id, row.reference_sealed).decode()
    return {**row._mapping, "reference": name, "consent_state": row.consent}  # noqa: SLF001 - so named


async def summed_up(ctx: Context, caller: Caller, case_id: UUID, language: str) -> Summary:
    """The case in numbers and sentences: the sum of its takedowns. Raises `NotFound`."""

    async def work(u: Unit) -> Summary:
        case = await matters.open_case(u, caller.organisation_id, case_id)
        rows = await u.run(
            "SELECT t.id, t.state, f.contradicted, f.reappeared, f.asked > 0 AS asked,"
            " EXISTS (SELECT 1 FROM requests r WHERE r.takedown_id = t.id AND r.round = t.round"
            "  AND r.state = 'refused') AS refused,"
            " EXISTS (SELECT 1 FROM requests r WHERE r.takedown_id = t.id AND r.round = t.round"
            "  AND r.state = 'no_answer') AS silent"
            " FROM takedowns t JOIN takedown_facts f ON f.id = t.id WHERE t.case_id = :case",
            case=case_id,
        )
        waiting = await todo.waiting(u, ctx, caller, case_id)
        standings = [
            summary.Standing(
                **{name: value for name, value in row.items() if name != "id"},
                waits=row["id"] in waiting,
            )
            for row in rows.mappings()
        ]
        found = summary.of(standings, case.row.paused, language)
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, case_id=case_id,
            event="summary_read", actor=caller.actor, key_id=caller.key_id,
        )  # fmt: skip
        return found

    return await ctx.store.run(work)
