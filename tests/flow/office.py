"""A centre at work: real Postgres, real sockets to practice platforms, the engine's own jobs.

Stories are told with it: `async with Office(...) as office`, addresses in, time forward, states
out.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from structlog.testing import capture_logs

from adapters.base import Adapter, Tools
from adapters.dial import Dial, nowhere
from adapters.egress import Egress
from adapters.http import Http
from adapters.mail import Mail
from adapters.registry import ADAPTERS
from adapters.spec import Answer, AnswerKind, Rate, Scope, Seen, Spec
from service.actions import (
    accept_items,
    answering,
    by_hand,
    cases,
    look_at,
    organisations,
    platforms,
    takedowns,
)
from service.actions.accept_items import Line, Result
from service.actions.by_hand import Decision, Done, Filing
from service.actions.context import Caller, Context, Platforms, Vantage
from service.actions.holding import NewHold
from service.actions.matters import OpenCase
from service.actions.queries import takedowns as queries
from service.actions.queries import todo
from service.domain.pace import Pace
from service.domain.states import Actor
from service.engine.jobs import Jobs
from service.engine.sequencer import number_events
from service.engine.sweep import sweep
from service.playground.serve import Playground
from service.store.ledger import Rules
from service.store.unit import Silent, Store
from tests.flow.record import Record

UNLIMITED = Rate(per_minute=float("inf"), in_flight=1000)
SLOTS = 64
ROUNDS = 8  # of sweep and work: more would be a loop
DEADLOCK = "40P01"
SITE = "https://video.practice.test"
PROFILE = {
    "legal_name": "Example Centre",
    "email": "notices@centre.example",
    "address": "1 Example Road",
    "signatory": "Example Centre, legal desk",
}
STATEMENTS = [
    {"kind": "good_faith", "words": "We believe in good faith that this is accurate."},
    {"kind": "no_consent", "words": "The person shown did not consent."},
    {"kind": "authority", "words": "We act with the authority of the person shown."},
]
CASE: Mapping[str, Any] = {
    "depicted_as": "adult",
    "person_now": "adult",
    "jurisdictions": ["KR"],
    "content_class": "ncii",
    "synthetic": "real",
    "urgent": False,
    "mandate": {"kind": "centre_by_law"},
    "consent": [],
    "statements": [{**s, "language": "en"} for s in STATEMENTS],
}
PRACTICE_ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "peertube": {"username": "practice-centre", "password": "practice-password"},
    "bluesky": {"identifier": "practice-centre", "password": "practice-password"},
    "telegram": {},
    "x": {},
}


class Time:
    """A clock that tests move. It starts at the real time, as sockets and databases have it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        self.ahead += timedelta(**by)


