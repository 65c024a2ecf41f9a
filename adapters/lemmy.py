"""Lemmy, at the instance where the centre has its account: 0.19 by /api/v3, 1.0 by /api/v4.

Read in Lemmy's source, tag 0.19.20 and branch main (1.0.0-beta), on 2026-11-26. Posts and comments
can be reported, once each by one account. A report of 0.19 goes to moderators and admins, also of
the instances of community and author. On 1.0 it says that the instance's rules are broken: only
the admins of our instance get it, who can take down no more than their copy of what another
instance holds. So a look proves nothing about another instance either, unless the author deleted.

1.0 lists one's own reports, but its source still shows them to moderators and admins alone: nothing
can be read back. Its Idempotency-Key is not used: it also refuses what follows a failed first call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, Final

from adapters.errors import (
    AlreadyReported,
    ContentGone,
    Misconfigured,
    NotSent,
    PlatformError,
    Throttled,
    Uncertain,
)
from adapters.http import Api, Json, Reply, ask, cannot_see
from adapters.places import place, steps
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
from adapters.told import number_at, object_at, text_at

__all__ = ["Lemmy"]

_READ: Final = date(2026, 11, 26)
_V3: Final = "https://github.com/LemmyNet/lemmy/blob/0.19.20/crates"
_V4: Final = "https://github.com/LemmyNet/lemmy/blob/main/crates"
_REASON_CHARS: Final = 1000


class Lemmy(Api):
    spec = Spec(
        name="lemmy",
        title="Lemmy",
        channel=Channel.API,
        hosts=(),  # the configured instance
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=980),
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        gone_needs_up=True,  # a community that is hidden from visitors is "not found" too
        lane=Rate(per_minute=30, burst=5),  # 180 a minute from one address, unless set otherwise
        remind=None,
        answers=False,
        software=("lemmy",),
        needs=(
            Secret("username", help="An account of the centre on that instance, without 2FA"),
            Secret("password", help="Its password"),
        ),
        settings=(
            Setting("base_url", "The instance, such as https://lemmy.example", required=True),
            Setting("api", "v3 while it runs Lemmy 0.19, v4 once it runs Lemmy 1.0", "v3"),
            MOST_PER_DAY,
        ),
        # No statements: a report has 1,000 characters, and the centre's address must be in it.
        discloses=NOTE,
        travels_to=(
            "the moderators of the community",
            "the instances of the community and of the author",
        ),
        sources=(
            Source(f"{_V3}/api/src/post_report/create.rs", _READ),
            Source(f"{_V3}/api/src/comment_report/create.rs", _READ),
            Source(f"{_V3}/apub/src/activities/community/report.rs", _READ),
            Source(f"{_V3}/apub/src/api/resolve_object.rs", _READ),
            Source(f"{_V4}/api/api/src/reports/post_report/create.rs", _READ),
            Source(f"{_V4}/db_views/post/src/impls.rs", _READ),
            Source(f"{_V4}/db_views/report_combined/src/impls.rs", _READ),
            Source(f"{_V4}/routes/src/middleware/idempotency.rs", _READ),
        ),
        samples=("https://lemmy.example/post/123", "https://lemmy.example/comment/456"),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "not_found": ContentGone,
        "couldnt_find_post": ContentGone,
        "couldnt_find_comment": ContentGone,
        "deleted": ContentGone,  # or removed
        "couldnt_create_report": AlreadyReported,  # one account reports one thing once
        "couldnt_create": AlreadyReported,
        "rate_limit_error": Throttled,  # 0.19 says so with 400
        "site_ban": Misconfigured,
        "missing_totp_token": Misconfigured,  # no machine can enter it: another account is needed
    }

    def error_code(self, reply: Reply) -> str:
        """0.19 has one name for what is gone and what it could not fetch; the status differs."""
        code = super().error_code(reply)
        is_gone = code == "couldnt_find_object" and reply.status == 404
        return "not_found" if is_gone else code

    def match(self, url: Url) -> Locator | None:
        return _thing(url) if self._is_home(url) else None

    def match_at(self, url: Url) -> Locator | None:
        return _thing(url)

    async def resolve(self, locator: Locator) -> Locator:
        """Our instance's own number for it. What another instance holds, it may have to fetch."""
        what, parts = locator.parts["what"], locator.parts
        if "id" in parts:
            return locator
        at_home = self._is_home(locator.url)
        params = {"id": parts["number"]} if at_home else {"q": locator.url}
        path = what if at_home else "resolve_object"
        told = await self.call_signed_in("GET", self._api(path), write=False, params=params)
        thing = object_at(told, f"{what}_view", what) if at_home else _resolved(told, what)
        number, address = thing.get("id"), thing.get("ap_id")
        if not isinstance(number, int) or not isinstance(address, str) or not place(address):
            raise NotSent("cannot_resolve")
        here = {"here": "yes"} if self._is_home(address) else {}
        parts = {"what": what, "id": str(number), **here}
        return replace(locator, key=address, final=True, parts=parts)

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        reason = words_of(notice, _REASON_CHARS)
        parts = (await self.resolve(notice.items[0].locator)).parts
        what = parts["what"]
        body = {f"{what}_id": int(parts["id"]), "reason": reason}
        if self.settings["api"] == "v4":
            body["violates_instance_rules"] = True
        url = self._api(f"{what}/report")
        told = await self.call_signed_in("POST", url, write=True, json=body)
        number = number_at(told, f"{what}_report_view", f"{what}_report", "id")
        if number is None:
            raise Uncertain("unreadable")
        return Receipt(str(number), Grade.ACCEPTED_BY_ADDRESSEE)

    async def look(self, locator: Locator) -> Observation:
        """As a visitor sees it. What was removed is left out, or flagged, maybe with its words."""
        what, number = locator.parts["what"], locator.parts.get("id")
        if number is None:
            return Observation(Seen.CANNOT_SEE, "not_resolved", "api")
        try:
            reply = await ask(self, self._api(what), params={"id": number})
        except PlatformError as failure:
            return cannot_see(failure)
        here = "here" in locator.parts
        if reply.status >= 400:
            is_gone = here and self.errors.get(self.error_code(reply)) is ContentGone
            rule = "not_found" if is_gone else f"http_{reply.status}"
            return Observation(Seen.GONE if is_gone else Seen.CANNOT_SEE, rule, "api")
        thing = object_at(reply.json(), f"{what}_view", what)
        match thing.get("removed"), thing.get("deleted"):
            case False, False:
                return Observation(Seen.UP, "shown", "api", proof=True)
            case _, True:
                return _flagged(thing, "deleted_by_author")
            case True, False if here:
                return _flagged(thing, "removed_by_moderator")
            case True, False:
                return Observation(Seen.CANNOT_SEE, "copy_removed_here", "api")
        return Observation(Seen.CANNOT_SEE, "unreadable", "api")

    async def sign_in(self) -> Mapping[str, str]:
        login = {
            "username_or_email": self.secrets.get("username", ""),
            "password": self.secrets.get("password", ""),
        }
        path = "account/auth/login" if self.settings["api"] == "v4" else "user/login"
        told = await self.call("POST", self._api(path), write=False, json=login)
        return {"Authorization": f"Bearer {text_at(told, 'jwt')}"}

    def _is_home(self, address: Url | str) -> bool:
        home = place(self.settings["base_url"])
        return bool(home) and place(address) == home

    def _api(self, path: str) -> str:
        return f"{self.base('base_url')}/api/{self.settings['api']}/{path}"


