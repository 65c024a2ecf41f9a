"""A centre with the API in front of it: every role has a key, and there is a second centre.

No platform is called: `Example` stands for one, and the engine works only when a test says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, Self, cast
from uuid import UUID

import httpx
from litestar import Litestar

from adapters.base import Adapter
from adapters.form import Step, WebForm
from adapters.spec import (
    Ability,
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
    Secret,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from service.actions import organisations, poll_notice, send_notice, take_mail
from service.actions.context import Caller, Context, Platforms
from service.actions.queries import health
from service.api import application, front
from service.api.health import Health
from service.api.metrics import HERE, Metrics
from service.api.prometheus import Calls
from service.domain.pace import Pace
from service.domain.states import Actor
from service.engine.sequencer import number_events
from service.mailbox.inbox import Mail, Parcel
from service.store.ledger import Rules
from service.store.unit import Store, Unit, make_engine


@dataclasses.dataclass(frozen=True)
class Delivered:
    """A mailbox with one mail in it."""

    mail: bytes

    def fetch(self, uid_validity: int, after_uid: int) -> Parcel:
        return Parcel(1, (Mail(1, self.mail),), more=False)


HUMANS = (Actor.CASE_WORKER, Actor.SUPERVISOR, Actor.INTEGRATOR, Actor.AUDITOR, Actor.ADMIN)
FREE = Rate(float("inf"), in_flight=1000)
SOURCE = (Source("https://example.com/abuse", date(2026, 1, 1)),)


class Example(Adapter):
    """A platform with an interface, and a credential."""

    spec = Spec(
        name="example",
        title="Example",
        channel=Channel.API,
        hosts=("example.com",),
        api_hosts=("example.com",),
        classes=frozenset(ContentClass),
        carries=Carries(),
        can=frozenset({Ability.POLL, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        lane=FREE,
        discloses=(Field.URLS, Field.CENTRE_NAME, Field.CENTRE_EMAIL, Field.STATEMENTS),
        needs=(Secret("token", help="Settings, API"),),
        settings=(Setting("base_url", "The instance", "https://example.com"),),
        sources=SOURCE,
        samples=("https://example.com/1",),
    )

    def match(self, url: Url) -> Locator | None:
        if url.host != "example.com":
            return None
        final = not url.path.startswith("/short/")  # of the others only the network knows
        return Locator("example", Kind.POST, url.path, str(url), final)

    async def send(self, notice: Notice, key: Key) -> Receipt:
        return Receipt("their-1", Grade.ACCEPTED_BY_ADDRESSEE)

    async def poll(self, receipt: Receipt) -> Answers:
        return Answers()

    async def look(self, locator: Locator) -> Observation:
        return Observation(Seen.UP, "page", "html")


class Form(WebForm):
    """A platform with a form."""

    spec = Spec(
        name="form",
        title="Form",
        channel=Channel.FORM,
        hosts=("form.example",),
        api_hosts=(),
        classes=frozenset(ContentClass),
        carries=Carries(urls=10),
        can=frozenset(),
        perhaps_sent=Settle.NOBODY,
        lane=FREE,
        discloses=(Field.URLS, Field.CENTRE_NAME, Field.CENTRE_EMAIL),
        settings=(Setting("form_url", "The form", "https://form.example/report"),),
        sources=SOURCE,
        samples=("https://form.example/1",),
    )

    def match(self, url: Url) -> Locator | None:
        if url.host != "form.example":
            return None
        return Locator("form", Kind.POST, url.path, str(url))

    def steps(self, notice: Notice) -> tuple[Step, ...]:
        return tuple(Step("Link", item.locator.url, required=True) for item in notice.items)


CASE: Mapping[str, Any] = {
    "reference": "2026-0001",
    "depicted_as": "adult",
    "person_now": "adult",
    "jurisdictions": ["KR"],
    "class": "ncii",
    "mandate": {"kind": "self", "checked_how": "card"},
    "consent": [{"what": "removal", "given_by": "self", "given_how": "on paper"}],
}
PROFILE = {"legal_name": "Example Centre", "email": "notices@centre.example"}


def moved(app: Litestar, ctx: Context, is_healthy: Health) -> Litestar:
    """The same application in another house, since making its routes takes longer than most tests:
    all that knew the house before, or remembers its calls, is new.
    """
    calls = Calls()
    (gate,) = (each for each in app.middleware if isinstance(each, front.Gate))
    vars(gate).update(vars(front.Gate(ctx)))
    app.state.update({"health": is_healthy, "metrics": Metrics(ctx, is_healthy, calls, HERE)})
    assert isinstance(app.asgi_handler, front.Front)
    app.asgi_handler = front.Front(app.asgi_handler._app, calls)
    return app


def previewed(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of a preview, with the text of each notice put together."""
    for item in body["items"]:
        for notice in item.get("preview", {}).get("notices", ()):
            parts = (body["paragraphs"][number] for number in notice["paragraphs"])
            notice["text"] = "\n\n".join(parts)
    return list(body["items"])


class Centre:
    """One organisation: its keys by role."""

    def __init__(self, organisation_id: UUID, tokens: Mapping[Actor, str]) -> None:
        self.id = organisation_id
        self.tokens = tokens


class Ready(NamedTuple):
    """What many houses have in common: a database that has the two centres, their keys, an
    application.
    """

    database: str
    ours: Centre
    theirs: Centre
    app: Litestar


