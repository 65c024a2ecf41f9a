"""Platforms that are told from the centre's own account, over MTProto: what an answer, or none,
means for what the caller must do next.

The wire is `adapters.mtproto_wire`, which needs efface's extra `mtproto` (Telethon) and is loaded
when somebody is first called: without the extra everything else works, and such a platform is not
set up. One connection for each notice, one request at a time, and none is sent twice but a question
that the server says it ignored.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeAlias

from adapters.base import Adapter
from adapters.errors import Misconfigured, NotSent, PlatformError, Refused, Throttled, Uncertain
from adapters.spec import Secret

__all__ = ["NEEDS", "PACKAGE", "Account", "Ignored", "Lost", "Outcome", "Said", "Talk", "Told"]

PACKAGE: Final = "package_telethon"
"""What is missing while the extra is not installed."""
NEEDS: Final = (
    Secret(
        "api_id",
        "The number of an app, from my.telegram.org, API development tools, signed in with the"
        " centre's account. docs/telegram.md has every step, also when package_telethon is missing",
    ),
    Secret(
        "session",
        "A session of that account as Telethon's StringSession writes it. It is as good as the"
        " account itself: make it for efface alone, as docs/telegram.md says",
    ),
)
_ABSENT: Final = () if importlib.util.find_spec("telethon") else (PACKAGE,)
_ASKED_MOST: Final = 3  # a first request learns the server's salt and its time


class Told(NamedTuple):
    """The result of a request."""

    value: Any


@dataclass(frozen=True, slots=True)
class Said:
    """The server's error. Its words are never shown."""

    code: int
    words: str = field(repr=False)


class Ignored(NamedTuple):
    """The server says that it did not take the request in."""

    reason: str


class Lost(NamedTuple):
    """No whole answer came. `sent` is false only if surely no byte of the request has left."""

    reason: str
    sent: bool


Outcome: TypeAlias = Told | Said | Ignored | Lost


class Talk(Protocol):
    """One connection."""

    async def outcome(self, request: Any) -> Outcome:
        """What became of one request. Sent once. Never raises."""


class Account(Adapter):
    """A platform that is told from an account. `errors` maps the words of the server's errors to
    ours, without the number that may stand at their end; `transport_404` and the like stand for a
    connection that the server gives up. What it does not name is decided by its code.
    """

    errors: ClassVar[Mapping[str, type[PlatformError]]] = {}

    def missing(self) -> tuple[str, ...]:
        return (*super().missing(), *_ABSENT)

    @asynccontextmanager
    async def talk(self) -> AsyncIterator[Talk]:
        """A connection for one notice, as long as one call by HTTP may take. Raises `Misconfigured`
        and `NotSent`.
        """
        wire = await _wire()
        session, api_id = wire.session(self.secrets["session"]), self.secrets["api_id"]
        if session is None or not (api_id.isascii() and api_id.isdigit()) or len(api_id) > 9:
            raise Misconfigured("session_invalid" if session is None else "api_id_invalid")
        until = asyncio.get_running_loop().time() + self.tools.http.timeout_s
        streams = await self.tools.dial(session.address, session.port)
        talk = wire.Conversation(session, int(api_id), streams, until)
        try:
            yield talk
        finally:
            talk.end()

    async def call(self, talk: Talk, request: Any, *, write: bool) -> Any:
        """The result of a request. `write`: the platform may act on it.

        Raises `Uncertain` for writes only, and exactly one `PlatformError` for want of a result.
        """
        outcome = await talk.outcome(request)
        for _ in range(_ASKED_MOST - 1):
            if write or not isinstance(outcome, Ignored):
                break
            outcome = await talk.outcome(request)
        if isinstance(outcome, Told):
            return outcome.value
        raise self._failure(outcome, write=write)

    def _failure(self, outcome: Said | Ignored | Lost, *, write: bool) -> PlatformError:
        if isinstance(outcome, Ignored):
            return NotSent(outcome.reason)
        if isinstance(outcome, Said):
            return self._refusal(outcome, write=write)
        if write and outcome.sent:
            return Uncertain(outcome.reason)
        return self.errors.get(outcome.reason, NotSent)(outcome.reason)

    def _refusal(self, said: Said, *, write: bool) -> PlatformError:
        """What an error of the server means. The order is the rule.

        A question that is refused is no refused report: it may be asked again later.
        """
        name, _, number = said.words.rpartition("_")
        if not (number.isascii() and number.isdigit()):
            name, number = said.words, ""
        kind, code = self.errors.get(name), abs(said.code)
        reason = name.lower() if kind else f"rpc_{code}"
        if kind is Throttled or (kind is None and code == 420):
            return Throttled(reason, _until(number, self.tools.now()))
        if kind is not None:
            return kind(reason)
        if code in (303, 401, 403):  # the account is elsewhere, or may not
            return Misconfigured(reason)
        if 400 <= code < 500 and said.code > 0:
            return (Refused if write else NotSent)(reason)
        return (Uncertain if write else NotSent)("server_failed")


async def _wire() -> Any:
    """Megabytes to read, once: not while everybody else waits."""
    try:
        return await asyncio.to_thread(importlib.import_module, "adapters.mtproto_wire")
    except ImportError:  # a part of it is missing
        pass
    raise Misconfigured(PACKAGE)


def _until(seconds: str, now: datetime) -> datetime | None:
    """The moment before which they do not want to be called; the last there is if too far off."""
    try:
        return now + timedelta(seconds=int(seconds)) if seconds else None
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=UTC)
