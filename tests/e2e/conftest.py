"""A whole efface in a process of its own, as `make up` runs it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
READY_S = 60.0


@dataclass
class Up:
    """One running `efface up`."""

    data: Path
    process: subprocess.Popen[str]
    address: str = ""
    ready_s: float = 0.0
    stderr: list[str] = field(default_factory=list)

    def key(self, role: str) -> str:
        return (self.data / f"{role}.key").read_text().strip()

    def client(self, role: str = "case_worker", token: str = "") -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.address}/api/v1",
            headers={"Authorization": f"Bearer {token or self.key(role)}"},
            timeout=30,
            trust_env=False,
        )

    def command(
        self, *arguments: str, role: str = "case_worker"
    ) -> subprocess.CompletedProcess[str]:
        """Run another `efface` command against it."""
        env = {**os.environ, "EFFACE_URL": self.address, "EFFACE_API_KEY": self.key(role)}
        return subprocess.run(
            [sys.executable, "-m", "service.cli", *arguments],
            cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


def start(data: Path, *options: str) -> Up:
    """Start it and wait for its `ready` line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "up", "--data", str(data), "--port", "0", *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    up = Up(data, process)
    assert process.stdout is not None
    assert process.stderr is not None
    threading.Thread(target=_keep, args=(process.stderr, up.stderr), daemon=True).start()
    began = time.monotonic()
    watchdog = threading.Timer(READY_S, process.kill)
    watchdog.start()
    line = process.stdout.readline()
    watchdog.cancel()
    up.ready_s = time.monotonic() - began
    assert line.startswith("ready http://"), "".join(up.stderr[-30:])
    up.address = line.split()[1]
    return up


def _keep(stream: Any, lines: list[str]) -> None:
    with contextlib.suppress(ValueError):
        lines.extend(stream)


def stop(up: Up, number: int = signal.SIGTERM) -> int:
    """End it by a signal. Returns its exit code."""
    if up.process.poll() is None:
        up.process.send_signal(number)
    code = up.process.wait(60)
    for stream in (up.process.stdout, up.process.stderr):
        assert stream is not None
        stream.close()
    return code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "efface"


@pytest.fixture
def practice(data: Path) -> Iterator[Up]:
    """`efface up --playground`, in a new folder."""
    up = start(data, "--playground")
    yield up
    stop(up)


def descendants(pid: int) -> list[int]:
    """Every process below one, by /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
