"""Server processes that end with us: as which user they run, how they are started and ended."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.embedded.errors import EmbeddedError

__all__ = ["Identity", "end", "log_tail", "not_root", "run", "spawn"]

LAUNCH: Final = Path(__file__).with_name("launch.py")
MAX_LOG_BYTES: Final = 1_000_000
KEPT_VARIABLES: Final = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Identity:
    """How a program stops being root: by a wrapper or as another user. Empty: as we are."""

    wrapper: tuple[str, ...] = ()
    user: int = 0
    group: int = 0


def not_root(program: Path, folder: Path) -> Identity:
    """An identity for a program that refuses to run as root, able to write in `folder`.

    For root this is a user namespace in which root is called `nobody`: files stay root's. Where
    namespaces are forbidden (many containers), it is the user `nobody` itself, who then owns
    `folder`; a folder that belongs to an ordinary user is used as that user. Raises
    `EmbeddedError` when none of this can work. Ancestors of `folder` stay as they are.
    """
    if os.geteuid() != 0:
        return Identity()
    nobody = pwd.getpwnam("nobody")
    unshare = shutil.which("unshare")
    if unshare is not None:
        names = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
        inside = Identity(wrapper=(unshare, "--user", *names))
        if _can_work(inside, program, folder):
            return inside
    owner = folder.stat().st_uid
    account = pwd.getpwuid(owner) if owner else nobody
    outside = Identity(user=account.pw_uid, group=account.pw_gid)
    os.chown(folder, outside.user, outside.group)
    if _can_work(outside, program, folder):
        return outside
    os.chown(folder, owner, -1)
    raise EmbeddedError(
        f"The embedded database cannot run as root on {folder}: this machine forbids user "
        "namespaces, and other users cannot reach the folder. Run efface as an ordinary user, "
        "choose a data folder that others may pass through, or set EFFACE_DATABASE_URL."
    )


def spawn(
    command: Sequence[str | Path], *, last_signal: signal.Signals, log: Path, identity: Identity
) -> subprocess.Popen[bytes]:
    """Start a server that gets `last_signal` when this process dies, however it dies.

    Its own session keeps Ctrl-C in a terminal from reaching it: we say when it ends.
    Must be called in the main thread, because the tie is to the thread that starts it.
    """
    if threading.current_thread() is not threading.main_thread():
        raise EmbeddedError("Embedded servers must be started from the main thread.")
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.old"))
    with log.open("ab") as output:
        return subprocess.Popen(
            _launched(command, last_signal, identity),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )


def run(
    command: Sequence[str | Path],
    *,
    what: str,
    identity: Identity,
    stdin: str = "",
    max_s: float = 60,
) -> None:
    """Run a short program to its end. Raises `EmbeddedError` with its last words when it fails."""
    try:
        ran = subprocess.run(
            _launched(command, signal.SIGKILL, identity),
            input=stdin,
            capture_output=True,
            text=True,
            env=_environment(),
            cwd="/",
            timeout=max_s,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise EmbeddedError(f"{what} took more than {max_s:.0f} s.") from late
    if ran.returncode != 0:
        raise EmbeddedError(f"{what} failed:\n{(ran.stdout + ran.stderr)[-2000:]}")


def end(process: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Ask a process to end, each signal with the seconds it is given; the last one must work."""
    for asked, seconds in steps:
        process.send_signal(asked)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def log_tail(log: Path) -> str:
    """The last lines a server wrote, for the message of an error."""
    return log.read_text(errors="replace")[-2000:].strip() if log.exists() else ""


def _launched(
    command: Sequence[str | Path], last_signal: signal.Signals, identity: Identity
) -> list[str | Path]:
    tie = (str(os.getpid()), str(int(last_signal)), str(identity.user), str(identity.group))
    return [sys.executable, "-I", "-S", LAUNCH, *tie, *identity.wrapper, *command]


def _can_work(identity: Identity, program: Path, folder: Path) -> bool:
    """Whether the program can be run, and the folder written, under that identity."""
    try:
        run([program, "--version"], what="a trial", identity=identity)
        run(["/bin/sh", "-c", 'test -w "$0/."', folder], what="a trial", identity=identity)
    except EmbeddedError:
        return False
    return True


def _environment() -> dict[str, str]:
    """Nothing of ours: no settings, no secrets, no locale that this machine may not have."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {**kept, "LC_ALL": "C"}
