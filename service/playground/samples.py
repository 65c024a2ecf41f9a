"""The demo's practice items: which platform has which behaviour. At demo speed all end in 90 s."""

from __future__ import annotations

from typing import Final

__all__ = ["DEMO_SPEED", "SAMPLES"]

DEMO_SPEED: Final = 3600.0  # an hour of the story in one second

_PEERTUBE = (
    "removed",
    "removed_late",
    "ignored",
    "refused",
    "asks",
    "contradicts",
    "accepts",
    "returns",
    "changes_mind",
    "blocks",
    "throttled",
    "broken",
    "slow",
    "lost",
    "gone",
    "private",
    "account_removed",
)
_BLUESKY = (
    "removed",
    "removed_late",
    "deleted",
    "ignored",
    "returns",
    "blocks",
    "restricted",
    "replaced",
    "throttled_date",
    "lost",
    "reset",
    "garbled",
    "gone",
    "account_removed",
)
_TELEGRAM = (
    "removed",
    "removed_mute",
    "ignored",
    "refused",
    "asks",
    "contradicts",
    "returns",
    "answers_twice",
    "bounces",
    "busy",
    "gone",
    "private",
    "veiled",
    "channel_removed",
)
_X = ("removed", "ignored", "returns", "vanishes", "gone", "private", "short_removed")

# platform, name of the item; the name without a prefix is that of its behaviour
SAMPLES: Final = (
    *(("peertube", name) for name in _PEERTUBE),
    *(("bluesky", name) for name in _BLUESKY),
    *(("telegram", name) for name in _TELEGRAM),
    *(("x", name) for name in _X),
)
