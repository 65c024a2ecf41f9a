"""One call, one effect: what an `Idempotency-Key` stands for.

A key belongs to one API key. Its row is claimed before the call begins and holds the reply when it
has ended. Between the two, every transaction of the call counts itself in the row as it commits:
whoever repeats a call that died finds how far it came, and what is through is never done again. A
claim that is older than a minute may be taken over; the count is tied to the claim, so a call that
lost its claim can no longer commit anything.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from service.actions.context import Caller, Context
from service.domain import ids
from service.domain.errors import AlreadyDone, InFlight, KeyReused
from service.store import entries, keys
from service.store.sealing import Key
from service.store.unit import Store, Unit

T = TypeVar("T")
REPLY: Final = "idempotency.reply"
TAKEN_OVER_AFTER: Final = timedelta(seconds=60)
KEPT_FOR: Final = timedelta(days=7)
OLD: Final = "FROM idempotency WHERE created_at < :kept"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that was given, to be given again; without a body when it is not to be."""

    status: int
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry out one keyed call, until somebody claims it after `since`.

    `id` stays the same however often the call is repeated; `steps` of it are through.
    """

    organisation_id: UUID
    key_mac: bytes
    id: UUID
    since: datetime
    steps: int = 0


async def claim(ctx: Context, caller: Caller, key: str, call: bytes) -> Claim | Reply:
    """Begin a keyed call, or find the reply of the one that was carried out.

    `call` is everything that makes the call: method, address and body, in lines. That its reply is
    shown again is put on record. Raises `KeyReused`, `InFlight`.
    """
    claim_id = ids.new_id()

    async def work(u: Unit) -> Claim | Reply:
        now = ctx.now()
        opened = await keys.organisation_key(u, caller.organisation_id)
        mac = opened.mac("idempotency", f"{caller.key_id}|{key}")
        fingerprint = opened.mac("idempotency.call", call.hex())
        mine = Claim(caller.organisation_id, mac, claim_id, now)
        made = await u.run(
            "INSERT INTO idempotency (organisation_id, key_mac, id, fingerprint, steps, created_at)"
            " VALUES (:org, :mac, :id, :fingerprint, 0, :now) ON CONFLICT DO NOTHING",
            org=caller.organisation_id,
            mac=mac,
            id=claim_id,
            fingerprint=fingerprint,
            now=now,
        )
        if made.rowcount:
            return mine
        row = await _found(u, mine)
        if row is None:
            raise InFlight("Send it again in a moment.", retry_after_s=1)
        if row.fingerprint != fingerprint:
            raise KeyReused("Use a new key for a new call; repeat a call exactly as it was.")
        if row.status is not None:
            values = opened.open_json(REPLY, row.id, row.reply_sealed)
            await _say_repeated(u, caller, call, opened, now)
            return Reply(row.status, values["headers"], values["body"])
        if row.id != claim_id and row.created_at > now - TAKEN_OVER_AFTER:
            raise InFlight("Its reply can be fetched by the same call soon.", retry_after_s=2)
        await u.run(
            "UPDATE idempotency SET created_at = :now"
            " WHERE organisation_id = :org AND key_mac = :mac",
            org=caller.organisation_id,
            mac=mac,
            now=now,
        )
        return dataclasses.replace(mine, id=row.id, steps=row.steps)

    return await ctx.store.run(work)


async def _say_repeated(u: Unit, caller: Caller, call: bytes, key: Key, now: datetime) -> None:
    what = b" ".join(call.split(b"\n", 2)[:2]).decode()
    await entries.fact(
        u, now, organisation_id=caller.organisation_id, event="reply_repeated",
        actor=caller.actor, key_id=caller.key_id, facts={"call": what}, key=key,
    )  # fmt: skip


async def _found(u: Unit, claim: Claim) -> Any | None:
    rows = await u.run(
        "SELECT id, fingerprint, steps, status, reply_sealed, created_at FROM idempotency"
        " WHERE organisation_id = :org AND key_mac = :mac FOR UPDATE",
        org=claim.organisation_id,
        mac=claim.key_mac,
    )
    return rows.one_or_none()


async def keep(ctx: Context, claim: Claim, reply: Reply) -> None:
    """Store the reply of a call that is through."""

    async def work(u: Unit) -> None:
        opened = await keys.organisation_key(u, claim.organisation_id)
        values = {"headers": dict(reply.headers), "body": reply.body}
        await u.run(
            "UPDATE idempotency SET status = :status, reply_sealed = :reply"
            " WHERE organisation_id = :org AND key_mac = :mac AND created_at = :since"
            " AND status IS NULL",
            org=claim.organisation_id,
            mac=claim.key_mac,
            since=claim.since,
            status=reply.status,
            reply=opened.seal_json(REPLY, claim.id, values),
        )

    await ctx.store.run(work)


async def give_up(ctx: Context, claim: Claim) -> None:
    """Forget a call that did nothing, so that its key can be used for a corrected one."""

    async def work(u: Unit) -> None:
        await u.run(
            "DELETE FROM idempotency WHERE organisation_id = :org AND key_mac = :mac"
            " AND created_at = :since AND steps = 0 AND status IS NULL",
            org=claim.organisation_id,
            mac=claim.key_mac,
            since=claim.since,
        )

    await ctx.store.run(work)


async def let_go(ctx: Context, claim: Claim) -> None:
    """Leave a call that has no reply to give again to whoever repeats it: under the same id, for
    what it did may be on record.
    """

    async def work(u: Unit) -> None:
        await u.run(
            "UPDATE idempotency SET created_at = :before WHERE organisation_id = :org"
            " AND key_mac = :mac AND created_at = :since AND status IS NULL",
            org=claim.organisation_id,
            mac=claim.key_mac,
            since=claim.since,
            before=claim.since - TAKEN_OVER_AFTER,
        )

    await ctx.store.run(work)


def bound(ctx: Context, claim: Claim, unkept: str = "") -> Context:
    """The same context, whose transactions count themselves as steps of the claim. `unkept`: what
    to say to whoever repeats a call of which no reply is kept.
    """
    return dataclasses.replace(ctx, store=_Counting(ctx.store, claim, unkept or _LOST))


class _Counting(Store):
    """A store for one keyed call. It refuses a step that is through, and a claim that was lost."""

    def __init__(self, store: Store, claim: Claim, why: str) -> None:
        super().__init__(store.engine, store.vault, store.bell)
        self._claim = claim
        self._why = why
        self._step = 0

    async def run(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        self._step += 1
        step = self._step
        if step <= self._claim.steps:
            raise AlreadyDone(f"The first call with this key was carried out. {self._why}")

        async def counted(u: Unit) -> T:
            result = await work(u)
            counting = await u.run(
                "UPDATE idempotency SET steps = :step WHERE organisation_id = :org"
                " AND key_mac = :mac AND created_at = :since AND steps < :step"
                " RETURNING CAST(CAST(pg_current_xact_id() AS text) AS bigint)",
                org=self._claim.organisation_id,
                mac=self._claim.key_mac,
                since=self._claim.since,
                step=step,
            )
            u.txid = counting.scalar_one_or_none()  # so that a lost reply is looked up
            if u.txid is None:
                raise InFlight("Another call with the same key took over.", retry_after_s=2)
            return result

        return await super().run(counted)

    async def read(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        return await super().run(work)


_LOST: Final = "Its reply is not there any more: read what it is about."


def values(ctx: Context) -> dict[str, Any]:
    """What stands for itself in it, now."""
    return {"kept": ctx.now() - KEPT_FOR}


async def forget_old(ctx: Context) -> int:
    """Replies are given again for a week, then forgotten. Returns how many were."""

    async def work(u: Unit) -> int:
        result = await u.run(f"DELETE {OLD}", **values(ctx))
        return result.rowcount

    return await ctx.store.run(work)
