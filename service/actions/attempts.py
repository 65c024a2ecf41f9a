"""The rows of attempts: one open at a time for each notice, which the database holds too."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from adapters.spec import AnswerKind, Grade, ItemOutcome, Receipt
from service.actions.context import Caller
from service.domain.states import Actor, Event, NoticeState
from service.domain.world import Notice, World
from service.store import bulk, entries, keys, tables
from service.store.sealing import Key
from service.store.unit import Unit

if TYPE_CHECKING:
    from service.actions.send_notice import Result, Started

BYTES: Final = "attempts.bytes"
RECEIPT: Final = "attempts.receipt"
EVIDENCE: Final = "attempts.evidence"
STATE_AFTER: Final[Mapping[Event, str]] = {
    Event.ACCEPTED: "accepted",
    Event.PROVEN: "accepted",
    Event.NOT_SENT: "not_sent",
    Event.NEEDS_PERSON: "not_sent",
    Event.UNCERTAIN: "perhaps",
    Event.LEASE_EXPIRED: "perhaps",
    Event.REJECTED: "rejected",
    Event.BOUNCED: "bounced",
    Event.RESEND: "superseded",
    Event.UNFILED: "undone",
}
OPEN: Final = ("intent", "perhaps", "accepted")


@dataclass(frozen=True, slots=True)
class Change:
    """One attempt's row and the result that belongs to it."""

    attempt: Any
    result: Result


async def begin(u: Unit, begun: Sequence[tuple[Started, bytes]], world: World) -> None:
    """Write the intents, with the frozen bytes sealed."""
    if not begun:
        return
    opened = await keys.case_keys(u, {s.case_id for s, _ in begun})
    rows = [
        (
            s.attempt_id, s.organisation_id, s.case_id, s.notice_id,
            world.notices[s.notice_id].tries, "intent", world.now,
            hashlib.sha256(frozen).digest(),
            opened[s.case_id].seal(BYTES, s.attempt_id, frozen),
        )
        for s, frozen in begun
    ]  # fmt: skip
    columns = (
        "id", "organisation_id", "case_id", "notice_id", "n", "state", "started_at",
        "bytes_hash", "bytes_sealed",
    )  # fmt: skip
    await bulk.insert(u, tables.Attempt, columns, sorted(rows))


