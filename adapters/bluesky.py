"""Bluesky: reports go through the centre's own server (PDS) to the labeler that moderates the app.

Read in bluesky-social/atproto at d6296a1 on 2026-11-22. Nobody answers a reporter by this channel:
what moderators did is seen in what the AppView shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

from adapters.errors import (
    ContentGone,
    Misconfigured,
    NotSent,
    PlatformError,
    Refused,
    Throttled,
    Uncertain,
)
from adapters.http import Api, Json, Reply, ResetIs, SessionOver, ask, cannot_see
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
from adapters.told import number_at, rows_at, text_at, word_at

__all__ = ["Bluesky"]

_READ: Final = date(2026, 11, 22)
_ATPROTO: Final = (
    "https://github.com/bluesky-social/atproto/blob/d6296a1cfdb40a773319cb59061300e4e8e52f26"
)
_LABELER: Final = "did:plc:ar7c4by46qjdydhdevvrndac"
_POST: Final = "app.bsky.feed.post"
_REASON_CHARS: Final = 2000  # graphemes are never more than characters
_REASON_BYTES: Final = 20_000


class ReasonUnknown(Refused):
    """This labeler takes no such reason. It checks that before it stores anything."""


class Bluesky(Api):
    spec = Spec(
        name="bluesky",
        title="Bluesky",
        channel=Channel.API,
        hosts=("bsky.app",),
        api_hosts=("bsky.social", "public.api.bsky.app"),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=1900),
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        lane=Rate(per_minute=30, burst=5),
        remind=None,
        answers=False,
        country="US",
        needs=(
            Secret("identifier", help="The handle of the centre's account"),
            Secret("password", help="An app password of that account, not its main password"),
        ),
        settings=(
            Setting("pds_url", "The server of the centre's account", "https://bsky.social"),
            Setting("appview_url", "Where posts are looked at", "https://public.api.bsky.app"),
            Setting(
                "labeler", "The DID of the labeler that gets the reports", _LABELER, leads=True
            ),
            MOST_PER_DAY,
        ),
        discloses=REPORT,
        sources=(
            Source(f"{_ATPROTO}/lexicons/com/atproto/moderation/createReport.json", _READ),
            Source(f"{_ATPROTO}/lexicons/tools/ozone/report/defs.json", _READ),
            Source(f"{_ATPROTO}/lexicons/com/atproto/server/createSession.json", _READ),
            Source("https://atproto.com/specs/tid", _READ),
            Source(f"{_ATPROTO}/packages/api/src/const.ts", _READ),
            Source(f"{_ATPROTO}/packages/ozone/src/api/report/createReport.ts", _READ),
            Source(f"{_ATPROTO}/packages/ozone/src/mod-service/profile.ts", _READ),
            Source(f"{_ATPROTO}/packages/pds/src/auth-verifier.ts", _READ),
            Source(f"{_ATPROTO}/packages/pds/src/pipethrough.ts", _READ),
            Source(f"{_ATPROTO}/packages/bsky/src/api/app/bsky/feed/getPosts.ts", _READ),
            Source(f"{_ATPROTO}/packages/bsky/src/api/app/bsky/actor/getProfile.ts", _READ),
            Source(f"{_ATPROTO}/packages/bsky/src/api/com/atproto/repo/getRecord.ts", _READ),
            Source(f"{_ATPROTO}/packages/xrpc-server/src/rate-limiter-http.ts", _READ),
        ),
        samples=(
            "https://bsky.app/profile/example.com/post/3l6oveex3ii2l",
            "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/post/3l6oveex3ii2l",
            "https://bsky.app/profile/example.com",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "ExpiredToken": SessionOver,
        "InvalidToken": SessionOver,
        "AuthFactorTokenRequired": Misconfigured,  # an app password needs no second factor
        "AccountTakedown": Misconfigured,  # the centre's own account
        "HandleNotFound": ContentGone,
        "InvalidReasonType": ReasonUnknown,
    }
    reset_is: ClassVar[ResetIs] = "epoch"

    def error_code(self, reply: Reply) -> str:
        """Several refusals share `InvalidRequest` and differ only in how their words begin."""
        code = super().error_code(reply)
        words = word_at(reply.json(), "message")
        named = (name for start, name in _INVALID.items() if words.startswith(start))
        return next(named, code) if code == "InvalidRequest" else code

    def match(self, url: Url) -> Locator | None:
        match steps(url) if place(url) == "bsky.app" else []:
            case ["profile", who, "post", rkey]:
                return _post(who, rkey)
            case ["profile", who]:
                return _account(who)
        return None

    async def resolve(self, locator: Locator) -> Locator:
        if locator.final:
            return locator
        did = await self._did(locator.parts["who"])
        if locator.kind is Kind.ACCOUNT:
            found = _account(did)
        else:
            rkey = locator.parts["rkey"]
            found = _post(did, rkey, await self._cid(did, rkey))
        if found is None or not found.final:
            raise NotSent("unreadable")
        return found

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        words = words_of(notice, _REASON_CHARS)
        if len(words.encode()) > _REASON_BYTES:
            raise Refused("text_too_long")
        subject = await self._subject(notice.items[0].locator)
        chosen = (_OF_A_MINOR if notice.depicted_minor else _OF_AN_ADULT)[notice.content_class]
        # A labeler that knows the old word for a reason takes the new one too, so only "other" is
        # left to try. It refused before it stored anything: this is no second report.
        reasons = (f"tools.ozone.report.defs#{chosen}", "com.atproto.moderation.defs#reasonOther")
        for reason in reasons:
            try:
                return await self._report(reason, words, subject)
            except ReasonUnknown:
                continue
        raise Refused("reason_unknown")

    async def look(self, locator: Locator) -> Observation:
        """What the public sees. The AppView leaves out what a moderator took down."""
        if not locator.final:
            return Observation(Seen.CANNOT_SEE, "not_resolved", "api")
        try:
            if locator.kind is Kind.ACCOUNT:
                return await self._look_at_account(locator.parts["who"])
            return await self._look_at_post(locator.parts["who"], locator.parts["rkey"])
        except PlatformError as failure:
            return cannot_see(failure)

    async def sign_in(self) -> Mapping[str, str]:
        told: Json = None
        if self._refresh_token:
            bearer = {"Authorization": f"Bearer {self._refresh_token}"}
            url = self._pds("com.atproto.server.refreshSession")
            try:
                told = await self.call("POST", url, write=False, headers=bearer)
            except (Misconfigured, Refused):
                self._refresh_token = ""
        if told is None:
            login = {name: self.secrets.get(name, "") for name in ("identifier", "password")}
            url = self._pds("com.atproto.server.createSession")
            told = await self.call("POST", url, write=False, json=login)
        self._refresh_token = text_at(told, "refreshJwt")
        return {"Authorization": f"Bearer {text_at(told, 'accessJwt')}"}

    _refresh_token = ""

    async def _report(self, reason: str, words: str, subject: Mapping[str, str]) -> Receipt:
        told = await self.call_signed_in(
            "POST",
            self._pds("com.atproto.moderation.createReport"),
            write=True,
            json={
                "reasonType": reason,
                "reason": words,
                "subject": subject,
                "modTool": {"name": "efface"},
            },
            headers={"atproto-proxy": f"{self.settings['labeler']}#atproto_labeler"},
        )
        number = number_at(told, "id")
        if number is None:
            raise Uncertain("unreadable")
        return Receipt(str(number), Grade.ACCEPTED_BY_ADDRESSEE)

    async def _subject(self, locator: Locator) -> Mapping[str, str]:
        parts = locator.parts
        did = parts["who"] if locator.final else await self._did(parts["who"])
        if locator.kind is Kind.ACCOUNT:
            return {"$type": "com.atproto.admin.defs#repoRef", "did": did}
        cid = parts.get("cid") or await self._cid(did, parts["rkey"])
        uri = _uri(did, parts["rkey"])
        return {"$type": "com.atproto.repo.strongRef", "uri": uri, "cid": cid}

    async def _did(self, handle: str) -> str:
        url = self._appview("com.atproto.identity.resolveHandle")
        return text_at(await self.call("GET", url, write=False, params={"handle": handle}), "did")

    async def _cid(self, did: str, rkey: str) -> str:
        url, uri = self._appview("app.bsky.feed.getPosts"), _uri(did, rkey)
        posts = rows_at(await self.call("GET", url, write=False, params={"uris": uri}), "posts")
        if not posts:
            raise ContentGone("not_in_get_posts")
        return text_at(posts[0], "cid")

    async def _look_at_post(self, did: str, rkey: str) -> Observation:
        url, uri = self._appview("app.bsky.feed.getPosts"), _uri(did, rkey)
        reply = await ask(self, url, params={"uris": uri})
        if reply.status != 200:
            return Observation(Seen.CANNOT_SEE, f"http_{reply.status}", "api")
        posts = rows_at(reply.json(), "posts")
        if posts:
            return self._shown(posts[0])
        return Observation(Seen.GONE, await self._why_gone(did, rkey), "api", proof=True)

    async def _look_at_account(self, did: str) -> Observation:
        url = self._appview("app.bsky.actor.getProfile")
        reply = await ask(self, url, params={"actor": did})
        if reply.status == 200:
            told = reply.json()
            if word_at(told, "did") != did:
                raise NotSent("unreadable")
            return self._shown(told)
        rule = _ACCOUNT_GONE.get(self.error_code(reply))
        if rule is None:
            return Observation(Seen.CANNOT_SEE, f"http_{reply.status}", "api")
        return Observation(Seen.GONE, rule, "api", proof=True)

    def _shown(self, view: Mapping[str, Any]) -> Observation:
        """A view of a post or profile: `!hide` of the app's own labeler keeps it from readers."""
        labels = view.get("labels")
        for label in labels if isinstance(labels, list) else ():
            if isinstance(label, dict) and _hides(label, self.settings["labeler"]):
                return Observation(Seen.RESTRICTED, "label_hide", "api", proof=True)
        return Observation(Seen.UP, "shown", "api", proof=True)

    async def _why_gone(self, did: str, rkey: str) -> str:
        """Who acted: a moderator's label hides the post and leaves its record."""
        params = {"repo": did, "collection": _POST, "rkey": rkey}
        try:
            reply = await ask(self, self._appview("com.atproto.repo.getRecord"), params=params)
        except Throttled:
            raise
        except PlatformError:
            return "not_in_get_posts"
        if reply.status == 200:
            return "hidden_by_label"
        return _RECORD_GONE.get(self.error_code(reply), "not_in_get_posts")

    def _pds(self, method: str) -> str:
        return f"{self.base('pds_url')}/xrpc/{method}"

    def _appview(self, method: str) -> str:
        return f"{self.base('appview_url')}/xrpc/{method}"


