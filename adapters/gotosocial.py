"""GoToSocial, one home instance per organisation: reports that can be read again, with what a
moderator wrote when closing them.

Home forwards a report to the instance that a remote account lives on, in home's name, with our
words. It shows nothing to strangers, so looks carry the centre's token; whoever blocks the centre
is then "not found", which is asked about before anything counts as gone. Read in its source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final

from adapters.errors import PlatformError
from adapters.http import Reply, cannot_see
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
    Observation,
    Rate,
    Receipt,
    Scope,
    Secret,
    Seen,
    Settle,
    Source,
    Spec,
)
from adapters.told import moment, rows_at, word_at

__all__ = ["GoToSocial"]

_READ: Final = date(2026, 11, 26)
_SOURCE: Final = "https://github.com/superseriousbusiness/gotosocial/blob/main"
_PAGE: Final = 100


class GoToSocial(MastodonApi):
    spec = Spec(
        name="gotosocial",
        title="GoToSocial",
        channel=Channel.API,
        hosts=(),  # the home instance
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=TEXT_CHARS),
        can=frozenset({Ability.RESOLVE, Ability.FIND, Ability.POLL, Ability.LOOK}),
        perhaps_sent=Settle.LOOK_UP,
        lane=Rate(per_minute=30, burst=5),
        remind=None,
        gone_needs_up=True,  # a post for followers is "not found" too
        needs=(
            Secret(
                "token",
                help="Settings → Applications → New application, with read and write:reports: "
                "its access token",
            ),
        ),
        settings=SETTINGS,
        discloses=NOTE,
        travels_to=TRAVELS_TO,
        software=("gotosocial",),
        sources=(
            Source(f"{_SOURCE}/internal/api/client/reports/reportcreate.go", _READ),
            Source(f"{_SOURCE}/internal/api/client/reports/reportget.go", _READ),
            Source(f"{_SOURCE}/internal/api/client/reports/reportsget.go", _READ),
            Source(f"{_SOURCE}/internal/api/model/report.go", _READ),
            Source(f"{_SOURCE}/internal/processing/report/create.go", _READ),
            Source(f"{_SOURCE}/internal/processing/search/get.go", _READ),
            Source(f"{_SOURCE}/internal/processing/common/status.go", _READ),
            Source(f"{_SOURCE}/internal/processing/workers/federate.go", _READ),
            Source(f"{_SOURCE}/internal/web/web.go", _READ),
        ),
        samples=(
            "https://gotosocial.example/@examplename/statuses/01EXAMPEP0ST00000000000001",
            "https://gotosocial.example/users/examplename/statuses/01EXAMPEP0ST00000000000001",
            "https://gotosocial.example/@examplename",
            "https://gotosocial.example/users/examplename",
        ),
    )
    said: ClassVar[Mapping[str, str]] = {
        "Not Found": "not_found",
        "Not Found: target status not found": "not_found",
    }
    looks_signed = True

    def error_code(self, reply: Reply) -> str:
        """Its own words; one sentence holds the id of the account that is not there."""
        words = word_at(reply.json(), "error")
        return "not_found" if _NO_ACCOUNT.fullmatch(words) else super().error_code(reply)

    def named(self, path: str) -> Named | None:
        if found := _POST.fullmatch(path):
            number = found["id"].upper()
            return Named(Kind.POST, number, f"@{found['name']}/statuses/{number}", number)
        if found := _ACCOUNT.fullmatch(path):
            return Named(Kind.ACCOUNT, f"@{found['name'].lower()}", f"@{found['name']}")
        return None

    async def find(self, notice: Notice, key: Key) -> Receipt | None:
        """Our mark in the words of our own reports about this account, newest first."""
        about = notice.items[0].locator.parts.get("account_id")
        params = {"limit": str(_PAGE)} | ({"target_account_id": about} if about else {})
        told = await self.ask_signed("v1/reports", params)
        rows = rows_at(told)
        return found_among(rows, "comment", notice, key, is_all=len(rows) < _PAGE)

    async def poll(self, receipt: Receipt) -> Answers:
        """Closed says that a moderator is done, not what was done: it makes us look."""
        told = await self.own_report("v1/reports", receipt)
        if told is None:
            return Answers(ended=True)  # nothing more can come
        closed = told.get("action_taken")
        if closed is False:
            return Answers((Answer(Scope.ALL, AnswerKind.ACKNOWLEDGED, status="open"),))
        answer = Answer(
            Scope.ALL,
            AnswerKind.UNSPECIFIED,
            status="action_taken" if closed is True else "",
            words=str(told.get("action_taken_comment") or ""),
            said_at=moment(told.get("action_taken_at")),
        )
        return Answers((answer,), ended=closed is True)

    async def look(self, locator: Locator) -> Observation:
        seen = await super().look(locator)
        if seen.seen is not Seen.GONE or seen.proof:
            return seen
        asked = {"id[]": locator.parts["account_id"]}
        try:
            told = await self.ask_signed("v1/accounts/relationships", asked)
            blocks = [row.get("blocked_by") for row in rows_at(told)]
        except PlatformError as failure:
            return cannot_see(failure)
        return seen if blocks == [False] else Observation(Seen.CANNOT_SEE, "blocks_us", "api")


_NAME: Final = r"(?P<name>[A-Za-z0-9_]{1,64})"
_POST: Final = re.compile(
    rf"(?:@|users/){_NAME}/statuses/(?P<id>[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{{26}})"
)
_ACCOUNT: Final = re.compile(rf"(?:@|users/){_NAME}")
_NO_ACCOUNT: Final = re.compile(r"Bad Request: account with ID \w{1,40} does not exist")
