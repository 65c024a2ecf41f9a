"""PeerTube, one instance per organisation: its REST API, with read-back of our own reports.

Read in PeerTube's source on 2026-11-22, and what is said of other instances on 2026-11-26. A video
that moderators block answers 401, as a private one does, so a look cannot tell the two apart: both
are `cannot_see`, and a person decides. Of what another instance holds ours shows a copy: one that
is missing proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar, Final

from adapters.errors import (
    ContentGone,
    Misconfigured,
    NotSent,
    PlatformError,
    Refused,
    Uncertain,
)
from adapters.http import Api, Json, Reply, ask, cannot_see
from adapters.peertube_addresses import (
    actor,
    is_uuid,
    long_uuid,
    path_of,
    short_uuid,
    thing,
    video,
)
from adapters.places import place
from adapters.report import REPORT, mark, words_of
from adapters.spec import (
    IN_THREAD,
    MOST_PER_DAY,
    Ability,
    Answer,
    AnswerKind,
    Answers,
    Carries,
    Channel,
    ContentClass,
    Every,
    Grade,
    Key,
    Kind,
    Locator,
    Notice,
    Observation,
    Purpose,
    Rate,
    Receipt,
    Scope,
    Secret,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import at, moment, number_at, object_at, rows_at, text_at, word_at

__all__ = ["PeerTube", "long_uuid", "short_uuid"]

_READ: Final = date(2026, 11, 22)
_READ_ELSEWHERE: Final = date(2026, 11, 26)  # what is known of other instances
_SOURCE: Final = "https://github.com/Chocobozzz/PeerTube/blob/develop/server/core"
_REASON_CHARS: Final = 3000  # also the most that a message may have
_PAGE: Final = 100
_OVERLAP: Final = 10  # a report deleted between two pages moves the next ones up
_PAGES: Final = 50
_STATUS_CHARS: Final = 100
_CLOCKS_DIFFER: Final = timedelta(days=1)
_PREDEFINED: Final[Mapping[ContentClass, tuple[str, ...]]] = {
    ContentClass.NCII: ("privacy", "rights", "serverRules"),
    ContentClass.DEEPFAKE: ("privacy", "rights", "serverRules"),
    ContentClass.VOYEURISM: ("privacy", "rights", "serverRules"),
    ContentClass.THREAT: ("hatefulOrAbusive", "privacy", "serverRules"),
    ContentClass.PERSONAL_DETAILS: ("privacy", "serverRules"),
    ContentClass.OTHER: ("serverRules",),
}


class PeerTube(Api):
    spec = Spec(
        name="peertube",
        title="PeerTube",
        channel=Channel.API,
        hosts=(),  # the configured instance
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=2900),
        can=frozenset({Ability.RESOLVE, Ability.FIND, Ability.POLL, Ability.LOOK}),
        perhaps_sent=Settle.LOOK_UP,
        lane=Rate(per_minute=30, burst=5),
        software=("peertube",),
        remind=Every(hours=24),  # a message on the report, not a second report
        purposes=IN_THREAD,
        needs=(
            Secret(
                "username", help="An account of the centre on that instance, without two-factor"
            ),
            Secret("password", help="Its password"),
        ),
        settings=(
            Setting("base_url", "The instance, such as https://peertube.example", required=True),
            Setting("site_url", "Where its videos are addressed, if not at base_url"),
            MOST_PER_DAY,
        ),
        discloses=REPORT,
        travels_to=("the instance that the video comes from",),  # reports are federated as a Flag
        sources=(
            Source(f"{_SOURCE}/controllers/api/abuse.ts", _READ),
            Source(f"{_SOURCE}/controllers/api/oauth-clients.ts", _READ),
            Source(f"{_SOURCE}/controllers/api/search/search-video-channels.ts", _READ_ELSEWHERE),
            Source(f"{_SOURCE}/controllers/api/search/search-videos.ts", _READ_ELSEWHERE),
            Source(f"{_SOURCE}/controllers/api/users/token.ts", _READ),
            Source(f"{_SOURCE}/controllers/client.ts", _READ),
            Source(f"{_SOURCE}/controllers/misc.ts", _READ_ELSEWHERE),
            Source(f"{_SOURCE}/lib/auth/oauth.ts", _READ),
            Source(f"{_SOURCE}/middlewares/error.ts", _READ),
            Source(f"{_SOURCE}/middlewares/rate-limiter.ts", _READ),
            Source(f"{_SOURCE}/middlewares/validators/abuse.ts", _READ),
            Source(f"{_SOURCE}/middlewares/validators/shared/videos.ts", _READ),
            Source(f"{_SOURCE}/models/abuse/abuse.ts", _READ),
            Source(f"{_SOURCE}/models/abuse/sql/abuse-query-builder.ts", _READ),
        ),
        samples=(
            "https://peertube.example/w/kkGMgK9ZtnKfYAgnEtQxbv",
            "https://peertube.example/videos/watch/9c9de5e8-0a1e-484a-b099-e80766180a6d?start=1s",
            "https://peertube.example/videos/embed/9c9de5e8-0a1e-484a-b099-e80766180a6d",
            "https://peertube.example/w/kkGMgK9ZtnKfYAgnEtQxbv;threadId=42",
            "https://peertube.example/a/examplename",
            "https://peertube.example/c/examplechannel@other.example/videos",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "not_found": ContentGone,
        "forbidden": Refused,  # a video of our own; a wrong credential is 401
        "invalid_grant": Misconfigured,
        "invalid_client": Misconfigured,
        "missing_two_factor": Misconfigured,  # no machine can enter it: another account is needed
        "account_waiting_for_approval": Misconfigured,
        "account_approval_rejected": Misconfigured,
    }

    def error_code(self, reply: Reply) -> str:
        """Its own 403 and 404 have no code, only a problem document, which a proxy's do not."""
        code = super().error_code(reply)
        if code or not _is_own(reply):
            return code
        return {403: "forbidden", 404: "not_found"}.get(reply.status, "")

    def match(self, url: Url) -> Locator | None:
        return thing(url, self._site, self._home) if self._is_home(place(url)) else None

    def match_at(self, url: Url) -> Locator | None:
        """A number of a thread is its own instance's: what it is called at ours cannot be asked."""
        host = place(url)
        if not host or self._is_home(host):
            return self.match(url)
        found = thing(url, f"https://{host}", host)
        if found is None or "comment" in found.parts:
            return None
        return replace(found, final=False, parts={**found.parts, "host": host})

    async def resolve(self, locator: Locator) -> Locator:
        """A number becomes a UUID; a name gets the number of the account that reports are about.

        The key is of our instance's own address for it, also when another's was given.
        """
        if locator.final:
            return locator
        if locator.kind is Kind.POST:
            return await (self._copy_of if "host" in locator.parts else self._numbered)(locator)
        host, name = locator.parts.get("host"), locator.parts[locator.kind.value]
        name = name if host is None or "@" in name else f"{name}@{host}"
        found = actor(self._site, self._home, locator.kind, name)
        if found is None:
            raise NotSent("cannot_resolve")
        told = await self._actor(found)
        number = number_at(told, *(("ownerAccount",) if found.kind is Kind.CHANNEL else ()), "id")
        if number is None:
            raise NotSent("cannot_resolve")
        parts = {**found.parts, "account_id": str(number)}
        return replace(found, url=locator.url, final=True, parts=parts)

    async def send(self, notice: Notice, key: Key) -> Receipt:
        words = words_of(notice, _REASON_CHARS, signed=mark(notice, key))
        if notice.purpose is not Purpose.FIRST:
            return await self._write_on(_thread(notice), words)
        reasons = list(_PREDEFINED[notice.content_class])
        body = {"reason": words, "predefinedReasons": reasons, **_subject(notice.items[0].locator)}
        told = await self.call_signed_in("POST", self._api("abuses"), write=True, json=body)
        number = number_at(told, "abuse", "id")
        if number is None:
            raise Uncertain("unreadable")
        return _receipt(number)

    async def find(self, notice: Notice, key: Key) -> Receipt | None:
        """Our mark in the words of our own reports: `search` reads names there, never reasons.

        The newest come first; what is older than the notice cannot be it.
        """
        ours = mark(notice, key)
        if notice.purpose is not Purpose.FIRST:
            report = _thread(notice)
            written = await self._messages(report)
            return _receipt(report) if any(ours in str(m.get("message")) for m in written) else None
        oldest = notice.composed_at - _CLOCKS_DIFFER
        for page in range(_PAGES):
            start = page * (_PAGE - _OVERLAP)
            rows = await self._own({"start": str(start), "count": str(_PAGE)})
            for row in rows:
                if ours in str(row.get("reason")) and number_at(row, "id") is not None:
                    return _receipt(row["id"])
            last = moment(rows[-1].get("createdAt")) if rows else None
            if len(rows) < _PAGE or (last is not None and last < oldest):
                return None
        raise NotSent("too_many_reports")

    async def poll(self, receipt: Receipt) -> Answers:
        """The state of our report, and what moderators wrote on it.

        `Accepted` says that they agree, not what they did; `video.deleted` or `video.blacklisted`
        beside it does not say who did it, or for how long. They make us look, nothing more.
        """
        rows = await self._own({"id": receipt.reference or "", "count": "1"})
        if not rows or str(rows[0].get("id")) != receipt.reference:
            return Answers(ended=True)  # a moderator deleted the report: nothing more can come
        row = rows[0]
        state = number_at(row, "state", "id")
        label = row["state"].get("label") if state is not None else None
        kind, ended = _STATES.get(state or 0, (AnswerKind.UNSPECIFIED, False))
        answers = [Answer(Scope.THESE, kind, status=str(label or state or "")[:_STATUS_CHARS])]
        if number_at(row, "countMessages"):
            answers += _said(await self._messages(receipt.reference or ""))
        return Answers(tuple(answers), ended)

    async def look(self, locator: Locator) -> Observation:
        """As anybody sees it, without our session."""
        try:
            reply = await ask(self, self._api(path_of(locator)))
        except PlatformError as failure:
            return cannot_see(failure)
        seen, is_copy = object_at(reply.json()), _is_copy(locator)
        if _is_not_found(reply):
            if is_copy:
                return Observation(Seen.CANNOT_SEE, "no_copy_here", "api")
            return Observation(Seen.GONE, "not_found", "api", proof=True)
        if reply.status == 451:
            return Observation(Seen.RESTRICTED, "http_451", "api")
        if reply.status in (401, 403):
            code = seen.get("code")
            rule = code if code in _WHY_NOT_SEEN else "not_public"
            return Observation(Seen.CANNOT_SEE, rule, "api")
        if reply.status != 200:
            return Observation(Seen.CANNOT_SEE, f"http_{reply.status}", "api")
        comment = seen.get("comment")
        if "comment" in locator.parts and isinstance(comment, dict):
            if comment.get("isDeleted") is True:
                return Observation(Seen.GONE, "comment_deleted", "api", proof=True)
            return Observation(Seen.UP, "http_200", "api", proof=True)
        if "comment" in locator.parts or number_at(seen, "id") is None:
            return Observation(Seen.CANNOT_SEE, "unreadable", "api")
        return Observation(Seen.UP, "copy_shown" if is_copy else "http_200", "api", not is_copy)

    async def sign_in(self) -> Mapping[str, str]:
        client = await self.call("GET", self._api("oauth-clients/local"), write=False)
        form = {
            "client_id": text_at(client, "client_id"),
            "client_secret": text_at(client, "client_secret"),
            "grant_type": "password",
            "username": self.secrets.get("username", ""),
            "password": self.secrets.get("password", ""),
        }
        told = await self.call("POST", self._api("users/token"), write=False, form=form)
        return {"Authorization": f"Bearer {text_at(told, 'access_token')}"}

    @property
    def _site(self) -> str:
        return (self.settings["site_url"] or self.settings["base_url"]).rstrip("/")

    @property
    def _home(self) -> str:
        return place(self._site)

    def _is_home(self, host: str) -> bool:
        return bool(host) and host == self._home

    async def _numbered(self, locator: Locator) -> Locator:
        reply = await ask(self, self._api(path_of(locator)))
        if _is_not_found(reply):
            raise ContentGone("not_found")
        told = reply.json() if reply.status == 200 else None
        thread = f";threadId={locator.parts['comment']}" if "comment" in locator.parts else ""
        found = video(self._site, self._home, f"{word_at(told, 'uuid')}{thread}")
        if found is None or not found.final:
            raise NotSent("cannot_resolve")
        return found

    async def _copy_of(self, locator: Locator) -> Locator:
        """Our instance fetches what it does not have; a video's UUID is the same on all."""
        asked = locator.parts["video"]
        row = await self._searched(
            "videos", f"https://{locator.parts['host']}/videos/watch/{asked}"
        )
        known = word_at(row, "uuid")
        found = video(self._site, self._home, known)
        if found is None or not found.final or (is_uuid(asked) and asked != known):
            raise NotSent("cannot_resolve")
        remote = {} if row.get("isLocal") is True else {"remote": "yes"}
        return replace(found, url=locator.url, parts={**found.parts, **remote})

    async def _actor(self, found: Locator) -> Json:
        """An account or a channel, as our instance knows it, or comes to know it now."""
        reply = await ask(self, self._api(path_of(found)))
        if _is_not_found(reply):
            if not _is_copy(found):
                raise ContentGone("not_found")
            if found.kind is Kind.CHANNEL:  # accounts are not searched for
                return await self._searched("video-channels", found.parts["channel"])
        return reply.json() if reply.status == 200 else None

    async def _searched(self, what: str, words: str) -> dict[str, Any]:
        """The one thing that stands at an address, or has a handle. Raises `NotSent` for none."""
        url = self._api(f"search/{what}")
        told = await self.call_signed_in("GET", url, write=False, params={"search": words})
        rows = rows_at(told, "data")
        if len(rows) != 1:
            raise NotSent("cannot_resolve")
        return rows[0]

    def _api(self, path: str) -> str:
        return f"{self.base('base_url')}/api/v1/{path}"

    async def _own(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        newest_first = {"sort": "-createdAt", **params}
        url = self._api("users/me/abuses")
        told = await self.call_signed_in("GET", url, write=False, params=newest_first)
        return rows_at(told, "data")

    async def _write_on(self, report: str, words: str) -> Receipt:
        url, gone = self._api(f"abuses/{report}/messages"), False
        try:
            told = await self.call_signed_in("POST", url, write=True, json={"message": words})
        except ContentGone:
            gone = True
        if gone:  # the report, not the video
            raise Refused("report_gone")
        if number_at(told, "abuseMessage", "id") is None:
            raise Uncertain("unreadable")
        return _receipt(report)

    async def _messages(self, report: str) -> list[dict[str, Any]]:
        url = self._api(f"abuses/{report}/messages")
        return rows_at(await self.call_signed_in("GET", url, write=False), "data")


# A state that is not here is kept as they wrote it. Moderators may change their mind after 2 and 3;
# our looks go on, so the reports of years need not be asked about for ever.
_STATES: Final[Mapping[int, tuple[AnswerKind, bool]]] = {
    1: (AnswerKind.ACKNOWLEDGED, False),  # Pending
    2: (AnswerKind.REFUSED, True),  # Rejected
    3: (AnswerKind.UNSPECIFIED, True),  # Accepted
}
_WHY_NOT_SEEN: Final = frozenset({"video_requires_password", "does_not_respect_follow_constraints"})
_DIGITS: Final = re.compile(r"[0-9]{1,18}")


def _subject(locator: Locator) -> dict[str, dict[str, str | int]]:
    parts = locator.parts
    if "account_id" in parts:
        return {"account": {"id": int(parts["account_id"])}}
    if "comment" in parts:
        return {"comment": {"id": int(parts["comment"])}}
    return {"video": {"id": parts["video"]}}


def _thread(notice: Notice) -> str:
    """The number of the report that this message belongs to."""
    if not notice.thread or not _DIGITS.fullmatch(notice.thread[-1]):
        raise Refused("no_report_to_write_on")
    return notice.thread[-1]


def _receipt(number: int | str) -> Receipt:
    return Receipt(str(number), Grade.ACCEPTED_BY_ADDRESSEE)


def _is_own(reply: Reply) -> bool:
    """Whether PeerTube itself says this, in a problem document: a proxy's page proves nothing."""
    return bool(at(reply.json(), "status") == reply.status)


def _is_not_found(reply: Reply) -> bool:
    return reply.status == 404 and _is_own(reply)


def _is_copy(locator: Locator) -> bool:
    """Whether it is another instance's, of which ours shows no more than a copy."""
    parts = locator.parts
    return "remote" in parts or "@" in parts.get("account", parts.get("channel", ""))


def _said(messages: list[dict[str, Any]]) -> list[Answer]:
    return [
        Answer(
            Scope.THESE,
            AnswerKind.UNSPECIFIED,
            status="message",
            words=str(message.get("message") or ""),
            said_at=moment(message.get("createdAt")),
        )
        for message in messages
        if message.get("byModerator") is True
    ]
