"""One line in the log for each call: by its route, and never by what was asked or who asked it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from service import log
from service.actions import taking
from service.domain.states import Actor
from tests.api.house import House

MARK = "c4n4ry"
KEYS = {
    "at", "level", "event", "route", "method", "status", "ms", "request_id", "key_id",
    "organisation_id",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _configured(house: House, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    handlers = logging.getLogger().handlers[:]
    log.configure("INFO")
    capfd.readouterr()
    yield
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers[:] = handlers


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


async def test_a_call_is_one_line_by_its_route(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    reply = await house.get(f"/cases/{house.ours.id}?{MARK}={MARK}", headers={"X-Mark": MARK})

    (line,) = lines(capfd)
    assert set(line) == KEYS
    assert (line["event"], line["method"], line["route"], line["status"]) == (
        "request.done", "GET", "/api/v1/cases/{case_id}", 404,
    )  # fmt: skip
    assert line["ms"] > 0
    assert line["request_id"] == reply.headers["x-request-id"]
    assert line["organisation_id"] == str(house.ours.id)
    token = house.ours.tokens[Actor.CASE_WORKER]
    assert not [word for word in (MARK, token, token.split("_")[1]) if word in json.dumps(line)]


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", f"/{MARK}", None, 404),
        ("GET", f"/todo/{MARK}/take", None, 405),
        ("POST", f"/todo/{MARK}/take", "/api/v1/todo/{todo_id}/take", 404),
        ("GET", "/health/live", "/health/live", 200),
        ("GET", "/metrics", "/metrics", 200),
        (MARK.upper(), "/cases", None, 405),
    ],
)
async def test_what_a_caller_makes_up_is_in_no_line(
    house: House, capfd: pytest.CaptureFixture[str],
    method: str, path: str, route: str | None, status: int,
) -> None:  # fmt: skip
    reply = await house.call(method, path)

    heard = lines(capfd)
    assert reply.status_code == status
    assert [(line["event"], line["status"]) for line in heard] == [("request.done", status)]
    assert heard[0]["method"] == (method if method in ("GET", "POST") else "other")
    assert heard[0]["route"] in (route, "/api/v1/todo/{todo_id}/take", "/api/v1/cases")
    assert MARK not in json.dumps(heard).lower()


async def test_a_fault_is_told_by_its_kind_beside_the_line(
    house: House, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError(f"https://{MARK}.example/{MARK}")

    monkeypatch.setattr(taking, "take", broken)

    reply = await house.post(f"/todo/{MARK}/take", {MARK: MARK})

    told, line = lines(capfd)
    assert reply.status_code == 500
    assert (told["event"], told["error"]) == ("call.failed", "RuntimeError")
    assert (line["event"], line["status"]) == ("request.done", 500)
    assert MARK not in json.dumps([told, line])


async def test_a_call_without_a_valid_key_is_a_line_too(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    await house.get("/cases", role=None, headers={"Authorization": f"Bearer ef_{MARK}_{MARK}"})

    (line,) = lines(capfd)
    assert (line["status"], line["key_id"], line["organisation_id"]) == (401, None, None)
    assert MARK not in json.dumps(line)
