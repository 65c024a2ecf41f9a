"""Access and refresh tokens of a practice platform: issued, expired, revoked, in real time."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Pair", "Tokens"]


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str


class Tokens:
    """`life_s` is that of an access token; a refresh token is good for one use."""

    def __init__(self, life_s: float) -> None:
        self.life_s = life_s
        self._access: dict[str, float] = {}
        self._refresh: set[str] = set()

    def issue(self, subject: str | None = None) -> Pair:
        """Opaque tokens; with a subject, tokens of the shape of a JWT."""
        until = time.time() + self.life_s
        pair = Pair(_token(subject, "access", until), _token(subject, "refresh", until + 1_209_600))
        self._access[pair.access] = until
        self._refresh.add(pair.refresh)
        return pair

    def is_known(self, access: str) -> bool:
        return access in self._access

    def is_valid(self, access: str) -> bool:
        return self._access.get(access, 0.0) > time.time()

    def spend_refresh(self, refresh: str) -> bool:
        """True once for every refresh token that was issued."""
        if refresh not in self._refresh:
            return False
        self._refresh.remove(refresh)
        return True

    def expire(self) -> None:
        """Access tokens expire now; refresh tokens stay good."""
        self._access = dict.fromkeys(self._access, 0.0)

    def revoke(self) -> None:
        """Every session ends."""
        self._access.clear()
        self._refresh.clear()


def _token(subject: str | None, use: str, until: float) -> str:
    if subject is None:
        return secrets.token_hex(20)
    header = {
        "typ": "at+jwt" if use == "access" else "refresh+jwt",
        "alg": "none",
        "practice": True,
    }
    claims = {
        "sub": subject,
        "scope": f"practice.{use}",
        "exp": int(until),
        "jti": secrets.token_hex(8),
    }
    return ".".join([_part(header), _part(claims), secrets.token_urlsafe(24)])


def _part(claims: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
