"""Taking in what addressees say, by machine or by a person: kept always, moving only what it may
move.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.spec import Answer, Scope
from service.actions import attempts, told
from service.actions.context import Caller, Context
from service.domain import follow, ids
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.states import (
    ENDED,
    LIVE,
    Actor,
    Machine,
    NoticeState,
    RequestState,
    allowed,
)
from service.domain.world import Move, Notice, Request, World
from service.store import bulk, keys, ledger, tables
from service.store.sealing import Key
from service.store.unit import Unit

WORDS: Final = "answers.words"
ANSWERABLE: Final = (*LIVE, *ENDED, RequestState.REMOVED_WITHOUT_WORD)


def about(world: World, notice: Notice, answer: Answer) -> list[Request]:
    """The carried requests that an answer is about; none when nobody knows which."""
    links = world.carried_by(notice)
    if answer.ref is not None:
        wanted = UUID(answer.ref)
        return [world.requests[link.request_id] for link in links if link.request_id == wanted]
    if answer.scope is Scope.ALL or len(links) == 1:
        return [world.requests[link.request_id] for link in links]
    return []


def moves_of(
    world: World,
    requests: Sequence[Request],
    answer: Answer,
    by: Actor,
    at: datetime,
    key_id: UUID | None = None,
) -> list[Move]:
    """What an answer moves. `UNSPECIFIED` moves nothing: it makes us look, as does news that
    content is gone.
    """
    said_at = answer.said_at or at
    moves = []
    for request in requests:
        takedown = world.takedowns[request.takedown_id]
        event = follow.ANSWER_EVENT.get(answer.kind)
        if event is None:
            follow.look_now(world, takedown)
            continue
        if request.state not in ANSWERABLE or not request.was_asked:
            continue
        if event not in allowed(Machine.REQUEST, request.state, by):
            continue
        if request.said_at and said_at < request.said_at:
            continue
        request.said_at = said_at
        moves.append(
            Move(
                Machine.REQUEST, request.id, event, by, said_at,
                facts={"status": answer.status} if answer.status else {}, key_id=key_id,
            )
        )  # fmt: skip
    return moves


def rows_of(
    requests: Iterable[Request],
    notice: Notice | None,
    answer: Answer,
    by: Actor,
    now: datetime,
    case_keys: Mapping[UUID, Key],
    moved: set[UUID],
    how: str = "",
) -> list[tuple[Any, ...]]:
    """Rows for the answers' table: one for each request it is about, or one for the notice."""
    targets: list[Request | None] = list(requests) or [None]
    rows = []
    for request in targets:
        id_ = ids.new_id()
        words = {"status": answer.status, "words": answer.words, "how": how}
        owner = request or notice
        assert owner is not None
        rows.append(
            (
                id_, owner.organisation_id, owner.case_id, notice.id if notice else None,
                request.id if request else None, answer.scope.value, answer.kind.value,
                answer.said_at, now, by.value, bool(request and request.id in moved),
                case_keys[owner.case_id].seal_json(WORDS, id_, words),
            )
        )  # fmt: skip
    return rows


COLUMNS: Final = (
    "id", "organisation_id", "case_id", "notice_id", "request_id", "scope", "kind", "said_at",
    "recorded_at", "by", "moved", "words_sealed",
)  # fmt: skip


