"""What a centre sets for its platforms: addresses, credentials, and whether anything goes there."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from adapters.base import Adapter
from adapters.spec import MOST_PER_DAY, Spec, url_of
from service.actions import lanes
from service.actions.context import Caller, Context, Desk
from service.domain.errors import Invalid, NotFound, Stale
from service.domain.world import lane_of, look_lane_of
from service.store import entries, keys
from service.store.sealing import Key
from service.store.unit import Unit

_COUNT: Final = re.compile(r"[1-9][0-9]{0,5}")
_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def place(name: str) -> str:
    """What the secrets of a platform are bound to."""
    return f"platform_settings.secrets.{name}"


async def listed(ctx: Context, caller: Caller) -> list[Desk]:
    """Every platform as this organisation has set it up, in match order."""
    desks = await ctx.store.read(lambda u: ctx.platforms.of(u, caller.organisation_id))
    return list(desks.values())


async def one(ctx: Context, caller: Caller, name: str) -> tuple[Desk, Sequence[Any]]:
    """One platform and the rows of its lanes. Raises `NotFound`."""

    async def work(u: Unit) -> tuple[Desk, Sequence[Any]]:
        desks = await ctx.platforms.of(u, caller.organisation_id)
        if name not in desks:
            raise NotFound("There is no such platform.")
        rows = await u.run(
            "SELECT * FROM lanes WHERE id = ANY(:ids) ORDER BY id",
            ids=[lane_of(name, caller.organisation_id), look_lane_of(name, caller.organisation_id)],
        )
        return desks[name], rows.all()

    return await ctx.store.read(work)


def health(row: Any, now: datetime) -> dict[str, Any]:
    """Whether anything leaves by a lane, why not, since when, and when it does again."""
    found = {"because": row.closed_because, "since": row.closed_at, "not_before": row.not_before}
    if row.killed:
        return {"state": "switched_off", **found}
    if row.closed_because:
        return {"state": "closed", **found}
    if row.down_since:
        why = {"because": "no_answer", "since": row.down_since, "not_before": row.probe_at}
        return {"state": "down", **why}
    if row.full_until and row.full_until > now:
        why = {"because": "daily_limit", "since": None, "not_before": row.full_until}
        return {"state": "used_up", **why}
    waits = row.not_before is not None and row.not_before > now
    return {"state": "waiting" if waits else "open", **found}


async def change(
    ctx: Context,
    caller: Caller,
    name: str,
    version: int,
    settings: Mapping[str, str],
    secrets: Mapping[str, str | None],
    *,
    enabled: bool,
) -> Sequence[str]:
    """Replace the settings of a platform, and open what was closed for want of them.

    A secret that is not named stays; None removes it. When an address changes, those that are not
    named are removed: they were entered for the place that was set then. Returns which these are.
    `version` is 0 while nothing was ever set. Raises `NotFound`, `Invalid`, `Stale`.
    """
    if name not in ctx.platforms.classes:
        raise NotFound("There is no such platform.")
    _check(ctx.platforms.classes[name], settings, secrets)
    spec = ctx.platforms.classes[name].spec

    async def work(u: Unit) -> Sequence[str]:
        now = ctx.now()
        before = await _set_before(u, caller, name)
        if before.version != version:
            raise Stale("Read the platform again and repeat the change.")
        moved = moves(spec, before.settings, settings)
        removed = sorted(set(before.secrets) - set(secrets)) if moved else []
        kept = {k: v for k, v in {**before.secrets, **secrets}.items() if v and k not in removed}
        sealed = before.key.seal_json(place(name), caller.organisation_id, kept)
        goes_elsewhere = not moved.keys().isdisjoint(spec.destinations)
        await _store(
            u, caller, name, settings, sealed, now, enabled=enabled, goes_elsewhere=goes_elsewhere
        )
        await _open(u, caller, name, enabled=enabled)
        await entries.fact(
            u, now, organisation_id=caller.organisation_id, event="platform_set",
            actor=caller.actor, key_id=caller.key_id, reason="enabled" if enabled else "disabled",
            facts={"platform": name, "settings": sorted(settings), "secrets": sorted(secrets),
                   "addresses": moved, "removed": removed},
            key=before.key,
        )  # fmt: skip
        return removed

    return await ctx.store.run(work)


def moves(
    spec: Spec, before: Mapping[str, str], now: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The settings that say where the platform is and no longer say the same: what each said before
    and says now, its default where it was not set.
    """
    was_and_is = {
        s.name: {"before": before.get(s.name, s.default), "now": now.get(s.name, s.default)}
        for s in spec.settings
        if s.says_where
    }
    return {name: both for name, both in was_and_is.items() if both["before"] != both["now"]}


@dataclass(frozen=True, slots=True)
class _Before:
    """What was set of one platform, its secrets opened."""

    key: Key
    version: int
    settings: Mapping[str, str]
    secrets: Mapping[str, str]


