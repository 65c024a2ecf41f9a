"""Servers end with the process that started them, as root and as an ordinary user."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from service.embedded import process
from service.embedded.errors import EmbeddedError
from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties child to parent")

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("run_both.py")
IS_ROOT = os.geteuid() == 0
USERS = [
    pytest.param(None, id="as we are"),
    pytest.param("nobody", id="nobody", marks=pytest.mark.skipif(not IS_ROOT, reason="not root")),
]


class As(NamedTuple):
    """How Python is run as a user: which interpreter, and what Popen is told."""

    python: str
    options: dict[str, Any]


def as_user(user: str | None) -> As:
    if user is None:
        return As(sys.executable, {})
    account = pwd.getpwnam(user)
    options: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
        # An interpreter under a private /root is out of reach for others.
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            trial = [python, "-c", f"open({str(PROGRAM)!r})"]
            subprocess.run(trial, capture_output=True, check=True, **options)
            return As(python, options)
    pytest.skip(f"{user} can reach no {version}, or not {PROGRAM}")


@contextlib.contextmanager
def both_servers(
    home: Path, user: str | None, path: str | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process that runs both servers; killed at the end, and not by asking."""
    environment = {
        "PATH": os.environ["PATH"] if path is None else path,
        "PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    python, options = as_user(user)
    running = subprocess.Popen(
        [python, str(PROGRAM), str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
        **options,
    )
    with running:
        try:
            assert running.stdout is not None
            assert running.stderr is not None
            said = running.stdout.readline()
            assert said.startswith("ready"), running.stderr.read()
            yield running
        finally:
            running.kill()


def processes_of(home: Path) -> dict[int, str]:
    """Every living process that works in `home` or names it, with its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if command and (
                str(home) in command or (entry / "cwd").readlink().is_relative_to(home)
            ):
                found[int(entry.name)] = command
    return found


def left_after(home: Path, seconds: float) -> dict[int, str]:
    until = time.monotonic() + seconds
    while (left := processes_of(home)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def belongs_to(user: str | None, folder: Path) -> None:
    if user is not None:
        account = pwd.getpwnam(user)
        folder.mkdir(mode=0o700)
        os.chown(folder, account.pw_uid, account.pw_gid)


@pytest.mark.parametrize("user", USERS)
def test_kill_9_leaves_no_process_and_the_next_start_works(home: Path, user: str | None) -> None:
    belongs_to(user, home)
    with both_servers(home, user) as first:
        names = " ".join(processes_of(home).values())
        assert "redis-server" in names
        assert "postgres: " in names

        first.send_signal(signal.SIGKILL)
        first.wait()

    with both_servers(home, user):  # at once, while the first may still be ending
        assert stat.S_IMODE(home.stat().st_mode) == 0o700

    assert left_after(home, 20) == {}


@pytest.mark.parametrize("user", USERS)
def test_closing_in_good_order_leaves_nothing_either(home: Path, user: str | None) -> None:
    belongs_to(user, home)
    with both_servers(home, user) as running:
        assert running.stdin is not None
        running.stdin.close()
        assert running.wait(30) == 0

    assert left_after(home, 0) == {}
    assert not (home / "cluster" / "postmaster.pid").exists()
    assert not (home / "redis.sock").exists()


def test_ctrl_c_reaches_the_servers_only_through_us(home: Path) -> None:
    with both_servers(home, None) as running:
        sessions = {os.getsid(number) for number in processes_of(home) if number != running.pid}

        assert os.getsid(running.pid) not in sessions


@pytest.mark.skipif(not IS_ROOT, reason="not root")
def test_root_without_user_namespaces_runs_the_database_as_nobody(
    home: Path, tmp_path: Path
) -> None:
    with both_servers(home, None, path=str(tmp_path)) as running:  # no unshare on PATH
        postmaster = int((home / "cluster" / "postmaster.pid").read_text().splitlines()[0])
        assert Path(f"/proc/{postmaster}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
        running.send_signal(signal.SIGKILL)

    assert left_after(home, 20) == {}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="not root")
def test_root_without_user_namespaces_under_a_private_parent_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir(mode=0o700)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EmbeddedError, match="cannot run as root"):
        EmbeddedPostgres(home / "inner").start()

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (home / "inner").stat().st_uid == 0


@pytest.mark.skipif(not IS_ROOT or shutil.which("unshare") is None, reason="not root")
def test_root_under_a_private_parent_needs_no_wider_permission(home: Path) -> None:
    home.mkdir(mode=0o700)

    with both_servers(home / "inner", None):
        assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="not root")
def test_root_uses_the_folder_of_an_ordinary_user_as_that_user(home: Path) -> None:
    belongs_to("nobody", home)

    with both_servers(home, None):
        assert (home / "cluster").stat().st_uid == pwd.getpwnam("nobody").pw_uid


def test_a_thread_may_not_start_a_server(own_redis: EmbeddedRedis) -> None:
    caught: list[BaseException] = []

    def start() -> None:
        try:
            own_redis.start()
        except EmbeddedError as refused:
            caught.append(refused)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    assert "main thread" in str(caught[0])


def test_a_child_whose_parent_is_gone_does_not_start(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    other = "1"  # our parent's number as it would be found after its death

    ran = subprocess.run(
        [sys.executable, "-I", "-S", process.LAUNCH, other, "9", "0", "0", "/bin/touch", mark],
        check=False,
    )

    assert ran.returncode == 1
    assert not mark.exists()


def test_the_servers_learn_nothing_of_our_environment(
    own_redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EFFACE_SECRET", "canary")
    own_redis.start()

    assert own_redis._process is not None
    environment = Path(f"/proc/{own_redis._process.pid}/environ").read_bytes()
    assert b"canary" not in environment
