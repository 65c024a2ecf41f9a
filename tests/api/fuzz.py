"""Strange calls that Schemathesis makes of the committed contract, and a house that answers."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.api import openapi
from service.api.application import declared
from service.api.guards import ROLES, Permission
from service.domain.states import Actor
from service.embedded.postgres import EmbeddedPostgres
from service.store.sealing import Vault
from service.store.unit import Store, make_engine
from tests.api.house import House
from tests.database import clone, drop

T = TypeVar("T")
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
PAGE: Final = json.loads(openapi.FILE.read_text())
OPERATIONS: Final = [(m, p, h.handler_name, h.opt["operation"]) for m, p, h in declared()]


class Running:
    """A house in a loop of its own, since Hypothesis calls from outside any loop."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.server = server

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def start(self) -> None:
        self.thread.start()
        self.database = self.do(clone(self.server))
        url = self.server.url("efface_app", self.database)
        self.store = Store(make_engine(url), Vault(os.urandom(32)))
        self.house = House(self.store)
        self.do(self.house.__aenter__())
        self.ids = self.do(self._fill())

    async def _fill(self) -> dict[str, str]:
        case = await self.house.case()
        urls = ["https://example.com/1", "https://form.example/1"]
        reply = await self.house.post("/takedowns", {"case_id": case["id"], "items": urls})
        takedown = reply.json()["items"][1]["takedown_id"]
        shown = (await self.house.get(f"/takedowns/{takedown}")).json()
        return {
            "case_id": case["id"],
            "takedown_id": takedown,
            "request_id": shown["requests"][0]["id"],
            "notice_id": shown["notices"][0]["id"],
            "todo_id": f"by_hand:{shown['notices'][0]['id']}",
            "letter_id": await self.house.letter(),
            "batch_id": reply.json()["batch_id"],
            "name": "example",
        }

    def stop(self) -> None:
        self.do(self.house.__aexit__())
        self.do(self.store.close())
        self.do(drop(self.server, self.database))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    def call(self, case: Any, role: Actor | None) -> httpx.Response:
        kwargs = case.as_transport_kwargs(base_url="http://api.test")
        headers = {k: v for k, v in dict(kwargs.get("headers") or {}).items() if v is not None}
        headers.pop("Authorization", None)
        if role is not None:
            headers["Authorization"] = f"Bearer {self.house.ours.tokens[role]}"
        content = kwargs.get("data")
        if "json" in kwargs:
            content = json.dumps(kwargs["json"]).encode()
            headers.setdefault("Content-Type", "application/json")
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogatepass")
        request = self.house.client.build_request(
            kwargs["method"],
            kwargs["url"],
            params=kwargs.get("params"),
            headers=headers,
            content=content if isinstance(content, bytes) else None,
        )
        return self.do(self.house.client.send(request))


@contextmanager
def running_on(server: EmbeddedPostgres) -> Iterator[Running]:
    """A house with a case, a takedown, a request and a notice."""
    made = Running(server)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def role_for(permission: Permission) -> Actor | None:
    if permission is Permission.PUBLIC:
        return None
    return Actor.SUPERVISOR if Actor.SUPERVISOR in ROLES[permission] else Actor.ADMIN


def with_ids(value: Any, ids: dict[str, str]) -> Any:
    """The same body, about things that are there."""
    if isinstance(value, dict):
        known = {k: v for k, v in ids.items() if k in value and k != "name"}
        return {k: with_ids(v, ids) for k, v in value.items()} | known
    if isinstance(value, list):
        return [with_ids(each, ids) for each in value]
    return value


@dataclass(frozen=True, slots=True)
class Way:
    """One operation, called as its contract allows, or against it."""

    method: str
    path: str
    name: str
    permission: Permission
    mode: GenerationMode

    def __str__(self) -> str:
        return f"{self.name}-{self.mode.value}"


WAYS: Final = tuple(
    Way(m, p, name, o.permission, mode)
    for m, p, name, o in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    # where nothing is sent, nothing can be wrong
    if o.permission is not Permission.PUBLIC or mode is GenerationMode.POSITIVE
)


def call_strangely(running: Running, way: Way, examples: int, *, same: bool = True) -> int:
    """Make so many calls, the `same` ones every time or others. Returns how many were made: fewer
    where there are fewer. Raises for the first answer that is a 5xx or not documented.
    """
    operation = schemathesis.openapi.from_dict(PAGE)[way.path][way.method]
    made = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=same,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=way.mode), real=st.booleans())
    def call(case: Any, real: bool) -> None:
        nonlocal made
        if real:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = running.ids.get(name, case.path_parameters[name])
            case.body = with_ids(case.body, running.ids)
        reply = running.call(case, role_for(way.permission))
        made += 1
        case.validate_response(reply, checks=CHECKS)

    call()
    return made
