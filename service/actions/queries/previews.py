"""What would leave for one takedown, in the words and to the desks that an approval is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.spec import Channel, ContentClass, Kind, Notice, Regime, Spec
from service.actions import accept_items, matters, reading
from service.actions.accept_items import Line, Result
from service.actions.context import Caller, Context, Desk
from service.actions.matters import OpenCase, Plan
from service.domain import clocks, disclosures
from service.domain.world import Takedown
from service.store import entries
from service.store.unit import Unit

Previewed = tuple[Result, tuple[str, ...]]  # what would become of a line, and its holds
_BREAK: Final = "\n\n"


class Paragraphs:
    """The paragraphs of many messages, each once: those of one case differ in little more than the
    address, and a case may have 80,000 characters of statements.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def numbers(self, text: str) -> list[int]:
        """Which paragraphs a text is made of, an empty line between each two."""
        numbers = self._numbers
        return [numbers.setdefault(each, len(numbers)) for each in text.split(_BREAK)]

    def listed(self) -> list[str]:
        """All of them, by number."""
        return list(self._numbers)


def values(case: OpenCase, found: Plan, desks: Mapping[str, Desk], now: datetime) -> dict[str, Any]:
    """A plan as it is shown to the person who approves it."""
    return {
        "digest": found.digest.hex(),
        "missing": [element.value for element in found.missing],
        "notices": [
            {**_notice(case, desks[spec.name], notice, now), "rung": rung}
            for rung, (spec, notice) in zip(found.rungs, found.parts, strict=True)
        ],
    }


def _notice(case: OpenCase, desk: Desk, notice: Notice, now: datetime) -> dict[str, Any]:
    spec = desk.adapter.spec
    return {
        "addressee": spec.name,
        "title": spec.title,
        "channel": spec.channel.value,
        "sent_to": disclosures.place_of(notice),
        "set_up": desk.ready,
        "basis": notice.basis.value,
        "country": spec.country,
        "travels_to": list(spec.travels_to),
        "discloses": sorted(disclosures.fields_of(notice, spec.discloses)),
        "language": notice.language,
        "subject": notice.subject,
        "text": notice.text,
        "clocks": _clocks(case, spec, notice, now),
    }


def _clocks(case: OpenCase, spec: Spec, notice: Notice, now: datetime) -> list[dict[str, Any]]:
    """What would count, and from when: a law that binds counts from a proven receipt, which only an
    interface gives at once.
    """
    if notice.basis is Regime.OTHER:
        return []  # it is told beside the rest, and owes no answer
    organisation = case.organisation
    terms = [*clocks.own(organisation.answer_days, organisation.removal_days)]
    terms += clocks.promised(spec, notice.basis)
    proven_at = "sent" if spec.channel is Channel.API else "receipt"
    return [
        *({**asdict(term), "starts": "sent"} for term in terms),
        *({**asdict(t), "starts": proven_at} for t in clocks.legal(spec, notice.basis, now)),
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
        front=row.front,
        engines=row.engines,
        rights_holder=row.rights_holder,
    )
    locators = await reading.locators(u, [row.id])
    desks = await ctx.platforms.of(u, case.row.organisation_id)
    found = matters.plan(case, takedown, locators[row.id], ctx.rules.specs, desks)
    return values(case, found, desks, ctx.now())


async def of_items(
    ctx: Context, caller: Caller, case_id: UUID, lines: Sequence[Line]
) -> dict[str, Any]:
    """What `accept_items` would answer, and what would leave, each different paragraph of it once.
    Only that it was asked is kept.
    """

    async def work(u: Unit) -> tuple[OpenCase, Mapping[str, Desk], Sequence[Previewed]]:
        case = await matters.open_case(u, caller.organisation_id, case_id)
        found = await accept_items.preview_items(u, ctx, caller, case, lines)
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, case_id=case_id,
            event="previewed", actor=caller.actor, key_id=caller.key_id,
            facts={"count": len(found)}, key=case.key,
        )  # fmt: skip
        return case, await ctx.platforms.of(u, caller.organisation_id), found

    case, desks, found = await ctx.store.run(work)
    now, paragraphs = ctx.now(), Paragraphs()
    items = [
        {
            **result.values(),
            "holds": list(holds),
            "preview": values(case, result.plan, desks, now) if result.plan else None,
        }
        for result, holds in found
    ]
    for notice in (n for item in items if item["preview"] for n in item["preview"]["notices"]):
        notice["paragraphs"] = paragraphs.numbers(notice.pop("text"))
    return {"paragraphs": paragraphs.listed(), "items": items}
