"""Processes of a measurement: started, told to begin, watched, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).parents[1]
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_API: Final = "from service.cli import main; main(['api'])"
START_S: Final = 60.0


class Child:
    """One process of ours. It prints lines, takes lines, and is gone when we leave."""

    def __init__(self, *words: str, environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            env={**os.environ, **(environment or {})},
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def read(self) -> str:
        """Its next line; nothing when it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def end(self) -> str:
        """Ask it to end, and give its last words."""
        self._process.terminate()
        words, _ = self._process.communicate(timeout=120)
        return words.strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def children(commands: Sequence[Sequence[str]]) -> Iterator[list[Child]]:
    """Processes that have said `ready` and wait for the line that lets them begin."""
    made = [Child(*words) for words in commands]
    try:
        for child in made:
            if child.read() != "ready":
                raise RuntimeError("a process of the measurement did not start")
        yield made
    finally:
        for child in made:
            child.kill()


@dataclass(frozen=True, slots=True)
class Stub:
    """The platform that is called, in a process of its own."""

    url: str
    pid: int

    def contacts(self) -> dict[str, Any]:
        """`asked`: how many calls of each kind. `reported`: when each video first was, in seconds
        since the epoch.
        """
        with urllib.request.urlopen(f"{self.url}/stub/contacts") as reply:
            told: dict[str, Any] = json.load(reply)
        return told


@contextlib.contextmanager
def listening(**options: float) -> Iterator[Stub]:
    """A stub platform; `hang_s` makes it slow."""
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    child = Child("-m", "bench.stub", *words)
    try:
        yield Stub(child.read(), child.pid)
    finally:
        child.kill()


@contextlib.contextmanager
def serving(database_url: str, redis_url: str, key_file: Path) -> Iterator[tuple[str, int]]:
    """The API as it ships, in one process: its address, and its process id."""
    port = _free_port()
    settings = {
        "EFFACE_DATABASE_URL": database_url,
        "EFFACE_REDIS_URL": redis_url,
        "EFFACE_KEY_FILE": str(key_file),
        "EFFACE_PORT": str(port),
        "EFFACE_UNDO_S": "0",
        "EFFACE_LOG_LEVEL": "ERROR",
        "EFFACE_EGRESS_ALLOW_CIDRS": "127.0.0.0/8",
    }
    child, address = Child("-c", _API, environment=settings), f"http://127.0.0.1:{port}"
    try:
        _wait_until_alive(child, address)
        yield address, child.pid
    finally:
        child.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _wait_until_alive(child: Child, address: str) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(f"{address}/health/live"):
                return
        except (urllib.error.URLError, ConnectionError):
            if child.has_ended or time.monotonic() > until:
                raise RuntimeError("the API did not start") from None
            time.sleep(0.05)


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has used, with those of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(fields[n]) for n in (11, 12, 13, 14)) / _TICKS


def family(pid: int) -> list[int]:
    """A process and its children now."""
    found = [pid]
    for tasks in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (tasks / "children").read_text().split()]
    return found


def rss_mb(pid: int) -> int:
    """What a process holds in memory now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


class Meter:
    """CPU seconds by kind of process, from now until `read`."""

    def __init__(self, pids_by_kind: Mapping[str, Sequence[int]]) -> None:
        self._pids_by_kind = pids_by_kind
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        return {kind: sum(_family_s(p) for p in pids) for kind, pids in self._pids_by_kind.items()}

    def read(self) -> dict[str, float]:
        return {kind: round(s - self._before[kind], 2) for kind, s in self._now().items()}


def _family_s(pid: int) -> float:
    total = 0.0
    for one in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += cpu_s(one)
    return total
