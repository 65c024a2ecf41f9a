"""Networks that stand before other people's sites: their addresses hide who hosts."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

__all__ = ["CLOUDFLARE", "front_at"]

CLOUDFLARE: Final = "cloudflare"
# https://www.cloudflare.com/ips-v4 and /ips-v6 as several public copies had them on 2026-11-26.
_CLOUDFLARE: Final = tuple(
    map(
        ipaddress.ip_network,
        re.findall(
            r"\S+",
            """103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 104.16.0.0/13 104.24.0.0/14
            108.162.192.0/18 131.0.72.0/22 141.101.64.0/18 162.158.0.0/15 172.64.0.0/13
            173.245.48.0/20 188.114.96.0/20 190.93.240.0/20 197.234.240.0/22 198.41.128.0/17
            2400:cb00::/32 2405:8100::/32 2405:b500::/32 2606:4700::/32 2803:f800::/32
            2a06:98c0::/29 2c0f:f248::/32""",
        ),
    )
)


def front_at(*addresses: str) -> str:
    """The network that stands there, as `Spec.fronts` names it; "" where none is known to."""
    numbers = map(ipaddress.ip_address, addresses)
    found = any(number in network for number in numbers for network in _CLOUDFLARE)
    return CLOUDFLARE if found else ""
