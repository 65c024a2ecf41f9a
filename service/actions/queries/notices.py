"""Requests and notices as they are shown, one whole at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.form import WebForm
from adapters.spec import Notice
from service.actions import answering, attempts, by_hand, matters
from service.actions.context import Caller, Context, Desk
from service.actions.matters import OpenCase
from service.actions.queries import asked
from service.domain import urls
from service.domain.errors import NotFound
from service.store import entries
from service.store.unit import Unit


async def request(ctx: Context, caller: Caller, request_id: UUID) -> dict[str, Any]:
    """One request with its notices and everything that was said. Raises `NotFound`."""

    async def work(u: Unit) -> dict[str, Any]:
        found = [
            row
            for row in await asked.requests_of(u, "id", request_id)
            if row["organisation_id"] == caller.organisation_id
        ]
        if not found:
            raise NotFound("There is no such request.")
        row = found[0]
        case = await matters.open_case(u, caller.organisation_id, row["case_id"])
        await _say_read(u, ctx, caller, case, "request_read", request_id)
        return {
            **row,
            "answers": await _answers(u, case, request_id),
            "notices": await asked.notices_of(u, "r.id", request_id),
        }

    return await ctx.store.run(work)


async def _say_read(
    u: Unit, ctx: Context, caller: Caller, case: OpenCase, event: str, subject: UUID
) -> None:
    await entries.fact(
        u, ctx.now(), organisation_id=caller.organisation_id, case_id=case.id, event=event,
        actor=caller.actor, key_id=caller.key_id, facts={"subject": str(subject)}, key=case.key,
    )  # fmt: skip


async def _answers(u: Unit, case: OpenCase, request_id: UUID) -> list[dict[str, Any]]:
    rows = await u.run("SELECT * FROM answers WHERE request_id = :id ORDER BY id", id=request_id)
    return [
        {**row, **case.key.open_json(answering.WORDS, row["id"], row["words_sealed"])}
        for row in rows.mappings()
    ]


async def notice(ctx: Context, caller: Caller, notice_id: UUID) -> dict[str, Any]:
    """One message as it left, or as it would now; for a form its packet. Raises `NotFound`."""
    row, text, desk = await by_hand.packet(ctx, caller, notice_id)

    async def work(u: Unit) -> list[dict[str, Any]]:
        case = await matters.open_case(u, caller.organisation_id, row.case_id)
        await _say_read(u, ctx, caller, case, "notice_read", notice_id)
        return await _attempts(u, case, notice_id)

    return {
        **{name: getattr(row, name) for name in _ROW},
        "channel": desk.adapter.spec.channel.value,
        "frozen": row.bytes_sealed is not None,
        "language": text.language,
        "subject": text.subject,
        "text": text.text,
        "items": [
            {"request_id": i.ref, "url": i.locator.url, "shown": urls.defang(i.locator.url)}
            for i in text.items
        ],
        "packet": _packet(desk, text),
        "attempts": await ctx.store.run(work),
    }


_ROW = (
    "id", "case_id", "addressee", "purpose", "basis", "state", "reference", "due_at", "sent_at",
    "filed", "reason",
)  # fmt: skip


def _packet(desk: Desk, text: Notice) -> Mapping[str, Any] | None:
    if not isinstance(desk.adapter, WebForm):
        return None
    packet = desk.adapter.packet(text)
    return {
        "form": packet.form,
        "language": packet.language,
        "limit": packet.limit,
        "steps": packet.steps,
        "never": packet.never,
        "note": packet.note,
    }


async def _attempts(u: Unit, case: OpenCase, notice_id: UUID) -> list[dict[str, Any]]:
    rows = await u.run("SELECT * FROM attempts WHERE notice_id = :id ORDER BY n", id=notice_id)
    found = []
    for row in rows:
        receipt = (
            case.key.open_json(attempts.RECEIPT, row.id, row.receipt_sealed)
            if row.receipt_sealed
            else {}
        )
        found.append(
            {
                "n": row.n,
                "state": row.state,
                "started_at": row.started_at,
                "finished_at": row.finished_at,
                "reason": row.reason,
                "bytes_sha256": row.bytes_hash.hex() if row.bytes_hash else None,
                "grade": receipt.get("grade"),
                "their_reference": receipt.get("reference"),
            }
        )
    return found
