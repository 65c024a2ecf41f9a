"""Who vouches for a test's relay."""

from __future__ import annotations

import ssl
from dataclasses import dataclass


@dataclass(frozen=True)
class Authority:
    """A server's certificate, and a client that knows it."""

    server: ssl.SSLContext
    client: ssl.SSLContext
