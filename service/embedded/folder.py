"""The private folder of one server: made, locked, and given a short way in for its socket.

Nothing here ever changes the permissions of a folder that was there before.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

from service.embedded.errors import FolderInUse, NotPrivate

__all__ = ["Lock", "give", "make_private", "release_socket_folder", "remove", "socket_folder"]

MAX_SOCKET_PATH_BYTES: Final = 103  # sun_path holds 108 on Linux and 104 on macOS, with a final NUL
PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9_./-]+")  # the same in a URL, a flag and a shell
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def make_private(folder: Path) -> None:
    """Make sure that `folder` is there and only its owner, this user, can enter it.

    Missing parents are made just as private. Raises `NotPrivate` about a folder that was there
    and is open to others or belongs to somebody else.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotPrivate(f"{folder} is not a folder.")
    if found.st_uid != os.geteuid() and os.geteuid() != 0:
        raise NotPrivate(f"The folder {folder} belongs to another user. Name another data folder.")
    if found.st_mode & OTHERS:
        raise NotPrivate(
            f"The folder {folder} is open to other users of this machine. "
            f"Close it with `chmod 700 {folder}`, or name another data folder."
        )


class Lock:
    """Held by one process per folder; the system takes it back when that process ends, however."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Hold the lock, again if need be. Raises `FolderInUse` when another process has it."""
        if self._descriptor is not None:
            return
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as refused:
            os.close(descriptor)
            raise FolderInUse(
                f"Another efface is running on the data folder {self._path.parent}. "
                "Stop it first, or name another data folder."
            ) from refused
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go. The file stays: without it two processes could hold two locks of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def socket_folder(home: Path, socket_name: str, note: Path) -> Path:
    """Where the socket goes: `home` itself, else a private folder with a short path.

    A long or unusual path cannot be a socket's address. The replacement is written to the file
    `note`, so that the next start finds the same one after a crash.
    """
    if _can_hold(home, socket_name):
        return home
    if note.exists():
        earlier = Path(note.read_text().strip())
        if earlier.is_dir() and not earlier.is_symlink() and _is_ours_alone(earlier):
            return earlier
    made = Path(tempfile.mkdtemp(prefix="efface-"))
    if not _can_hold(made, socket_name):
        made.rmdir()
        made = Path(tempfile.mkdtemp(prefix="efface-", dir="/tmp"))
    note.write_text(f"{made}\n")
    return made


def release_socket_folder(home: Path, used: Path, note: Path) -> None:
    """Remove the replacement that `socket_folder` made, if it made one."""
    if used != home:
        shutil.rmtree(used, ignore_errors=True)
        note.unlink(missing_ok=True)


def give(folder: Path, user: int, group: int) -> None:
    """Let `user` own the folder; 0 leaves it as it is."""
    if user:
        os.chown(folder, user, group)


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def _can_hold(folder: Path, socket_name: str) -> bool:
    path = str(folder / socket_name)
    return len(path) <= MAX_SOCKET_PATH_BYTES and PLAIN_PATH.fullmatch(path) is not None


def _is_ours_alone(folder: Path) -> bool:
    found = folder.stat()
    return found.st_uid == os.geteuid() and not found.st_mode & OTHERS
