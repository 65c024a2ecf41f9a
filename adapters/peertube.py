"""PeerTube, one instance per organisation: its REST API, with read-back of our own reports.

Read in PeerTube's source on 2026-11-22. A video that moderators block answers 401, as a private one
does, so a look cannot tell the two apart: both are `cannot_see`, and a person decides.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
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
    Field,
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

__all__ = ["PeerTube", "long_uuid", "short_uuid"]

_READ: Final = date(2026, 11, 22)
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
        discloses=(
            Field.CENTRE_NAME,
            Field.CENTRE_EMAIL,
            Field.URLS,
            Field.CONTENT_CLASS,
            Field.DEPICTED_IS_MINOR,
            Field.STATEMENTS,
        ),
        travels_to=("the instance that the video comes from",),  # reports are federated as a Flag
        sources=(
            Source(f"{_SOURCE}/controllers/api/abuse.ts", _READ),
            Source(f"{_SOURCE}/controllers/api/oauth-clients.ts", _READ),
            Source(f"{_SOURCE}/controllers/api/users/token.ts", _READ),
            Source(f"{_SOURCE}/controllers/client.ts", _READ),
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
        site = self.settings.get("site_url") or self.settings.get("base_url", "")
        try:
            here, there = Url(site), url
            if not here.host or _place(here) != _place(there) or there.scheme not in _SCHEMES:
                return None
            steps = [step for step in there.path.split("/") if step]
        except ValueError:
            return None
        origin, host = site.rstrip("/"), _place(here)
        match steps:
            case ["w", last] | ["videos", "watch" | "embed", last]:
                return _video(origin, host, last)
            case ["a" | "accounts", name, *page] if page in _ACTOR_PAGES:
                return _actor(origin, host, Kind.ACCOUNT, name)
            case ["c" | "video-channels", name, *page] if page in _ACTOR_PAGES:
                return _actor(origin, host, Kind.CHANNEL, name)
        return None

    async def resolve(self, locator: Locator) -> Locator:
        """A number becomes a UUID; a name gets the number of the account that reports are about."""
        if locator.final:
            return locator
        reply = await ask(self, self._api(_path_of(locator)))
        if _is_not_found(reply):
            raise ContentGone("not_found")
        told = reply.json() if reply.status == 200 else None
        if locator.kind in (Kind.ACCOUNT, Kind.CHANNEL):
            whose = ("ownerAccount", "id") if locator.kind is Kind.CHANNEL else ("id",)
            number = _number(told, *whose)
            if number is None:
                raise NotSent("cannot_resolve")
            parts = {**locator.parts, "account_id": str(number)}
            return Locator("peertube", locator.kind, locator.key, locator.url, parts=parts)
        long_form = told.get("uuid") if isinstance(told, dict) else None
        site, host = locator.url.partition("/w/")[0], locator.key.partition("/")[0]
        thread = f";threadId={locator.parts['comment']}" if "comment" in locator.parts else ""
        found = _video(site, host, f"{long_form}{thread}")
        if found is None or not found.final:
            raise NotSent("cannot_resolve")
        return found

    async def send(self, notice: Notice, key: Key) -> Receipt:
        words = f"{notice.text}\n\n{_mark(notice, key)}"
        if len(words) > _REASON_CHARS:
            raise Refused("text_too_long")
        if notice.purpose is not Purpose.FIRST:
            return await self._write_on(_thread(notice), words)
        reasons = list(_PREDEFINED[notice.content_class])
        body = {"reason": words, "predefinedReasons": reasons, **_subject(notice.items[0].locator)}
        told = await self.call_signed_in("POST", self._api("abuses"), write=True, json=body)
        number = _number(told, "abuse", "id")
        if number is None:
            raise Uncertain("unreadable")
        return _receipt(number)

    async def find(self, notice: Notice, key: Key) -> Receipt | None:
        """Our mark in the words of our own reports: `search` reads names there, never reasons.

        The newest come first; what is older than the notice cannot be it.
        """
        mark = _mark(notice, key)
        if notice.purpose is not Purpose.FIRST:
            report = _thread(notice)
            written = await self._messages(report)
            return _receipt(report) if any(mark in str(m.get("message")) for m in written) else None
        oldest = notice.composed_at - _CLOCKS_DIFFER
        for page in range(_PAGES):
            start = page * (_PAGE - _OVERLAP)
            rows = await self._own({"start": str(start), "count": str(_PAGE)})
            for row in rows:
                if mark in str(row.get("reason")) and _number(row, "id") is not None:
                    return _receipt(row["id"])
            last = _moment(rows[-1].get("createdAt")) if rows else None
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
        state = _number(row, "state", "id")
        label = row["state"].get("label") if state is not None else None
        kind, ended = _STATES.get(state or 0, (AnswerKind.UNSPECIFIED, False))
        answers = [Answer(Scope.THESE, kind, status=str(label or state or "")[:_STATUS_CHARS])]
        if _number(row, "countMessages"):
            answers += _said(await self._messages(receipt.reference or ""))
        return Answers(tuple(answers), ended)

    async def look(self, locator: Locator) -> Observation:
        """As anybody sees it, without our session."""
        try:
            reply = await ask(self, self._api(_path_of(locator)))
        except PlatformError as failure:
            return cannot_see(failure)
        told = reply.json()
        seen = told if isinstance(told, dict) else {}
        if _is_not_found(reply):
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
        if "comment" in locator.parts or _number(seen, "id") is None:
            return Observation(Seen.CANNOT_SEE, "unreadable", "api")
        return Observation(Seen.UP, "http_200", "api", proof=True)

    async def sign_in(self) -> Mapping[str, str]:
        client = await self.call("GET", self._api("oauth-clients/local"), write=False)
        form = {
            "client_id": _text(client, "client_id"),
            "client_secret": _text(client, "client_secret"),
            "grant_type": "password",
            "username": self.secrets.get("username", ""),
            "password": self.secrets.get("password", ""),
        }
        told = await self.call("POST", self._api("users/token"), write=False, form=form)
        return {"Authorization": f"Bearer {_text(told, 'access_token')}"}

    def _api(self, path: str) -> str:
        return f"{self.base('base_url')}/api/v1/{path}"

    async def _own(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        newest_first = {"sort": "-createdAt", **params}
        url = self._api("users/me/abuses")
        told = await self.call_signed_in("GET", url, write=False, params=newest_first)
        return _rows(told)

    async def _write_on(self, report: str, words: str) -> Receipt:
        url, gone = self._api(f"abuses/{report}/messages"), False
        try:
            told = await self.call_signed_in("POST", url, write=True, json={"message": words})
        except ContentGone:
            gone = True
        if gone:  # the report, not the video
            raise Refused("report_gone")
        if _number(told, "abuseMessage", "id") is None:
            raise Uncertain("unreadable")
        return _receipt(report)

    async def _messages(self, report: str) -> list[dict[str, Any]]:
        url = self._api(f"abuses/{report}/messages")
        return _rows(await self.call_signed_in("GET", url, write=False))


# A state that is not here is kept as they wrote it. Moderators may change their mind after 2 and 3;
# our looks go on, so the reports of years need not be asked about for ever.
_STATES: Final[Mapping[int, tuple[AnswerKind, bool]]] = {
    1: (AnswerKind.ACKNOWLEDGED, False),  # Pending
    2: (AnswerKind.REFUSED, True),  # Rejected
    3: (AnswerKind.UNSPECIFIED, True),  # Accepted
}
_WHY_NOT_SEEN: Final = frozenset({"video_requires_password", "does_not_respect_follow_constraints"})
_SHORT: Final = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_SHORT_CHARS: Final = 22
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HANDLE: Final = re.compile(r"[A-Za-z0-9._-]{1,120}(@[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?)?")
_SCHEMES: Final = ("http", "https")
# Tabs of an account or a channel. Anything else behind its name may be something of its own.
_ACTOR_PAGES: Final[tuple[list[str], ...]] = (
    [],
    ["about"],
    ["videos"],
    ["video-channels"],
    ["video-playlists"],
)
_THREAD: Final = re.compile(r"threadId=0*([1-9][0-9]{0,17})")
_DIGITS: Final = re.compile(r"[0-9]{1,18}")


def short_uuid(long_form: str) -> str:
    """A UUID as PeerTube's addresses write it: 22 digits of base 58, in Flickr's order."""
    number, digits = uuid.UUID(long_form).int, ""
    while number:
        number, digit = divmod(number, 58)
        digits = _SHORT[digit] + digits
    return digits.rjust(_SHORT_CHARS, _SHORT[0])


def long_uuid(short_form: str) -> str | None:
    """The UUID of a short form; None when it is not one."""
    if len(short_form) != _SHORT_CHARS or not set(short_form) <= set(_SHORT):
        return None
    number = 0
    for digit in short_form:
        number = number * 58 + _SHORT.index(digit)
    return str(uuid.UUID(int=number)) if number < 1 << 128 else None


def _place(url: Url) -> str:
    """Host, and port where it is not the usual one: http and https of one instance are the same."""
    host = (url.host or "").removesuffix(".")
    return host if url.is_default_port() else f"{host}:{url.port}"


def _video(site: str, host: str, step: str) -> Locator | None:
    """From the last step of an address: `id`, or `id;threadId=42` for a thread of comments."""
    name, mark, words = step.partition(";")
    of_thread = _THREAD.fullmatch(words)
    if mark and not of_thread:
        return None  # it may name a comment: the video would be more than was meant
    thread = of_thread[1] if of_thread else ""
    lower = name.lower()
    long_form = lower if _UUID.fullmatch(lower) else long_uuid(name)
    if long_form is None and not _DIGITS.fullmatch(name):
        return None
    key, parts = f"{host}/{long_form or name}", {"video": long_form or name}
    address = f"{site}/w/{short_uuid(long_form) if long_form else name}"
    if thread:
        key, address, parts["comment"] = f"{key}/{thread}", f"{address};threadId={thread}", thread
    return Locator("peertube", Kind.POST, key, address, final=long_form is not None, parts=parts)


def _actor(site: str, host: str, kind: Kind, name: str) -> Locator | None:
    """An account or a channel. Reports are about accounts: a channel's goes to its owner's."""
    if not _HANDLE.fullmatch(name):
        return None
    user, _, home = name.partition("@")
    name = user if home.lower() in ("", host) else f"{user}@{home.lower()}"
    letter = "a" if kind is Kind.ACCOUNT else "c"
    parts = {kind.value: name}
    key = f"{host}/{letter}/{name}"
    return Locator("peertube", kind, key, f"{site}/{letter}/{name}", final=False, parts=parts)


def _path_of(locator: Locator) -> str:
    parts = locator.parts
    if locator.kind is Kind.ACCOUNT:
        return f"accounts/{parts['account']}"
    if locator.kind is Kind.CHANNEL:
        return f"video-channels/{parts['channel']}"
    if "comment" in parts and locator.final:
        return f"videos/{parts['video']}/comment-threads/{parts['comment']}"
    return f"videos/{parts['video']}"


def _subject(locator: Locator) -> dict[str, dict[str, str | int]]:
    parts = locator.parts
    if "account_id" in parts:
        return {"account": {"id": int(parts["account_id"])}}
    if "comment" in parts:
        return {"comment": {"id": int(parts["comment"])}}
    return {"video": {"id": parts["video"]}}


def _mark(notice: Notice, key: Key) -> str:
    """What tells this notice's report from all others, also of the same case."""
    return f"[{notice.reference} {key[:12]}]"