async def keep(u: Unit, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store answers."""
    await bulk.insert(u, tables.Answer, COLUMNS, sorted(rows, key=lambda r: r[0]))


async def record_answer(
    ctx: Context,
    caller: Caller,
    *,
    notice_id: UUID | None,
    request_ids: Sequence[UUID],
    answer: Answer,
    how: str,
) -> Mapping[str, Any]:
    """What a person heard: by phone, by mail, in a help desk. Raises `NotFound`, `Conflict`.

    An answer proves that the message arrived: a notice nobody was sure of becomes `sent`.
    """

    async def work(u: Unit) -> Mapping[str, Any]:
        await own(u, caller, notice_id, request_ids)
        return await take(u, ctx, caller, notice_id, request_ids, answer, how)

    return await ctx.store.run(work)


async def take(
    u: Unit,
    ctx: Context,
    caller: Caller,
    notice_id: UUID | None,
    request_ids: Sequence[UUID],
    answer: Answer,
    how: str,
) -> Mapping[str, Any]:
    """The same inside a transaction, about what is the caller's for certain. `caller` may be the
    machine itself, which has no key. Raises `Invalid`, `Conflict`.
    """
    now = ctx.now()
    world = await ledger.open_world(
        u, ctx.rules, now, requests=request_ids, notices=[notice_id] if notice_id else []
    )
    notice = world.notices[notice_id] if notice_id else None
    requests = [world.requests[i] for i in request_ids]
    said = _dated(answer, notice, requests, now)
    if notice is not None:
        requests = _carried(world, notice, requests) or about(world, notice, said)
        if answer.scope is Scope.UNSPECIFIED:
            requests = []
            _look_at_all(world, notice)
        elif not requests:
            raise Invalid("Say which requests it is about, or that it is about all of them.")
        await _arrived(u, world, notice, said.said_at, caller, {"answer": said.kind.value})
    if notice is None and not all(request.was_asked for request in requests):
        raise Conflict("Nothing was asked yet, so nothing can have been answered.")
    return await _record(u, world, caller, notice, requests, said, how)


async def prove(u: Unit, ctx: Context, caller: Caller, notice_id: UUID, at: datetime) -> None:
    """Whatever was said at that time, and by whom: it shows that a message of this notice had
    arrived.
    """
    world = await ledger.open_world(u, ctx.rules, ctx.now(), notices=[notice_id])
    await _arrived(u, world, world.notices[notice_id], at, caller, {})
    await ledger.record(u, world, ())
    await attempts.let_go(u, world)


async def _record(
    u: Unit,
    world: World,
    caller: Caller,
    notice: Notice | None,
    requests: Sequence[Request],
    answer: Answer,
    how: str,
) -> Mapping[str, Any]:
    now = world.now
    answers = moves_of(world, requests, answer, caller.actor, now, caller.key_id)
    owners: list[Request | Notice] = [*requests, *([notice] if notice else [])]
    opened = await keys.case_keys(u, {owner.case_id for owner in owners})
    recorded = await ledger.record(u, world, answers)
    await attempts.let_go(u, world)
    moved = {m.row.id for m in recorded.moved}
    await keep(u, rows_of(requests, notice, answer, caller.actor, now, opened, moved, how))
    return {
        "requests": [{"id": r.id, "state": r.state, "moved": r.id in moved} for r in requests],
        "notice": {"id": notice.id, "state": notice.state} if notice else None,
    }


def _dated(
    answer: Answer, notice: Notice | None, requests: Sequence[Request], now: datetime
) -> Answer:
    """The same answer, at a time at which it can have been given. Raises `Invalid`."""
    if answer.said_at is None:
        return answer
    rows: list[Request | Notice] = [*requests, *([notice] if notice else [])]
    began = min(row.created_at for row in rows)
    return dataclasses.replace(answer, said_at=told.possible(answer.said_at, now, began))


def _carried(world: World, notice: Notice, requests: list[Request]) -> list[Request]:
    """The same requests. Raises `Invalid` when the notice did not carry one of them."""
    links = {link.request_id for link in world.carried_by(notice)}
    if any(request.id not in links for request in requests):
        raise Invalid("Some of these requests are not in that notice. Leave the notice out.")
    return requests


async def _arrived(
    u: Unit,
    world: World,
    notice: Notice,
    said_at: datetime | None,
    caller: Caller,
    evidence: Mapping[str, Any],
) -> None:
    """Whoever answers has it. This is moved before the answer, which then finds asked requests."""
    if event := follow.proof_of(notice):
        at = min(said_at or world.now, world.now)
        move = Move(
            Machine.NOTICE, notice.id, event, caller.actor, at, "answered", key_id=caller.key_id
        )
        follow.apply(world, [move])
    if said_at is not None and notice.state is NoticeState.SENT:
        await _prove_earlier(u, world, notice, said_at, caller, evidence)


async def _prove_earlier(
    u: Unit,
    world: World,
    notice: Notice,
    said_at: datetime,
    caller: Caller,
    evidence: Mapping[str, Any],
) -> None:
    """What they said before the later report left, they said of the one that was taken for lost."""
    attempt = await attempts.given_up(u, notice.id, said_at)
    if attempt is not None:
        key = await keys.case_key(u, notice.case_id)
        seen = {**evidence, "said_at": said_at.isoformat()}
        await attempts.keep_evidence(u, attempt, key, seen, world.now, caller)
        follow.prove_earlier(world, notice, attempt.started_at)


def _look_at_all(world: World, notice: Notice) -> None:
    for link in world.carried_by(notice):
        follow.look_now(world, world.takedowns[world.requests[link.request_id].takedown_id])


async def own(u: Unit, caller: Caller, notice_id: UUID | None, request_ids: Sequence[UUID]) -> None:
    """All of it is there and belongs to the caller's organisation, which `take` assumes; nothing is
    locked. Raises `NotFound`.
    """
    if notice_id is not None:
        found = await u.run(
            "SELECT 1 FROM notices WHERE id = :id AND organisation_id = :org",
            id=notice_id,
            org=caller.organisation_id,
        )
        if found.scalar() is None:
            raise NotFound("There is no such notice.")
    if request_ids:
        found = await u.run(
            "SELECT count(*) FROM requests WHERE id = ANY(:ids) AND organisation_id = :org",
            ids=list(request_ids),
            org=caller.organisation_id,
        )
        if found.scalar_one() != len(set(request_ids)):
            raise NotFound("Some of these requests do not exist.")
