"""What a list of waits comes to."""

from __future__ import annotations

from collections.abc import Sequence


def share(ordered: Sequence[float], part: float) -> float:
    """The value below which this part of the ordered values lies; the last for all of them."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
