"""Story time: practice seconds since the start, `speed` of which pass in one real second."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]


class Clock:
    """`speed=3600`: an hour of the story passes in one real second."""

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError("speed must be above 0")
        self.speed = speed
        self._began = time.monotonic()
        self._began_at = datetime.now(UTC)

    def now(self) -> float:
        """Practice seconds since the start."""
        return (time.monotonic() - self._began) * self.speed

    def at(self, practice_s: float) -> datetime:
        """When in real time the story reaches this second. Platforms write it as their dates."""
        return self._began_at + timedelta(seconds=practice_s / self.speed)

    def forward(self, practice_s: float) -> None:
        """Let story time pass at once. What has happened moves into the past, in real time too."""
        real_s = practice_s / self.speed
        self._began -= real_s
        self._began_at -= timedelta(seconds=real_s)
