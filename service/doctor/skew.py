"""How far another machine's clock is from ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from service.doctor.chart import Chart

WARN: Final = timedelta(seconds=1)
WRONG: Final = timedelta(seconds=10)
TRIES: Final = 3
_DO: Final = "Let every machine keep its time by NTP."


async def examine(
    chart: Chart, whose: str, ask: Callable[[], Awaitable[datetime]], now: Callable[[], datetime]
) -> None:
    """Ask for the time and compare. What the way took is no difference: each reply proves a part
    of it, and the quickest the most.
    """
    check = f"time.{whose.lower()}"
    differences = []
    for _ in range(TRIES):
        before = now()
        theirs = await ask()
        after = now()
        differences.append(max(theirs - after, before - theirs, timedelta()))
    off = max(differences)
    words = f"{whose} and this machine differ by {off.total_seconds():.1f} s."
    if off > WRONG:
        chart.wrong(check, words, _DO)
    elif off > WARN:
        chart.warn(check, words, _DO)
    chart.close(check, f"{whose} and this machine agree on the time.")
