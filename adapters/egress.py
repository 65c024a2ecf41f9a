"""Where a call may go: names are resolved once, and only an address that was checked is called.

Nothing here knows a platform. A private network is reached only if the operator allowed it, and
then only for hosts that somebody configured: see `for_strangers`.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Final

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

__all__ = ["Denied", "Egress"]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Our own list: on Python 3.11 `is_global` calls several of these public (multicast, 6to4, NAT64,
# 3fff::/20).
_DENIED_V4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's metadata service that sits in public space
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# Global unicast is the only space that is ever public; these are the holes in it: Teredo and its
# neighbours, documentation, 6to4. NAT64, unique local, link-local, site-local, multicast and
# 5f00::/16 lie outside.
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_DENIED_V6: Final = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Denied(OSError):
    """This address may not be called. Holds no address: it ends up in logs."""

    def __init__(self) -> None:
        super().__init__("egress_denied")


class Egress(AbstractResolver):
    """The one door out. `allow_cidrs` opens refused networks, on any port and by plain HTTP.

    Without `public` they are all that is open, and no name is looked up.
    """

    def __init__(
        self,
        allow_cidrs: Iterable[str] = (),
        *,
        public: bool = True,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._public = public
        self._allowed: tuple[_Network, ...] = tuple(map(ipaddress.ip_network, allow_cidrs))
        self._resolver = resolver

    def for_strangers(self) -> Egress:
        """The door for a host that nobody configured: its name came with an address that somebody
        handed in, or with a reply. No private network lies behind it, whoever says where the name
        leads. Without `public` it is this door: there is nothing behind it that a name could reach.
        """
        return Egress(resolver=self._resolver) if self._public else self

    def check(self, url: URL) -> None:
        """Refuse what can be refused before a name is looked up: scheme, userinfo, literals, port.

        An address written as a literal never reaches a resolver, so it is decided here: only in its
        usual spelling, and only inside an allowed network. Raises `Denied`.
        """
        host = (url.raw_host or "").lower()
        if url.scheme not in ("http", "https") or url.raw_user or url.raw_password is not None:
            raise Denied
        if ":" in host or _ends_in_number(host):
            if self._is_allowed(host):
                return
            raise Denied
        if not _NAME.fullmatch(host) or len(host) > 253 or (url.scheme, url.port) == ("http", 443):
            raise Denied

    def check_address(self, address: str, port: int) -> None:
        """Refuse an address that no name led to, unless it is fit to be called. Raises `Denied`."""
        if not self._may_call(address, port):
            raise Denied

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name, all of them fit to be called. One bad address refuses the name.

        A port other than 443 needs an allowed network. Raises `Denied`; `OSError` when the name is
        not known.
        """
        if not self._public and host != "localhost":
            raise Denied  # not even a name server is asked
        if self._resolver is None:
            self._resolver = ThreadedResolver()
        found = await self._resolver.resolve(host, port, family)
        if not found or not all(self._may_call(entry["host"], port) for entry in found):
            raise Denied
        return found

    async def close(self) -> None:
        if self._resolver is not None:
            await self._resolver.close()

    def is_public(self, address: str) -> bool:
        """Whether this is an address that anybody may call. False for what is not an address."""
        try:
            return _is_public(ipaddress.ip_address(address))
        except ValueError:
            return False

    def _may_call(self, address: str, port: int) -> bool:
        is_public = self._public and port == 443 and self.is_public(address)
        return is_public or self._is_allowed(address)

    def _is_allowed(self, address: str) -> bool:
        try:
            plain = _unmapped(ipaddress.ip_address(address))
        except ValueError:
            return False
        return any(plain in network for network in self._allowed)


def _is_public(address: _Address) -> bool:
    plain = _unmapped(address)
    if isinstance(plain, ipaddress.IPv4Address):
        return not any(plain in network for network in _DENIED_V4)
    if plain.scope_id is not None or plain not in _GLOBAL_V6:
        return False
    return not any(plain in network for network in _DENIED_V6)


def _unmapped(address: _Address) -> _Address:
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


def _ends_in_number(host: str) -> bool:
    """Whether this may be read as an IPv4 address: 127.1, 0x7f000001, 017700000001."""
    return bool(_NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]))