_NUMBER: Final = re.compile(r"0*([1-9][0-9]{0,9})")
_NO_WORDS: Final = ("", "*Permanently Deleted*")  # the second in 1.0, where an account was purged


def _thing(url: Url) -> Locator | None:
    """A post or a comment. A fragment or a thread may name another comment: that is neither."""
    host = place(url)
    if not host or url.raw_fragment or "thread" in url.query:
        return None
    match steps(url):
        case ["post" | "comment" as what, last] | ["post", _, "comment" as what, last]:
            found = _NUMBER.fullmatch(last)
        case _:
            return None
    if found is None:
        return None
    address = f"https://{host}/{what}/{found[1]}"
    parts = {"what": what, "number": found[1]}
    return Locator("lemmy", Kind.POST, address, address, final=False, parts=parts)


def _resolved(told: Json, what: str) -> dict[str, Any]:
    """0.19 nests what 1.0 spreads out, beside a `type_` that says which it is."""
    if not isinstance(told, dict) or told.get("type_", what) != what:
        return {}
    return object_at(told, what) if "type_" in told else object_at(told, what, what)


def _flagged(thing: Mapping[str, Any], rule: str) -> Observation:
    """Gone once its words are: 1.0 hands out a deleted post that has comments, only flagged."""
    words = thing.get("content", thing.get("name"))
    seen = Seen.GONE if words in _NO_WORDS else Seen.RESTRICTED
    return Observation(seen, rule, "api", proof=True)
