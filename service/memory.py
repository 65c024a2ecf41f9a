"""A process that runs for months stays as small as what it holds, and never stops to count it.

asyncio reads from a socket into 256 KiB and keeps the few bytes that came. glibc maps so large a
block by itself and gives it back, until one was freed: from then on such blocks are cut out of the
heap, and each leaves a hole that nothing fits. A worker grew by half within a quarter of an hour,
with no more in use than before.

Python's collector goes through all that a process holds, again and again: some 800,000 things that
were there from the start, for a tenth of a second in which nobody is answered.
"""

from __future__ import annotations

import ctypes
import gc
from typing import Any, Final

_MMAP_THRESHOLD: Final = -3  # M_MMAP_THRESHOLD of malloc.h
_BYTES: Final = 128 * 1024  # glibc's own default. Once set, it no longer follows what was freed.


def settle() -> None:
    """Call this once, when the process is ready: what it holds by then, it holds for good.

    From then on blocks of 128 KiB and more are mapped and given back, each by itself, for 12 µs
    each time that something is read from a socket. That part needs glibc.
    """
    gc.collect()
    gc.freeze()
    libc = _glibc()
    if libc is not None:
        libc.mallopt(_MMAP_THRESHOLD, _BYTES)


def _glibc() -> Any:
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None