async def _set_before(u: Unit, caller: Caller, name: str) -> _Before:
    """Locked: until the end nobody else changes a platform of this organisation."""
    await u.run("SELECT 1 FROM organisations WHERE id = :id FOR NO KEY UPDATE",
                id=caller.organisation_id)  # fmt: skip
    row = (
        await u.run(
            "SELECT settings, secrets_sealed, version FROM platform_settings"
            " WHERE organisation_id = :org AND platform = :name",
            org=caller.organisation_id,
            name=name,
        )
    ).one_or_none()
    key = await keys.organisation_key(u, caller.organisation_id)
    if row is None:
        return _Before(key, 0, {}, {})
    secrets = key.open_json(place(name), caller.organisation_id, row.secrets_sealed)
    return _Before(key, row.version, row.settings, secrets)


async def _store(
    u: Unit,
    caller: Caller,
    name: str,
    settings: Mapping[str, str],
    secrets: bytes,
    now: datetime,
    *,
    enabled: bool,
    goes_elsewhere: bool,
) -> None:
    """`goes_elsewhere`: from now on what was approved for this platform has to be approved anew."""
    await u.run(
        "INSERT INTO platform_settings (organisation_id, platform, settings, secrets_sealed,"
        " enabled, moved_at, version, updated_at) VALUES (:org, :name, CAST(:settings AS jsonb),"
        " :secrets, :enabled, :moved_at, 1, :now)"
        " ON CONFLICT (organisation_id, platform) DO UPDATE SET"
        " settings = excluded.settings, secrets_sealed = excluded.secrets_sealed,"
        " enabled = excluded.enabled, version = platform_settings.version + 1,"
        " moved_at = COALESCE(excluded.moved_at, platform_settings.moved_at),"
        " updated_at = excluded.updated_at",
        org=caller.organisation_id,
        name=name,
        settings=json.dumps(dict(settings)),
        secrets=secrets,
        enabled=enabled,
        moved_at=now if goes_elsewhere else None,
        now=now,
    )


def told(removed: Sequence[str]) -> list[str]:
    """What a change did beside what it was asked, in plain words."""
    if not removed:
        return []
    said = f"The address was changed, so these secrets were removed: {', '.join(removed)}."
    return [f"{said} They were entered for the address before. Enter them again, for the new one."]


async def _open(u: Unit, caller: Caller, name: str, *, enabled: bool) -> None:
    lane = lane_of(name, caller.organisation_id)
    looks = look_lane_of(name, caller.organisation_id)
    await lanes.ensure(u, lanes.of(name, caller.organisation_id))
    for one in sorted((lane, looks)):
        await lanes.open_again(u, one)
    await u.run(
        "UPDATE lanes SET killed = :killed WHERE id = ANY(:ids)",
        ids=[lane, looks],
        killed=not enabled,
    )
    for kind in ("send", "poll"):
        u.ring(kind, lane)
    for kind in ("look", "resolve"):
        u.ring(kind, looks)


def _check(
    adapter: type[Adapter], settings: Mapping[str, str], secrets: Mapping[str, str | None]
) -> None:
    """Raises `Invalid` with every place that is wrong; values are not repeated."""
    known = {s.name for s in adapter.spec.settings}
    needed = {s.name for s in adapter.spec.needs}
    wrong = [
        _wrong(f"#/settings/{name}", "extra_forbidden", "This platform has no such setting.")
        for name in settings
        if name not in known
    ]
    wrong += [
        _wrong(f"#/secrets/{name}", "extra_forbidden", "This platform has no such secret.")
        for name in secrets
        if name not in needed
    ]
    for name, value in settings.items():
        said = name in known and value and _said_of(name, value)
        if said:
            wrong.append(_wrong(f"#/settings/{name}", "value", said))
    if wrong:
        raise Invalid("The settings do not fit this platform.", errors=wrong)


def _wrong(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


def _said_of(name: str, value: str) -> str:
    """What is wrong with a value, by what its name says that it is; "" when nothing is."""
    if name.endswith("_url"):
        return _said_of_address(value)
    if name.endswith("_address") and not _MAIL.fullmatch(value):
        return "It must be a mail address."
    if name == MOST_PER_DAY.name and not _COUNT.fullmatch(value):
        return "It must be a whole number from 1 to 999999, or empty."
    return ""


def _said_of_address(value: str) -> str:
    try:
        url = url_of(value)
        host, port = url.host, url.port
    except ValueError:
        return "It must be an address such as https://video.example."
    if url.scheme not in ("http", "https") or not host or not port:
        return "It must start with https:// and name a host."
    if url.user is not None or url.password is not None or url.raw_query_string or url.raw_fragment:
        return "It may hold no user name, no password, no ? and no #."
    if url.scheme == "http" and not _is_near(host):
        return "It must start with https://."
    return ""


def _is_near(host: str) -> bool:
    """A number or a name without a dot: a private network, which the operator has to allow."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return True
