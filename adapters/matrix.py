"""Matrix: reports to the admins of our own homeserver, where the centre has its account.

They can take their server's copy away, and act on their own users, no more: what other servers hold
stays, and so does a file whose message was redacted. Read in the Matrix specification (1.18) and in
Synapse on 2026-11-26. A report gets no number and no answer, and a server may say 200 of what it
does not know. An event is seen and reported by an account that is in its room: where ours is not, a
person must join first. Synapse drops reports of another server's users, so they are not sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final
from urllib.parse import quote, unquote

from adapters.errors import (
    ContentGone,
    NeedsPerson,
    NotSent,
    PlatformError,
    Refused,
    Uncertain,
    WrongAddressee,
)
from adapters.http import Api, Reply, ask, cannot_see
from adapters.places import place
from adapters.report import NOTE, words_of
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
from adapters.told import at, object_at, word_at

__all__ = ["Matrix"]

_READ: Final = date(2026, 11, 26)
_SPEC: Final = "https://github.com/matrix-org/matrix-spec/blob/main"
_SYNAPSE: Final = "https://github.com/element-hq/synapse/blob/develop/synapse"
_REASON_CHARS: Final = 1000  # Synapse's limit for a user; none is written down for the rest


class Matrix(Api):
    spec = Spec(
        name="matrix",
        title="Matrix",
        channel=Channel.API,
        hosts=("matrix.to",),
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=980),
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        lane=Rate(per_minute=10, burst=2),
        remind=None,
        answers=False,
        needs=(Secret("token", help="An access token of the centre's account there"),),
        settings=(
            Setting("base_url", "Our homeserver: https://matrix.example", required=True),
            Setting("server_name", "Its name, after the colon of its users", required=True),
            MOST_PER_DAY,
        ),
        # No statements: a reason has 1,000 characters, and the centre's address must be in it.
        discloses=NOTE,
        sources=(
            Source(f"{_SPEC}/data/api/client-server/report_content.yaml", _READ),
            Source(f"{_SPEC}/data/api/client-server/rooms.yaml", _READ),
            Source(f"{_SPEC}/data/api/client-server/directory.yaml", _READ),
            Source(f"{_SPEC}/content/appendices.md", _READ),
            Source(f"{_SYNAPSE}/rest/client/reporting.py", _READ),
            Source(f"{_SYNAPSE}/handlers/reports.py", _READ),
            Source(f"{_SYNAPSE}/rest/client/room.py", _READ),
        ),
        samples=(
            "https://matrix.to/#/!opaque:matrix.example/$event?via=matrix.example",
            "https://matrix.to/#/!opaque:matrix.example",
            "https://matrix.to/#/%23room:matrix.example",
            "https://matrix.to/#/@examplename:matrix.example",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "M_NOT_FOUND": NeedsPerson,  # or not for us to see: somebody must join the room first
        "M_FORBIDDEN": NeedsPerson,
        "M_UNRECOGNIZED": Refused,  # a server before 1.13, for rooms, or 1.14, for users
    }

    def error_code(self, reply: Reply) -> str:
        return word_at(reply.json(), "errcode")

    def match(self, url: Url) -> Locator | None:
        match _identifiers(url):
            case [user] if _USER.fullmatch(user):
                return _locator(Kind.ACCOUNT, user=user)
            case [room, *event] if _ROOM.fullmatch(room) and all(map(_EVENT.fullmatch, event)):
                return _inside({"room": room}, *event)
            case [alias, *event] if _ALIAS.fullmatch(alias) and all(map(_EVENT.fullmatch, event)):
                return _inside({"alias": alias}, *event)
        return None

    async def resolve(self, locator: Locator) -> Locator:
        """The room that an alias leads to, as our homeserver knows it or asks for it."""
        alias = locator.parts.get("alias")
        if alias is None:
            return locator
        reply = await ask(self, self._api("directory", "room", alias))
        if reply.status == 404 and self.error_code(reply) == "M_NOT_FOUND":
            raise ContentGone("alias_not_found")
        room = word_at(reply.json(), "room_id")
        if reply.status != 200 or not _ROOM.fullmatch(room):
            raise NotSent("cannot_resolve")
        return _inside({"room": room}, *filter(None, [locator.parts.get("event")]))

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        reason = words_of(notice, _REASON_CHARS)
        parts = (await self.resolve(notice.items[0].locator)).parts
        if "user" in parts:
            if parts["user"].partition(":")[2] != self.settings["server_name"]:
                raise WrongAddressee("user_of_another_server")
            url = self._api("users", parts["user"], "report")
        else:
            event = [parts["event"]] if "event" in parts else []
            url = self._api("rooms", parts["room"], "report", *event)
        body = {"reason": reason}
        told = await self.call("POST", url, write=True, json=body, headers=self.bearer())
        if not isinstance(told, dict):
            raise Uncertain("unreadable")
        return Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE)

    async def look(self, locator: Locator) -> Observation:
        """Whether a moderator redacted the event. What we cannot find may be hidden from us."""
        room, event = locator.parts.get("room"), locator.parts.get("event")
        if room is None or event is None:
            return Observation(Seen.CANNOT_SEE, "no_event", "api")
        try:
            url = self._api("rooms", room, "event", event)
            reply = await ask(self, url, headers=self.bearer())
        except PlatformError as failure:
            return cannot_see(failure)
        told = reply.json()
        if reply.status != 200:
            return Observation(Seen.CANNOT_SEE, f"http_{reply.status}", "api")
        if at(told, "event_id") != event:
            return Observation(Seen.CANNOT_SEE, "unreadable", "api")
        redacted = "redacted_because" in object_at(told, "unsigned")
        content = at(told, "content")
        if redacted and content == {}:
            return Observation(Seen.GONE, "redacted", "api", proof=True)
        if redacted or not content:  # the protocol keeps some words of some events
            return Observation(Seen.CANNOT_SEE, "partly_redacted", "api")
        return Observation(Seen.UP, "shown", "api", proof=True)

    def _api(self, *words: str) -> str:
        path = "/".join(quote(word, safe="") for word in words)
        return f"{self.base('base_url')}/_matrix/client/v3/{path}"


_SERVER: Final = r"(?:[A-Za-z0-9.-]{1,230}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_OPAQUE: Final = r"[A-Za-z0-9._~=+-]{1,200}"
_USER: Final = re.compile(rf"@[A-Za-z0-9._=/+-]{{1,200}}:{_SERVER}")
_ROOM: Final = re.compile(rf"!{_OPAQUE}(?::{_SERVER})?")
_ALIAS: Final = re.compile(rf"#[^:?\s\x00]{{1,200}}:{_SERVER}")
_EVENT: Final = re.compile(rf"\$[A-Za-z0-9._~=+/-]{{1,200}}(?::{_SERVER})?")
_SIGNS: Final = {"u": "@", "r": "#", "roomid": "!", "e": "$"}  # in place of which words stand
_ABOUT_THE_WAY: Final = frozenset({"via", "action", "client"})


def _identifiers(url: Url) -> list[str]:
    """Whom or what a link names, with signs: a user, or a room and maybe an event in it."""
    if url.scheme == "matrix" and not url.raw_authority:
        words, query = url.raw_path.split("/"), url.raw_query_string
        kinds = [_SIGNS.get(word, "") for word in words[::2]]
        whole = len(words) % 2 == 0 and all(kinds) and kinds[0] != "$" and not url.raw_fragment
        found = [k + unquote(w) for k, w in zip(kinds, words[1::2], strict=True)] if whole else []
    elif place(url) == "matrix.to" and url.raw_path == "/" and not url.raw_query_string:
        path, _, query = url.raw_fragment.partition("?")
        first, mark, event = unquote(path).removeprefix("/").partition("/$")
        found = [first, f"${event}"] if mark else [first.removesuffix("/")]
    else:
        return []
    names = {item.partition("=")[0] for item in query.split("&") if item}
    return found if names <= _ABOUT_THE_WAY and len(found) <= 2 else []


def _inside(place_of: Mapping[str, str], event: str = "") -> Locator:
    kind = Kind.POST if event else Kind.GROUP
    return _locator(kind, **place_of, **({"event": event} if event else {}))


def _locator(kind: Kind, **parts: str) -> Locator:
    key = "/".join(parts.values())
    address = "https://matrix.to/#/" + "/".join(quote(p, safe="!@$:") for p in parts.values())
    return Locator("matrix", kind, key, address, final="alias" not in parts, parts=parts)
