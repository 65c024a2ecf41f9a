"""What happened to one takedown, line by line: arrived, answered and seen stay separate facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import RowMapping

from adapters.spec import Grade, Purpose
from service.actions import answering, attempts, holding, matters
from service.actions.context import Caller, Context
from service.actions.look_at import own
from service.actions.matters import OpenCase
from service.actions.queries import cursors, sentences, takedowns
from service.domain import sight
from service.domain.states import Event, TakedownState
from service.store import entries
from service.store.unit import Unit

Lines = list[dict[str, Any]]
_SUBJECTS: Final = (
    "SELECT r.id, r.addressee, NULL AS purpose FROM requests r WHERE r.takedown_id = :id"
    " UNION SELECT n.id, n.addressee, n.purpose FROM notices n JOIN carried k ON k.notice_id = n.id"
    " JOIN requests r ON r.id = k.request_id WHERE r.takedown_id = :id"
)


async def page(
    ctx: Context, caller: Caller, takedown_id: UUID, limit: int, cursor: str | None, *, words: bool
) -> tuple[Lines, str | None]:
    """Lines, oldest first. Without `words` what anybody wrote is left out. Raises `NotFound`."""

    async def work(u: Unit) -> tuple[Lines, str | None]:
        case_id = await own(u, caller, takedown_id)
        case = await matters.open_case(u, caller.organisation_id, case_id)
        what = f"timeline.{takedown_id}"
        position = cursors.read(case.organisation_key, caller.organisation_id, what, cursor)
        lines = await _lines(u, ctx, case, takedown_id)
        lines.sort(key=_place)
        if position:
            lines = [line for line in lines if list(_place(line)) > position]
        shown = lines[:limit]
        if not words:
            shown = [{**line, "words": None} for line in shown]
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, case_id=case_id,
            event="timeline_read", actor=caller.actor, key_id=caller.key_id,
            facts={"takedown": str(takedown_id), "count": len(shown)}, key=case.key,
        )  # fmt: skip
        if len(lines) <= limit:
            return shown, None
        after = _place(shown[-1])
        return shown, cursors.make(case.organisation_key, caller.organisation_id, what, after)

    return await ctx.store.run(work)


def _place(line: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        entries.stamp(line["happened_at"]),
        entries.stamp(line["recorded_at"]),
        str(line["id"]),
    )


async def _lines(u: Unit, ctx: Context, case: OpenCase, takedown_id: UUID) -> Lines:
    rows = (await u.run(_SUBJECTS, id=takedown_id)).all()
    addressees = {row.id: row.addressee for row in rows}
    purposes = {row.id: row.purpose for row in rows if row.purpose}
    titles = {name: spec.title for name, spec in ctx.rules.specs.items()}
    names = {i: titles.get(a, a) for i, a in addressees.items()}
    answers = await _answers(u, case, takedown_id, addressees, names)
    told: set[tuple[Any, ...]] = {
        (line["subject_id"], line["event"]) for line in answers if line["state"]
    }
    moves = await _moves(u, case, takedown_id, addressees, names, purposes)
    holds = await _holds(u, case, takedown_id, moves)
    told |= {(takedown_id, "hold", line["happened_at"]) for line in holds}
    return [
        *(line for line in moves if not _keys(line) & told),
        *answers,
        *holds,
        *await _handed(u, case, takedown_id),
        *await _sights(u, case, takedown_id),
        *await _tries(u, case, addressees, names),
        *await _approvals(u, takedown_id, titles),
    ]


def _keys(line: Mapping[str, Any]) -> set[tuple[Any, ...]]:
    """By what a move is known to the line that tells it better."""
    known = (line["subject_id"], line["event"])
    return {known, (*known, line["happened_at"])}


async def _moves(
    u: Unit,
    case: OpenCase,
    takedown_id: UUID,
    addressees: Mapping[UUID, str],
    names: Mapping[UUID, str],
    purposes: Mapping[UUID, str],
) -> Lines:
    rows = await u.run(
        "SELECT e.id, e.machine, e.subject_id, e.event, e.target, e.actor, e.reason, e.sealed,"
        " e.happened_at, e.recorded_at, t.id IS NOT NULL AND t.platform IS NULL AS nobody_known"
        " FROM entries e LEFT JOIN takedowns t ON t.id = e.subject_id"
        " WHERE e.subject_id = ANY(:ids) AND e.machine <> 'fact'",
        ids=[takedown_id, *addressees],
    )
    lines = []
    for row in rows:
        facts = entries.facts_of(case.key, row.id, row.sealed)
        text = _sentence(row, facts, names.get(row.subject_id, ""), purposes)
        lines.append(
            {
                "id": row.id,
                "fact": sentences.fact_of(row.machine, row.event),
                "happened_at": row.happened_at,
                "recorded_at": row.recorded_at,
                "by": row.actor,
                "subject": row.machine,
                "subject_id": row.subject_id,
                "addressee": addressees.get(row.subject_id),
                "event": row.event,
                "state": row.target,
                "text": _with_reason(text, row.reason),
                "words": facts.get("how"),
            }
        )
    return lines


def _sentence(row: Any, facts: Mapping[str, Any], who: str, purposes: Mapping[UUID, str]) -> str:
    if row.event == Event.RESOLVED and row.nobody_known:
        return sentences.UNKNOWN
    purpose = purposes.get(row.subject_id, Purpose.FIRST.value)
    grade = (facts.get("receipt") or {}).get("grade")
    if row.event in sentences.RELAYED and grade == Grade.HANDED_TO_RELAY:
        return sentences.relayed(row.event, who, purpose)
    return sentences.of_move(row.machine, row.event, who, purpose)


async def _holds(u: Unit, case: OpenCase, takedown_id: UUID, moves: Lines) -> Lines:
    """Every hold that was set, renewed and ended. The last one's end is told by its release."""
    rows = (
        await u.run("SELECT * FROM holds WHERE takedown_id = :id ORDER BY id", id=takedown_id)
    ).all()
    ends = {(row.kind, row.ended_at) for row in rows}
    starts = {(row.kind, row.set_at) for row in rows}
    told = {line["happened_at"] for line in moves if line["event"].startswith("release_")}
    held = {line["happened_at"] for line in moves if line["event"] == "hold"}
    lines = []
    for row in rows:
        event = "hold_renewed" if (row.kind, row.set_at) in ends else "hold_set"
        detail = (
            case.key.open_json(holding.PLACE, row.id, row.detail_sealed)
            if row.detail_sealed
            else {}
        )
        until = f" until {row.until:%Y-%m-%d %H:%M} UTC" if row.until else ""
        text = sentences.HOLD[event].format(until=until)
        text = _with_reason(text, row.kind)
        line = _ours(takedown_id, row.id, event, row.set_at, row.set_by, text)
        state = TakedownState.HELD.value if row.set_at in held else None
        lines.append({**line, "state": state, "words": _joined(detail.values())})
        if row.ended_at and (row.kind, row.ended_at) not in starts and row.ended_at not in told:
            text = _with_reason(sentences.HOLD["hold_ended"], row.kind)
            ended = uuid5(row.id, "hold_ended")
            lines.append(_ours(takedown_id, ended, "hold_ended", row.ended_at, row.ended_by, text))
    return lines


