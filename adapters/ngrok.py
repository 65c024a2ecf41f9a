"""ngrok's abuse reports: for sites that are reached through its tunnels.

Open to accounts that ngrok has authorised: one asks abuse@ngrok.com. How many addresses a report
takes is not documented, so few are put into one. The answer is about the host, not an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final

from adapters.errors import Misconfigured, NotSent, PlatformError, Refused
from adapters.hosting import host_of, on_hosts, receipt_of
from adapters.http import Api, Json, Method, Reply
from adapters.report import LETTER, words_of
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
from adapters.told import at, objects, text_at, word_at

__all__ = ["Ngrok"]

_READ: Final = date(2026, 11, 26)
_CLIENT: Final = (
    "https://github.com/ngrok/ngrok-api-go/blob/aed5dfcebefa9d651d995d64eb00146ebee06608"
)
_METADATA_BYTES: Final = 4096
_SUFFIXES: Final = ("app", "dev", "io", "pizza", "pro")


class Ngrok(Api):
    spec = Spec(
        name="ngrok",
        title="ngrok",
        channel=Channel.API,
        hosts=(*(f"*.ngrok.{end}" for end in _SUFFIXES), "*.ngrok-free.app", "*.ngrok-free.dev"),
        api_hosts=("api.ngrok.com",),
        classes=frozenset(ContentClass),
        carries=Carries(urls=20, same_host=True, text_chars=4000),
        gathers=True,
        can=frozenset({Ability.POLL}),
        perhaps_sent=Settle.NOBODY,  # a report is found by its id alone
        lane=Rate(per_minute=30, burst=5),
        country="US",
        needs=(Secret("token", help="An API key of an account that may submit abuse reports"),),
        settings=(
            Setting("api_url", "Where the API answers", "https://api.ngrok.com"),
            MOST_PER_DAY,
        ),
        discloses=LETTER,
        sources=(
            Source("https://ngrok.com/docs/api-reference/abusereports/create", _READ),
            Source("https://ngrok.com/docs/api-reference/abusereports/get", _READ),
            Source("https://ngrok.com/docs/errors/reference", _READ),
            Source(f"{_CLIENT}/datatypes.go", _READ),
            Source("https://publicsuffix.org/list/public_suffix_list.dat", _READ),  # its hosts
        ),
        samples=(
            "https://example-name.ngrok.app/p/1",
            "https://example-name.ngrok-free.dev/",
            "https://1a2b3c.eu.ngrok.io/?id=2",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "ERR_NGROK_221": Misconfigured,  # the account may not report
        "ERR_NGROK_225": NotSent,  # too many calls at once
        "ERR_NGROK_226": NotSent,  # too many calls in a time
    }

    def error_code(self, reply: Reply) -> str:
        return word_at(reply.json(), "error_code")

    def match(self, url: Url) -> Locator | None:
        return on_hosts(self.spec, url)

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        host_of(notice)
        words = words_of(notice)
        if len(words.encode()) > _METADATA_BYTES:
            raise Refused("text_too_long")
        body = {"urls": [item.locator.url for item in notice.items], "metadata": words}
        told = await self._ask("POST", "abuse_reports", body)
        return receipt_of(told, "id")

    async def poll(self, receipt: Receipt) -> Answers:
        """`PROCESSED`, and even a host that is `BANNED`, only make us look: hosts are let in again
        (`UNBANNED`), and what `IGNORE` means is not said.
        """
        told = await self._ask("GET", f"abuse_reports/{receipt.reference}")
        status = text_at(told, "status")
        of_host = {word_at(host, "status") for host in objects(at(told, "hostnames"))}
        kind = AnswerKind.ACKNOWLEDGED if status == "PENDING" else AnswerKind.UNSPECIFIED
        said = " ".join((status, *sorted(filter(None, of_host))))
        return Answers((Answer(Scope.ALL, kind, status=said),), ended=status == "PROCESSED")

    async def _ask(self, method: Method, path: str, json: object = None) -> Json:
        headers = {**self.bearer(), "ngrok-version": "2"}
        url = f"{self.base('api_url')}/{path}"
        return await self.call(method, url, write=method == "POST", json=json, headers=headers)
