"""A small good platform that does everything, for the suite's own test. It keeps every rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from adapters.errors import AlreadyReported, ContentGone, NotSent, PlatformError, Uncertain
from adapters.http import Api, Json, ask, cannot_see
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
    Secret,
    Seen,
    Settle,
    Source,
    Spec,
    Url,
)
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import told

API = "https://api.host.example"
REPORT = f"POST {API}/reports"


class Example(Api):
    spec = Spec(
        name="example",
        title="Example",
        channel=Channel.API,
        hosts=("host.example",),
        api_hosts=("api.host.example",),
        classes=frozenset({ContentClass.NCII}),
        carries=Carries(),
        can=frozenset(Ability),
        perhaps_sent=Settle.LOOK_UP,
        lane=Rate(per_minute=30),
        needs=(Secret("password", help="Any"),),
        discloses=(Field.URLS,),
        sources=(Source("https://host.example/api", date(2026, 11, 22)),),
        samples=("https://host.example/p/1", "https://host.example/s/short"),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "duplicate_report": AlreadyReported,
        "http_410": ContentGone,
    }

    def match(self, url: Url) -> Locator | None:
        try:
            if url.host != "host.example" or url.scheme != "https" or not url.is_default_port():
                return None
            match url.path.split("/"):
                case ["", "p", number] if number.isascii() and number.isdigit():
                    return post(number)
                case ["", "s", "short"]:
                    short = "https://host.example/s/short"
                    return Locator("example", Kind.POST, "s/short", short, final=False)
        except ValueError:
            pass
        return None

    async def resolve(self, locator: Locator) -> Locator:
        if locator.final:
            return locator
        found = await self.call("GET", f"{API}/short", write=False, params={"of": locator.key})
        return post(_text(found, "number"))

    async def send(self, notice: Notice, key: Key) -> Receipt:
        body = {"url": notice.items[0].locator.url, "words": f"{notice.text} {notice.reference}"}
        reported = await self.call_signed_in("POST", f"{API}/reports", write=True, json=body)
        number = reported.get("id") if isinstance(reported, dict) else None
        if not isinstance(number, str):
            raise Uncertain("unreadable")
        return Receipt(number, Grade.ACKNOWLEDGED)

    async def find(self, notice: Notice, key: Key) -> Receipt | None:
        asked = {"reference": notice.reference}
        found = await self.call_signed_in("GET", f"{API}/mine", write=False, params=asked)
        number = _text(found, "id")
        return None if number == "none" else Receipt(number, Grade.ACKNOWLEDGED)

    async def poll(self, receipt: Receipt) -> Answers:
        state = _text(await self.call_signed_in("GET", f"{API}/state", write=False), "state")
        kind = {"removed": AnswerKind.SAYS_REMOVED, "kept": AnswerKind.REFUSED}.get(state)
        answer = Answer(Scope.THESE, kind or AnswerKind.UNSPECIFIED, status=state)
        return Answers((answer,), ended=kind is not None)

    async def look(self, locator: Locator) -> Observation:
        try:
            reply = await ask(self, f"{API}/post", params={"id": locator.key})
        except PlatformError as failure:
            return cannot_see(failure)
        seen = reply.json()
        if reply.status == 404 and seen == {"error": "gone"}:
            return Observation(Seen.GONE, "gone", "api", proof=True)
        if reply.status == 200 and isinstance(seen, dict) and seen.get("id"):
            return Observation(Seen.UP, "http_200", "api", proof=True)
        return Observation(Seen.CANNOT_SEE, f"http_{reply.status}", "api")

    async def sign_in(self) -> Mapping[str, str]:
        login = {"password": self.secrets["password"]}
        session = await self.call("POST", f"{API}/session", write=False, json=login)
        return {"Authorization": f"Bearer {_text(session, 'token')}"}


def post(number: str) -> Locator:
    return thing("example", f"p/{number}", f"https://host.example/p/{number}")


def _text(words: Json, name: str) -> str:
    value = words.get(name) if isinstance(words, dict) else None
    if not isinstance(value, str):
        raise NotSent("unreadable")
    return value


CASE = Case(
    adapter=Example,
    secrets={"password": "canary-password"},
    routes={
        f"POST {API}/session": told({"token": "token-of-the-session"}),
        REPORT: told({"id": "r7"}),
        f"GET {API}/short": told({"number": "1"}),
        f"GET {API}/mine": told({"id": "r7"}),
        f"GET {API}/state": told({"state": "open"}),
        f"GET {API}/post": told({"id": "p/1"}),
    },
    others=("https://host.example/", "https://host.example:444/p/1"),
    report=REPORT,
    locator=post("1"),
    receipt=Receipt("r7", Grade.ACKNOWLEDGED),
    refusals=((told({"error": "duplicate_report"}, 400), AlreadyReported),),
    polls=(
        ({}, (AnswerKind.UNSPECIFIED,), False),
        ({f"GET {API}/state": told({"state": "removed"})}, (AnswerKind.SAYS_REMOVED,), True),
    ),
    unknown={f"GET {API}/state": told({"state": "sent to the moon"})},
    absent=({f"GET {API}/mine": told({"id": "none"})},),
    looks=(
        (post("1"), {}, Seen.UP),
        (post("1"), {f"GET {API}/post": told({"error": "gone"}, 404)}, Seen.GONE),
    ),
    resolves=(("https://host.example/s/short", "p/1"),),
    marks=("token-of-the-session", "p/1"),
)
__all__ = ["API", "CASE", "REPORT", "Example", "post"]
