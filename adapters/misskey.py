"""Misskey and its forks, at the instance where the centre has its account.

Read in the source of Misskey, Sharkey, CherryPick, Firefish and Iceshrimp on 2026-11-26, three of
them in copies; Iceshrimp.NET is other software. Only accounts can be reported, so the address of
the note opens the comment. A report gets no number and no answer. It goes to the moderators of our
instance, who may pass it on to the account's instance, or not: a look proves nothing about another
instance either. A note that a visitor may not see is "no such note" in some forks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, Final

from adapters.errors import (
    ContentGone,
    Misconfigured,
    NotSent,
    PlatformError,
    WrongAddressee,
)
from adapters.http import Api, Reply, cannot_see
from adapters.places import place, steps
from adapters.report import REPORT, words_of
from adapters.spec import (
    MOST_PER_DAY,
    Ability,
    Carries,
    Channel,
    ContentClass,
    Grade,
    Key,
    Kind,
    Locator,
    Notice,
    Observation,
    Rate,
    Receipt,
    Secret,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import object_at, word_at

__all__ = ["Misskey"]

_READ: Final = date(2026, 11, 26)
_API: Final = "packages/backend/src/server/api"
_ENDPOINTS: Final = f"https://github.com/misskey-dev/misskey/blob/develop/{_API}/endpoints"
_REPORT: Final = f"{_API}/endpoints/users/report-abuse.ts"
_COMMENT_CHARS: Final = 2048


class Misskey(Api):
    spec = Spec(
        name="misskey",
        title="Misskey",
        channel=Channel.API,
        hosts=(),  # the configured instance
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=1900),
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        gone_needs_up=True,
        lane=Rate(per_minute=10, burst=2),  # Sharkey takes no more reports than that
        remind=None,
        answers=False,
        software=("misskey", "sharkey", "cherrypick", "firefish", "iceshrimp"),
        needs=(Secret("token", help="Access token with read:account and write:report-abuse"),),
        settings=(
            Setting("base_url", "The instance, such as https://misskey.example", required=True),
            MOST_PER_DAY,
        ),
        discloses=REPORT,
        travels_to=("the instance of the account, where a moderator passes the report on",),
        sources=(
            Source(f"{_ENDPOINTS}/users/report-abuse.ts", _READ),
            Source(f"{_ENDPOINTS}/users/show.ts", _READ),
            Source(f"{_ENDPOINTS}/notes/show.ts", _READ),
            Source(f"{_ENDPOINTS}/ap/show.ts", _READ),
            Source(f"https://github.com/PrivateGER/Sharkey/blob/459e5fff/{_REPORT}", _READ),
            Source(f"https://github.com/kokonect-link/cherrypick/blob/61c87151/{_REPORT}", _READ),
            Source(f"https://github.com/jclaudan/firefish/blob/2e922c0a/{_REPORT}", _READ),
            Source(f"https://github.com/Ernous/iceshrimp/blob/ecdae885/{_REPORT}", _READ),
        ),
        samples=(
            "https://misskey.example/notes/9abcdefghi",
            "https://misskey.example/@examplename",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "NO_SUCH_NOTE": ContentGone,
        "NO_SUCH_USER": ContentGone,
        "NO_SUCH_OBJECT": NotSent,  # Iceshrimp says so of every instance that it blocks
        "CANNOT_REPORT_THE_ADMIN": WrongAddressee,
        "PERMISSION_DENIED": Misconfigured,  # 400 in older versions
    }

    def error_code(self, reply: Reply) -> str:
        return word_at(reply.json(), "error", "code") or super().error_code(reply)

    def match(self, url: Url) -> Locator | None:
        return _thing(url) if self._is_home(url) else None

    def match_at(self, url: Url) -> Locator | None:
        return _thing(url)

    async def resolve(self, locator: Locator) -> Locator:
        """Our instance's own ids of note and author. Only it is asked, whoever holds the thing."""
        if "user" in locator.parts:
            return locator
        found = await self._found(locator)
        is_note = locator.kind is Kind.POST
        own, user = found.get("id"), found.get("userId" if is_note else "id")
        address = found.get("uri")  # of what another instance holds
        if address is None and _is_id(own):
            address = f"https://{self._home}/{'notes' if is_note else 'users'}/{own}"
        if not (_is_id(own) and _is_id(user) and isinstance(address, str) and place(address)):
            raise NotSent("cannot_resolve")
        here = {"here": "yes"} if self._is_home(address) else {}
        parts = {"user": str(user), **({"note": str(own)} if is_note else {}), **here}
        return replace(locator, key=address, final=True, parts=parts)

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        parts = (await self.resolve(notice.items[0].locator)).parts
        note = f"Note: {self.base('base_url')}/notes/{parts['note']}\n\n" if "note" in parts else ""
        comment = words_of(notice, _COMMENT_CHARS, before=note)
        body = {"i": self._token, "userId": parts["user"], "comment": comment}
        await self.call("POST", self._api("users/report-abuse"), write=True, empty=True, json=body)
        return Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE)

    async def look(self, locator: Locator) -> Observation:
        """As a visitor of our instance sees it."""
        parts = locator.parts
        if "user" not in parts:
            return Observation(Seen.CANNOT_SEE, "not_resolved", "api")
        note = parts.get("note")
        try:
            if note:
                told = await self._ask("notes/show", {"noteId": note})
            else:
                told = await self._ask("users/show", {"userId": parts["user"]})
        except ContentGone:
            if "here" in parts:
                return Observation(Seen.GONE, "not_found", "api")
            return Observation(Seen.CANNOT_SEE, "no_copy_here", "api")
        except PlatformError as failure:
            return cannot_see(failure)
        if told.get("id") != (note or parts["user"]) or told.get("isHidden"):
            return Observation(Seen.CANNOT_SEE, "hidden", "api")
        return Observation(Seen.UP, "shown", "api", proof=True)

    async def _found(self, locator: Locator) -> dict[str, Any]:
        """The note or account, as our instance knows it, or comes to know it now."""
        parts, signed = locator.parts, {"i": self._token}
        at_home = self._is_home(locator.url)
        if "name" in parts:
            host = parts["host"] or (None if at_home else place(locator.url))
            whom = {"username": parts["name"], "host": host}
            return await self._ask("users/show", {**signed, **whom})
        if at_home and locator.kind is Kind.POST:
            return await self._ask("notes/show", {**signed, "noteId": parts["id"]})
        if at_home:
            return await self._ask("users/show", {**signed, "userId": parts["id"]})
        told = await self._ask("ap/show", {**signed, "uri": locator.url})
        wanted = "Note" if locator.kind is Kind.POST else "User"
        return object_at(told, "object") if told.get("type") == wanted else {}

    async def _ask(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        told = await self.call("POST", self._api(path), write=False, json=body)
        if not isinstance(told, dict):
            raise NotSent("unreadable")
        return told

    @property
    def _token(self) -> str:
        return self.secrets.get("token", "")

    @property
    def _home(self) -> str:
        return place(self.settings["base_url"])

    def _is_home(self, address: Url | str) -> bool:
        return bool(self._home) and place(address) == self._home

    def _api(self, path: str) -> str:
        return f"{self.base('base_url')}/api/{path}"


_ID: Final = re.compile(r"[A-Za-z0-9]{1,64}")
_NAME: Final = re.compile(
    r"@([a-z0-9_.-]{1,128})(?:@([a-z0-9.-]{1,253}(?::[0-9]{1,5})?))?", re.ASCII | re.IGNORECASE
)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _thing(url: Url) -> Locator | None:
    """A note by its id; an account by its id, or by its name, in which capitals do not count."""
    host = place(url)
    match steps(url) if host else []:
        case ["notes" | "users" as what, own] if _ID.fullmatch(own):
            kind = Kind.POST if what == "notes" else Kind.ACCOUNT
            return _locator(kind, f"https://{host}/{what}/{own}", {"id": own})
        case [word] if found := _NAME.fullmatch(word):
            name, at = found[1].lower(), (found[2] or "").lower()
            at = "" if at == host else at
            address = f"https://{host}/@{name}" + (f"@{at}" if at else "")
            return _locator(Kind.ACCOUNT, address, {"name": name, "host": at})
    return None


def _locator(kind: Kind, address: str, parts: Mapping[str, str]) -> Locator:
    return Locator("misskey", kind, address, address, final=False, parts=parts)
