"""How much a promise is tried: a little within `make test`, in full within `make prove`."""

from __future__ import annotations

import os
from typing import Final

import pytest

VARIABLE: Final = "PROVE"
FULL: Final = os.environ.get(VARIABLE, "") in ("full", "long")
LONG: Final = os.environ.get(VARIABLE, "") == "long"

in_full: Final = pytest.mark.skipif(
    not FULL, reason="takes servers of its own and many seconds: `make prove` runs it"
)


def of(small: int, full: int, long: int | None = None) -> int:
    """The count for this run. `long` is for `make prove-long`; without it, `full` counts."""
    if LONG and long is not None:
        return long
    return full if FULL else small
