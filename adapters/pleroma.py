"""Pleroma and Akkoma, one home instance per organisation: reports whose state can be read.

A report that is forwarded leaves home in the name of the centre's account, with our words, for the
instance that the reported account lives on. The list of our own reports gives the newest twenty,
whatever page is asked for. Read in Pleroma's source (2.7) and in a fork of Akkoma's (3.16), which
agree; what "closed" and "resolved" stand for is written nowhere, so they only make us look.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final

from adapters.errors import ContentGone, NotSent
from adapters.http import Json
from adapters.mastodon_api import (
    SETTINGS,
    TEXT_CHARS,
    TRAVELS_TO,
    MastodonApi,
    Named,
    found_among,
)
from adapters.report import NOTE
from adapters.spec import (
    Ability,
    Answer,
    AnswerKind,
    Answers,
    Carries,
    Channel,
    ContentClass,
    Key,
    Kind,
    Locator,
    Notice,
    Rate,
    Receipt,
    Scope,
    Secret,
    Settle,
    Source,
    Spec,
)
from adapters.told import rows_at

__all__ = ["Pleroma"]

_READ: Final = date(2026, 11, 26)
_SOURCE: Final = "https://git.pleroma.social/pleroma/pleroma/-/blob/develop/lib/pleroma"
_AKKOMA: Final = "https://github.com/BDX-town/Akkoma/blob/HEAD/lib/pleroma"
_STATUS_CHARS: Final = 100


class Pleroma(MastodonApi):
    spec = Spec(
        name="pleroma",
        title="Pleroma",
        channel=Channel.API,
        hosts=(),  # the home instance
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=TEXT_CHARS),
        can=frozenset({Ability.RESOLVE, Ability.FIND, Ability.POLL, Ability.LOOK}),
        perhaps_sent=Settle.LOOK_UP,
        lane=Rate(per_minute=30, burst=5),
        remind=None,
        gone_needs_up=True,  # what strangers may not see is "not found" too
        needs=(
            Secret(
                "token",
                help="An access token of the centre's account, for read:search, read:statuses, "
                "read:accounts, read:reports and write:reports",
            ),
        ),
        settings=SETTINGS,
        discloses=NOTE,
        travels_to=TRAVELS_TO,
        software=("pleroma", "akkoma"),
        sources=(
            Source(f"{_SOURCE}/web/mastodon_api/controllers/report_controller.ex", _READ),
            Source(f"{_SOURCE}/web/pleroma_api/controllers/report_controller.ex", _READ),
            Source(f"{_SOURCE}/web/pleroma_api/views/report_view.ex", _READ),
            Source(f"{_SOURCE}/web/mastodon_api/controllers/search_controller.ex", _READ),
            Source(f"{_SOURCE}/web/mastodon_api/controllers/account_controller.ex", _READ),
            Source(f"{_SOURCE}/web/activity_pub/activity_pub.ex", _READ),
            Source(f"{_SOURCE}/web/router.ex", _READ),
            Source(f"{_AKKOMA}/web/router.ex", _READ),
            Source(f"{_AKKOMA}/web/common_api.ex", _READ),
        ),
        samples=(
            "https://pleroma.example/notice/AExampLeN0ticeId01",
            "https://pleroma.example/objects/0192f7a1-c0de-4c0d-abad-1deafacade00",
            "https://pleroma.example/@examplename/posts/AExampLeN0ticeId01",
            "https://pleroma.example/users/examplename",
            "https://pleroma.example/@examplename",
        ),
    )
    said: ClassVar[Mapping[str, str]] = {
        "Record not found": "not_found",
        "Can't find user": "not_found",
        "Account not found": "not_found",
    }
    # Without it, posts that merely quote the address come along with the one that stands there.
    search_also: ClassVar[Mapping[str, str]] = {"limit": "0"}

    def named(self, path: str) -> Named | None:
        if found := _NOTICE.fullmatch(path):
            return Named(Kind.POST, found["id"], f"notice/{found['id']}", found["id"])
        if found := _OBJECT.fullmatch(path):
            number = found["uuid"].lower()
            return Named(Kind.POST, number, f"objects/{number}")
        if (found := _ACCOUNT.fullmatch(path)) and found["name"] not in _PAGES:
            name = found["name"]  # capitals count in an id, not in a nickname
            key = name if _ID.fullmatch(name) else name.lower()
            return Named(Kind.ACCOUNT, f"@{key}", f"users/{name}", name)
        return None

    async def find(self, notice: Notice, key: Key) -> Receipt | None:
        """Our mark in the words of the newest of our own reports."""
        told = await self.ask_signed("v0/pleroma/reports")
        rows = rows_at(told, "reports")
        return found_among(rows, "content", notice, key, is_all=told.get("total") == len(rows))

    async def poll(self, receipt: Receipt) -> Answers:
        told = await self.own_report("v0/pleroma/reports", receipt)
        if told is None:
            return Answers(ended=True)  # nothing more can come
        state = str(told.get("state") or "")[:_STATUS_CHARS]
        kind, ended = _STATES.get(state, (AnswerKind.UNSPECIFIED, False))
        return Answers((Answer(Scope.ALL, kind, status=state),), ended)

    async def known_at_home(self, locator: Locator) -> Json:
        """A post by search; an account by its handle, which home looks up where it is unknown."""
        if locator.kind is Kind.POST:
            return await super().known_at_home(locator)
        name = locator.parts["id"]
        handle = name if "@" in name else f"{name}@{locator.parts['host']}"
        try:
            return await self.ask_signed(f"v1/accounts/{handle}")
        except ContentGone:
            raise NotSent("cannot_resolve") from None


# A state that is not here is kept as they wrote it. Moderators may open a report again; our looks
# go on, so the reports of years need not be asked about for ever.
_STATES: Final[Mapping[str, tuple[AnswerKind, bool]]] = {
    "open": (AnswerKind.ACKNOWLEDGED, False),
    "closed": (AnswerKind.UNSPECIFIED, True),
    "resolved": (AnswerKind.UNSPECIFIED, True),
}
_ID: Final = re.compile(r"[A-Za-z0-9]{18}")
_NAME: Final = r"(?:[A-Za-z0-9_-]{1,100}|[A-Za-z0-9_.-]{1,100}@[A-Za-z0-9.-]{1,253})"
_NOTICE: Final = re.compile(
    rf"(?:notice|@{_NAME}(?:/posts)?)/(?P<id>[A-Za-z0-9]{{18}}|[0-9]{{1,18}})"
)
_OBJECT: Final = re.compile(
    r"objects/(?P<uuid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"
)
_ACCOUNT: Final = re.compile(rf"(?:users/|@)?(?P<name>{_NAME})")
# First words of a path that are pages of its front ends, never an account.
_PAGES: Final = frozenset(
    re.findall(
        r"\S+",
        """about admin announcements api bookmarks chat chats conversations friend-requests lists
        login main notifications oauth-callback password-reset registration remote-users search
        settings shoutbox user-settings users who-to-follow""",
    )
)