class House:
    """The API with two centres behind it. `now` can be moved by `ahead`.

    From what is `ready` it is made at once; two such houses cannot stand at the same time.
    """

    def __init__(self, store: Store, ready: Ready | None = None) -> None:
        self.ahead = timedelta()
        adapters = (Example, Form)
        specs = {cls.spec.name: cls.spec for cls in adapters}
        pace = dataclasses.replace(Pace(), undo=timedelta(), poll_first=timedelta())
        self.store = store
        self.ctx = Context(store, Rules(specs, pace), Platforms(adapters, None), self.now)
        self.ready = ready
        self.app = (
            moved(ready.app, self.ctx, self.readiness)
            if ready
            else application.make(self.ctx, self.readiness)
        )

    async def readiness(self) -> health.Readiness:
        return await health.readiness(self.ctx, timedelta(seconds=5))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def __aenter__(self) -> Self:
        self.ours = self.ready.ours if self.ready else await self.centre("Ours")
        self.theirs = self.ready.theirs if self.ready else await self.centre("Theirs")
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(cast("Any", self.app)), base_url="http://api.test"
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def centre(self, name: str, approval: str = "none") -> Centre:
        made = await organisations.make_organisation(
            self.ctx, name, approval=approval, profile=PROFILE
        )
        keys = {role: (await organisations.make_key(self.ctx, made, role)).token for role in HUMANS}
        return Centre(made, keys)

    async def lose_database(self, user: str = "nobody") -> None:
        """From now on nothing answers where the database was, at an address that names `user`."""
        await self.store.close()
        nowhere = make_engine(f"postgresql+asyncpg://{user}:{user}@127.0.0.1:1/{user}")
        vars(self.store).update(vars(Store(nowhere, self.store.vault, self.store.bell)))

    def caller(self, role: Actor = Actor.CASE_WORKER) -> Caller:
        return Caller(self.ours.id, self.ours.id, role)

    async def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        role: Actor | None = Actor.CASE_WORKER,
        centre: Centre | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        given = dict(headers or {})
        if role is not None:
            token = (centre or self.ours).tokens[role]
            given.setdefault("Authorization", f"Bearer {token}")
        if content is not None:
            given.setdefault("Content-Type", "application/json")
        address = path if path.startswith(("/health", "/metrics")) else "/api/v1" + path
        return await self.client.request(method, address, json=json, headers=given, content=content)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("GET", path, **more)

    async def post(self, path: str, json: Any = None, **more: Any) -> httpx.Response:
        return await self.call("POST", path, json, **more)

    async def case(self, reference: str = "2026-0001", **fields: Any) -> dict[str, Any]:
        """A case that may go ahead."""
        reply = await self.post("/cases", {**CASE, "reference": reference, **fields})
        assert reply.status_code in (200, 201), reply.text
        return dict(reply.json())

    async def takedown(self, case_id: str, url: str = "https://example.com/1") -> str:
        """One address of a case."""
        reply = await self.post("/takedowns", {"case_id": case_id, "items": [url]})
        assert reply.status_code == 202, reply.text
        return str(reply.json()["items"][0]["takedown_id"])

    async def letter(self) -> str:
        """A mail that came back on a form that was filed, and waits for a person."""
        case = await self.case("letters")
        await self.takedown(case["id"], "https://form.example/9")

        async def notice(u: Unit) -> Any:
            where = "SELECT id, reference FROM notices WHERE case_id = :id"
            return (await u.run(where, id=UUID(case["id"]))).one()

        asked = await self.store.read(notice)
        filed = {"notice_id": str(asked.id), "filed_at": self.now().isoformat()}
        assert (await self.post("/notices/filed", {"items": [filed]})).is_success
        mail = f"From: x@elsewhere.example\nSubject: [{asked.reference}]\n\nWho are you?\n".encode()
        await take_mail.look(self.ctx, Delivered(mail))

        async def letter(u: Unit) -> Any:
            return (await u.run("SELECT id FROM letters WHERE notice_id = :id", id=asked.id)).one()

        return str((await self.store.read(letter)).id)

    async def set_up(self, secret: str = "s3cret") -> None:
        """Give the example platform its credential."""
        reply = await self.call(
            "PUT",
            "/platforms/example/settings",
            {"secrets": {"token": secret}},
            role=Actor.ADMIN,
            headers={"If-Match": (await self.get("/platforms/example")).headers["etag"]},
        )
        assert reply.status_code == 200, reply.text

    async def work(self) -> None:
        """Send and poll what is due, and number the events."""
        lane = f"example/{self.ours.id}"
        started = await send_notice.start(self.ctx, lane, 50)
        results = [await send_notice.call(self.ctx, s) for s in started]
        await send_notice.record_results(self.ctx, results)
        asked = await poll_notice.take(self.ctx, lane, 50)
        await poll_notice.record_said(
            self.ctx, [await poll_notice.call(self.ctx, a) for a in asked]
        )
        await number_events(self.store)

    async def rows(self, *tables: str) -> dict[str, int]:
        """How many rows there are, by table."""

        async def count(u: Unit) -> dict[str, int]:
            return {
                t: (await u.run(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables or ALL
            }

        return await self.store.read(count)


ALL = (
    "organisations", "api_keys", "cases", "takedowns", "requests", "notices", "carried",
    "attempts", "clocks", "holds", "approvals", "observations", "answers", "entries", "events",
    "lanes", "letters", "platform_settings", "batches", "idempotency", "takes",
)  # fmt: skip
