"""The data folder of `efface up`: what it is for, and where its efface listens while it runs.

Read by every command on this machine. Nothing here knows a server or a setting.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

MARK: Final = "purpose"
RUNNING: Final = "running.json"
SERVERS: Final = "servers"
PRACTICE_KEY: Final = "case_worker.key"
"""Written by a practice start alone: it tells what a folder from before the marks is for."""
PRACTICE_NAME: Final = "Practice centre"
"""The organisation of a practice start: it tells what a database is for."""


class WrongFolder(Exception):
    """This folder cannot be used so. The message names it and says what to do."""


class Purpose(StrEnum):
    """What a folder is for. It is decided at its first start and never changes."""

    PRACTICE = "practice"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class Running:
    """Where the efface of a folder listens, and the settings of its servers."""

    address: str
    settings: Mapping[str, Any]


def claim(folder: Path, purpose: Purpose) -> None:
    """Make the folder if there is none, and mark it. Raises `WrongFolder` when it is for the other
    purpose, or of no use.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise WrongFolder(f"{folder} is not a folder. Name another data folder with --data.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = _mark(folder, purpose)
    except OSError as error:
        raise WrongFolder(
            f"The data folder {folder} cannot be used: {error.strerror}. Name another with --data."
        ) from error
    if found != purpose.value:
        raise WrongFolder(f"The data folder {folder} {_REFUSALS[purpose]}")


_REFUSALS: Final = {
    Purpose.PRACTICE: (
        "holds a real centre, which practice platforms would take over."
        " Name another: make up DATA=..., or efface up --playground --data ..."
    ),
    Purpose.REAL: (
        "holds practice cases, which must not reach real platforms."
        " Start it with --playground, or name another with --data."
    ),
}


def _mark(folder: Path, purpose: Purpose) -> str:
    """What the folder is marked for. The first mark stays, whoever else writes at this moment."""
    path = folder / MARK
    if not path.exists():
        unfinished = folder / f"{MARK}.{os.getpid()}.unfinished"
        write_private(unfinished, (_from_before(folder) or purpose).value)
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, path)
        unfinished.unlink()
    return path.read_text(encoding="utf-8").strip()


def _from_before(folder: Path) -> Purpose | None:
    if not (folder / SERVERS / "cluster").exists():
        return None
    return Purpose.PRACTICE if (folder / PRACTICE_KEY).exists() else Purpose.REAL


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, and readable by its owner alone."""
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
    unfinished.rename(path)


@contextlib.contextmanager
def noted(folder: Path, running: Running) -> Iterator[None]:
    """Other commands on this machine find the efface of this folder while inside."""
    path = folder / RUNNING
    write_private(path, json.dumps({"address": running.address, "settings": running.settings}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def read_running(folder: Path) -> Running | None:
    """What the efface of this folder left word of; None when none runs there."""
    try:
        note = json.loads((folder / RUNNING).read_text(encoding="utf-8"))
        return Running(str(note["address"]), dict(note["settings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
