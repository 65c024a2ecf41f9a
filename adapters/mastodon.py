"""Mastodon and its forks, one home instance per organisation: reports through the client API.

Nobody tells a reporter what became of a report, and none can be read again. Home forwards it to the
instance that a remote account lives on, in home's name, with our words. Read in glitch-soc's source
(4.7, which follows Mastodon's closely) and in Mastodon's documentation. Both give "mastodon" as
their name in NodeInfo; that Hometown gives "hometown" could not be confirmed.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from adapters.mastodon_api import SETTINGS, TEXT_CHARS, TRAVELS_TO, MastodonApi, Named
from adapters.report import NOTE
from adapters.spec import (
    Ability,
    Carries,
    Channel,
    ContentClass,
    Kind,
    Rate,
    Secret,
    Settle,
    Source,
    Spec,
)

__all__ = ["Mastodon"]

_READ: Final = date(2026, 11, 26)
_DOCS: Final = "https://docs.joinmastodon.org/methods"
_SOURCE: Final = "https://github.com/glitch-soc/mastodon/blob/main"


class Mastodon(MastodonApi):
    spec = Spec(
        name="mastodon",
        title="Mastodon",
        channel=Channel.API,
        hosts=(),  # the home instance
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1, text_chars=TEXT_CHARS),
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        lane=Rate(per_minute=30, burst=5, per_day=400),  # reports of one account in 24 hours
        remind=None,
        answers=False,
        gone_needs_up=True,  # a post for followers is "not found" too
        needs=(
            Secret(
                "token",
                help="Preferences → Development → New application, with read:search, "
                "read:statuses, read:accounts and write:reports: its access token",
            ),
        ),
        settings=SETTINGS,
        discloses=NOTE,
        travels_to=TRAVELS_TO,
        software=("mastodon", "hometown"),
        sources=(
            Source(f"{_DOCS}/reports/", _READ),
            Source(f"{_DOCS}/search/", _READ),
            Source(f"{_DOCS}/statuses/", _READ),
            Source(f"{_DOCS}/accounts/", _READ),
            Source(f"{_SOURCE}/config/routes.rb", _READ),
            Source(f"{_SOURCE}/app/services/report_service.rb", _READ),
            Source(f"{_SOURCE}/app/services/resolve_url_service.rb", _READ),
            Source(f"{_SOURCE}/app/policies/status_policy.rb", _READ),
            Source(f"{_SOURCE}/app/controllers/concerns/api/error_handling.rb", _READ),
            Source(f"{_SOURCE}/app/lib/rate_limiter.rb", _READ),
        ),
        samples=(
            "https://mastodon.example/@examplename/112345678901234567",
            "https://mastodon.example/users/examplename/statuses/112345678901234567",
            "https://mastodon.example/@examplename@other.example/112345678901234568",
            "https://mastodon.example/deck/@examplename/112345678901234567",
            "https://mastodon.example/ap/users/112000000000000001/statuses/112345678901234567",
            "https://mastodon.example/@examplename",
            "https://mastodon.example/users/examplename",
        ),
    )
    said = {  # noqa: RUF012 - a table, as its base declares it
        "Record not found": "not_found",
        "Not Found": "not_found",
        "This action is not allowed": "not_permitted",
        "This method requires an authenticated user": "no_user",
    }
    # "legal" is for content that is against the law, since 4.2: an older instance breaks on it.
    categories = {c: "legal" for c in ContentClass if c is not ContentClass.OTHER}  # noqa: RUF012

    def named(self, path: str) -> Named | None:
        if found := _POST.fullmatch(path):
            author, number = found["handle"] or found["ap"] or f"@{found['name']}", found["id"]
            return Named(Kind.POST, number, f"{author}/{number}", number)
        if found := _ACCOUNT.fullmatch(path):
            if number := found["id"]:
                return Named(Kind.ACCOUNT, number, f"ap/users/{number}", number)
            handle = found["handle"] or f"@{found['name']}"
            return Named(Kind.ACCOUNT, handle.lower(), handle)
        return None


_NUMBER: Final = r"[1-9][0-9]{0,18}"
_NAME: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,100}[A-Za-z0-9_])?"
_HANDLE: Final = rf"@{_NAME}(?:@[A-Za-z0-9.-]{{1,253}}(?::[0-9]{{1,5}})?)?"
# What Mastodon shows of the same post or account; anything else may name another one.
_POST: Final = re.compile(
    rf"(?:(?:deck|web)/)?(?:(?P<handle>{_HANDLE})|users/(?P<name>{_NAME})/statuses"
    rf"|(?P<ap>ap/users/{_NUMBER}/statuses))/(?P<id>{_NUMBER})"
    r"(?:/(?:activity|embed|favourites|quotes|reblogs))?"
)
_ACCOUNT: Final = re.compile(
    rf"(?:(?:deck|web)/)?(?:(?P<handle>{_HANDLE})|users/(?P<name>{_NAME})"
    rf"|ap/users/(?P<id>{_NUMBER}))"
    r"(?:/(?:featured|followers|following|media|with_replies))?"
)