async def _handed(u: Unit, case: OpenCase, takedown_id: UUID) -> Lines:
    """That it was handed on to the platform of its software, and came back."""
    rows = await u.run(
        "SELECT f.* FROM entries f JOIN entries e ON e.id = f.because"
        " WHERE f.case_id = :case AND f.machine = 'fact' AND f.event = ANY(:events)"
        " AND e.subject_id = :id",
        case=case.id,
        events=list(sentences.HANDED),
        id=takedown_id,
    )
    return [
        _ours(
            takedown_id, row.id, row.event, row.happened_at, row.actor,
            _with_reason(sentences.HANDED[row.event], row.reason),
        )
        for row in rows
    ]  # fmt: skip


def _ours(
    takedown_id: UUID, id_: UUID, event: str, at: datetime, by: str, text: str
) -> dict[str, Any]:
    return {
        "id": id_,
        "fact": "ours",
        "happened_at": at,
        "recorded_at": at,
        "by": by,
        "subject": "takedown",
        "subject_id": takedown_id,
        "addressee": None,
        "event": event,
        "state": None,
        "text": text,
        "words": None,
    }


def _with_reason(sentence: str, reason: str | None) -> str:
    return f"{sentence} ({reason})" if reason else sentence


async def _answers(
    u: Unit,
    case: OpenCase,
    takedown_id: UUID,
    addressees: Mapping[UUID, str],
    names: Mapping[UUID, str],
) -> Lines:
    """What was said about this takedown's requests, or about nobody knows what in their notices."""
    rows = await u.run(
        "SELECT a.* FROM answers a LEFT JOIN requests r ON r.id = a.request_id"
        " WHERE r.takedown_id = :id OR (a.request_id IS NULL AND a.notice_id = ANY(:notices))",
        id=takedown_id,
        notices=list(addressees),
    )
    lines = []
    for row in rows:
        subject = row.request_id or row.notice_id
        said = case.key.open_json(answering.WORDS, row.id, row.words_sealed)
        lines.append(
            {
                "id": row.id,
                "fact": "answered",
                "happened_at": row.said_at or row.recorded_at,
                "recorded_at": row.recorded_at,
                "by": row.by,
                "subject": "request" if row.request_id else "notice",
                "subject_id": subject,
                "addressee": addressees.get(subject),
                "event": row.kind,
                "state": row.kind if row.moved else None,
                "text": sentences.ANSWER[row.kind].format(who=names.get(subject, "")),
                "words": _joined(said.values()),
            }
        )
    return lines


