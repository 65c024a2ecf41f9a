"""`efface up`: ready, useful, open to whoever operates it, stopped, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import stat
import time
from collections import Counter
from pathlib import Path

import httpx

from service import home
from tests.e2e.conftest import ENDINGS, Up, descendants, start, stop


def test_a_newcomer_sees_every_kind_of_ending_within_two_minutes(practice: Up) -> None:
    while practice.seen_s.keys() != ENDINGS and practice.up_s < 110:
        time.sleep(0.1)

    assert practice.seen_s.keys() == ENDINGS
    assert max(practice.seen_s.values()) < 120, practice.seen_s
    status = practice.command("status")
    assert status.returncode == 0, status.stderr
    counts = status.stdout.splitlines()[0].split()
    assert {"gone", "closed"} & {*counts}, "what is gone for a week of practice is closed"
    listed = json.loads(practice.command("status", "--json").stdout)
    assert Counter(t["platform"] for t in listed).keys() >= {
        "peertube", "bluesky", "telegram", "x"
    }  # fmt: skip
    assert len(listed) >= 40


def test_stopped_or_killed_it_leaves_no_process_and_the_next_start_finds_what_was_there(
    data: Path,
) -> None:
    first = start(data)
    noted = home.read_running(data)
    assert noted is not None
    assert noted.address == first.address
    made = first.command("key", "--role", "case_worker", "--data", str(data), role="admin")
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    with first.client(token=token) as api:
        api.post("/cases", json={"reference": "kept"}).raise_for_status()
    below = descendants(first.process.pid)
    assert below, "Postgres and Redis run below it"

    assert stop(first, signal.SIGINT) == 0

    assert not [pid for pid in below if _lives(pid)]
    second = start(data)
    assert second.ready_s < 15
    assert keeps(second, token)
    below = descendants(second.process.pid)

    stop(second, signal.SIGKILL)

    until = time.monotonic() + 10
    while left := [pid for pid in below if _lives(pid)]:
        assert time.monotonic() < until, left
        time.sleep(0.1)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for key in (*data.glob("*.key"), data / "running.json"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600, key.name
    third = start(data)
    assert keeps(third, token)
    assert (data / home.MARK).read_text() == "real\n"
    assert stop(third) == 0


def keeps(up: Up, token: str) -> bool:
    """Whether the case is still there, for the key that was made."""
    with up.client(token=token) as api:
        return len(api.get("/cases", params={"reference": "kept"}).json()["items"]) == 1


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_two_of_them_never_share_a_folder(practice: Up) -> None:
    second = practice.command("up", "--data", str(practice.data), "--port", "0", "--playground")

    assert second.returncode == 1
    assert second.stderr == (
        f"Another efface is running on the data folder {practice.data}."
        " Stop it first, or name another data folder.\n"
    )


def test_wrong_settings_are_all_listed(data: Path) -> None:
    os.environ["EFFACE_SWEEP_S"], os.environ["EFFACE_NONSENSE"] = "-1", "x"
    try:
        up = Up(data, None)  # type: ignore[arg-type]
        data.mkdir(mode=0o700)
        (data / "case_worker.key").write_text("none")
        wrong = up.command("worker")
    finally:
        del os.environ["EFFACE_SWEEP_S"], os.environ["EFFACE_NONSENSE"]

    assert wrong.returncode == 2
    for name in ("EFFACE_SWEEP_S", "EFFACE_NONSENSE", "EFFACE_DATABASE_URL", "EFFACE_KEY_FILE"):
        assert name in wrong.stderr


def get(up: Up, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{up.address}{path}", headers=headers, timeout=30, trust_env=False)


def figures(up: Up) -> httpx.Response:
    """The page, once the first sweep is through."""
    until = time.monotonic() + 120
    page = get(up, "/metrics")
    while "efface_sweep_age" not in page.text and time.monotonic() < until:
        time.sleep(0.3)
        page = get(up, "/metrics")
    return page


def test_it_is_ready_in_every_part_and_says_how_it_goes(practice: Up) -> None:
    page = figures(practice)
    handed_on = get(practice, "/metrics", **{"X-Forwarded-For": "127.0.0.1"})
    found = get(practice, "/health/ready").json()

    assert [(p["name"], p["state"]) for p in found["parts"]] == [
        (name, "ok") for name in ("database", "migrations", "redis", "workers", "sweep")
    ], json.dumps(found)
    assert (page.status_code, handed_on.status_code) == (200, 403)
    for line in ('efface_part_ok{part="redis"} 1', "efface_figures_read 1", "efface_sweep_age"):
        assert line in page.text
    assert ".practice.test" not in page.text
