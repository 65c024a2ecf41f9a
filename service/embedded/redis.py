"""The embedded Redis: a real server on a private Unix socket that keeps nothing on disk."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from service.embedded import binaries, folder, process
from service.embedded.errors import EmbeddedError

__all__ = ["EmbeddedRedis"]

SOCKET_NAME: Final = "redis.sock"
START_MAX_S: Final = 10.0
STOP: Final = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))

# A queue that forgets silently would be worse than one that refuses, hence noeviction.
SETTINGS: Final = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "maxmemory": "64mb",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "always-show-logo": "no",
}


class EmbeddedRedis:
    """One server in one private folder. Synchronous; start it from the main thread."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self._log = self._home / "redis.log"
        self._lock = folder.Lock(self._home / "redis.lock")
        self._sockets_note = self._home / "redis.sockets"
        self._sockets = self._home
        self._process: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        return f"<EmbeddedRedis {self._home}>"

    @property
    def url(self) -> str:
        """The address that redis-py and arq understand alike."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Return when it answers. Idempotent.

        Raises an `EmbeddedError` that says what to do; then nothing runs and nothing is locked.
        """
        if self._process is not None and self._process.poll() is None:
            return
        program = binaries.redis_server()
        folder.make_private(self._home)
        self._lock.take()
        try:
            self._start(program)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End, forget everything, and unlock the folder. Idempotent."""
        if self._process is not None:
            process.end(self._process, STOP)
            self._process = None
        folder.release_socket_folder(self._home, self._sockets, self._sockets_note)
        self._sockets = self._home
        self._lock.release()

    def kill(self) -> None:
        """End at once, as a crash would. The folder stays locked."""
        if self._process is not None:
            process.end(self._process, STOP[-1:])
            self._process = None

    @property
    def _socket(self) -> Path:
        return self._sockets / SOCKET_NAME

    def _start(self, program: Path) -> None:
        self._sockets = folder.socket_folder(self._home, SOCKET_NAME, self._sockets_note)
        self._end_leftover()
        settings = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
        self._process = process.spawn(
            [program, *settings, "--unixsocket", self._socket, "--dir", self._home],
            last_signal=signal.SIGKILL,  # it has nothing to save
            log=self._log,
            identity=process.Identity(),
        )
        until = time.monotonic() + START_MAX_S
        while self._says(b"PING") != b"+PONG":
            if self._process.poll() is not None or time.monotonic() > until:
                raise EmbeddedError(f"Redis did not start:\n{process.log_tail(self._log)}")
            time.sleep(0.005)

    def _end_leftover(self) -> None:
        """A server that outlived a killed parent, where the system cannot tie the two together."""
        until = time.monotonic() + START_MAX_S
        while self._says(b"PING"):
            if time.monotonic() > until:
                raise EmbeddedError(f"A Redis of an earlier run still answers on {self._socket}.")
            self._says(b"SHUTDOWN NOSAVE")
            time.sleep(0.02)

    def _says(self, command: bytes) -> bytes:
        """The first line of the answer; empty when nobody answers."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1.0)
            line.connect(str(self._socket))
            line.sendall(command + b"\r\n")
            return line.recv(100).split(b"\r\n")[0]
        return b""
