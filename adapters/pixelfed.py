"""Pixelfed, one instance: reports of its posts and accounts to its own moderators.

A report is a type, an object and, in newer versions, 255 bytes of words; it gets no number, and
nobody says what became of it. None leaves the instance, so what it only keeps a copy of is not its
to take down, and other instances are not claimed. A second report of one object by one account is
refused, however old the first. Everything asks for a token. Read in Pixelfed's source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final

from adapters.errors import (
    AlreadyReported,
    ContentGone,
    Misconfigured,
    NotSent,
    PlatformError,
    Uncertain,
    WrongAddressee,
)
from adapters.http import Reply
from adapters.mastodon_api import SETTINGS, MastodonApi, Named
from adapters.spec import (
    Ability,
    Carries,
    Channel,
    ContentClass,
    Field,
    Grade,
    Key,
    Kind,
    Locator,
    Notice,
    Rate,
    Receipt,
    Secret,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import at, word_at

__all__ = ["Pixelfed"]

_READ: Final = date(2026, 11, 26)
_SOURCE: Final = "https://github.com/pixelfed/pixelfed/blob/dev"
_MESSAGE_BYTES: Final = 255


class Pixelfed(MastodonApi):
    spec = Spec(
        name="pixelfed",
        title="Pixelfed",
        channel=Channel.API,
        hosts=(),  # the configured instance
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=_MESSAGE_BYTES),
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        lane=Rate(per_minute=30, burst=5),
        remind=None,
        answers=False,
        gone_needs_up=True,
        needs=(
            Secret(
                "token",
                help="Settings → Applications → Personal access token, with read and write",
            ),
        ),
        settings=SETTINGS,
        discloses=(Field.CENTRE_NAME, Field.CENTRE_EMAIL, Field.URLS, Field.CONTENT_CLASS),
        sources=(
            Source(f"{_SOURCE}/app/Http/Controllers/Api/V1Dot1/Reports.php", _READ),
            Source(f"{_SOURCE}/app/Http/Controllers/Api/V1Api/Statuses.php", _READ),
            Source(f"{_SOURCE}/app/Http/Controllers/Api/V1Api/AccountsProfile.php", _READ),
            Source(f"{_SOURCE}/app/Services/SearchApiV2Service.php", _READ),
            Source(f"{_SOURCE}/app/Services/HashidService.php", _READ),
            Source(f"{_SOURCE}/bootstrap/app.php", _READ),
            Source(f"{_SOURCE}/routes/api.php", _READ),
            Source(f"{_SOURCE}/routes/web.php", _READ),
        ),
        samples=(
            "https://pixelfed.example/p/examplename/712345678901234567",
            "https://pixelfed.example/i/web/post/712345678901234567",
            "https://pixelfed.example/p/niwp7sMUuH",
            "https://pixelfed.example/examplename",
            "https://pixelfed.example/i/web/profile/712345678901234000",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        **MastodonApi.errors,
        "ERROR_INVALID_OBJECT_ID": ContentGone,
        "ERROR_REPORT_DUPLICATE": AlreadyReported,
    }
    looks_signed = True

    def error_code(self, reply: Reply) -> str:
        """The word for a refused report; else what it aborts with, which mostly has no words."""
        told = reply.json()
        if at(told, "error") in ("", "Record not found") and reply.status in _ABORTED:
            return _ABORTED[reply.status]
        return word_at(told, "error_code")

    def match_at(self, url: Url) -> Locator | None:  # noqa: ARG002 - reports do not travel
        return None

    def named(self, path: str) -> Named | None:
        if found := _POST.fullmatch(path):
            return Named(Kind.POST, found["id"], path, found["id"])
        if (found := _SHORT.fullmatch(path)) and (number := _long(found["code"])):
            return Named(Kind.POST, number, f"i/web/post/{number}", number)
        if found := _PROFILE.fullmatch(path):
            return Named(Kind.ACCOUNT, found["id"], path, found["id"])
        if (found := _ACCOUNT.fullmatch(path)) and found["name"].lower() not in _PAGES:
            return Named(Kind.ACCOUNT, f"@{found['name'].lower()}", found["name"])
        return None

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        locator, sender = await self.reported(notice), notice.sender
        if locator.parts["remote"] == "yes":
            raise WrongAddressee("another_instance")
        words = f"[{notice.reference}] {notice.subject}. {sender.name}, {sender.email}"
        body = {
            # The word for minors is about the owner of an account, not about who is shown.
            "report_type": "abusive",
            "object_id": locator.parts["id"],
            "object_type": "post" if locator.kind is Kind.POST else "user",
            "message": words.encode()[:_MESSAGE_BYTES].decode(errors="ignore"),
        }
        url, told = self.api("v1.1/report"), None
        try:
            told = await self.call("POST", url, write=True, json=body, headers=self.bearer())
        except (ContentGone, NotSent) as refusal:
            if refusal.reason not in _ABORTED.values():
                raise
        if told is None:  # it aborts before it looks at the report: our token or our address
            raise Misconfigured("aborted")
        if at(told, "code") != 200:
            raise Uncertain("unreadable")
        return Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE)


_ABORTED: Final[Mapping[int, str]] = {403: "not_permitted", 404: "not_found"}
_NUMBER: Final = r"(?P<id>[1-9][0-9]{0,18})"
_POST: Final = re.compile(rf"(?:p/[A-Za-z0-9_.-]{{1,100}}|i/web/post)/{_NUMBER}")
_SHORT: Final = re.compile(r"p/(?P<code>[A-Za-z0-9_-]{3,11})")
_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PROFILE: Final = re.compile(rf"i/web/profile/{_NUMBER}")
_ACCOUNT: Final = re.compile(r"(?:@|users/)?(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]{1,29})")
# First words of a path that are pages or files of Pixelfed: nobody may be called that.
_PAGES: Final = frozenset(
    re.findall(
        r"\S+",
        """about abuse account admin api apps assets auth collections contact css discover embed
        embed.js explore favicon.ico fonts groups help horizon img index.php installer js kb legal
        login logout manifest.json oauth password portfolio privacy public register robots.txt
        search settings site storage stories terms timeline timelines users""",
    )
)


def _long(code: str) -> str:
    """The number behind a short address; "" where Pixelfed would not write it short."""
    number = 0
    for digit in code:
        number = number * 64 + _DIGITS.index(digit)
    return str(number) if 10**14 <= number < 2**63 else ""