def _joined(parts: Iterable[str]) -> str | None:
    return " | ".join(part for part in parts if part) or None


async def _sights(u: Unit, case: OpenCase, takedown_id: UUID) -> Lines:
    rows = await u.run("SELECT * FROM observations WHERE takedown_id = :id", id=takedown_id)
    return [
        {
            "id": row["id"],
            "fact": "seen",
            "happened_at": row["at"],
            "recorded_at": row["recorded_at"],
            "by": row["by"],
            "subject": "takedown",
            "subject_id": takedown_id,
            "addressee": None,
            "event": row["seen"],
            "state": None,
            "text": _with_reason(sentences.SEEN[row["seen"]], _because(row)),
            "words": takedowns.how(case.key, row) or None,
        }
        for row in rows.mappings()
    ]


def _because(row: RowMapping) -> str:
    """How it was seen, and from where if more than one place had a say."""
    places = "" if row["vantage"] in ("", sight.HERE) else f", from {row['vantage']}"
    return f"{row['method']}: {row['rule']}{places}"


async def _tries(
    u: Unit, case: OpenCase, addressees: Mapping[UUID, str], names: Mapping[UUID, str]
) -> Lines:
    rows = await u.run(
        "SELECT * FROM attempts WHERE notice_id = ANY(:ids) AND state <> 'intent'",
        ids=list(addressees),
    )
    lines = []
    for row in rows:
        receipt = (
            case.key.open_json(attempts.RECEIPT, row.id, row.receipt_sealed)
            if row.receipt_sealed
            else {}
        )
        proof = f", proof: {receipt['grade']}" if receipt.get("grade") else ""
        reason = f", {row.reason}" if row.reason else ""
        lines.append(
            {
                "id": row.id,
                "fact": "arrived",
                "happened_at": row.finished_at or row.started_at,
                "recorded_at": row.finished_at or row.started_at,
                "by": "engine",
                "subject": "notice",
                "subject_id": row.notice_id,
                "addressee": addressees.get(row.notice_id),
                "event": f"attempt_{row.state}",
                "state": None,
                "text": f"Try {row.n} at {names.get(row.notice_id, '')}:"
                f" {row.state}{proof}{reason}.",
                "words": receipt.get("how") or None,
            }
        )
    return lines


async def _approvals(u: Unit, takedown_id: UUID, titles: Mapping[str, str]) -> Lines:
    rows = await u.run("SELECT * FROM approvals WHERE takedown_id = :id", id=takedown_id)
    return [
        {
            "id": row.id,
            "fact": "ours",
            "happened_at": row.at,
            "recorded_at": row.at,
            "by": "person",
            "subject": "takedown",
            "subject_id": takedown_id,
            "addressee": row.addressee,
            "event": "approved",
            "state": None,
            "text": f"A person approved what {titles.get(row.addressee, row.addressee)} is told.",
            "words": None,
        }
        for row in rows
    ]
