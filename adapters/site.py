"""An address on a site that no other adapter knows: a mail to whoever hosts it.

The desk is found by DNS and RDAP when the address is resolved, and stands in the locator's parts: a
later notice goes where the first one went. Hosts often pass a notice on to the site's operator, and
a front such as Cloudflare hides who hosts: `network` names it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping
from datetime import date
from typing import ClassVar, Final, TypeVar

from adapters import nodeinfo, rdap
from adapters.abuse_desk import AbuseDesk
from adapters.base import Tools
from adapters.errors import ContentGone, NeedsPerson, NotSent, PlatformError, Refused
from adapters.mail import REPLY_TAG
from adapters.networks import front_at
from adapters.places import rest_of
from adapters.report import LETTER
from adapters.spec import (
    IN_THREAD,
    MOST_PER_DAY,
    Ability,
    Carries,
    Channel,
    ContentClass,
    Every,
    Kind,
    Locator,
    Notice,
    Purpose,
    Rate,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)

__all__ = ["SOURCES", "Site"]

_T = TypeVar("_T")

_READ: Final = date(2026, 11, 26)
SOURCES: Final = (
    Source("https://www.rfc-editor.org/rfc/rfc9083", _READ),
    Source("https://www.rfc-editor.org/rfc/rfc9224", _READ),
    Source("https://www.rfc-editor.org/rfc/rfc2142", _READ),
)
# IANA's special-use names, and `internal`, which ICANN keeps for private use. Nobody hosts there,
# or nobody whom a mail would reach: such an address is left to a person.
_RESERVED: Final = tuple(
    map(
        ".{}".format,
        re.findall(
            r"\S+",
            """alt arpa example example.com example.net example.org internal invalid local localhost
            onion test""",
        ),
    )
)
_NAME: Final = re.compile(
    r"(?=.{4,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})"
)
_LATE: Final = rdap.Found(why_not="late", lasting=False)


class Site(AbuseDesk):
    spec = Spec(
        name="site",
        title="Any other site",
        channel=Channel.MAIL,
        hosts=("*",),  # what no adapter before it claims
        api_hosts=("*",),  # the host itself, and RDAP servers, of which there are hundreds
        classes=frozenset(ContentClass),
        carries=Carries(urls=1),  # the service gathers by addressee, and each site has its own desk
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.RECEIPT,
        gone_needs_up=True,  # some sites answer 404 to HEAD, or to what is no browser
        lane=Rate(per_minute=20, burst=5),
        remind=Every(hours=72),
        purposes=IN_THREAD | {Purpose.COMPLAINT},
        settings=(
            Setting(
                "bootstrap_url",
                "Where IANA lists the RDAP servers",
                "https://data.iana.org/rdap",
                leads=True,
            ),
            REPLY_TAG,
            MOST_PER_DAY,
        ),
        discloses=LETTER,
        travels_to=("whoever runs the site: hosts often pass a notice on",),
        sources=(
            *SOURCES,
            Source("https://www.cloudflare.com/ips/", _READ),
            Source("https://nodeinfo.diaspora.software/protocol.html", _READ),
        ),
        samples=("https://www.iana.org/domains/reserved", "https://www.iana.org/"),
    )
    part = "host_email"
    patience_s: ClassVar[float] = 45.0  # for each lookup: a resolve is leased for 90 seconds
    others: ClassVar[tuple[str, ...]] = ()  # hosts of platforms, which the registry tells

    def __init__(
        self, settings: Mapping[str, str], secrets: Mapping[str, str], tools: Tools | None
    ) -> None:
        super().__init__(settings, secrets, tools)
        self._rdap = rdap.Rdap(self, self.settings["bootstrap_url"])

    def match(self, url: Url) -> Locator | None:
        try:
            host = (url.raw_host or "").lower().removesuffix(".")
            if url.scheme not in ("http", "https") or url.raw_user or url.raw_password is not None:
                return None
            port = "" if url.is_default_port() else f":{url.port}"
        except ValueError:
            return None
        if not _NAME.fullmatch(host) or f".{host}".endswith(_RESERVED):
            return None
        if any(_is_on(host, pattern) for pattern in self.others):
            return None  # a page of that platform that its adapter does not know: for a person
        rest = rest_of(url)
        kind = Kind.SITE if rest == "/" else Kind.POST
        key = f"{host}{port}{rest}"
        return Locator(self.spec.name, kind, key, f"{url.scheme}://{key}", final=False)

    async def resolve(self, locator: Locator) -> Locator:
        """Who hosts it, through whom its domain is held, and what runs there.

        A lookup that fails leaves its part empty, so that the other's desk is not waited for. When
        none found a desk, `NotSent` while asking again may help.
        """
        if locator.final:
            return locator
        host = Url(locator.url).raw_host or ""
        addresses, why_not = await self._addresses(host)
        of_host, of_name, software = await asyncio.gather(
            self._in_time(self._of_host(addresses, why_not), _LATE),
            self._in_time(self._rdap.of_name(host), _LATE),
            self._in_time(nodeinfo.software_at(self, host) if addresses else _nothing(), ""),
        )
        if of_host.desk is None and of_name.desk is None:
            _raise_unless_lasting(of_host, of_name)
        host_desk = of_host.desk
        if host_desk is None and of_name.label:
            host_desk = rdap.guessed(of_name.label)
        parts = {
            "domain": of_name.label,
            "domain_on_hold": "yes" if of_name.on_hold else "",
            "network": front_at(*addresses) or of_host.label,
            "software": software,
            **_desk_parts("host", host_desk),
            **_desk_parts("registrar", of_name.desk),
        }
        parts = {name: value for name, value in parts.items() if value}
        return Locator(self.spec.name, locator.kind, locator.key, locator.url, parts=parts)

    def recipient(self, notice: Notice) -> str:
        """Not an address that was guessed: it may be read by whoever runs the site."""
        guessed = (i.locator.parts.get("host_found_by") == rdap.BY_GUESS for i in notice.items)
        return "" if any(guessed) else super().recipient(notice)

    def without_desk(self, notice: Notice) -> PlatformError:
        """Where a registrar is known, the next rung is asked at once."""
        known = all("registrar_email" in item.locator.parts for item in notice.items)
        return (Refused if known else NeedsPerson)("no_host_desk")

    async def _addresses(self, host: str) -> tuple[tuple[str, ...], str]:
        """Where the name leads; none, and why, when it cannot be told or may not be called."""
        try:
            addresses = await self.tools.http.addresses(host)
        except NotSent as failure:
            return (), failure.reason
        if not addresses:
            raise ContentGone("no_such_name")
        return addresses, ""

    async def _of_host(self, addresses: tuple[str, ...], why_not: str) -> rdap.Found:
        if not addresses:
            return rdap.Found(why_not=why_not, lasting=why_not == "egress_denied")
        return await self._rdap.of_address(min(addresses, key=lambda address: ":" in address))

    async def _in_time(self, lookup: Awaitable[_T], otherwise: _T) -> _T:
        try:
            return await asyncio.wait_for(lookup, self.patience_s)
        except TimeoutError:
            return otherwise


async def _nothing() -> str:
    return ""


def _is_on(host: str, pattern: str) -> bool:
    wild = pattern.startswith("*.")
    return host.endswith(pattern[1:]) if wild else host == pattern


def _raise_unless_lasting(*founds: rdap.Found) -> None:
    """Its reason never reads as if nobody answered: that would stop the work for all sites.

    Nor is a server's wish to be left alone, which `rdap.Rdap` keeps, one of all servers.
    """
    for found in founds:
        if not found.lasting:
            raise NotSent(f"{found.why_not}_at_rdap")


def _desk_parts(whose: str, desk: rdap.Desk | None) -> dict[str, str]:
    if desk is None:
        return {}
    return {
        f"{whose}_email": desk.email,
        f"{whose}_name": desk.name,
        f"{whose}_country": desk.country,
        f"{whose}_found_by": desk.found_by,
    }
