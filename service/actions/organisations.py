"""Centres and their keys: making them, and the profile that goes out in their name."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from service.actions import judging
from service.actions.context import Caller, Context
from service.domain import ids
from service.domain.errors import Invalid, NotFound, Stale, Unauthenticated
from service.domain.states import Actor
from service.store import entries, keys
from service.store.unit import Unit

KEY_LIFE: Final = timedelta(days=365)
PREFIX: Final = "ef"
PROFILE: Final = ("legal_name", "address", "email", "signatory", "statuses")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is shown once."""

    id: UUID
    token: str
    role: Actor
    scopes: tuple[str, ...]
    label: str
    expires_at: datetime


async def make_organisation(
    ctx: Context,
    name: str,
    *,
    approval: str = "first_of_case",
    profile: Mapping[str, Any] | None = None,
) -> UUID:
    """Make a centre, or return the one of that name."""
    organisation_id = ids.new_id()

    async def work(u: Unit) -> UUID:
        found = (await u.run("SELECT id FROM organisations WHERE name = :name", name=name)).scalar()
        if found is not None:
            return UUID(str(found))
        now = ctx.now()
        _, wrapped = u.vault.new_key(organisation_id)
        await u.run(
            "INSERT INTO organisations (id, name, profile, approval, answer_days,"
            " search_engines, key_wrapped, version, created_at, updated_at) VALUES (:id, :name,"
            " CAST(:profile AS jsonb), :approval, 7, '{}', :wrapped, 1, :now, :now)",
            id=organisation_id,
            name=name,
            profile=_json(profile or {}),
            approval=approval,
            wrapped=wrapped,
            now=now,
        )
        await entries.fact(
            u, now, organisation_id=organisation_id, event="organisation_made", actor=Actor.ADMIN
        )
        return organisation_id

    return await ctx.store.run(work)


async def names(ctx: Context) -> Sequence[str]:
    """The names of all centres in this database, for whoever runs it."""

    async def work(u: Unit) -> Sequence[str]:
        return (await u.run("SELECT name FROM organisations ORDER BY name")).scalars().all()

    return await ctx.store.read(work)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


async def make_key(
    ctx: Context,
    organisation_id: UUID,
    role: Actor,
    *,
    scopes: Sequence[str] = (),
    label: str = "",
    life: timedelta = KEY_LIFE,
    by: Caller | None = None,
) -> NewKey:
    """Make a key. Its secret is in the result and nowhere else."""
    key_id = ids.new_id()
    token_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = f"{PREFIX}_{token_id}_{secret}"

    async def work(u: Unit) -> NewKey:
        now = ctx.now()
        made = NewKey(key_id, token, role, tuple(scopes), label, now + min(life, KEY_LIFE))
        await u.run(
            "INSERT INTO api_keys (id, organisation_id, prefix, hash, role, scopes, label,"
            " created_at, expires_at) VALUES (:id, :org, :prefix, :hash, :role, :scopes, :label,"
            " :now, :expires)",
            id=key_id,
            org=organisation_id,
            prefix=token_id,
            hash=_digest(secret),
            role=role.value,
            scopes=list(scopes),
            label=label,
            now=now,
            expires=made.expires_at,
        )
        await entries.fact(
            u, now, organisation_id=organisation_id, event="key_made",
            actor=by.actor if by else Actor.ADMIN, key_id=by.key_id if by else None,
            reason=role.value,
        )  # fmt: skip
        return made

    return await ctx.store.run(work)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


@dataclass(frozen=True, slots=True)
class Identity:
    """What a key stands for."""

    caller: Caller
    scopes: frozenset[str]


