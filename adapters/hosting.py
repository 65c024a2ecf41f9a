"""What the desks of hosts share: addresses of the sites they host, and how they say what they took.

Not the host but its tenant decides what an address means, so nothing of it is dropped: only the
scheme, the capitals of the host's name and its last dot are known to change nothing.
"""

from __future__ import annotations

import re
from typing import Final

from adapters.errors import PlatformError, Refused, Uncertain
from adapters.http import Json
from adapters.places import place, rest_of
from adapters.spec import Grade, Kind, Locator, Notice, Receipt, Spec, Url
from adapters.told import word_at

__all__ = ["host_of", "on_hosts", "receipt_of"]

_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")  # it becomes a step of a path
_TENANT: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def on_hosts(spec: Spec, url: Url) -> Locator | None:
    """What stands at an address on one of `spec.hosts`; None on any other host. Pure and total."""
    host = place(url)
    if not any(_is_on(host, pattern) for pattern in spec.hosts):
        return None
    rest = rest_of(url)
    kind = Kind.SITE if rest == "/" else Kind.POST
    return Locator(spec.name, kind, f"{host}{rest}", f"{url.scheme}://{host}{rest}")


def host_of(notice: Notice) -> str:
    """The host that all its addresses are on. Raises `Refused` when they are on several."""
    hosts = {Url(item.locator.url).raw_host or "" for item in notice.items}
    if len(hosts) != 1:
        raise Refused("several_hosts")
    return hosts.pop()


def receipt_of(told: Json, name: str, otherwise: type[PlatformError] = Uncertain) -> Receipt:
    """For the report that they gave a number under this name. Raises `otherwise` without one."""
    number = word_at(told, name)
    if not _NUMBER.fullmatch(number):
        raise otherwise("unreadable")
    return Receipt(number, Grade.ACCEPTED_BY_ADDRESSEE)


def _is_on(host: str, pattern: str) -> bool:
    if not pattern.startswith("*."):
        return host == pattern
    tenant = host.removesuffix(pattern[1:])
    return tenant != host and all(map(_TENANT.fullmatch, tenant.split(".")))
