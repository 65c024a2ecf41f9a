"""Who may do what: one table of roles and permissions. A route without a permission does not start.

Admins run the system and read no case. Auditors read what happened, not to whom. An integrator
brings cases in and reads them; it approves, attests, releases and decides nothing. What is a
supervisor's alone (holds of police and disputes, notices set aside) depends on the thing, so the
actions refuse it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from enum import StrEnum
from typing import Any, Final

from litestar.types import Scope

from service.actions import organisations
from service.actions.context import Context
from service.actions.organisations import Identity
from service.domain.errors import Forbidden, Problem, TooMany, Unauthenticated
from service.domain.states import Actor


class Permission(StrEnum):
    """What a call needs. The values are the scopes that a key may be narrowed to."""

    PUBLIC = "public"
    READ_CASES = "cases:read"
    WRITE_CASES = "cases:write"
    RELEASE = "cases:release"
    APPROVE = "takedowns:approve"
    SEARCH = "takedowns:search"
    READ_HISTORY = "history:read"
    RECORD = "notices:record"
    DECIDE = "notices:decide"
    READ_PLATFORMS = "platforms:read"
    SET_PLATFORMS = "platforms:write"
    READ_ORGANISATION = "organisation:read"
    SET_ORGANISATION = "organisation:write"
    READ_EVENTS = "events:read"
    READ_COMPLIANCE = "compliance:read"
    KEYS = "keys:write"


P, A = Permission, Actor
_WORKERS: Final = frozenset({A.CASE_WORKER, A.SUPERVISOR})
_CASES: Final = _WORKERS | {A.INTEGRATOR}
_ALL: Final = _CASES | {A.AUDITOR, A.ADMIN}

ROLES: Final[dict[Permission, frozenset[Actor]]] = {
    P.READ_CASES: _CASES,
    P.WRITE_CASES: _CASES,
    P.RELEASE: _WORKERS,
    P.APPROVE: _WORKERS,
    P.SEARCH: _WORKERS,
    P.READ_HISTORY: _CASES | {A.AUDITOR},
    P.RECORD: _WORKERS,
    P.DECIDE: _WORKERS,
    P.READ_PLATFORMS: _ALL,
    P.SET_PLATFORMS: frozenset({A.ADMIN}),
    P.READ_ORGANISATION: _ALL,
    P.SET_ORGANISATION: frozenset({A.ADMIN}),
    P.READ_EVENTS: _CASES | {A.AUDITOR},
    P.READ_COMPLIANCE: frozenset({A.AUDITOR, A.SUPERVISOR, A.ADMIN}),
    P.KEYS: frozenset({A.ADMIN}),
}
"""The one table. `public` is in no row: it needs no key at all."""
SCOPES: Final = tuple(p.value for p in ROLES)


def permits(identity: Identity, permission: Permission) -> bool:
    """Whether this key's role, and its scopes if it has any, allow it."""
    if identity.caller.actor not in ROLES[permission]:
        return False
    return not identity.scopes or permission.value in identity.scopes


async def identify(ctx: Context, scope: Scope, failures: Failures) -> Identity:
    """Who calls. A valid key always passes. Raises `Unauthenticated`, `TooMany`."""
    token = _token(scope)
    try:
        return await organisations.identify(ctx, token)
    except Unauthenticated:
        failures.count(_source(scope))
        raise


def require(identity: Identity, permission: Permission) -> None:
    """Raises `Forbidden`."""
    if not permits(identity, permission):
        raise Forbidden(f"It needs {permission.value}, which this key's role or scopes lack.")


def _token(scope: Scope) -> str:
    given = [v for k, v in scope["headers"] if k.lower() == b"authorization"]
    if len(given) != 1:
        raise Unauthenticated("Send one header: Authorization: Bearer <key>.")
    kind, _, token = given[0].decode("latin-1").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the key as: Authorization: Bearer <key>.")
    return token.strip()


def _source(scope: Scope) -> str:
    client = scope.get("client")
    return f"ip:{client[0]}" if client else "ip:"


class Failures:
    """Failed authentications of the last minute, by address.

    Kept in this process alone: with n processes somebody has n times as many tries. A key has 256
    random bits, so this is no wall against guessing: it tells a caller with a wrong key to stop.
    Whoever shares an address with them is not slowed down.
    """

    MOST: Final = 20
    WITHIN_S: Final = 60.0
    _KEPT: Final = 10_000

    def __init__(self, clock: Any = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, list[float]] = OrderedDict()

    def count(self, source: str) -> None:
        """Remember one failure. Raises `TooMany` when there were as many as there may be."""
        now = self._clock()
        recent = [at for at in self._seen.pop(source, []) if now - at < self.WITHIN_S]
        full = len(recent) >= self.MOST
        self._seen[source] = recent if full else [*recent, now]
        while len(self._seen) > self._KEPT:
            self._seen.popitem(last=False)
        if full:
            wait = int(self.WITHIN_S - (now - recent[0])) + 1
            raise TooMany("Wait, and look at the key.", retry_after_s=wait)


REFUSALS: Final[tuple[type[Problem], ...]] = (Unauthenticated, Forbidden, TooMany)