async def identify(ctx: Context, token: str) -> Identity:
    """Who holds this token. Raises `Unauthenticated` for anything but a living key."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != PREFIX or len(parts[1]) != 12:
        raise Unauthenticated("The key has not the form of a key.")

    async def work(u: Unit) -> Any:
        return (
            await u.run("SELECT * FROM api_keys WHERE prefix = :prefix", prefix=parts[1])
        ).one_or_none()

    row = await ctx.store.read(work)
    known = row.hash if row else bytes(32)
    same = hmac.compare_digest(known, _digest(parts[2]))
    if not row or not same:
        raise Unauthenticated("There is no such key.")
    if row.revoked_at is not None:
        raise Unauthenticated("The key was revoked.")
    if row.expires_at <= ctx.now():
        raise Unauthenticated("The key has expired.")
    return Identity(Caller(row.organisation_id, row.id, Actor(row.role)), frozenset(row.scopes))


async def list_keys(ctx: Context, caller: Caller) -> Sequence[Any]:
    """The organisation's keys, newest first; never their secrets."""

    async def work(u: Unit) -> Sequence[Any]:
        rows = await u.run(
            "SELECT id, prefix, role, scopes, label, created_at, expires_at, revoked_at"
            " FROM api_keys WHERE organisation_id = :org ORDER BY id DESC",
            org=caller.organisation_id,
        )
        return rows.all()

    return await ctx.store.read(work)


async def revoke_key(ctx: Context, caller: Caller, key_id: UUID) -> None:
    """End a key now. Raises `NotFound`."""

    async def work(u: Unit) -> None:
        now = ctx.now()
        result = await u.run(
            "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, :now)"
            " WHERE id = :id AND organisation_id = :org",
            id=key_id,
            org=caller.organisation_id,
            now=now,
        )
        if not result.rowcount:
            raise NotFound("There is no such key.")
        await entries.fact(
            u, now, organisation_id=caller.organisation_id, event="key_revoked",
            actor=caller.actor, key_id=caller.key_id,
        )  # fmt: skip

    await ctx.store.run(work)


async def read_organisation(ctx: Context, caller: Caller) -> Any:
    """The caller's own organisation."""

    async def work(u: Unit) -> Any:
        return (
            await u.run(
                "SELECT id, name, profile, approval, answer_days, removal_days, search_engines,"
                " version, updated_at FROM organisations WHERE id = :id",
                id=caller.organisation_id,
            )
        ).one()

    return await ctx.store.read(work)


async def change_organisation(
    ctx: Context, caller: Caller, version: int, changes: Mapping[str, Any]
) -> Any:
    """Change profile, approval policy, targets or search engines. Raises `Stale`, `Invalid`."""
    specs = ctx.rules.specs

    async def work(u: Unit) -> Any:
        row = (
            await u.run(
                "SELECT * FROM organisations WHERE id = :id FOR NO KEY UPDATE",
                id=caller.organisation_id,
            )
        ).one()
        now = ctx.now()
        if row.version != version:
            raise Stale("Read the organisation again and repeat the change.")
        profile = {**row.profile, **(changes.get("profile") or {})}
        unknown = set(profile) - set(PROFILE)
        if unknown:
            raise Invalid("The profile has fields that it does not know.")
        engines = changes.get("search_engines", row.search_engines)
        if not all(name in specs and specs[name].delists for name in engines):
            known = ", ".join(sorted(spec.name for spec in specs.values() if spec.delists))
            raise Invalid(f"Name search engines that are known here: {known}.")
        await u.run(
            "UPDATE organisations SET profile = CAST(:profile AS jsonb), approval = :approval,"
            " answer_days = :answer, removal_days = :removal, search_engines = :engines,"
            " version = version + 1, updated_at = :now WHERE id = :id",
            id=row.id,
            profile=_json(profile),
            approval=changes.get("approval", row.approval),
            answer=changes.get("answer_days", row.answer_days),
            removal=changes.get("removal_days", row.removal_days),
            engines=sorted(set(engines)),
            now=now,
        )
        await entries.fact(
            u, now, organisation_id=row.id, event="organisation_changed", actor=caller.actor,
            key_id=caller.key_id, facts={"fields": sorted(changes)},
            key=await keys.organisation_key(u, row.id),
        )  # fmt: skip
        return None

    await ctx.store.run(work)
    if "profile" in changes:
        await judging.judge_waiting(ctx)
    return await read_organisation(ctx, caller)
