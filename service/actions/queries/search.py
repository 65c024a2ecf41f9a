"""The search for an address across cases, which needs a reason."""

from __future__ import annotations

from typing import Any

from adapters.spec import Locator
from service.actions import accept_items
from service.actions.context import Caller, Context
from service.domain import urls
from service.domain.errors import Invalid
from service.store import entries, keys
from service.store.sealing import Key
from service.store.unit import Unit


async def search(ctx: Context, caller: Caller, raw: str, reason: str) -> list[dict[str, Any]]:
    """Every takedown of one address, in whatever case. The reason goes on record. Raises `Invalid`.

    An address that the network had to be asked about is found by its final form, and by the
    spelling that was entered while it was not known yet.
    """
    try:
        url = urls.parse(raw)
    except urls.BadUrl as bad:
        place = {"pointer": "#/url", "code": bad.code, "detail": bad.detail}
        raise Invalid("The address cannot be read.", errors=[place]) from None

    async def work(u: Unit) -> list[dict[str, Any]]:
        key = await keys.organisation_key(u, caller.organisation_id)
        desks = await ctx.platforms.of(u, caller.organisation_id)
        mac = _mac(key, accept_items.match(desks, url))
        rows = await u.run(
            "SELECT id, case_id, platform, state, created_at FROM takedowns"
            " WHERE organisation_id = :org AND (locator_mac = :mac OR dedupe_mac = :mac)"
            " ORDER BY id LIMIT 500",
            org=caller.organisation_id,
            mac=mac,
        )
        found = [dict(row) for row in rows.mappings()]
        facts = {"reason": reason, "count": len(found), "takedowns": [str(r["id"]) for r in found]}
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, event="searched_across_cases",
            actor=caller.actor, key_id=caller.key_id, facts=facts, key=key,
        )  # fmt: skip
        return found

    return await ctx.store.run(work)


def _mac(key: Key, locator: Locator) -> bytes:
    return key.mac("locator", f"{locator.platform}|{locator.kind.value}|{locator.key}")
