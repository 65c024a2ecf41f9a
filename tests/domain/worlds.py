"""Small worlds for tests of the rules: a case, desks of every kind, and time that tests move.

`Play` holds one `World` as if every transaction had locked everything. Builders state only what
matters.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adapters.spec import (
    Ability,
    AnswerKind,
    Carries,
    Channel,
    ContentClass,
    Every,
    Field,
    Kind,
    Purpose,
    Rate,
    Regime,
    Settle,
    Source,
    Spec,
)
from service.domain import follow, ids
from service.domain.pace import Pace
from service.domain.states import Actor, Event, Machine, NoticeState, RequestState
from service.domain.world import (
    Carried,
    Case,
    Clock,
    Move,
    Notice,
    Request,
    Row,
    Takedown,
    World,
)

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORGANISATION: Final = UUID(int=1)


def spec(name: str, **changes: Any) -> Spec:
    """A platform with an API that can be polled, looked at and reminded."""
    plain = Spec(
        name=name,
        title=name.title(),
        channel=Channel.API,
        hosts=(f"{name}.example",),
        api_hosts=(f"{name}.example",),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1),
        can=frozenset({Ability.POLL, Ability.LOOK, Ability.FIND}),
        perhaps_sent=Settle.LOOK_UP,
        lane=Rate(per_minute=60),
        discloses=(Field.CENTRE_NAME, Field.CENTRE_EMAIL, Field.URLS),
        sources=(Source("https://api.example/", date(2026, 11, 22)),),
        samples=(),
        remind=Every(hours=24),
        purposes=frozenset({Purpose.FIRST, Purpose.REMINDER, Purpose.RETRACTION}),
    )
    return replace(plain, **changes)


SPECS: Final = {
    s.name: s
    for s in (
        spec("video"),
        spec("keyed", perhaps_sent=Settle.SAME_KEY),
        spec(
            "mailed",
            channel=Channel.MAIL,
            gathers=True,
            carries=Carries(urls=3),
            can=frozenset({Ability.LOOK}),
            perhaps_sent=Settle.RECEIPT,
        ),
        spec("hosting", gathers=True, carries=Carries(urls=3, same_host=True)),
        spec(
            "form",
            channel=Channel.FORM,
            can=frozenset(),
            perhaps_sent=Settle.NOBODY,
            remind=None,
            purposes=frozenset({Purpose.FIRST}),
        ),
    )
}
PACE: Final = Pace()


class Play:
    """One world and the shortest words for what happens in it."""

    def __init__(self, pace: Pace = PACE) -> None:
        self.world = World(NOW, pace, SPECS)

    @property
    def now(self) -> datetime:
        return self.world.now

    def later(self, **by: float) -> None:
        self.world.now += timedelta(**by)

    def case(self, **changes: Any) -> Case:
        plain = Case(
            ids.new_id(), ORGANISATION, jurisdictions=("KR",), minor=False, answer_days=7.0,
            removal_days=None,
        )  # fmt: skip
        made = replace(plain, **changes)
        self.world.cases[made.id] = made
        return made

    def takedown(self, case: Case | None = None, **changes: Any) -> Takedown:
        """Accepted, its address known, and not yet opened or held."""
        case = case or self.case()
        made = Takedown(
            id=ids.new_id(),
            organisation_id=ORGANISATION,
            case_id=case.id,
            kind=Kind.POST,
            content_class=ContentClass.NCII,
            urgent=False,
            platform="video",
            locator_mac=ids.new_id().bytes,
            created_at=self.now,
        )
        made = replace(made, **changes)
        self.world.add(made)
        self.does(made, Event.ACCEPT, Actor.CASE_WORKER)
        return made

    def opened(self, case: Case | None = None, **changes: Any) -> Takedown:
        made = self.takedown(case, **changes)
        self.does(made, Event.RESOLVED)
        return made

    def asked(self, case: Case | None = None, **changes: Any) -> Takedown:
        """Open, and its first notice has arrived."""
        made = self.opened(case, **changes)
        self.arrives(self.notice(self.request(made)))
        return made

    def does(
        self,
        row: Row,
        event: Event,
        by: Actor = Actor.ENGINE,
        reason: str | None = None,
        **more: Any,
    ) -> bool:
        """Apply one move with all that follows. False when the tables refuse it."""
        at = more.pop("at", self.now)
        refused = len(self.world.refused)
        move = Move(follow.machine_of(row), row.id, event, by, at, reason, **more)
        follow.apply(self.world, [move])
        return not any(m is move for m, _ in self.world.refused[refused:])

    def arrives(self, notice: Notice, at: datetime | None = None) -> None:
        """Started, called, accepted."""
        self.start(notice)
        self.does(notice, Event.ACCEPTED, at=at or self.now)

    def start(self, notice: Notice) -> None:
        notice.tries += 1
        notice.attempt_id = ids.new_id()
        notice.lease_until = self.now + self.world.pace.lease
        self.does(notice, Event.START)

    def hold(self, takedown: Takedown, kind: str = "safety") -> None:
        self.world.held[takedown.id].add(kind)
        self.does(takedown, Event.HOLD, Actor.CASE_WORKER, kind)

    def release(self, takedown: Takedown, kind: str = "safety") -> None:
        self.world.held[takedown.id].discard(kind)
        self.does(takedown, follow.release_event(takedown), Actor.CASE_WORKER, kind)

    def withdraw(self, takedown: Takedown, reason: str) -> None:
        self.world.held[takedown.id].clear()
        self.does(takedown, Event.WITHDRAW, Actor.CASE_WORKER, reason)

    def request(self, takedown: Takedown) -> Request:
        """The one request of its present round."""
        (only,) = self.world.requests_of(takedown)
        return only

    def notice(self, request: Request, purpose: Purpose = Purpose.FIRST) -> Notice:
        """The newest notice of this purpose that carries it."""
        found = self.notices(request, purpose)
        assert found, f"no {purpose.value} notice carries it"
        return found[-1]

    def notices(self, request: Request, purpose: Purpose = Purpose.FIRST) -> list[Notice]:
        found = self.world.notices_of(request, tuple(NoticeState))
        return [n for n in found if n.purpose is purpose]

    def clocks(self, request: Request) -> list[Clock]:
        return self.world.clocks_by_request[request.id]

    def link(self, notice: Notice, request: Request) -> Carried:
        return self.world.carried[notice.id, request.id]

    def says(self, notice: Notice, request: Request, kind: AnswerKind) -> None:
        """What the receipt says at once about one carried request."""
        self.link(notice, request).outcome = kind

    @property
    def told(self) -> list[Event]:
        return [t.event for t in self.world.told]


def row(
    machine: Machine, state: RequestState | NoticeState | None = None, **changes: Any
) -> Request | Notice:
    """A request or a notice that belongs to nothing, for tests of one function."""
    if machine is Machine.REQUEST:
        made: Request | Notice = Request(
            id=ids.new_id(), organisation_id=ORGANISATION, case_id=UUID(int=2),
            takedown_id=UUID(int=3), addressee="video", basis=Regime.TERMS, rung=1, round=1,
            locator_mac=b"", created_at=NOW,
        )  # fmt: skip
    else:
        made = Notice(
            id=ids.new_id(), organisation_id=ORGANISATION, case_id=UUID(int=2), addressee="video",
            purpose=Purpose.FIRST, basis=Regime.TERMS, lane="video/1", reference="EF-1",
            created_at=NOW, due_at=NOW, priority=2,
        )  # fmt: skip
    made = replace(made, **changes)
    made.state = state
    return made
