"""Who can act behind an address: the abuse desk of its network, or its domain's registrar, by RDAP.

No library reads the replies: whoisit (BSD-3-Clause, 4.1.0) imports requests, and clients of its
own, before its parser can be reached, and what we need of a reply is small. Bootstrap files are RFC
9224, queries RFC 9082, replies RFC 9083, cards RFC 7095. A server learns a name or a number of the
internet, never an address of content.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.base import Adapter
from adapters.errors import PlatformError, Throttled
from adapters.http import Reply, ask
from adapters.rdap_reply import (
    BY_GUESS,
    Desk,
    Found,
    desk_in,
    guessed,
    label_of,
    related,
    services,
)
from adapters.spec import Url, url_of

__all__ = ["BY_GUESS", "Desk", "Found", "Rdap", "guessed"]

_KEPT_FOR: Final = timedelta(days=3)  # IANA's files change some times a week
_QUIET_FOR: Final = timedelta(minutes=5)  # for a server that wants less and names no time
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_NOT_THERE: Final = frozenset({400, 404, 422})  # registries answer so to a name below a domain
_MAX_NAMES: Final = 4
_ACCEPT: Final = {"Accept": "application/rdap+json, application/json"}


class Rdap:
    """Lookups on behalf of one adapter, whose spec must let it call any public host.

    `root` is where the bootstrap files are. They are kept in memory, and an old one serves while a
    new one cannot be had. Nothing here raises: what fails is a `Found` without a desk.
    """

    def __init__(self, adapter: Adapter, root: str) -> None:
        self._adapter = adapter
        self._root = root.rstrip("/")
        self._files: dict[str, tuple[datetime, tuple[tuple[str, str], ...]]] = {}
        self._quiet_until: dict[str, datetime] = {}

    async def of_address(self, address: str) -> Found:
        """The desk of the network that this number belongs to."""
        number = ipaddress.ip_address(address)
        try:
            servers = await self._servers(f"ipv{number.version}")
            fitting = [(n.prefixlen, base) for n, base in _networks(servers) if number in n]
            if not fitting:
                return Found(why_not="no_rdap_server")
            told = await self._object(f"{max(fitting)[1]}ip/{number}")
        except _Nothing as nothing:
            return nothing.found
        return replace(desk_in(told, "rdap_ip"), label=label_of(told))

    async def of_name(self, host: str) -> Found:
        """The desk of the registrar through whom the domain of this host is held.

        Only the registry knows where a domain begins: the whole name is asked for first, then what
        it lies in.
        """
        try:
            servers = dict(await self._servers("dns"))
            suffix = max((k for k in servers if host.endswith(f".{k}")), key=len, default="")
            if not suffix:
                return Found(why_not="no_rdap_server")
            names = _names(host, suffix)
            for name in names:
                try:
                    told = await self._object(f"{servers[suffix]}domain/{name}")
                except _Nothing as nothing:
                    if nothing.found.why_not != "not_found" or name == names[-1]:
                        raise
                else:
                    return await self._of_domain(name, told)
        except _Nothing as nothing:
            return nothing.found
        return Found(why_not="not_found")

    async def _of_domain(self, name: str, told: Mapping[str, Any]) -> Found:
        """The registry's word, else that of the registrar's own server, which it points to."""
        found = desk_in(told, "rdap_domain")
        if found.desk is None and (elsewhere := related(told)):
            try:
                theirs = desk_in(await self._object(elsewhere), "rdap_domain")
                found = replace(theirs, statuses=found.statuses | theirs.statuses)
            except _Nothing as nothing:
                found = replace(nothing.found, statuses=found.statuses)
        return replace(found, label=name)

    async def _servers(self, file: str) -> tuple[tuple[str, str], ...]:
        """Key and base address of each service in one of IANA's files."""
        now = self._adapter.tools.now()
        read_at, rows = self._files.get(file, (None, ()))
        if read_at is not None and now - read_at < _KEPT_FOR:
            return rows
        try:
            fresh = tuple(services(await self._object(f"{self._root}/{file}.json")))
            if not fresh:
                raise _Nothing("unreadable", lasting=False)
        except _Nothing as nothing:
            if not rows:
                raise _Nothing("no_bootstrap", lasting=False, until=nothing.found.until) from None
            return rows
        self._files[file] = (now, fresh)
        return fresh

    async def _object(self, url: str) -> Mapping[str, Any]:
        """What stands there. A redirect is followed once, to whatever server it names."""
        for _ in range(2):
            reply = await self._ask(url)
            target = reply.headers.get("location", "")
            if reply.status not in _MOVED or not target:
                break
            try:
                url = str(Url(url).join(url_of(target)))
            except ValueError:
                break
        if reply.status in _NOT_THERE:
            raise _Nothing("not_found", lasting=reply.status == 404)
        if reply.status != 200:
            raise _Nothing(f"http_{reply.status}", lasting=False)
        told = reply.json()
        if not isinstance(told, dict):
            raise _Nothing("unreadable", lasting=False)
        return told

    async def _ask(self, url: str) -> Reply:
        now, server = self._adapter.tools.now(), Url(url).host or ""
        until = self._quiet_until.get(server)
        if until is not None and now < until:
            raise _Nothing("throttled", lasting=False, until=until)
        try:
            return await ask(self._adapter, url, headers=_ACCEPT)
        except Throttled as throttled:
            until = self._quiet_until[server] = throttled.until or now + _QUIET_FOR
            failed = _Nothing("throttled", lasting=False, until=until)
        except PlatformError as failure:
            failed = _Nothing(failure.reason, lasting=False)
        raise failed


class _Nothing(Exception):
    """There is no answer to be read. Never leaves this module."""

    def __init__(
        self, why_not: str, *, lasting: bool = True, until: datetime | None = None
    ) -> None:
        super().__init__(why_not)
        self.found = Found(why_not=why_not, lasting=lasting, until=until)


def _networks(
    servers: tuple[tuple[str, str], ...],
) -> Iterator[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]]:
    for key, base in servers:
        try:
            yield ipaddress.ip_network(key), base
        except ValueError:
            continue


def _names(host: str, suffix: str) -> list[str]:
    """What may be the registered domain, the longest first; at least one label before `suffix`."""
    labels = host.removesuffix(f".{suffix}").split(".")
    if len(labels) > 1 and labels[0] == "www":
        labels = labels[1:]
    return [".".join((*labels[i:], suffix)) for i in range(len(labels))][-_MAX_NAMES:]
