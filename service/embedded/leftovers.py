"""What an earlier run left on a database cluster: processes still ending, a note of one long gone.

Postgres refuses to start when its note names any living process, ours or not; after a crash in a
container that number is often somebody else's by now. Only the holder of the folder's lock may
clear up.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Final

from service.embedded.errors import EmbeddedError

__all__ = ["clear", "note"]

PROC: Final = Path("/proc")
STEPS: Final = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def clear(cluster: Path) -> None:
    """End what still runs on `cluster`, then remove a note that names a stranger.

    A note whose process is dead stays: Postgres reads in it which shared memory to look at, and
    clears it away itself. Where there is no /proc, everything is left to Postgres.
    """
    if not PROC.is_dir():
        return
    for asked, seconds in STEPS:
        if _ended(cluster, asked, seconds):
            break
    else:
        raise EmbeddedError(f"Processes of an earlier run still use {cluster} and cannot be ended.")
    noted = _noted_process(cluster)
    if noted is not None and _is_stranger(noted):
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def note(cluster: Path) -> list[str]:
    """The lines of Postgres's own note about its server; none when there is no note."""
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _noted_process(cluster: Path) -> int | None:
    lines = note(cluster)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def _ended(cluster: Path, asked: signal.Signals, seconds: float) -> bool:
    """Whether nothing runs on the cluster any more, `seconds` after the server was asked to end."""
    until = time.monotonic() + seconds
    running = _running_on(cluster)
    noted = _noted_process(cluster)
    # Its server ends the others; only when that is gone already are they asked one by one.
    for process in [noted] if noted is not None and noted in running else running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, asked)
    while running and time.monotonic() < until:
        time.sleep(0.02)
        running = _running_on(cluster)
    return not running


def _running_on(cluster: Path) -> list[int]:
    """Every process whose working folder is the cluster: those of its Postgres, no others."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == cluster:
                    found.append(int(entry.name))
    return found


def _is_stranger(process: int) -> bool:
    """Whether a process lives that is none of the cluster's; a zombie, too, works nowhere."""
    try:
        (PROC / str(process) / "cwd").readlink()
    except FileNotFoundError:
        return (PROC / str(process)).exists()
    except OSError:
        return False
    return True