_OF_AN_ADULT: Final[Mapping[ContentClass, str]] = {
    ContentClass.NCII: "reasonSexualNCII",
    ContentClass.DEEPFAKE: "reasonSexualDeepfake",
    ContentClass.VOYEURISM: "reasonSexualNCII",
    ContentClass.THREAT: "reasonHarassmentTargeted",
    ContentClass.PERSONAL_DETAILS: "reasonHarassmentDoxxing",
    ContentClass.OTHER: "reasonSexualOther",
}
# Also used while the age is not known: the app's own moderators then look first, and can say no.
_OF_A_MINOR: Final[Mapping[ContentClass, str]] = {
    ContentClass.NCII: "reasonChildSafetyCSAM",
    ContentClass.DEEPFAKE: "reasonChildSafetyCSAM",
    ContentClass.VOYEURISM: "reasonChildSafetyCSAM",
    ContentClass.THREAT: "reasonChildSafetyHarassment",
    ContentClass.PERSONAL_DETAILS: "reasonChildSafetyPrivacy",
    ContentClass.OTHER: "reasonChildSafetyOther",
}
_INVALID: Final[Mapping[str, str]] = {
    "Unable to resolve handle": "HandleNotFound",
    "Invalid reason type": "InvalidReasonType",
    "Profile not found": "ProfileNotFound",
    "Could not find repo": "RepoNotFound",
}
_ACCOUNT_GONE: Final[Mapping[str, str]] = {
    "ProfileNotFound": "profile_not_found",
    "AccountTakedown": "account_takedown",
    "AccountDeactivated": "account_deactivated",
}
_RECORD_GONE: Final[Mapping[str, str]] = {
    "RecordNotFound": "record_deleted",
    "RepoNotFound": "account_gone",
}
_DID: Final = re.compile(r"did:[a-z]{1,20}:[a-zA-Z0-9._:%-]{0,500}[a-zA-Z0-9._-]")
_HANDLE: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
_TID: Final = re.compile(r"[2-7a-j][2-7a-z]{12}")  # the key of a post: its lexicon says `tid`


def _post(who: str, rkey: str, cid: str = "") -> Locator | None:
    author = _author(who)
    if author is None or not _TID.fullmatch(rkey):
        return None
    parts = {"who": author, "rkey": rkey} | ({"cid": cid} if cid else {})
    url = f"https://bsky.app/profile/{author}/post/{rkey}"
    final = author.startswith("did:")
    return Locator("bluesky", Kind.POST, f"{author}/{rkey}", url, final=final, parts=parts)


def _account(who: str) -> Locator | None:
    author = _author(who)
    if author is None:
        return None
    url, final = f"https://bsky.app/profile/{author}", author.startswith("did:")
    return Locator("bluesky", Kind.ACCOUNT, author, url, final=final, parts={"who": author})


def _author(who: str) -> str | None:
    """A DID as it is, a handle in lower case: handles have no case, and may change hands."""
    if _DID.fullmatch(who):
        return who
    return who.lower() if _HANDLE.fullmatch(who.lower()) else None


def _hides(label: Mapping[str, Any], labeler: str) -> bool:
    return label.get("val") == "!hide" and label.get("src") == labeler and not label.get("neg")


def _uri(did: str, rkey: str) -> str:
    return f"at://{did}/{_POST}/{rkey}"
