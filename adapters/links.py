"""Where short links lead, for all platforms that have some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from adapters.base import Adapter
from adapters.errors import ContentGone, NotSent, WrongAddressee
from adapters.http import ask
from adapters.spec import Locator, Url, url_of

__all__ = ["behind"]


async def behind(
    adapter: Adapter,
    address: str,
    *,
    method: Literal["GET", "HEAD"] = "HEAD",
    headers: Mapping[str, str] | None = None,
) -> Locator:
    """What a short link stands for, from its Location alone: the target is never called.

    The front page of its own host says nothing: links that have ended lead there. Raises
    `ContentGone`, `WrongAddressee` for what is not the adapter's, and what `ask` raises.
    """
    reply = await ask(adapter, address, method=method, headers=headers)
    if reply.status in (404, 410):
        raise ContentGone(f"http_{reply.status}")
    link = Url(address)
    try:
        to = url_of(reply.headers.get("location", ""))
        target = link.join(to)
    except ValueError:
        to = target = Url()
    leads = 300 <= reply.status < 400
    found = adapter.match(target) if leads else None
    if found is not None and found.final:
        return found
    is_front = to.host == link.host and to.path in ("", "/")
    if leads and to.host and not is_front:
        raise WrongAddressee("short_link_elsewhere")
    raise NotSent("short_link_unreadable")
