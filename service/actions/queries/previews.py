"""What would leave for one takedown, in the words and to the desks that an approval is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from adapters.spec import ContentClass, Kind, Notice, Spec
from service.actions import accept_items, matters, reading
from service.actions.accept_items import Line, Result
from service.actions.context import Caller, Context
from service.actions.matters import OpenCase, Plan
from service.domain import clocks
from service.domain.world import Takedown
from service.store import entries
from service.store.unit import Unit


def values(case: OpenCase, found: Plan) -> dict[str, Any]:
    """A plan as it is shown to the person who approves it."""
    return {
        "digest": found.digest.hex(),
        "missing": [element.value for element in found.missing],
        "notices": [_notice(case, spec, notice) for spec, notice in found.parts],
    }


def _notice(case: OpenCase, spec: Spec, notice: Notice) -> dict[str, Any]:
    return {
        "addressee": spec.name,
        "title": spec.title,
        "channel": spec.channel.value,
        "basis": notice.basis.value,
        "country": spec.country,
        "travels_to": list(spec.travels_to),
        "discloses": sorted(f.value for f in spec.discloses),
        "language": notice.language,
        "subject": notice.subject,
        "text": notice.text,
        "clocks": _clocks(case),
    }


def _clocks(case: OpenCase) -> list[dict[str, Any]]:
    days = {"answer": case.organisation.answer_days, "removal": case.organisation.removal_days}
    return [
        {
            "kind": rule.kind,
            "ends_on": rule.ends_on,
            "rule": rule.name,
            "days": days[rule.ends_on],
        }
        for rule in clocks.RULES
        if rule.runs and days[rule.ends_on] is not None
    ]


async def of_takedown(u: Unit, ctx: Context, case: OpenCase, row: Any) -> dict[str, Any]:
    """What a takedown that is held would send now."""
    takedown = Takedown(
        id=row.id,
        organisation_id=row.organisation_id,
        case_id=row.case_id,
        kind=Kind(row.kind),
        content_class=ContentClass(row.content_class),
        urgent=row.urgent,
        platform=row.platform,
        locator_mac=row.locator_mac,
        created_at=row.created_at,
    )
    locators = await reading.locators(u, [row.id])
    return values(case, matters.plan(case, takedown, locators[row.id], ctx.rules.specs))


async def of_items(
    ctx: Context, caller: Caller, case_id: UUID, lines: Sequence[Line]
) -> list[Mapping[str, Any]]:
    """What `accept_items` would answer, and what would leave. Only that it was asked is kept."""
    found = await accept_items.preview_items(ctx, caller, case_id, lines)

    async def work(u: Unit) -> OpenCase:
        case = await matters.open_case(u, caller.organisation_id, case_id)
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, case_id=case_id,
            event="previewed", actor=caller.actor, key_id=caller.key_id,
            facts={"count": len(found)}, key=case.key,
        )  # fmt: skip
        return case

    case = await ctx.store.run(work)
    return [_item(case, result, holds) for result, holds in found]


def _item(case: OpenCase, result: Result, holds: Sequence[str]) -> Mapping[str, Any]:
    preview = values(case, result.plan) if result.plan else None
    return {**result.values(), "holds": list(holds), "preview": preview}
