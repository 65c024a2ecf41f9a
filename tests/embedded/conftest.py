"""Servers of their own for tests that stop, kill and move them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder to be, with a short path and a parent that others may pass through."""
    with tempfile.TemporaryDirectory(prefix="efface-test-", dir="/tmp") as made:
        Path(made).chmod(0o711)
        yield Path(made) / "home"


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which Postgres has been started and stopped once."""
    made = tmp_path_factory.mktemp("made") / "home"
    server = EmbeddedPostgres(made, durable=False)
    server.start()
    server.stop()
    return made


@pytest.fixture
def own_postgres(home: Path, made_home: Path) -> Iterator[EmbeddedPostgres]:
    """A server with a cluster already made, which takes most of a first start; not started."""
    shutil.copytree(made_home, home)
    server = EmbeddedPostgres(home, durable=False)
    yield server
    server.stop()


@pytest.fixture
def own_redis(home: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(home)
    yield server
    server.stop()
