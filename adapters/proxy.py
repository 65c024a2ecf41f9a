"""The address of an operator's proxy. Nothing here connects, and no credential is shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

__all__ = ["Proxy"]


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that opens tunnels by CONNECT. `credential` is the value of its header."""

    host: str
    port: int
    credential: str = field(default="", repr=False)

    @classmethod
    def of(cls, address: str) -> Self:
        """What `http://host:port` or `http://user:password@host:port` names.

        Raises `ValueError` in words for the operator, without any part of the address.
        """
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
            (host or "").encode("idna")  # else no name server can be asked for it
        except ValueError:
            host = port = None
        if not host or not port or parts.scheme != "http" or not address.isascii():
            raise ValueError("it must be http://host:port, or http://user:password@host:port")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("nothing may follow the port")
        if "@" not in parts.netloc:
            return cls(host, port)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not user or not password:
            raise ValueError("user name and password: set both or neither")
        if ":" in user or not (user + password).isprintable():
            raise ValueError("a user name holds no colon, and neither holds control characters")
        return cls(host, port, "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
