"""What an operator sees of a running efface, over real sockets."""

from __future__ import annotations

import json
import time

import httpx

from tests.e2e.conftest import Up


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
