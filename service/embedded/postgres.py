"""The embedded database: a real Postgres on a private Unix socket, used by one efface."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from service.embedded import binaries, folder, leftovers, process, roles
from service.embedded.errors import EmbeddedError

__all__ = ["EmbeddedPostgres"]

PORT: Final = 5432  # names the socket; nothing listens on it
SOCKET_NAME: Final = f".s.PGSQL.{PORT}.lock"  # the longer of the two files Postgres makes there
START_MAX_S: Final = 60.0  # recovery after a crash may take a while
STOP: Final = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Errors quote the values they are about. The log gets the life of the server and nothing else.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
UNSAFE: Final = {"fsync": "off", "full_page_writes": "off", "plan_cache_mode": "force_generic_plan"}


class EmbeddedPostgres:
    """One cluster in one private folder. Synchronous; start it from the main thread.

    `durable=False` trades safety against power loss for speed: for tests only.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self._home = home.resolve()
        self._durable = durable
        self._cluster = self._home / "cluster"
        self._log = self._home / "postgres.log"
        self._lock = folder.Lock(self._home / "postgres.lock")
        self._sockets_note = self._home / "postgres.sockets"
        self._sockets = self._home
        self._identity = process.Identity()
        self._process: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        return f"<EmbeddedPostgres {self._home}>"

    def start(self) -> None:
        """Make the cluster if there is none, and return when it takes connections. Idempotent.

        Raises an `EmbeddedError` that says what to do; then nothing runs and nothing is locked.
        """
        if self._process is not None and self._process.poll() is None:
            return
        programs = binaries.postgres_folder()
        folder.make_private(self._home)
        self._lock.take()
        try:
            self._start(programs)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Disconnect everybody, write everything down, end, and unlock the folder. Idempotent."""
        if self._process is not None:
            process.end(self._process, STOP)
            self._process = None
        folder.release_socket_folder(self._home, self._sockets, self._sockets_note)
        self._sockets = self._home
        self._lock.release()

    def kill(self) -> None:
        """End at once, as a crash would. The folder stays locked; `start` recovers the rest."""
        if self._process is not None:
            process.end(self._process, STOP[-1:])
            self._process = None

    def url(self, role: roles.Role, database: str = roles.DATABASE) -> str:
        """The address for SQLAlchemy with asyncpg, as a role that is no superuser."""
        return self._address(role, database)

    def superuser_url(self, database: str = roles.DATABASE) -> str:
        """The address as superuser. For tests that clone databases; the product never uses it."""
        return self._address(roles.SUPERUSER, database)

    def _address(self, role: str, database: str) -> str:
        return f"postgresql+asyncpg://{role}@/{database}?host={self._sockets}&port={PORT}"

    def _start(self, programs: Path) -> None:
        self._identity = process.not_root(programs / "postgres", self._home)
        self._sockets = folder.socket_folder(self._home, SOCKET_NAME, self._sockets_note)
        folder.give(self._sockets, self._identity.user, self._identity.group)
        leftovers.clear(self._cluster)
        if not (self._cluster / "PG_VERSION").exists():
            self._make_cluster(programs)
        self._process = process.spawn(
            [programs / "postgres", "-D", self._cluster, "-k", self._sockets, *self._settings()],
            last_signal=signal.SIGINT,
            log=self._log,
            identity=self._identity,
        )
        self._wait_until_ready(self._process)
        self._make_roles(programs)

    def _settings(self) -> list[str]:
        chosen = SETTINGS | ({} if self._durable else UNSAFE)
        return [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]

    def _make_cluster(self, programs: Path) -> None:
        """Made aside and renamed when whole, so that a crash half-way leaves no half cluster."""
        unfinished = self._home / "cluster.unfinished"
        folder.remove(unfinished)
        process.run(
            [
                *(programs / "initdb", "-D", unfinished, "-U", roles.SUPERUSER, "--auth=trust"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
                *("--builtin-locale=C.UTF-8", "--data-checksums"),
                *(() if self._durable else ("--no-sync",)),
            ],
            what="Making the database cluster",
            identity=self._identity,
        )
        (unfinished / "pg_hba.conf").write_text(roles.HBA)
        unfinished.rename(self._cluster)

    def _wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_MAX_S
        while not self._is_ready(server):
            if server.poll() is not None:
                raise EmbeddedError(f"Postgres did not start:\n{process.log_tail(self._log)}")
            if time.monotonic() > until:
                raise EmbeddedError(
                    f"Postgres was not ready after {START_MAX_S:.0f} s:\n"
                    f"{process.log_tail(self._log)}"
                )
            time.sleep(0.01)

    def _is_ready(self, server: subprocess.Popen[bytes]) -> bool:
        """Read in Postgres's note, as pg_ctl does: line 1 its process, line 8 its condition."""
        note = leftovers.note(self._cluster)
        return len(note) >= 8 and note[0] == str(server.pid) and note[7].strip() == "ready"

    def _make_roles(self, programs: Path) -> None:
        """Once per cluster. The statements can be repeated, and are after a crash between them."""
        made = self._home / "roles.made"
        if made.exists():
            return
        connect = ("-X", "-q", "-h", self._sockets, "-p", str(PORT), "-U", roles.SUPERUSER)
        process.run(
            [programs / "psql", *connect, "-d", "postgres", "-f", "-"],
            what="Making the database roles",
            identity=process.Identity(),
            stdin=roles.BOOTSTRAP,
        )
        made.touch(mode=0o600)