_LOCKED: Final = text(
    "SELECT id, organisation_id, case_id, notice_id, state, started_at,"
    " EXISTS (SELECT 1 FROM attempts b WHERE b.notice_id = a.notice_id"
    "  AND b.bytes_hash = a.bytes_hash AND b.state = 'superseded') AS repeats"
    " FROM attempts a WHERE id = ANY(:ids)"
    " ORDER BY id FOR NO KEY UPDATE"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def locked(u: Unit, wanted: Sequence[UUID]) -> Mapping[UUID, Any]:
    """These attempts, locked, by id. One that `repeats` went out under the key of another, of which
    nobody knows whether it arrived.
    """
    rows = (await u.conn.execute(_LOCKED, {"ids": list(wanted)})).all()
    return {row.id: row for row in rows}


def facts(attempt_id: UUID, receipt: Receipt | None) -> dict[str, Any]:
    """What the entry commits to: the attempt, and the receipt as it came."""
    found: dict[str, Any] = {"attempt": str(attempt_id)}
    if receipt:
        found["receipt"] = receipt_values(receipt)
    return found


def receipt_values(receipt: Receipt) -> dict[str, Any]:
    """A receipt as JSON values."""
    return {
        "reference": receipt.reference,
        "grade": receipt.grade.value,
        "outcomes": [
            {"ref": o.ref, "kind": o.kind.value, "words": o.words} for o in receipt.outcomes
        ],
        "detail": dict(receipt.detail),
    }


def receipt_from(values: Mapping[str, Any]) -> Receipt:
    """The receipt behind its JSON values."""
    return Receipt(
        reference=values["reference"],
        grade=Grade(values["grade"]),
        outcomes=tuple(
            ItemOutcome(o["ref"], AnswerKind(o["kind"]), o["words"]) for o in values["outcomes"]
        ),
        detail=values["detail"],
    )


def receipt_of(attempt: Any, key: Key) -> Receipt | None:
    """What to ask by what became of it: its own receipt, or the one that came too late for it. None
    where there is none, and where a receipt names no report.
    """
    values: Mapping[str, Any] | None = None
    if attempt.receipt_sealed is not None:
        values = key.open_json(RECEIPT, attempt.id, attempt.receipt_sealed)
    elif attempt.evidence_sealed is not None:
        values = key.open_json(EVIDENCE, attempt.id, attempt.evidence_sealed).get("receipt")
    return receipt_from(values) if values and values["reference"] is not None else None


async def finish(u: Unit, changes: Sequence[Change], now: datetime) -> None:
    """Close or confirm attempts by their own results; what comes to a closed one is stored beside
    it.
    """
    opened = await keys.case_keys(u, {c.attempt.case_id for c in changes})
    moved = []
    for change in changes:
        attempt, result = change.attempt, change.result
        key = opened[attempt.case_id]
        values = receipt_values(result.receipt) if result.receipt else None
        if attempt.state in ("intent", "perhaps"):
            sealed = key.seal_json(RECEIPT, attempt.id, values) if values else None
            moved.append((attempt.id, STATE_AFTER[result.event], result.at, sealed, result.reason))
        else:
            evidence = {"event": result.event.value, "receipt": values, "reason": result.reason}
            await keep_evidence(u, attempt, key, evidence, now)
    columns = ("state", "finished_at", "receipt_sealed", "reason")
    await bulk.update(u, tables.Attempt, ("id",), columns, sorted(moved, key=lambda r: r[0]))


async def keep_evidence(
    u: Unit,
    attempt: Any,
    key: Key,
    evidence: Mapping[str, Any],
    now: datetime,
    caller: Caller | None = None,
) -> None:
    """Store beside a closed attempt what came after it was closed, and say so in the log."""
    await u.run(
        "UPDATE attempts SET evidence_sealed = :sealed WHERE id = :id",
        id=attempt.id,
        sealed=key.seal_json(EVIDENCE, attempt.id, dict(evidence)),
    )
    await entries.fact(
        u, now, organisation_id=attempt.organisation_id, case_id=attempt.case_id,
        event="late_evidence", actor=caller.actor if caller else Actor.ENGINE,
        key_id=caller.key_id if caller else None, key=key,
        facts={"attempt": str(attempt.id), "notice": str(attempt.notice_id)},
    )  # fmt: skip


DECIDED: Final = "decided"
NOT_FOUND: Final = "not_found"
_GIVEN_UP: Final = text(
    "SELECT id, organisation_id, case_id, notice_id, started_at FROM attempts a"
    " WHERE notice_id = :notice AND state = 'not_sent' AND reason IN (:decided, :not_found)"
    " AND evidence_sealed IS NULL AND started_at <= :at AND NOT EXISTS (SELECT 1 FROM attempts b"
    "  WHERE b.notice_id = a.notice_id AND b.started_at > a.started_at AND b.started_at <= :at)"
    " FOR NO KEY UPDATE"
)


async def given_up(u: Unit, notice_id: UUID, at: datetime) -> Any | None:
    """The attempt that was taken for lost although nothing else had left by `at`: what was
    answered then, answered it.
    """
    values = {"notice": notice_id, "at": at, "decided": DECIDED, "not_found": NOT_FOUND}
    return (await u.conn.execute(_GIVEN_UP, values)).one_or_none()


_CLOSE: Final = text(
    "UPDATE attempts SET state = :state, finished_at = COALESCE(finished_at, :now),"
    " reason = COALESCE(CAST(:reason AS text), reason)"
    " WHERE notice_id = ANY(:ids) AND state = ANY(:open)"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def close_open(
    u: Unit, notices: Sequence[UUID], event: Event, now: datetime, reason: str | None = None
) -> None:
    """Settle the open attempt of each of these notices by an event that no call of ours brought."""
    values = {"ids": list(notices), "state": STATE_AFTER[event], "now": now, "open": list(OPEN)}
    await u.conn.execute(_CLOSE, {**values, "reason": reason})


async def let_go(u: Unit, world: World) -> None:
    """Of a call whose notice was settled by proof meanwhile nobody knows how it ends: what it
    brings is its own, and moves nothing.
    """
    settled = [
        line.row.id
        for line in world.moved
        if line.source is NoticeState.SENDING and line.move.event is Event.PROVEN
    ]
    if settled:
        await close_open(u, settled, Event.UNCERTAIN, world.now)


_DOUBTED: Final = text(
    "SELECT notice_id, min(started_at) AS at FROM attempts"
    " WHERE notice_id = ANY(:ids) AND state = 'perhaps' GROUP BY notice_id"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def doubted_since(u: Unit, notices: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """When the open, doubtful attempt of each of these notices began."""
    rows = (await u.conn.execute(_DOUBTED, {"ids": list(notices)})).all()
    return {row.notice_id: row.at for row in rows}


async def by_person(
    u: Unit,
    world: World,
    notice: Notice,
    frozen: bytes,
    receipt: Mapping[str, Any],
    at: datetime,
    how: str,
) -> None:
    """The attempt of somebody who filed a form: accepted, by their own word."""
    assert notice.attempt_id is not None
    key = await keys.case_key(u, notice.case_id)
    id_ = notice.attempt_id
    values = {**receipt, "how": how}
    await bulk.insert(
        u,
        tables.Attempt,
        (
            "id", "organisation_id", "case_id", "notice_id", "n", "state", "started_at",
            "finished_at", "bytes_hash", "bytes_sealed", "receipt_sealed",
        ),
        [
            (
                id_, notice.organisation_id, notice.case_id, notice.id, notice.tries, "accepted",
                at, world.now, hashlib.sha256(frozen).digest(), key.seal(BYTES, id_, frozen),
                key.seal_json(RECEIPT, id_, values),
            )
        ],
    )  # fmt: skip