def _thread(notice: Notice) -> str:
    """The number of the report that this message belongs to."""
    if not notice.thread or not _DIGITS.fullmatch(notice.thread[-1]):
        raise Refused("no_report_to_write_on")
    return notice.thread[-1]


def _receipt(number: int | str) -> Receipt:
    return Receipt(str(number), Grade.ACCEPTED_BY_ADDRESSEE)


def _is_own(reply: Reply) -> bool:
    """Whether PeerTube itself says this, in a problem document: a proxy's page proves nothing."""
    told = reply.json()
    return isinstance(told, dict) and told.get("status") == reply.status


def _is_not_found(reply: Reply) -> bool:
    return reply.status == 404 and _is_own(reply)


def _said(messages: list[dict[str, Any]]) -> list[Answer]:
    return [
        Answer(
            Scope.THESE,
            AnswerKind.UNSPECIFIED,
            status="message",
            words=str(message.get("message") or ""),
            said_at=_moment(message.get("createdAt")),
        )
        for message in messages
        if message.get("byModerator") is True
    ]


def _rows(told: Json) -> list[dict[str, Any]]:
    rows = told.get("data") if isinstance(told, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NotSent("unreadable")
    return rows


def _number(told: Json, *names: str) -> int | None:
    for name in names:
        told = told.get(name) if isinstance(told, dict) else None
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _text(told: Json, name: str) -> str:
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, str) or not value:
        raise NotSent("unreadable")
    return value


def _moment(words: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(words))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
