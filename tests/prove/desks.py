"""Desks of the recording platform: one for each way in which a doubt is settled.

`KEYED` (a) honours our key, `SEARCHED` (b) can be asked what it has, `POSTED` (c) is written to,
`MUTE` (d) tells nothing. Each message names the process that it comes from.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from typing import Any, Final

from adapters.base import Adapter
from adapters.errors import NotSent, PlatformError
from adapters.http import Api
from adapters.mail import Mailbox
from adapters.spec import (
    Ability,
    Answer,
    AnswerKind,
    Answers,
    Carries,
    Channel,
    ContentClass,
    Field,
    Grade,
    Key,
    Kind,
    Locator,
    Notice,
    Observation,
    Rate,
    Receipt,
    Scope,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from tests.prove.recording_platform import CALLER


def _spec(name: str, settle: Settle, *can: Ability, **changes: Any) -> Spec:
    plain = Spec(
        name=name,
        title=name.title(),
        channel=Channel.API,
        hosts=(f"{name}.example",),
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(),
        can=frozenset(can),
        perhaps_sent=settle,
        lane=Rate(per_minute=float("inf"), in_flight=1000),
        discloses=(Field.URLS, Field.CENTRE_NAME, Field.CENTRE_EMAIL),
        settings=(Setting("base_url", "The platform"),),
        sources=(Source("https://tests.example", date(2026, 11, 22)),),
        samples=(f"https://{name}.example/1",),
    )
    return replace(plain, **changes)


def _match(spec: Spec, url: Url) -> Locator | None:
    if url.host != spec.hosts[0]:
        return None
    final = not url.path.startswith("/short/")
    return Locator(spec.name, Kind.POST, url.path, str(url), final)


def name_of(locator: Locator) -> str:
    return locator.url.rpartition("/")[2]


class Desk(Api):
    """One desk that is called."""

    @property
    def _at(self) -> str:
        return f"{self.base('base_url')}/{self.spec.name}"

    def match(self, url: Url) -> Locator | None:
        return _match(self.spec, url)

    async def resolve(self, locator: Locator) -> Locator:
        told = await self.call("GET", f"{self._at}/short/{name_of(locator)}", write=False)
        name = told["stands_for"]
        url = f"https://{self.spec.hosts[0]}/{name}"
        return replace(locator, key=f"/{name}", url=url, final=True)

    async def send(self, notice: Notice, key: Key) -> Receipt:
        headers = {"Idempotency-Key": key, CALLER: str(os.getpid())}
        report = {"url": notice.items[0].locator.url, "reference": notice.reference}
        await self.call("POST", f"{self._at}/reports", write=True, json=report, headers=headers)
        return self._receipt(key)

    async def find(self, notice: Notice, key: Key) -> Receipt | None:
        try:
            await self.call("GET", f"{self._at}/reports/{key}", write=False)
        except PlatformError as error:
            if error.reason == "http_404":
                return None
            raise NotSent(error.reason) from None
        return self._receipt(key)

    async def poll(self, receipt: Receipt) -> Answers:
        await self.call("GET", f"{self._at}/answers/{receipt.reference}", write=False)
        return Answers((Answer(Scope.ALL, AnswerKind.ACKNOWLEDGED),))

    async def look(self, locator: Locator) -> Observation:
        await self.call("GET", f"{self._at}/items/{name_of(locator)}", write=False)
        return Observation(Seen.UP, "api_200", "api", proof=True)

    def _receipt(self, key: Key) -> Receipt:
        return Receipt(key, Grade.ACCEPTED_BY_ADDRESSEE)


class Keyed(Desk):
    spec = _spec("keyed", Settle.SAME_KEY)


class Searched(Desk):
    spec = _spec("searched", Settle.LOOK_UP, Ability.FIND)


class Mute(Desk):
    spec = _spec("mute", Settle.NOBODY)


class Posted(Mailbox):
    """One desk that is written to."""

    spec = _spec("posted", Settle.RECEIPT, channel=Channel.MAIL)

    def match(self, url: Url) -> Locator | None:
        return _match(self.spec, url)

    def recipient(self, notice: Notice) -> str:
        return "desk@posted.example"


class Whole(Desk):
    """A desk that does everything a platform can do."""

    spec = _spec("whole", Settle.LOOK_UP, Ability.FIND, Ability.POLL, Ability.LOOK, Ability.RESOLVE)


BY_MACHINE: Final[tuple[type[Adapter], ...]] = (Keyed, Searched)
BY_PEOPLE: Final[tuple[type[Adapter], ...]] = (Posted, Mute)
DESKS: Final = (*BY_MACHINE, *BY_PEOPLE)
