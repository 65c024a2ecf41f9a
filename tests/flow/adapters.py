"""Platforms of the tests: in memory, with every way to settle a doubt.

A `Site` is what stands there: it does what a story tells it to, and counts what arrived. Its
`adapter` is what the product is given.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from adapters.base import Adapter
from adapters.errors import PlatformError
from adapters.form import Step, WebForm
from adapters.spec import (
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
    ItemOutcome,
    Key,
    Kind,
    Locator,
    Notice,
    Observation,
    Purpose,
    Rate,
    Receipt,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)

__all__ = ["GONE", "UP", "Gate", "Message", "Site", "a_form", "unseen"]

Told = TypeVar("Told")
UP = Observation(Seen.UP, "api_200", "api", proof=True)
GONE = Observation(Seen.GONE, "api_404", "api", proof=True)


def unseen(rule: str) -> Observation:
    """Nothing can be said, for this reason."""
    return Observation(Seen.CANNOT_SEE, rule, "page")


@dataclass(frozen=True, slots=True)
class Message:
    """One message that arrived, whether or not its sender was told."""

    notice: Notice
    key: Key

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(item.locator.url for item in self.notice.items)


@dataclass(slots=True)
class Gate:
    """A call that waits: `entered` when it came, and it goes on when `opened`."""

    entered: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Trouble:
    """What one call meets: it may arrive first, then wait, then fail."""

    error: PlatformError | None
    taken: bool
    gate: Gate | None


_NONE = _Trouble(None, taken=True, gate=None)


class Site:
    """One platform. `urls` is how many addresses one message of it may carry."""

    def __init__(
        self, name: str, *, settle: Settle = Settle.NOBODY, urls: int = 1, **spec: Any
    ) -> None:
        self.name = name
        self.calls = 0
        self.messages: list[Message] = []
        self.outcomes: dict[str, AnswerKind] = {}  # said at once, by address
        self.answers: dict[str, Answers | PlatformError] = {}  # when asked, by our reference
        self.sights: dict[str, Observation | PlatformError] = {}  # by address; all else is up
        self.looks = self.polls = self.resolves = 0
        self.short: PlatformError | None = None  # addresses are short, and following them says so
        self._troubles: deque[_Trouble] = deque()
        self.adapter = _adapter(self, _spec(name, settle, urls, spec))

    def url(self, name: str) -> str:
        return f"https://{self.name}.example/{name}"

    def meet(self, error: PlatformError | None, *, taken: bool, gate: Gate | None = None) -> None:
        """The next call meets this; calls after it go well again."""
        self._troubles.append(_Trouble(error, taken, gate))

    def says(self, message: Message, *answers: Answer, ended: bool = False) -> None:
        """What a poll about this message brings from now on."""
        self.answers[message.notice.reference] = Answers(answers, ended)

    @property
    def reports(self) -> list[Message]:
        """What lies on the desk of a platform that honours keys: repeats under one are one."""
        return list({message.key: message for message in self.messages}.values())

    def sent(self, purpose: Purpose = Purpose.FIRST) -> list[Message]:
        """The messages of one purpose, in the order in which they came."""
        return [m for m in self.messages if m.notice.purpose is purpose]

    async def take(self, notice: Notice, key: Key) -> Receipt:
        self.calls += 1
        trouble = self._troubles.popleft() if self._troubles else _NONE
        if trouble.taken:
            self.messages.append(Message(notice, key))
        if trouble.gate is not None:
            trouble.gate.entered.set()
            await trouble.gate.opened.wait()
        if trouble.error is not None:
            raise trouble.error
        return self.receipt(notice)

    def receipt(self, notice: Notice) -> Receipt:
        found = [
            ItemOutcome(item.ref, self.outcomes[item.locator.url])
            for item in notice.items
            if item.locator.url in self.outcomes
        ]
        return Receipt(notice.reference, Grade.ACCEPTED_BY_ADDRESSEE, tuple(found))


def _spec(name: str, settle: Settle, urls: int, changes: dict[str, Any]) -> Spec:
    can = {Ability.POLL, Ability.LOOK, Ability.RESOLVE}
    if settle is Settle.LOOK_UP:
        can.add(Ability.FIND)
    values: dict[str, Any] = {
        "name": name,
        "title": name.title(),
        "channel": Channel.API,
        "hosts": (f"{name}.example",),
        "api_hosts": (f"{name}.example",),
        "classes": frozenset(ContentClass),
        "carries": Carries(urls=urls),
        "can": frozenset(can),
        "perhaps_sent": settle,
        "lane": Rate(per_minute=float("inf"), in_flight=1000),
        "discloses": (Field.URLS, Field.CENTRE_NAME, Field.CENTRE_EMAIL, Field.STATEMENTS),
        "sources": (Source("https://tests.example", date(2026, 11, 22)),),
        "samples": (f"https://{name}.example/1",),
        "remind": Every(hours=24),
        "purposes": frozenset({Purpose.FIRST, Purpose.REMINDER, Purpose.RETRACTION}),
        "gathers": urls > 1,
    }
    return Spec(**{**values, **changes})


def a_form(name: str, **spec: Any) -> type[WebForm]:
    """A form that a person files. No address is its own."""
    its_spec = _spec(
        name, Settle.NOBODY, 10,
        {
            "channel": Channel.FORM, "hosts": (), "api_hosts": (), "can": frozenset(),
            "purposes": frozenset({Purpose.FIRST}), "remind": None,
            "discloses": (Field.URLS, Field.DEPICTED_IS_MINOR),
            "settings": (Setting("form_url", "The form", "https://form.example/report"),), **spec,
        },
    )  # fmt: skip

    class OfForm(WebForm):
        spec = its_spec

        def match(self, url: Url) -> Locator | None:
            return None

        def steps(self, notice: Notice) -> tuple[Step, ...]:
            links = (Step("Link", item.locator.url, required=True) for item in notice.items)
            return (*links, Step("What was asked", "\n".join(notice.history)))

    return OfForm


def _or_raised(told: Told | PlatformError) -> Told:
    if isinstance(told, PlatformError):
        raise told
    return told


def _adapter(site: Site, its_spec: Spec) -> type[Adapter]:
    class OfSite(Adapter):
        spec = its_spec

        def match(self, url: Url) -> Locator | None:
            if url.host != f"{site.name}.example":
                return None
            final = site.short is None
            return Locator(site.name, Kind.POST, url.path_qs, str(url), final)

        async def resolve(self, locator: Locator) -> Locator:
            site.resolves += 1
            return _or_raised(site.short or dataclasses.replace(locator, final=True))

        async def send(self, notice: Notice, key: Key) -> Receipt:
            return await site.take(notice, key)

        async def find(self, notice: Notice, key: Key) -> Receipt | None:
            there = any(message.key == key for message in site.messages)
            return site.receipt(notice) if there else None

        async def poll(self, receipt: Receipt) -> Answers:
            site.polls += 1
            said = site.answers.get(receipt.reference or "", Answers())
            return _or_raised(said)

        async def look(self, locator: Locator) -> Observation:
            site.looks += 1
            return _or_raised(site.sights.get(locator.url, UP))

    return OfSite
