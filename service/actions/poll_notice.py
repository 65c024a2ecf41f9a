"""Asking platforms what became of our reports. Idempotent, leased, adaptive; a poll without news is
only counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from adapters import errors
from adapters.base import Adapter
from adapters.spec import Ability, Answer, Answers, Rate, Receipt, Settle
from service.actions import answering, attempts, claims, lanes
from service.actions.context import Context
from service.actions.send_notice import key_of
from service.domain import follow, notices
from service.domain.pace import doubling
from service.domain.states import Actor, Event, Machine, NoticeState
from service.domain.world import Move, Notice, World
from service.store import keys, ledger
from service.store.sealing import Key
from service.store.unit import Unit

DIGEST_BYTES: Final = 8  # of each answer of the last poll
FOUND: Final = "found"


@dataclass(frozen=True, slots=True)
class Asking:
    """One question to a platform: a poll with a receipt, or a search for a report that may have
    arrived.
    """

    notice_id: UUID
    attempt_id: UUID
    case_id: UUID
    lane: str
    adapter: Adapter
    frozen: bytes
    receipt: Receipt | None  # None: find it


@dataclass(frozen=True, slots=True)
class Said:
    """What came back."""

    asking: Asking
    at: datetime
    answers: Answers | None = None
    receipt: Receipt | None = None
    found: bool | None = None  # None: the platform could not be asked
    reason: str | None = None
    until: datetime | None = None
    closes: str | None = None


_OPEN = text(
    "SELECT id, notice_id, case_id, state, bytes_sealed, receipt_sealed, evidence_sealed"
    " FROM attempts WHERE notice_id = ANY(:ids)"
    " AND (state IN ('perhaps', 'accepted') OR evidence_sealed IS NOT NULL)"
    " ORDER BY state IN ('perhaps', 'accepted') DESC, n DESC"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def take(ctx: Context, lane_id: str, slots: int) -> list[Asking]:
    """Lease due polls and searches of a lane."""
    spec = ctx.spec_of(lane_id)
    if spec is None:
        return []

    async def work(u: Unit) -> list[Asking]:
        now = ctx.now()
        row = (
            await u.run(
                "SELECT organisation_id, platform FROM lanes WHERE id = :id AND closed_because"
                " IS NULL AND NOT killed",
                id=lane_id,
            )
        ).one_or_none()
        if row is None:
            return []
        desk = (await ctx.platforms.of(u, row.organisation_id))[row.platform]
        if not desk.ready:
            return []
        place = _Place(desk.adapter, lane_id, spec.lane, now, now + ctx.rules.pace.lease)
        asking = []
        if spec.perhaps_sent is Settle.LOOK_UP:
            asking = await _searches(u, place, slots)
        if Ability.POLL in spec.can:
            asking += await _polls(u, place, slots - len(asking))
        return asking

    return await ctx.store.run(work)


@dataclass(frozen=True, slots=True)
class _Place:
    """A lane whose work is taken now, and until when."""

    adapter: Adapter
    lane: str
    rate: Rate
    now: datetime
    until: datetime

    async def claim(self, u: Unit, work: claims.Work, slots: int) -> list[UUID]:
        return await claims.claim(u, work, self.lane, self.rate, slots, self.now, self.until)

    def ask(self, row: Any, key: Key, receipt: Receipt | None) -> Asking:
        frozen = key.open(attempts.BYTES, row.id, row.bytes_sealed) if row.bytes_sealed else b""
        return Asking(row.notice_id, row.id, row.case_id, self.lane, self.adapter, frozen, receipt)


async def _searches(u: Unit, place: _Place, slots: int) -> list[Asking]:
    found = await place.claim(u, claims.FIND, slots)
    return [place.ask(r, k, None) for r, k in await _open(u, found) if r.state == "perhaps"]


async def _polls(u: Unit, place: _Place, slots: int) -> list[Asking]:
    """What names no report cannot be asked about: nobody tries again, and it takes no place."""
    asking: dict[UUID, Asking] = {}
    while slots > len(asking):
        found = await place.claim(u, claims.POLL, slots - len(asking))
        for row, key in await _open(u, found):
            receipt = attempts.receipt_of(row, key)
            if receipt is not None and row.notice_id not in asking:
                asking[row.notice_id] = place.ask(row, key, receipt)
        mute = set(found) - set(asking)
        if not mute:
            break
        await claims.drop(u, claims.POLL, mute)
    return list(asking.values())


async def _open(u: Unit, wanted: Sequence[UUID]) -> list[tuple[Any, Key]]:
    """The attempts of these notices that may say something, open ones first, with their keys."""
    if not wanted:
        return []
    rows: Sequence[Any] = (await u.conn.execute(_OPEN, {"ids": list(wanted)})).all()
    opened = await keys.case_keys(u, {row.case_id for row in rows})
    return [(row, opened[row.case_id]) for row in rows]


async def call(ctx: Context, asking: Asking) -> Said:
    """Ask one question, with no transaction open. Never raises."""
    try:
        if asking.receipt is not None:
            answers = await asking.adapter.poll(asking.receipt)
            return Said(asking, ctx.now(), answers=answers, found=True)
        notice = notices.thaw(asking.frozen)
        if not asking.adapter.is_who_was_told(notice):  # whoever is there now cannot know of it
            return Said(asking, ctx.now(), reason="address_changed")
        receipt = await asking.adapter.find(notice, key_of(asking.notice_id, asking.frozen))
        return Said(asking, ctx.now(), receipt=receipt, found=receipt is not None)
    except errors.Throttled as error:
        until = lanes.until_of(error, ctx.now())
        return Said(asking, ctx.now(), reason=error.reason, until=until)
    except errors.Misconfigured as error:
        return Said(asking, ctx.now(), reason=error.reason, closes=error.reason)
    except errors.PlatformError as error:
        return Said(asking, ctx.now(), reason=error.reason)
    except Exception as error:  # noqa: BLE001 - a fault of ours; it is asked again
        return Said(asking, ctx.now(), reason=f"fault_{type(error).__name__.lower()}")


async def record_said(ctx: Context, said: Sequence[Said]) -> None:
    """Write down what polls and searches brought, in one transaction."""
    if not said:
        return

    async def work(u: Unit) -> None:
        now = ctx.now()
        world = await ledger.open_world(
            u, ctx.rules, now, notices={s.asking.notice_id for s in said}
        )
        opened = await keys.case_keys(u, {s.asking.case_id for s in said})
        searched = [s.asking.attempt_id for s in said if s.asking.receipt is None]
        known = await attempts.locked(u, searched) if searched else {}
        moves: list[Move] = []
        rows: list[tuple[Any, ...]] = []
        for one in said:
            notice = world.notices[one.asking.notice_id]
            if one.asking.receipt is None:
                attempt, key = known[one.asking.attempt_id], opened[one.asking.case_id]
                follow.apply(world, await _settled(u, world, notice, attempt, one, key))
                continue
            for answer in _news(world, notice, one):
                requests = answering.about(world, notice, answer)
                found = answering.moves_of(world, requests, answer, Actor.ENGINE, one.at)
                moves += found
                rows += answering.rows_of(
                    requests, notice, answer, Actor.ENGINE, now, opened,
                    {m.id for m in found},
                )  # fmt: skip
        await ledger.record(u, world, moves)
        await attempts.let_go(u, world)
        await answering.keep(u, rows)
        await claims.release(u, claims.POLL, [s.asking.notice_id for s in said])
        await lanes.heed(u, ctx, [lanes.Word(s.asking.lane, s.until, s.closes) for s in said], now)

    await ctx.store.run(work)


async def _settled(
    u: Unit, world: World, notice: Notice, attempt: Any, one: Said, key: Key
) -> list[Move]:
    """A search settles the doubt that it was about, unless the platform could not be asked: then it
    is asked again. Of one that is settled already only what was found says anything.
    """
    if attempt.state != "perhaps" or notice.state is not NoticeState.PERHAPS_SENT:
        return await _found_late(u, world, notice, attempt, one, key) if one.receipt else []
    if one.found is None:
        notice.settle_step += 1
        pace = world.pace
        wait = doubling(pace.retry_first, pace.settle_most, notice.settle_step)
        notice.settle_at = world.now + wait
        return []
    event = Event.ACCEPTED if one.found else Event.NOT_SENT
    reason = FOUND if one.found else attempts.NOT_FOUND
    await attempts.close_open(u, [notice.id], event, one.at, reason)
    if one.receipt is not None:
        values = attempts.receipt_values(one.receipt)
        await u.run(
            "UPDATE attempts SET receipt_sealed = :sealed WHERE id = :id",
            id=attempt.id,
            sealed=key.seal_json(attempts.RECEIPT, attempt.id, values),
        )
    facts = attempts.facts(attempt.id, one.receipt)
    return [Move(Machine.NOTICE, notice.id, event, Actor.ENGINE, one.at, reason, facts)]


async def _found_late(
    u: Unit, world: World, notice: Notice, attempt: Any, one: Said, key: Key
) -> list[Move]:
    """It was given up, and had arrived: kept beside its attempt. What is due again, or out again,
    or in doubt again, is settled by that.
    """
    facts = attempts.facts(attempt.id, one.receipt)
    evidence = {"event": Event.ACCEPTED.value, "receipt": facts["receipt"], "reason": FOUND}
    await attempts.keep_evidence(u, attempt, key, evidence, world.now)
    at, event = attempt.started_at, follow.proof_of(notice)
    if event:
        return [Move(Machine.NOTICE, notice.id, event, Actor.ENGINE, at, FOUND, facts)]
    if attempt.state not in attempts.OPEN:
        follow.prove_earlier(world, notice, at)
    return []


def _news(world: World, notice: Notice, one: Said) -> Sequence[Answer]:
    """Say when to ask again, and which answers were not there the last time."""
    pace = world.pace
    notice.polls += 1
    if one.answers is None:
        notice.poll_step += 1
        wait = doubling(pace.poll_first, pace.poll_most, notice.poll_step)
        notice.poll_at = world.now + wait
        return ()
    before = notice.poll_digest or b""
    known = {before[i : i + DIGEST_BYTES] for i in range(0, len(before), DIGEST_BYTES)}
    marks = [_mark(answer) for answer in one.answers.answers]
    news = [a for a, mark in zip(one.answers.answers, marks, strict=True) if mark not in known]
    notice.poll_digest = b"".join(marks)
    notice.poll_step = 0 if news else notice.poll_step + 1
    wait = doubling(pace.poll_first, pace.poll_most, notice.poll_step)
    notice.poll_at = None if one.answers.ended else world.now + wait
    return news


def _mark(answer: Answer) -> bytes:
    return hashlib.sha256(repr(answer).encode()).digest()[:DIGEST_BYTES]
