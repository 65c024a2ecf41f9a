"""GoDaddy's abuse tickets: for sites that it hosts or whose domain it registers.

GoDaddy's terms: one ticket stands for a whole domain, more than five of one domain count as
duplicates, and a ticket of the wrong type counts as false; a reporter with too many of either waits
longer. Only the first version of the API takes content other than child abuse; only the second says
why a ticket was closed. A reporter's list holds ids alone, so it settles no doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from adapters.errors import NotSent
from adapters.hosting import host_of, on_hosts, receipt_of
from adapters.http import Api, Json, Method
from adapters.report import INTIMATE, LETTER, words_of
from adapters.spec import (
    MOST_PER_DAY,
    Ability,
    Answer,
    AnswerKind,
    Answers,
    Carries,
    Channel,
    ContentClass,
    Key,
    Locator,
    Notice,
    Rate,
    Receipt,
    Scope,
    Secret,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import at, moment, word_at

__all__ = ["GoDaddy"]

_READ: Final = date(2026, 11, 26)


class GoDaddy(Api):
    spec = Spec(
        name="godaddy",
        title="GoDaddy",
        channel=Channel.API,
        hosts=(
            "*.godaddysites.com",
        ),  # its site builder, as seen in use: no page of its own says so
        api_hosts=("api.godaddy.com",),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1),  # a ticket names one source
        can=frozenset({Ability.POLL}),
        perhaps_sent=Settle.NOBODY,
        lane=Rate(per_minute=30, burst=5),  # 60 calls a minute
        country="US",
        needs=(
            Secret("key", help="developer.godaddy.com/keys, for production"),
            Secret("secret", help="Shown once, with that key"),
        ),
        settings=(
            Setting(
                "api_url",
                "Where the API answers; https://api.ote-godaddy.com takes tickets for practice",
                "https://api.godaddy.com",
            ),
            MOST_PER_DAY,
        ),
        discloses=LETTER,
        sources=(
            Source("https://developer.godaddy.com/doc/endpoint/abuse", _READ),
            Source("https://godaddy.com/legal/agreements/godaddy-api-terms-of-use", _READ),
        ),
        samples=("https://example-site.godaddysites.com/", "https://example.godaddysites.com/p/1"),
    )

    def match(self, url: Url) -> Locator | None:
        return on_hosts(self.spec, url)

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        host_of(notice)
        # A threat or personal details show nobody: that ticket would be of the wrong type.
        is_child_abuse = notice.depicted_minor and notice.content_class in INTIMATE
        body = {
            "type": "CHILD_ABUSE" if is_child_abuse else "CONTENT",
            "source": notice.items[0].locator.url,  # one per ticket: the text names them all
            "info": words_of(notice),
        }
        told = await self._ask("POST", f"{'v2' if is_child_abuse else 'v1'}/abuse/tickets", body)
        return receipt_of(told, "u_number")

    async def poll(self, receipt: Receipt) -> Answers:
        """`ACTIONED` is "domain or content actioned", which is no removal yet."""
        told = await self._ask("GET", f"v2/abuse/tickets/{receipt.reference}")
        closed = at(told, "closed")
        if not isinstance(closed, bool):
            raise NotSent("unreadable")
        if not closed:
            return Answers((Answer(Scope.ALL, AnswerKind.ACKNOWLEDGED, status="open"),))
        reason = word_at(told, "closeReason")
        kind = _REASONS.get(reason)
        answer = Answer(
            Scope.ALL,
            kind or AnswerKind.UNSPECIFIED,
            status=f"closed: {reason}" if reason else "closed",
            said_at=moment(at(told, "closedAt")),
        )
        return Answers((answer,), ended=kind is not None or not reason)

    async def _ask(self, method: Method, path: str, json: object = None) -> Json:
        pair = f"{self.secrets.get('key', '')}:{self.secrets.get('secret', '')}"
        headers = {"Authorization": f"sso-key {pair}"}  # as public clients write it
        url = f"{self.base('api_url')}/{path}"
        return await self.call(method, url, write=method == "POST", json=json, headers=headers)


_REASONS: Final[Mapping[str, AnswerKind]] = {
    "ACTIONED": AnswerKind.UNSPECIFIED,
    "RECLASSIFIED": AnswerKind.UNSPECIFIED,  # to another type: what becomes of it is not said
    "FORWARDED_COMPLAINT": AnswerKind.FORWARDED,
    "FALSE_POSITIVE": AnswerKind.REFUSED,  # "not actionable"
    "NOT_REGISTERED_HOSTED_HERE": AnswerKind.WRONG_ADDRESSEE,
}
