"""Takedowns as they are shown: in lists, and one whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from service.actions import accept_items, holding, look_at, matters
from service.actions.context import Caller, Context
from service.actions.matters import OpenCase
from service.actions.queries import asked, cursors, previews
from service.domain import urls
from service.domain.errors import Invalid, NotFound
from service.store import entries, keys
from service.store.sealing import Key
from service.store.unit import Unit

Row = Any
SHOWS_PREVIEW: Final = frozenset({"approval", "element_missing"})
OBSERVATIONS_MOST: Final = 100
_NEXT: Final = """
CROSS JOIN LATERAL (
  SELECT LEAST(
    CASE WHEN t.lane_look IS NOT NULL THEN LEAST(t.look_at, t.resolve_at) END,
    (SELECT min(LEAST(r.remind_at,
       (SELECT min(c.due_at) FROM clocks c WHERE c.request_id = r.id AND c.state = 'running'),
       (SELECT min(CASE n.state WHEN 'due' THEN GREATEST(n.due_at, (
                 SELECT GREATEST(l.not_before, l.full_until, l.probe_at)
                   FROM lanes l WHERE l.id = n.lane))
               WHEN 'perhaps_sent' THEN n.settle_at WHEN 'sent' THEN n.poll_at END)
          FROM carried k JOIN notices n ON n.id = k.notice_id WHERE k.request_id = r.id)))
       FROM requests r WHERE r.takedown_id = t.id AND r.round = t.round),
    (SELECT min(h.until) FROM holds h WHERE h.takedown_id = t.id AND h.ended_at IS NULL)
  ) AS next_action_at
) x
"""
_SELECT: Final = (
    "SELECT t.*, f.contradicted, f.stuck, f.reappeared AS came_back, x.next_action_at,"
    " ARRAY(SELECT r.state FROM requests r WHERE r.takedown_id = t.id AND r.round = t.round"
    "  AND r.basis <> 'other' ORDER BY r.id) AS answers"
    " FROM takedowns t JOIN takedown_facts f ON f.id = t.id " + _NEXT + " WHERE "
)
_WHERE: Final[Mapping[str, str]] = {
    "case": "t.case_id = :case",
    "state": "t.state = :state",
    "platform": "t.platform = :platform",
    "due": "x.next_action_at <= :due",
    "contradicted": "f.contradicted = :contradicted",
    "stuck": "f.stuck = :stuck",
    "reappeared": "f.reappeared = :reappeared",
}


async def page(
    ctx: Context, caller: Caller, filters: Mapping[str, Any], limit: int, cursor: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Takedowns, newest first, and the cursor of the next page. One entry for the whole read.

    A list of more than one case names no address: whoever wants to know where one stands gives a
    reason and searches for it. Raises `Invalid`.
    """
    given = {name: value for name, value in filters.items() if value is not None}
    if given.get("platform") not in (None, *ctx.rules.specs):
        raise _unknown_platform()
    what = "takedowns." + _fingerprint(given)

    async def work(u: Unit) -> tuple[list[dict[str, Any]], str | None]:
        key = await keys.organisation_key(u, caller.organisation_id)
        position = cursors.read(key, caller.organisation_id, what, cursor)
        where = ["t.organisation_id = :org", *(_WHERE[name] for name in given)]
        if position:
            where.append("t.id < :before")
        rows = (
            await u.run(
                _SELECT + " AND ".join(where) + " ORDER BY t.id DESC LIMIT :n",
                org=caller.organisation_id,
                n=limit + 1,
                **given,
                **({"before": UUID(position[0])} if position else {}),
            )
        ).all()
        shown, more = rows[:limit], len(rows) > limit
        after = [str(shown[-1].id)] if more else []
        opened = await keys.case_keys(u, {row.case_id for row in shown})
        await _say_read(u, ctx, caller, key, "takedowns_listed", [row.id for row in shown])
        lines = [_line(row, opened[row.case_id]) for row in shown]
        if "case" not in given:
            lines = [{**line, **_NOWHERE} for line in lines]
        following = cursors.make(key, caller.organisation_id, what, after) if after else None
        return lines, following

    return await ctx.store.run(work)


def _unknown_platform() -> Invalid:
    place = {
        "pointer": "#/query/platform",
        "code": "platform",
        "detail": "No platform has this name: GET /platforms lists them.",
    }
    return Invalid("There is no such platform.", errors=[place])


_NOWHERE: Final[Mapping[str, None]] = {"url": None, "shown": None, "external_id": None}


