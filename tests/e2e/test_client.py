"""`efface status` and `efface submit` against an API that answers what a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service import home
from service.cli import main
from service.home import Running

TAKEDOWN = "01a2038a-690a-7000-8000-000000000001"
PREFIX = "/api/v1"


@dataclass
class Answers:
    """An API in a thread: the reply to each path, and what was asked with which key."""

    by_path: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def api() -> Iterator[Answers]:
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.asked.append((self.path, self.headers["Authorization"]))
            path = self.path.partition("?")[0].removeprefix(PREFIX)
            status, body = answers.by_path.get(path, (200, {"items": []}))
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the server finds it by this name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: Answers) -> Iterator[Path]:
    """The data folder of an efface that runs, with the key of a practice case worker."""
    monkeypatch.delenv("EFFACE_URL", raising=False)
    monkeypatch.delenv("EFFACE_API_KEY", raising=False)
    home.write_private(tmp_path / home.PRACTICE_KEY, "ef_of_the_folder")
    with home.noted(tmp_path, Running(api.address, {})):
        yield tmp_path


def efface(folder: Path, *arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(folder)], input=given)


def test_the_data_folder_says_where_and_with_which_key(folder: Path, api: Answers) -> None:
    ran = efface(folder, "status")

    assert ran.exit_code == 0, ran.output
    assert api.asked == [(f"{PREFIX}/takedowns?limit=500", "Bearer ef_of_the_folder")]


def test_what_is_set_wins_over_the_folder(
    folder: Path, api: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EFFACE_URL", f"{api.address}/")
    monkeypatch.setenv("EFFACE_API_KEY", "ef_that_is_set")
    (folder / home.RUNNING).write_text("none")

    ran = efface(folder, "status")

    assert ran.exit_code == 0, ran.output
    assert api.asked == [(f"{PREFIX}/takedowns?limit=500", "Bearer ef_that_is_set")]


def test_nothing_answers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFACE_URL", "http://127.0.0.1:1")

    ran = efface(folder, "status")

    assert ran.exit_code == 3
    assert ran.stderr == (
        "Nothing answers at http://127.0.0.1:1. Is efface running?"
        " For another address set EFFACE_URL=http://host:port.\n"
    )


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8080", "localhost", "ftp://host", "http://", "http://host:banana"]
)
def test_an_address_without_scheme_or_host_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("EFFACE_URL", address)

    ran = efface(folder, "status")

    assert ran.exit_code == 2
    assert ran.stderr == "EFFACE_URL must look like http://host:port or https://host.\n"


def test_without_a_key_both_ways_are_named(folder: Path) -> None:
    (folder / home.PRACTICE_KEY).unlink()

    ran = efface(folder, "status")

    assert ran.exit_code == 2
    assert str(folder / home.PRACTICE_KEY) in ran.stderr
    assert "EFFACE_API_KEY" in ran.stderr
    assert "--data" in ran.stderr


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"title": "A key is needed", "detail": "No form."}, "A key is needed: No form."),
        ({"title": "A key is needed"}, "A key is needed"),
        ("<html>", "The answer was 401, without a reason."),
        ([], "The answer was 401, without a reason."),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_its_words(folder: Path, api: Answers, body: Any, said: str) -> None:
    api.by_path["/takedowns"] = (401, body)

    ran = efface(folder, "status")

    assert (ran.exit_code, ran.stderr) == (4, said + "\n")


def test_what_is_not_efface_is_said_to_be_none(folder: Path, api: Answers) -> None:
    api.by_path["/takedowns"] = (200, "<html>")

    ran = efface(folder, "status")

    assert (ran.exit_code, ran.stderr) == (4, f"What answers at {api.address} is not efface.\n")


def hand_in(folder: Path, api: Answers, *items: dict[str, Any]) -> Result:
    api.by_path["/cases"] = (200, {"items": [{"id": TAKEDOWN}]})
    api.by_path["/takedowns"] = (200, {"items": list(items)})
    return efface(folder, "submit", "-", "--case", "C-1", given="https://video.example/w/1\n")


@pytest.mark.parametrize(
    "url", ["https://video.example/w/1", "hxxps://video[.]example/w/1"]
)  # fmt: skip
def test_what_was_handed_in_is_shown_so_that_nothing_opens_it(
    folder: Path, api: Answers, url: str
) -> None:
    ran = hand_in(folder, api, {"status": "accepted", "url": url})

    assert (ran.exit_code, ran.stdout) == (0, "accepted   hxxps://video[.]example/w/1\n")


def test_holds_and_problems_are_said_in_words(folder: Path, api: Answers) -> None:
    ran = hand_in(
        folder, api,
        {"status": "held", "holds": ["consent", "age"], "url": "https://video.example/w/1"},
        {"status": "held", "holds": [], "url": "https://video.example/w/2", "problem": None},
        {"status": "invalid", "url": "nonsense", "problem": {"code": "x", "detail": "No host."}},
    )  # fmt: skip

    assert ran.exit_code == 1
    assert ran.stdout.splitlines() == [
        "held (consent, age) hxxps://video[.]example/w/1",
        "held       hxxps://video[.]example/w/2",
        "invalid    nonsense  No host.",
    ]


@pytest.mark.parametrize("held", ["", "\n  \n", "\N{BYTE ORDER MARK}"])
def test_a_file_without_addresses_is_wrong_use(folder: Path, api: Answers, held: str) -> None:
    path = folder / "addresses.txt"
    path.write_text(held, encoding="utf-8")

    ran = efface(folder, "submit", str(path), "--case", "C-1")

    assert (ran.exit_code, ran.stderr) == (2, f"No addresses in {path}.\n")
    assert api.asked == []


def test_a_file_that_is_no_text_is_wrong_use(folder: Path) -> None:
    path = folder / "addresses.txt"
    path.write_bytes(b"\xff\xfe\x00h")

    ran = efface(folder, "submit", str(path), "--case", "C-1")

    assert (ran.exit_code, ran.stderr) == (2, f"{path} is not text in UTF-8.\n")


def test_a_timeline_is_a_table_for_a_person(folder: Path, api: Answers) -> None:
    lines = [
        {"happened_at": "2026-11-22T13:55:32.123Z", "fact": "ours", "text": "It is to be asked."},
        {"happened_at": "2026-11-22T13:55:45.000Z", "fact": "answered", "text": "Removed."},
    ]
    api.by_path[f"/takedowns/{TAKEDOWN}/timeline"] = (200, {"items": lines})

    ran = efface(folder, "status", TAKEDOWN, "--timeline")

    assert ran.exit_code == 0, ran.output
    assert ran.stdout.splitlines() == [
        "2026-11-22 13:55:32  ours      It is to be asked.",
        "2026-11-22 13:55:45  answered  Removed.",
    ]
    assert json.loads(efface(folder, "status", TAKEDOWN, "--timeline", "--json").stdout) == lines


@pytest.mark.parametrize("named", [(), ("PRACTICE-1",)])
def test_a_timeline_is_of_one_takedown(folder: Path, api: Answers, named: tuple[str, ...]) -> None:
    ran = efface(folder, "status", *named, "--timeline")

    assert (ran.exit_code, api.asked) == (2, [])
    assert "by its id" in ran.stderr


@pytest.mark.parametrize("command", ["status", "submit", "key"])
def test_help_gives_an_example(command: str) -> None:
    ran = CliRunner().invoke(main, [command, "--help"])

    assert f"Example: efface {command}" in ran.stdout
