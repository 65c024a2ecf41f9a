"""The API as a process of its own: it starts without anything behind it, and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from service import app, settings


async def test_it_starts_and_ends_without_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LITESTAR_DEBUG", raising=False)
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    found = settings.load(
        database_url="postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
        redis_url="redis://127.0.0.1:1/0",
        key_file=str(key),
    )
    made = app.from_settings(found)

    async with (
        made.lifespan(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(cast("Any", made)), base_url="http://api.test"
        ) as client,
    ):
        live = await client.get("/health/live")
        ready = await client.get("/health/ready")

    assert live.status_code == 200
    assert (ready.status_code, ready.json()["status"]) == (503, "away")
    assert ready.json()["reasons"] == ["database_away"]
