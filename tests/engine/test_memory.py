"""What a process has freed goes back to the system."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from service import memory

CHUNK = 256 * 1024  # what asyncio asks of a socket at a time

FREED = f"""
import ctypes, sys
from service import memory

class Info(ctypes.Structure):
    _fields_ = [(f"n{{i}}", ctypes.c_size_t) for i in range(10)]

def mapped():
    return take().n4  # hblkhd: bytes in blocks of their own

if sys.argv[1] == "kept":
    memory.settle()
take = ctypes.CDLL(None).mallinfo2
take.restype = Info
bytes(2 * {CHUNK})  # made and freed: glibc takes it for the usual size from here on
before = mapped()
held = bytes({CHUNK})
print(mapped() - before)
"""


def mapped_by(*how: str) -> int:
    """How much of a block is mapped by itself, after a larger one was freed. Bytes."""
    ran = subprocess.run([sys.executable, "-c", FREED, *how], check=True, capture_output=True)
    return int(ran.stdout)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="glibc on Linux alone")
def test_what_a_socket_is_read_into_is_given_back_whatever_was_freed_before() -> None:
    assert mapped_by("kept") >= CHUNK
    assert mapped_by("left alone") < CHUNK  # what it is for: without it, holes stay in the heap


def test_without_glibc_the_rest_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_glibc", lambda: None)
    try:
        memory.settle()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_the_collector_leaves_alone_what_was_there_from_the_start() -> None:
    try:
        memory.settle()
        assert gc.get_freeze_count() > 100_000  # this process's modules and all they hold
        assert len(gc.get_objects()) < gc.get_freeze_count() / 100
    finally:
        gc.unfreeze()
