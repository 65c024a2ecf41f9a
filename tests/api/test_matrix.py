"""Role x route x ownership, made from the routes themselves: a route without a cell fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest
from litestar import Litestar, get

from service.actions.queries import health
from service.api import application, guards
from service.api.application import Undeclared, declared
from service.api.guards import ROLES, SCOPES, Permission
from service.api.routes import Operation
from service.domain.states import Actor
from tests.api.house import CASE, HUMANS, House

W, S, X, U, D = (
    Actor.CASE_WORKER, Actor.SUPERVISOR, Actor.INTEGRATOR, Actor.AUDITOR, Actor.ADMIN,
)  # fmt: skip
WORKERS, CASES, ALL = {W, S}, {W, S, X}, {W, S, X, U, D}
NOW = "2026-11-22T09:30:00Z"

EXPECTED: Final[Mapping[str, set[Actor]]] = {
    "open_case": CASES,
    "list_cases": CASES,
    "read_case": CASES,
    "change_case": CASES,
    "add_consent": CASES,
    "pause_case": CASES,
    "resume_case": WORKERS,
    "close_case": CASES,
    "reopen_case": CASES,
    "summarise_case": CASES,
    "read_disclosures": CASES,
    "submit": CASES,
    "preview": CASES,
    "approve": WORKERS,
    "list_takedowns": CASES,
    "search": WORKERS,
    "read_takedown": CASES,
    "read_timeline": CASES | {U},
    "withdraw": CASES,
    "recheck": CASES,
    "hold": CASES,
    "release": WORKERS,
    "observe": CASES,
    "read_batch": CASES,
    "read_request": CASES,
    "reply_to_question": WORKERS,
    "ask_to_preserve": WORKERS,
    "record_answer": WORKERS,
    "read_notice": CASES,
    "record_filed": WORKERS,
    "read_letter": CASES,
    "decide_letter": WORKERS,
    "decide_notices": WORKERS,
    "list_todo": CASES,
    "take_todo": CASES,
    "return_todo": CASES,
    "list_events": CASES | {U},
    "read_compliance": {U, S, D},
    "list_platforms": ALL,
    "read_platform": ALL,
    "set_platform": {D},
    "read_organisation": ALL,
    "change_organisation": {D},
    "list_keys": {D},
    "make_key": {D},
    "revoke_key": {D},
}
"""Written down a second time on purpose: a change of the table must be meant."""
PUBLIC: Final = {"live", "ready", "read_contract", "read_metrics"}
ROUTES: Final = [(method, path, handler) for method, path, handler in declared()]


def body_of(name: str, ids: Mapping[str, str]) -> Any:
    """A body that would be taken, about a thing of the centre whose ids these are."""
    one = {"case_id": ids["case_id"], "items": ["https://example.com/new"]}
    return {
        "open_case": {**CASE, "reference": "matrix"},
        "change_case": {"urgent": True},
        "add_consent": {"what": "x", "given_by": "self", "given_how": "x"},
        "pause_case": {},
        "resume_case": {},
        "reopen_case": {},
        "submit": one,
        "preview": one,
        "approve": {"items": [{"takedown_id": ids["takedown_id"], "digest": "0" * 64}]},
        "search": {"url": "https://example.com/1", "reason": "x"},
        "withdraw": {"reason": "other"},
        "hold": {"kind": "safety"},
        "release": {"kind": "safety"},
        "observe": {"seen": "up", "seen_at": NOW},
        "record_answer": {"request_ids": [ids["request_id"]], "answer": "refused"},
        "reply_to_question": {"words": "Yes."},
        "record_filed": {"items": [{"notice_id": ids["notice_id"], "filed_at": NOW}]},
        "decide_notices": {"items": [{"notice_id": ids["notice_id"], "decision": "cancel"}]},
        "decide_letter": {"answer": "refused"},
        "set_platform": {},
        "change_organisation": {"approval": "none"},
        "make_key": {"role": "auditor"},
    }.get(name)


async def ids_of(house: House) -> dict[str, str]:
    """One of everything, of our own centre."""
    case = await house.case("r-1")
    reply = await house.post(
        "/takedowns",
        {"case_id": case["id"], "items": ["https://example.com/1", "https://form.example/1"]},
    )
    takedown = reply.json()["items"][1]["takedown_id"]
    shown = (await house.get(f"/takedowns/{takedown}")).json()
    key = await house.post("/keys", {"role": "auditor"}, role=D)
    return {
        "case_id": case["id"],
        "takedown_id": takedown,
        "request_id": shown["requests"][0]["id"],
        "notice_id": shown["notices"][0]["id"],
        "todo_id": f"by_hand:{shown['notices'][0]['id']}",
        "letter_id": await house.letter(),
        "batch_id": reply.json()["batch_id"],
        "key_id": key.json()["id"],
        "name": "example",
    }


def test_every_route_has_its_cell() -> None:
    names = {handler.handler_name for _, _, handler in ROUTES}

    assert names == set(EXPECTED) | PUBLIC


@pytest.mark.parametrize("role", HUMANS)
async def test_what_a_role_may_and_may_not(house: House, role: Actor) -> None:
    ids = await ids_of(house)
    leaks = []

    for method, path, handler in ROUTES:
        name = handler.handler_name
        if name in PUBLIC:
            continue
        address = path.removeprefix("/api/v1").format(**ids)
        headers = {"If-Match": '"99.0123456789abcdef"'} if method in ("PATCH", "PUT") else {}
        reply = await house.call(method, address, body_of(name, ids), role=role, headers=headers)
        refused = reply.status_code == 403 and "which this key's role" in reply.json()["detail"]
        if refused is (role in EXPECTED[name]):
            leaks.append((name, reply.status_code))

    assert leaks == []


@pytest.mark.parametrize("role", HUMANS)
async def test_what_is_anothers_is_not_there(house: House, role: Actor) -> None:
    ids = await ids_of(house)
    before = await house.rows("cases", "takedowns", "requests", "notices", "holds", "answers",
                              "observations", "approvals", "batches", "attempts",
                              "letters")  # fmt: skip
    marks = [v for k, v in ids.items() if k != "name"]
    leaks = []

    for method, path, handler in ROUTES:
        name = handler.handler_name
        if name in PUBLIC or name in ("open_case", "make_key"):
            continue
        address = path.removeprefix("/api/v1").format(**ids)
        own = "{" not in path or "{name}" in path
        body = body_of(name, ids)
        headers = {"If-Match": '"99.0123456789abcdef"'} if method in ("PATCH", "PUT") else {}
        reply = await house.call(method, address, body, role=role, headers=headers,
                                 centre=house.theirs)  # fmt: skip
        allowed = {403, 404} if not own else {200, 400, 403, 404, 412}
        seen = [] if name in ("approve", "record_filed", "decide_notices") else marks
        told = any(mark in reply.text for mark in seen) or "example.com/1" in reply.text
        if reply.status_code not in allowed or told:
            leaks.append((name, reply.status_code))
        if name in ("approve", "record_filed", "decide_notices") and reply.status_code == 200:
            assert reply.json()["items"][0]["problem"]["code"] == "not_found"

    assert leaks == []
    after = await house.rows(*before)
    assert after == before


async def test_without_a_key_there_is_nothing_but_life_and_the_contract(house: House) -> None:
    ids = await ids_of(house)

    for method, path, handler in ROUTES:
        address = path.removeprefix("/api/v1").format(**ids)
        reply = await house.call(method, address, role=None)
        public = handler.handler_name in PUBLIC
        assert (reply.status_code == 401) is not public, path


def test_a_route_without_a_permission_does_not_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    @get("/open-door")
    async def open_door() -> None: ...

    monkeypatch.setattr(application, "UNVERSIONED", (open_door,))

    with pytest.raises(Undeclared):
        application.make(house.ctx, lambda: health.readiness(house.ctx, None))  # type: ignore[arg-type]


def test_what_is_served_is_what_is_declared(house: House) -> None:
    assert isinstance(house.app, Litestar)
    served = {(m, p, h.handler_name) for m, p, h in application.served(house.app)}

    assert served == {(m, p, h.handler_name) for m, p, h in ROUTES}


def test_the_table_speaks_of_people_only() -> None:
    assert set(ROLES) == set(Permission) - {Permission.PUBLIC}
    assert all(roles <= set(HUMANS) for roles in ROLES.values())
    assert set(SCOPES) == {p.value for p in ROLES}
    for _, _, handler in ROUTES:
        operation: Operation = handler.opt["operation"]
        expected = EXPECTED.get(handler.handler_name, set())
        assert guards.ROLES.get(operation.permission, frozenset()) == expected


def test_a_machine_approves_attests_releases_and_decides_nothing() -> None:
    mine = {name for name, roles in EXPECTED.items() if X in roles}

    assert not mine & {"approve", "release", "resume_case", "decide_notices", "record_filed",
                       "record_answer", "reply_to_question", "search"}  # fmt: skip


def test_an_admin_reads_no_case_and_an_auditor_no_address() -> None:
    assert {n for n, roles in EXPECTED.items() if D in roles} == {
        "list_platforms", "read_platform", "set_platform", "read_organisation",
        "change_organisation", "list_keys", "make_key", "revoke_key", "read_compliance",
    }  # fmt: skip
    assert {n for n, roles in EXPECTED.items() if U in roles} == {
        "read_timeline", "list_events", "list_platforms", "read_platform", "read_organisation",
        "read_compliance",
    }  # fmt: skip
