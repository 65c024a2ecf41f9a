"""`efface key`: for the only centre, for one that is named, and what it says when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service import home
from service.cli import main
from service.embedded.postgres import EmbeddedPostgres
from service.home import Running
from service.store.sealing import Vault


@pytest.fixture
def folder(
    migrated: EmbeddedPostgres, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The folder of a running efface that has no centre yet."""
    for name in ("DATABASE_URL", "REDIS_URL", "KEY_FILE"):
        monkeypatch.delenv(f"EFFACE_{name}", raising=False)
    Vault.make_file(tmp_path / "seal.key")
    servers = {
        "database_url": migrated.url("efface_app", database),
        "redis_url": "redis://127.0.0.1:1/0",
        "key_file": str(tmp_path / "seal.key"),
    }
    with home.noted(tmp_path, Running("http://127.0.0.1:1", servers)):
        yield tmp_path


def make(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["key", "--data", str(folder), *options])


def test_the_only_centre_need_not_be_named(folder: Path) -> None:
    make(folder, "--organisation", "My centre")

    ran = make(folder, "--role", "case_worker")

    assert ran.exit_code == 0, ran.output
    assert ran.stdout.startswith("ef_")


def test_a_new_centre_is_made_when_it_is_named(folder: Path) -> None:
    ran = make(folder, "--organisation", "First centre")

    assert ran.exit_code == 0, ran.output
    assert ran.stdout.startswith("ef_")


def test_of_several_centres_one_must_be_named(folder: Path) -> None:
    make(folder, "--organisation", "East")
    make(folder, "--organisation", "West")

    ran = make(folder, "--role", "case_worker")

    assert ran.exit_code == 2
    assert ran.stderr == ("Name a centre with --organisation. There are 2 centres: East, West.\n")


def test_without_any_centre_one_must_be_named(folder: Path) -> None:
    ran = make(folder)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == "Name a centre with --organisation. There is none yet.\n"


def test_without_a_folder_it_says_what_to_name_or_set(folder: Path) -> None:
    ran = CliRunner().invoke(main, ["key"])

    assert ran.exit_code == 2
    assert ran.stderr == (
        "Name the data folder of a running efface with --data, or set:"
        " EFFACE_DATABASE_URL, EFFACE_REDIS_URL, EFFACE_KEY_FILE.\n"
    )


def test_a_folder_where_nothing_runs_is_named(tmp_path: Path) -> None:
    ran = make(tmp_path)

    assert ran.exit_code == 3
    assert ran.stderr == f"No efface is running on the data folder {tmp_path}.\n"
