"""Every failure is a problem of one shape, and tells nothing that was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from litestar.exceptions import HTTPException, MethodNotAllowedException

from service.api import problems
from service.domain import errors
from service.domain.errors import Problem
from service.domain.states import Actor, Event, IllegalMove, NoticeState
from service.store.unit import DatabaseAway
from tests.api.house import House


def classes(of: type[Problem] = Problem) -> Iterator[type[Problem]]:
    yield of
    for each in of.__subclasses__():
        yield from classes(each)


@pytest.mark.parametrize("problem", list(classes()))
def test_every_class_is_rendered_the_same_way(problem: type[Problem]) -> None:
    made = problems.response(problem("Do this.", errors=[{"pointer": "#/a", "code": "b"}]))

    body = json.loads(made.content)
    assert (made.status_code, made.media_type) == (problem.status, "application/problem+json")
    assert set(body) == {"type", "title", "status", "code", "detail", "errors"}
    assert body["type"].endswith(problem.code)
    assert (body["status"], body["code"]) == (problem.status, problem.code)
    assert problem.title[0].isupper()
    assert problem.code.replace("_", "").isalpha()
    assert made.content.decode().isascii()


def test_every_code_is_used_once() -> None:
    codes = [problem.code for problem in classes()]

    assert len(codes) == len(set(codes))
    assert errors.Problem in set(classes())


def test_what_is_not_known_tells_nothing() -> None:
    for error in (RuntimeError("c4n4ry"), HTTPException("c4n4ry", status_code=500),
                  IllegalMove(NoticeState.DUE, Event.FILED, Actor.ADMIN)):  # fmt: skip
        made = problems.response(problems.of(error))

        assert made.status_code == 500
        assert b"c4n4ry" not in made.content


def test_a_method_that_is_not_taken_keeps_the_list_of_those_that_are() -> None:
    error = MethodNotAllowedException(headers={"allow": "GET"})
    made = problems.response(problems.of(error), error.headers)

    assert (made.status_code, made.headers["allow"]) == (405, "GET")


async def test_the_database_away_is_said_with_a_time_to_come_back(house: House) -> None:
    async def away(*_: object) -> None:
        raise DatabaseAway

    house.store.read = away  # type: ignore[assignment]

    reply = await house.get("/cases")

    assert (reply.status_code, reply.json()["code"]) == (503, "unavailable")
    assert reply.headers["retry-after"] == "5"


async def test_an_unknown_fault_is_a_problem_and_a_log_line_by_type(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("c4n4ry")

    house.store.read = broken  # type: ignore[assignment]

    reply = await house.get("/cases")

    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert reply.headers["content-type"] == "application/problem+json"
    assert "c4n4ry" not in reply.text + capsys.readouterr().err


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "not_found"),
        ("GET", "/cases/not-an-id", 404, "not_found"),
        ("DELETE", "/cases", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there(
    house: House, method: str, path: str, status: int, code: str
) -> None:
    reply = await house.call(method, path)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert ("allow" in reply.headers) is (status == 405)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic eDp5",
        "Bearer ef_0123456789ab_wrong",
        "ef_0_1",
        "ef__",
    ],
)
async def test_a_wrong_key_is_told_so_and_then_told_to_wait(house: House, header: str) -> None:
    headers = {"Authorization": header}

    first = await house.get("/cases", role=None, headers=headers)
    codes = {(await house.get("/cases", role=None, headers=headers)).status_code for _ in range(25)}

    assert (first.status_code, first.json()["code"]) == (401, "unauthenticated")
    assert codes <= {401, 429}
    if header.startswith("Bearer ef_0"):
        limited = await house.get("/cases", role=None, headers=headers)
        assert limited.json()["code"] == "too_many_failures"
        assert int(limited.headers["retry-after"]) >= 1


async def test_every_answer_says_how_it_may_be_kept(house: House) -> None:
    for path in ("/cases", "/nothing"):
        headers = (await house.get(path)).headers

        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-request-id"]
