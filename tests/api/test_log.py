"""Logs: listed keys, types instead of words, and nothing that could name anybody."""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from service import log

MARK = "c4n4ry"
ADDRESS = f"https://{MARK}.example/{MARK}?a={MARK}"


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    handlers = logging.getLogger().handlers[:]
    log.configure("DEBUG")
    yield
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers[:] = handlers


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_time_level_and_event(capsys: pytest.CaptureFixture[str]) -> None:
    log.get(worker="w1").info("lane.closed", lane="x/1", count=3)

    (line,) = lines(capsys)
    assert {"worker": "w1", "event": "lane.closed", "level": "info", "count": 3}.items() <= (
        line.items()
    )
    assert line["at"].endswith("Z")


def test_a_key_that_is_not_listed_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.get().info("case.read", reference=MARK)

    (line,) = lines(capsys)
    assert line["dropped"] == ["reference"]
    assert MARK not in json.dumps(line)


def test_an_event_that_is_no_noun_and_verb_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    log.get().info(f"looked at {ADDRESS}")

    assert lines(capsys)[0]["event"] == "log.unnamed"


def test_an_exception_is_its_type_its_code_and_our_line(capsys: pytest.CaptureFixture[str]) -> None:
    class Odd(ValueError):
        code = "odd_thing"

    try:
        try:
            raise OSError(ADDRESS)
        except OSError as cause:
            raise Odd(ADDRESS) from cause
    except Odd:
        log.get().exception("call.failed")

    (line,) = lines(capsys)
    assert line["error"] == "Odd < OSError"
    assert line["code"] == "odd_thing"
    assert MARK not in json.dumps(line)


def test_a_where_is_a_function_and_a_line_of_ours() -> None:
    with pytest.raises(KeyError) as caught:
        log.configure(MARK)

    where = log.about(caught.value)["where"]
    assert re.fullmatch(r"service\.log\.configure:[0-9]+", where)


@pytest.mark.parametrize(
    "value",
    [
        ADDRESS,
        f"hxxps://{MARK}[.]example/a",
        f"t.me/{MARK}",
        f"{MARK}@centre.example",
        f"ef_0123456789ab_{MARK}",
        f"Bearer {MARK}",
        f"said {ADDRESS} and more",
        MARK * 9,
    ],
)
def test_the_last_resort_catches(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    log.get().info("call.failed", reason=value)

    assert MARK not in capsys.readouterr().err


def test_ids_and_lanes_are_let_through() -> None:
    for value in ("019aab12-0000-7000-8000-000000000000", "peertube/look", "service.log.about:3"):
        assert log.scrub(value) == value


@pytest.mark.parametrize(
    "name",
    ["httpx", "httpcore.http11", "arq.worker", "sqlalchemy.engine", "uvicorn.error", "anything"],
)
def test_libraries_speak_from_warnings_on_and_never_with_values(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(name), "disabled", False)

    logging.getLogger(name).info("HTTP Request: %s", ADDRESS)
    logging.getLogger(name).warning("HTTP Request: %s", ADDRESS)
    logging.getLogger(name).error(f"HTTP Request: {ADDRESS}")  # noqa: G004 - as some do

    found = lines(capsys)
    assert [line["level"] for line in found] == ["warning", "error"]
    assert MARK not in json.dumps(found)
    assert found[0]["message"] == "HTTP Request: %s"


def test_the_access_log_of_the_server_is_off(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("uvicorn.access").critical(ADDRESS)

    assert capsys.readouterr().err == ""


def test_a_warning_goes_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        logging.getLogger("py.warnings").warning("%s", ADDRESS)

    assert MARK not in capsys.readouterr().err
