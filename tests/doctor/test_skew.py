"""Clocks that differ: by how much, whichever is ahead, and what the way there and back took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from service.doctor import skew
from service.doctor.chart import Chart, Finding, Level

QUICK = (0.2, 0.2, 0.2)


async def found(ahead_s: float, ways_s: Sequence[float] = QUICK) -> Finding:
    """What is said of a database whose clock is so far ahead, each reply so long under way."""
    at, left = datetime(2026, 11, 22, tzinfo=UTC), list(ways_s)

    def now() -> datetime:
        return at

    async def ask() -> datetime:
        nonlocal at
        half = timedelta(seconds=left.pop(0) / 2)
        theirs = at + half + timedelta(seconds=ahead_s)
        at += 2 * half
        return theirs

    chart = Chart()
    await skew.examine(chart, "Database", ask, now)
    (finding,) = chart.findings
    assert finding.check == "time.database"
    return finding


@pytest.mark.parametrize("way", [1, -1], ids=["ahead", "behind"])
@pytest.mark.parametrize(
    ("seconds", "level"),
    [(0.9, Level.OK), (1.3, Level.WARN), (9.5, Level.WARN), (11, Level.WRONG), (9999, Level.WRONG)],
)
async def test_whichever_is_ahead_it_is_told(way: int, seconds: float, level: Level) -> None:
    assert (await found(way * seconds)).level is level


async def test_what_the_way_took_is_no_difference() -> None:
    assert (await found(0, (30, 40, 50))).level is Level.OK


@pytest.mark.parametrize("ways", [(40, 40, 0.2), (0.2, 40, 40)])
async def test_the_quickest_reply_counts(ways: Sequence[float]) -> None:
    finding = await found(5, ways)

    assert (finding.level, finding.says) == (
        Level.WARN, "Database and this machine differ by 4.9 s.",
    )  # fmt: skip
