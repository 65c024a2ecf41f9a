"""Becomes another program, one that ends when its parent ends. A script of `process.py`.

    launch.py PARENT SIGNAL USER GROUP PROGRAM [ARGUMENT …]

It stands alone and imports nothing of ours: it runs in a bare interpreter. Code between fork and
exec of the parent instead would not be safe beside threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

__all__ = ["launch"]

PR_SET_PDEATHSIG: Final = 1


def launch(parent: int, last_signal: int, user: int, group: int, command: list[str]) -> None:
    """Replace this process by `command`; it gets `last_signal` when process `parent` is gone.

    USER 0 keeps the present user. Only Linux can tie a child to its parent; elsewhere the next
    start of the server clears up what a killed parent left.
    """
    if user:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    if sys.platform == "linux":
        # After setuid, which would clear it. It lasts through exec of programs without setuid bit.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(last_signal))
    if os.getppid() != parent:  # it died before we were tied to it
        sys.exit(1)
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    PARENT, LAST_SIGNAL, USER, GROUP = map(int, sys.argv[1:5])
    launch(PARENT, LAST_SIGNAL, USER, GROUP, sys.argv[5:])