class Office(Record):
    """One organisation with its case workers, and an engine that works when it is told to.

    Nothing waits for a person to change their mind unless `pace` says so, and lanes are unlimited.
    """

    def __init__(
        self,
        store: Store,
        *,
        adapters: Sequence[type[Adapter]] = (),
        playground: Playground | None = None,
        pace: Mapping[str, timedelta] | None = None,
        approval: str = "none",
        name: str = "Example Centre",
        afar: Http | None = None,
        here: Http | None = None,
        relay_port: int | None = None,
        dial: Dial = nowhere,
    ) -> None:
        self.time = Time()
        self._dial = dial
        self._here, self._relay_port = here, relay_port  # else loopback, and no relay
        self._afar = afar  # reaches platforms from a second place, in Germany
        super().__init__(store)
        self.approval, self.name = approval, name
        self._playground = playground
        self._clashes: list[str] = []
        event.listen(store.engine.sync_engine, "handle_error", self._note_clash)
        self._adapters = (*(ADAPTERS if playground else ()), *adapters)
        self.specs: dict[str, Spec] = {
            a.spec.name: dataclasses.replace(a.spec, lane=UNLIMITED) for a in self._adapters
        }
        quick = {"undo": timedelta(), "poll_first": timedelta(seconds=1)}
        self.pace = dataclasses.replace(Pace(), **{**quick, **(pace or {})})

    @property
    def playground(self) -> Playground:
        """The practice platforms of this story."""
        assert self._playground is not None, "this story has no playground"
        return self._playground

    async def __aenter__(self) -> Self:
        loopback = Egress(allow_cidrs=("127.0.0.0/8", "::1/128"))
        self.http = self._here or Http(loopback, timeout_s=2)
        at = self._playground.addresses if self._playground else None
        mail = Mail(
            host=at.smtp_host if at else "127.0.0.1",
            port=at.smtp_port if at else self._relay_port or 1,
            tls="none",
            timeout_s=1,
        )
        tools = Tools(self.http, mail, self.time, self._dial)
        afar = None
        if self._afar is not None:
            afar = Vantage(dataclasses.replace(tools, http=self._afar), "DE")
        desks = Platforms(self._adapters, tools, afar)
        self.ctx = Context(self.store, Rules(self.specs, self.pace), desks, self.time)
        self.jobs = Jobs(self.ctx, SLOTS, Silent())
        self.organisation = await organisations.make_organisation(
            self.ctx, self.name, approval=self.approval, profile=PROFILE
        )
        self.worker = await self.key(Actor.CASE_WORKER)
        self.supervisor = await self.key(Actor.SUPERVISOR)
        self.admin = await self.key(Actor.ADMIN)
        if self._playground:
            for name, settings in _settings(self._playground).items():
                await self.platform(name, settings, PRACTICE_ACCOUNTS[name])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.jobs.drain(10)
        await self.http.aclose()
        event.remove(self.store.engine.sync_engine, "handle_error", self._note_clash)
        assert not self._clashes, "rows are locked in one order, so nothing may deadlock"

    def _note_clash(self, context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == DEADLOCK:
            self._clashes.append(str(context.statement))

    async def key(self, role: Actor) -> Caller:
        made = await organisations.make_key(self.ctx, self.organisation, role)
        return (await organisations.identify(self.ctx, made.token)).caller

    async def targets(self, **days: float) -> None:
        """The centre's own targets: `answer_days`, `removal_days`."""
        row = await organisations.read_organisation(self.ctx, self.supervisor)
        await organisations.change_organisation(self.ctx, self.supervisor, row.version, days)

    async def platform(
        self,
        name: str,
        settings: Mapping[str, str],
        secrets: Mapping[str, str],
        *,
        enabled: bool = True,
    ) -> None:
        """Set one platform up, or switch it off, as an admin does."""
        rows = await self.rows("SELECT version FROM platform_settings WHERE platform = :n", n=name)
        version = rows[0].version if rows else 0
        await platforms.change(
            self.ctx, self.admin, name, version, settings, secrets, enabled=enabled
        )

    async def switch(self, name: str, *, on: bool) -> None:
        """Switch one platform on or off, as an admin does."""
        desk, _ = await platforms.one(self.ctx, self.admin, name)
        await platforms.change(self.ctx, self.admin, name, desk.version, {}, {}, enabled=on)

    # What people do

    async def case(self, reference: str = "ref-1", **changes: Any) -> OpenCase:
        case, _ = await cases.open_or_find(self.ctx, self.worker, reference, {**CASE, **changes})
        return case

    async def hand_in(self, case: OpenCase, *urls: str | Line) -> list[Result]:
        lines = [u if isinstance(u, Line) else Line(u) for u in urls]
        _, results = await accept_items.accept_items(self.ctx, self.worker, case.id, lines)
        return results

    async def take_in(self, case: OpenCase, *urls: str | Line) -> list[UUID]:
        """The same, when only the takedowns matter."""
        return [r.takedown_id for r in await self.hand_in(case, *urls) if r.takedown_id]

    async def answer(
        self,
        notice: Any,
        kind: AnswerKind,
        *requests: Any,
        scope: Scope | None = None,
        said_at: datetime | None = None,
    ) -> Mapping[str, Any]:
        """Enter what they answered to a notice, about all it carries or about some requests."""
        scope = scope or (Scope.THESE if requests else Scope.ALL)
        return await answering.record_answer(
            self.ctx,
            self.worker,
            notice_id=notice.id,
            request_ids=[r.id for r in requests],
            answer=Answer(scope, kind, said_at=said_at or self.time()),
            how="by mail",
        )

    async def decide(
        self, notice: Any, decision: str, *, by: Caller | None = None, at: datetime | None = None
    ) -> Done:
        made = Decision(notice.id, decision, "as the mail server says", at)
        return (await by_hand.decide(self.ctx, by or self.worker, [made]))[0]

    async def file(self, notice: Any, *, at: datetime | None = None) -> Done:
        filing = Filing(notice.id, at or self.time(), "their number 7")
        return (await by_hand.filed(self.ctx, self.worker, [filing]))[0]

    async def see(self, takedown: UUID, seen: Seen, how: str = "in the app") -> None:
        await look_at.observe(self.ctx, self.worker, takedown, seen, self.time(), how)

    async def approve(self, takedown: UUID) -> None:
        """Say yes to exactly what is shown."""
        shown = (await queries.one(self.ctx, self.supervisor, takedown))["preview"]
        wanted = [(takedown, bytes.fromhex(shown["digest"]))]
        (done,) = await takedowns.approve(self.ctx, self.supervisor, wanted)
        assert done.status == "approved", done

    async def withdraw(self, takedown: UUID, reason: str, *, by: Caller | None = None) -> None:
        await takedowns.withdraw(self.ctx, by or self.worker, takedown, reason)

    async def hold(self, takedown: UUID, hold: NewHold, *, by: Caller | None = None) -> None:
        await takedowns.hold(self.ctx, by or self.supervisor, takedown, hold)

    async def release(self, takedown: UUID, kind: str, *, by: Caller | None = None) -> None:
        await takedowns.release(self.ctx, by or self.supervisor, takedown, kind)

    async def consent(self, case: OpenCase, **grant: Any) -> None:
        """Add a grant; `until`, `from` and `withdrawn_at` are times."""
        values = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in grant.items()}
        await cases.add_consent(self.ctx, self.worker, case.id, values)

    # What time brings

    async def work(self, *kinds: str) -> None:
        """Sweep and do what is due, until nothing is. An error that is only logged fails too."""
        with capture_logs() as lines:
            for _ in range(ROUNDS):
                rings = {r for r in await sweep(self.ctx) if not kinds or r[0] in kinds}
                out = set(self.jobs._calls)
                made = await asyncio.gather(*(self.jobs.run(*ring) for ring in sorted(rings)))
                while more := {*self.jobs._calls, *self.jobs._at_work.values()} - out:
                    await asyncio.wait(more)  # what waited for one of these calls to end
                if not sum(made):
                    break
        failed = [line for line in lines if line["log_level"] in ("error", "critical")]
        assert not failed, failed
        await number_events(self.store)

    async def later(self, *, work: bool = True, **by: float) -> None:
        """Let time pass, here and at the practice platforms, and do what it brings."""
        self.time.forward(**by)
        if self._playground:
            self._playground.world.clock.forward(timedelta(**by).total_seconds())
        if work:
            await self.work()

    async def days(self, count: int) -> None:
        """Let days pass one by one, working on each."""
        for _ in range(count):
            await self.later(days=1)

    async def until(self, met: Callable[[], Awaitable[bool]], within_s: float = 10) -> None:
        """Wait in real time."""
        end = asyncio.get_running_loop().time() + within_s
        while not await met():
            assert asyncio.get_running_loop().time() < end, "it never came"
            await asyncio.sleep(0.02)

    async def todo(self) -> dict[str, list[str]]:
        """What waits for a person: subjects by kind, most urgent first."""
        lines, _ = await todo.page(self.ctx, self.supervisor, None, 500, None)
        waiting: dict[str, list[str]] = {}
        for line in lines:
            waiting.setdefault(line["kind"], []).append(line["id"].partition(":")[2])
        return waiting


def _settings(playground: Playground) -> dict[str, dict[str, str]]:
    at = playground.addresses
    return {
        "peertube": {"base_url": at.peertube_url, "site_url": SITE},
        "bluesky": {"pds_url": at.pds_url, "appview_url": at.appview_url},
        "telegram": {"embed_url": at.embed_url},
        "x": {"oembed_url": at.oembed_url, "short_url": at.short_url},
    }