def _fingerprint(given: Mapping[str, Any]) -> str:
    text = json.dumps({k: str(v) for k, v in given.items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


async def _say_read(
    u: Unit, ctx: Context, caller: Caller, key: Key, event: str, found: Iterable[UUID]
) -> None:
    """One list read is one entry, with a count and a commitment to what was shown."""
    listed = [str(i) for i in found]
    await entries.fact(
        u, ctx.now(), organisation_id=caller.organisation_id, event=event, actor=caller.actor,
        key_id=caller.key_id, facts={"count": len(listed), "takedowns": listed}, key=key,
    )  # fmt: skip


def _line(row: Row, key: Key) -> dict[str, Any]:
    url = key.open(accept_items.PLACE_URL, row.id, row.url_sealed).decode()
    last_seen = row.looked_at and {
        "seen": row.saw,
        "at": row.looked_at,
        "by": row.saw_by,
        "rule": row.saw_rule,
    }
    return {
        **{name: getattr(row, name) for name in _SHOWN},
        "external_id": _external_id(row, key),
        "url": url,
        "shown": urls.defang(url),
        "derived": {
            "contradicted": row.contradicted,
            "stuck": row.stuck,
            "reappeared": row.came_back,
        },
        "last_seen": last_seen or None,
    }


_SHOWN: Final = (
    "id", "case_id", "platform", "kind", "content_class", "urgent", "state", "answers",
    "next_action_at",
    "version", "created_at", "updated_at", "batch_id", "round", "reappeared", "up_at",
    "first_gone_at", "gone_at", "closed_at", "looks", "withdrawn_because", "approved_at",
    "rights_holder",
)  # fmt: skip


def _external_id(row: Row, key: Key) -> str | None:
    if row.external_id_sealed is None:
        return None
    return key.open(accept_items.PLACE_EXTERNAL, row.id, row.external_id_sealed).decode()


async def one(ctx: Context, caller: Caller, takedown_id: UUID) -> dict[str, Any]:
    """Everything that is known of one takedown. Raises `NotFound`."""

    async def work(u: Unit) -> dict[str, Any]:
        row = (
            await u.run(
                _SELECT + "t.organisation_id = :org AND t.id = :id",
                org=caller.organisation_id,
                id=takedown_id,
            )
        ).one_or_none()
        if row is None:
            raise NotFound("There is no such takedown.")
        case = await matters.open_case(u, caller.organisation_id, row.case_id)
        holds = await _holds(u, case, takedown_id)
        found = {
            **_line(row, case.key),
            "holds": holds,
            "preview": await _preview(u, ctx, case, row, holds),
            "requests": await asked.requests_of(u, "takedown_id", takedown_id),
            "notices": await asked.notices_of(u, "r.takedown_id", takedown_id),
            "observations": await _observations(u, case, takedown_id),
        }
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, case_id=row.case_id,
            event="takedown_read", actor=caller.actor, key_id=caller.key_id,
            facts={"takedown": str(takedown_id)}, key=case.key,
        )  # fmt: skip
        return found

    return await ctx.store.run(work)


async def _holds(u: Unit, case: OpenCase, takedown_id: UUID) -> list[dict[str, Any]]:
    rows = await u.run(
        "SELECT id, kind, set_by, set_at, until, detail_sealed FROM holds"
        " WHERE takedown_id = :id AND ended_at IS NULL ORDER BY id",
        id=takedown_id,
    )
    return [
        {
            "kind": row.kind,
            "set_by": row.set_by,
            "set_at": row.set_at,
            "until": row.until,
            "detail": case.key.open_json(holding.PLACE, row.id, row.detail_sealed)
            if row.detail_sealed
            else None,
        }
        for row in rows
    ]


async def _preview(
    u: Unit, ctx: Context, case: OpenCase, row: Row, holds: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """What would leave, while a person has to look at it or to complete it."""
    if not SHOWS_PREVIEW & {hold["kind"] for hold in holds}:
        return None
    return await previews.of_takedown(u, ctx, case, row)


async def _observations(u: Unit, case: OpenCase, takedown_id: UUID) -> list[dict[str, Any]]:
    """The latest sights, newest first. Looks that changed nothing are counted, not kept."""
    rows = await u.run(
        "SELECT * FROM observations WHERE takedown_id = :id ORDER BY at DESC, id DESC LIMIT :n",
        id=takedown_id,
        n=OBSERVATIONS_MOST,
    )
    return [{**row, "how": how(case.key, row)} for row in rows.mappings()]


def how(key: Key, row: RowMapping) -> str:
    """How a person came to see it, in their words."""
    if row["how_sealed"] is None:
        return ""
    return str(key.open_json(look_at.HOW, row["id"], row["how_sealed"])["how"])
