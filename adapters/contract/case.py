"""What the suite must know of a platform to test it: its world when all goes well, its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, cast

from adapters.base import Adapter, Tools
from adapters.contract.site import (
    FAILURES,
    NOW,
    THROTTLES,
    Answer,
    Failure,
    Names,
    Site,
    hang,
)
from adapters.egress import Egress
from adapters.http import Http
from adapters.spec import (
    AnswerKind,
    ContentClass,
    Item,
    Key,
    Kind,
    Locator,
    Notice,
    Purpose,
    Receipt,
    Regime,
    Seen,
    Sender,
    Statement,
    Url,
)

__all__ = [
    "HTTP",
    "KEY",
    "Case",
    "Exemption",
    "Routes",
    "Scene",
    "Wire",
    "compose",
    "found",
    "on_stage",
    "thing",
]

KEY = Key("0192f7a1c0de4c0dabad1deafacade00")
Routes = Mapping[str, Answer]


@dataclass(frozen=True)
class Exemption:
    """Why one rule does not hold for one platform. An exemption that is not needed is a fault."""

    since: date
    reason: str


@dataclass(frozen=True)
class Wire:
    """What a platform is reached by: how it is put before an adapter, and how a call there fails.

    In `failures`, those before which no byte has left come first: `unsent` of them.
    """

    stage: Callable[[Case, Routes], Scene]
    failures: Sequence[Failure]
    unsent: int
    throttles: Sequence[tuple[Answer, datetime | None]]
    hang: Answer
    allowed: Callable[[Case], frozenset[str | None]]  # whom it may call


@dataclass(frozen=True)
class Case:
    """One platform. `routes` is the world in which all goes well; the rest replaces some."""

    adapter: type[Adapter]
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    routes: Routes = field(default_factory=dict)
    names: Mapping[str, list[str]] = field(default_factory=dict)  # where hosts lead, if it asks
    others: tuple[str, ...] = ()  # addresses on its hosts that stand for nothing it can act on
    report: str = ""  # the route that takes a report
    locator: Locator | None = None  # what is reported and looked at
    receipt: Receipt | None = None  # of the happy report
    refusals: tuple[tuple[Answer, type[Exception]], ...] = ()  # documented, of `report`
    polls: tuple[tuple[Routes, tuple[AnswerKind, ...], bool], ...] = ()  # answers, ended
    unknown: Routes = field(default_factory=dict)  # a status that nobody has heard of
    absent: tuple[Routes, ...] = ()  # worlds in which they surely do not have our report
    looks: tuple[tuple[Locator, Routes, Seen], ...] = ()
    resolves: tuple[tuple[str, str], ...] = ()  # address, key
    marks: tuple[str, ...] = ()  # tokens in the replies: they may appear nowhere
    exempt: Mapping[str, Exemption] = field(default_factory=dict)
    wire: Wire = field(default_factory=lambda: HTTP)

    @property
    def notice(self) -> Notice:
        assert self.locator is not None, "this case has no locator to report"
        return compose(self.locator)

    def built(self) -> Adapter:
        """The adapter without tools: only its pure verbs."""
        return self.adapter(self.settings, self.secrets, None)


@dataclass(frozen=True)
class Scene:
    adapter: Adapter
    site: Site


def on_stage(case: Case, changes: Routes | None = None) -> Scene:
    """A fresh adapter before a fresh platform, both in memory."""
    return case.wire.stage(case, {**case.routes, **(changes or {})})


def _before_a_site(case: Case, routes: Routes) -> Scene:
    site = Site(routes)
    egress = Egress(resolver=Names(dict(case.names)))
    http = Http(egress, transport=site, pause_s=0.0)
    tools = Tools(http=http, mail=cast("Any", None), now=lambda: NOW)
    return Scene(case.adapter(case.settings, case.secrets, tools), site)


def _named_hosts(case: Case) -> frozenset[str | None]:
    spec = case.adapter.spec
    defaults = [s.default for s in spec.settings if "://" in s.default]
    return frozenset(
        (*spec.api_hosts, *(Url(a).host for a in (*case.settings.values(), *defaults)))
    )


HTTP: Final[Wire] = Wire(_before_a_site, FAILURES, 4, THROTTLES, hang, _named_hosts)


def compose(locator: Locator, **changes: Any) -> Notice:
    notice = Notice(
        reference="EF-7K2M9Q",
        purpose=Purpose.FIRST,
        content_class=ContentClass.NCII,
        depicted_minor=False,
        synthetic=False,
        basis=Regime.TERMS,
        language="en",
        subject="Intimate images published without consent",
        text=f"Canary Text: published without consent.\n{locator.url}\nCanary Centre",
        summary="Published without consent.",
        sender=Sender(name="Canary Centre", email="canary@centre.example"),
        statements=(Statement("no_consent", "No consent was given.", "en"),),
        items=(Item("r1", locator),),
        composed_at=NOW,
    )
    return replace(notice, **changes)


def found(case: Case, address: str) -> Locator:
    locator = case.built().match(Url(address))
    assert locator is not None, f"{case.adapter.spec.name} does not match its own address"
    return locator


def thing(platform: str, key: str, url: str, kind: Kind = Kind.POST, **parts: str) -> Locator:
    return Locator(platform, kind, key, url, parts=parts)
