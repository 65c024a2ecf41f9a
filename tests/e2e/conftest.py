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

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
READY_S = 60.0
ENDINGS = {"gone", "refused", "ignored", "contradicted", "reappeared", "waits for a person"}
WHERE = "test_up.py"
STARTS_IT = "test_two_of_them_never_share_a_folder"
SEES_IT_END = "test_a_newcomer_sees_every_kind_of_ending_within_two_minutes"


@dataclass
class Up:
    """One running `efface up`."""

    data: Path
    process: subprocess.Popen[str]
    address: str = ""
    ready_s: float = 0.0
    ready_at: float = 0.0  # of the monotonic clock
    seen_s: dict[str, float] = field(default_factory=dict)
    stderr: list[str] = field(default_factory=list)

    @property
    def up_s(self) -> float:
        """How long it has been ready."""
        return time.monotonic() - self.ready_at

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
    up.ready_at = time.monotonic()
    up.ready_s = up.ready_at - began
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


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`efface up --playground`, in a new folder. Somebody looks at it from its start on: `seen_s`
    says after how many seconds they first saw each of `ENDINGS`.
    """
    up = start(tmp_path_factory.mktemp("practice") / "efface", "--playground")
    over = threading.Event()
    newcomer = threading.Thread(target=_look_around, args=(up, over))
    newcomer.start()
    yield up
    over.set()
    newcomer.join()
    stop(up)


def _look_around(up: Up, over: threading.Event) -> None:
    with up.client() as api:
        while up.seen_s.keys() != ENDINGS and not over.wait(1):
            with contextlib.suppress(httpx.TransportError):  # on a busy machine: look again
                found = api.get("/takedowns", params={"limit": 500}).json()["items"]
                for kind in _kinds(found, api.get("/todo").json()["items"]):
                    up.seen_s.setdefault(kind, up.up_s)


def _kinds(takedowns: list[dict[str, Any]], todo: list[dict[str, Any]]) -> set[str]:
    kinds = set()
    for takedown in takedowns:
        said = set(takedown["answers"])
        kinds |= {"gone"} if takedown["state"] in ("gone", "closed") else set()
        kinds |= {"refused"} if "refused" in said else set()
        kinds |= {"ignored"} if "no_answer" in said else set()
        kinds |= {k for k in ("contradicted", "reappeared") if takedown["derived"][k]}
    return kinds | ({"waits for a person"} if todo else set())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The practice centre takes most of a minute to its last ending: it is started first of all,
    looked at when the others that need one are through, and stopped.
    """
    ours = [item for item in items if item.path.parent == HERE]
    rest = [item for item in items if item.path.parent != HERE]
    ours.sort(key=_when)
    items[:] = ours + rest


def _when(item: pytest.Item) -> int:
    if item.path.name != WHERE:
        return 3
    return 1 + (item.name == SEES_IT_END) - (item.name == STARTS_IT)


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
