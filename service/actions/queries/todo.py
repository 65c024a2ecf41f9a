"""What waits for a person, most urgent first, and whether somebody has taken it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from adapters.spec import Settle
from service.actions.context import Caller, Context
from service.actions.queries import cursors
from service.actions.queries.todo_kinds import KINDS, NAMES, Kind
from service.store import keys
from service.store.unit import Unit

POLICE_WARNING: Final = timedelta(hours=24)
DOWN_PATIENCE: Final = timedelta(hours=1)  # by then most outages are over
UNRESOLVED_PATIENCE: Final = timedelta(hours=2)  # an instance of its software has given up by then
TakenBy = Literal["nobody", "me", "others"]
_COLUMNS: Final = "(subject, case_id, takedown_id, notice_id, platform, priority, since, due_at)"
_TAKES: Final = (
    " LEFT JOIN takes k ON k.organisation_id = :org AND k.until > :now"
    " AND k.todo_id = v.kind || ':' || v.subject"
)
_WHOSE: Final[Mapping[TakenBy | None, str]] = {
    None: "true",
    "nobody": "k.key_id IS NULL",
    "me": "k.key_id = :key",
    "others": "k.key_id <> :key",
}


def _union(kinds: tuple[Kind, ...]) -> str:
    return " UNION ALL ".join(
        f"SELECT '{kind.name}' AS kind, {KINDS.index(kind)} AS rank, k{n}.*"
        f" FROM ({kind.finds}) AS k{n}{_COLUMNS}"
        for n, kind in enumerate(kinds)
    )


def _about(kinds: Iterable[Kind]) -> str:
    whens = "".join(f" WHEN '{kind.name}' THEN ARRAY({kind.about})" for kind in kinds)
    return f"CASE w.kind{whens} ELSE ARRAY[]::uuid[] END" if whens else "ARRAY[]::uuid[]"


def _given(ctx: Context, organisation_id: UUID, text: str) -> dict[str, Any]:
    """What the queries of these kinds ask for."""
    values: dict[str, Any] = {"org": organisation_id}
    if ":warn" in text:
        values["warn"] = ctx.now() + POLICE_WARNING
    if ":patience" in text:
        values["patience"] = ctx.now() - DOWN_PATIENCE
    if ":unresolved" in text:
        values["unresolved"] = ctx.now() - UNRESOLVED_PATIENCE
    if ":present" in text:
        values["present"] = ctx.now()
    if ":unsure" in text:
        values["unsure"] = _settled_by(ctx, Settle.RECEIPT, Settle.NOBODY)
        values["keyed"] = _settled_by(ctx, Settle.SAME_KEY)
    return values


def _settled_by(ctx: Context, *ways: Settle) -> list[str]:
    return [spec.name for spec in ctx.rules.specs.values() if spec.perhaps_sent in ways]


async def waiting(u: Unit, ctx: Context, caller: Caller, case_id: UUID) -> set[UUID]:
    """The takedowns of a case for which a line stands in the list."""
    lines = _union(KINDS)
    found = await u.run(
        f"WITH w AS (SELECT * FROM ({lines}) AS w WHERE case_id = :case)"
        " SELECT takedown_id FROM w WHERE takedown_id IS NOT NULL"
        f" UNION SELECT r.takedown_id FROM w CROSS JOIN LATERAL unnest({_about(KINDS)}) AS x(id)"
        " JOIN requests r ON r.id = x.id WHERE w.takedown_id IS NULL",
        case=case_id,
        **_given(ctx, caller.organisation_id, lines),
    )
    return set(found.scalars())


async def page(
    ctx: Context,
    caller: Caller,
    kind: str | None,
    limit: int,
    cursor: str | None,
    *,
    taken_by: TakenBy | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """What waits, most urgent first. It holds ids and states only."""
    kinds = tuple(k for k in KINDS if kind in (None, k.name))
    what = f"todo.{kind or ''}.{taken_by or ''}"
    lines = _union(kinds)
    about = _about(k for k in kinds if k.takes_answers)

    async def work(u: Unit) -> tuple[list[dict[str, Any]], str | None]:
        key = await keys.organisation_key(u, caller.organisation_id)
        position = cursors.read(key, caller.organisation_id, what, cursor)
        values = {**_given(ctx, caller.organisation_id, lines + about), "n": limit + 1}
        where = _WHOSE[taken_by]
        if ":key" in where:
            values["key"] = caller.key_id
        if position:
            where += " AND (v.priority, v.rank, v.since, v.subject) > (:p0, :p1, :p2, :p3)"
            p0, p1, p2, p3 = position
            values |= {"p0": p0, "p1": p1, "p2": datetime.fromisoformat(p2), "p3": p3}
        order = " ORDER BY priority, rank, since, subject"
        rows = (
            await u.run(
                f"SELECT w.*, {about} AS request_ids FROM"
                f" (SELECT v.*, k.key_id, k.until FROM ({lines}) AS v{_TAKES} WHERE {where}{order}"
                f" LIMIT :n) AS w{order}",
                now=ctx.now(),
                **values,
            )
        ).all()
        shown = rows[:limit]
        if len(rows) <= limit:
            return [_line(row, caller) for row in shown], None
        last = shown[-1]
        place = [last.priority, last.rank, last.since.isoformat(), last.subject]
        after = cursors.make(key, caller.organisation_id, what, place)
        return [_line(row, caller) for row in shown], after

    return await ctx.store.read(work)


async def one(
    u: Unit, ctx: Context, organisation_id: UUID, todo_id: str, caller: Caller | None = None
) -> dict[str, Any] | None:
    """The line of that id; None while nothing of the kind waits. Cheap, however long the list."""
    name, _, subject = todo_id.partition(":")
    kind = next((k for k in KINDS if k.name == name), None)
    if kind is None or not _is_subject(kind, subject):
        return None
    lines = _union((kind,))
    about = _about((kind,) if kind.takes_answers else ())
    found = await u.run(
        f"SELECT w.*, {about} AS request_ids FROM (SELECT v.*, k.key_id, k.until"
        f" FROM ({lines}) AS v{_TAKES} WHERE {kind.one}) AS w",
        now=ctx.now(),
        subject=subject,
        **_given(ctx, organisation_id, lines + about),
    )
    row = found.one_or_none()
    return _line(row, caller) if row else None


def _is_subject(kind: Kind, subject: str) -> bool:
    if kind.is_of_platform:
        return subject.isidentifier()
    try:
        return str(UUID(subject)) == subject
    except ValueError:
        return False


def _line(row: Any, caller: Caller | None) -> dict[str, Any]:
    kind = KINDS[row.rank]
    places = {
        "id": row.takedown_id, "case_id": row.case_id, "platform": row.platform,
        "subject": row.subject,
    }  # fmt: skip
    return {
        "id": f"{row.kind}:{row.subject}",
        "kind": row.kind,
        "urgent": row.priority < 2,
        "since": row.since,
        "due_at": row.due_at,
        "case_id": row.case_id,
        "takedown_id": row.takedown_id,
        "notice_id": row.notice_id,
        "request_ids": sorted(row.request_ids),
        "platform": row.platform,
        "for_role": kind.role.value,
        "what": kind.what,
        "call": kind.call.format(**places),
        "other_calls": [call.format(**places) for call in kind.others],
        "taken_by_me": row.key_id is not None
        and caller is not None
        and row.key_id == caller.key_id,
        "taken_until": row.until,
    }


__all__ = ["KINDS", "NAMES", "TakenBy", "one", "page", "waiting"]
