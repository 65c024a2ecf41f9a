"""Identifiers of ours: UUIDv7 (RFC 9562 §5.7), so that a key says when its row was made and sorts
so.
"""

from __future__ import annotations

import base64
import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """A UUIDv7 that is larger than every earlier one of this process."""
    global _last  # noqa: PLW0603 - one counter for the process
    with _lock:
        # 48 bits of milliseconds and 12 of their fraction: 244 ns a step
        now = (time.time_ns() << 12) // 1_000_000
        _last = max(now, _last + 1)
        stamp = _last
    ms, fraction = stamp >> 12, stamp & 0xFFF
    tail = int.from_bytes(os.urandom(8)) & (1 << 62) - 1
    return UUID(int=ms << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail)


def new_reference() -> str:
    """What an addressee sees and quotes: `EF-` and twelve letters and digits, 60 random bits."""
    code = base64.b32encode(os.urandom(8)).decode()[:12]
    return f"EF-{code[:4]}-{code[4:8]}-{code[8:]}"
