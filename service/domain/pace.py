"""How long we wait for everything: one frozen value, so that practice can run the same rules
faster.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Final

_jitter: Final = random.Random()  # noqa: S311 - spreads load, keeps no secret
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations only. `faster(n)` divides every one of them by n; numbers that are not times
    stay.
    """

    undo: timedelta = timedelta(seconds=300)  # between approval and sending
    lease: timedelta = timedelta(seconds=90)  # longer than any call may take
    retry_first: timedelta = timedelta(seconds=30)
    retry_most: timedelta = timedelta(hours=6)
    handed_on: timedelta = timedelta(minutes=15)  # what an instance cannot find by then goes back
    probe_first: timedelta = timedelta(seconds=30)  # a platform that is down is tried again
    probe_most: timedelta = timedelta(minutes=30)
    poll_first: timedelta = timedelta(minutes=5)
    poll_most: timedelta = DAY
    look_first: timedelta = timedelta(minutes=10)
    look_most: timedelta = DAY
    look_again: timedelta = timedelta(minutes=2)  # a second look at what a page says is gone
    look_soon: timedelta = timedelta(seconds=5)
    look_before: timedelta = timedelta(minutes=5)  # a deadline: two looks and a busy lane fit in
    look_after: timedelta = timedelta(minutes=1)
    closed_after: timedelta = 7 * DAY
    weekly_for: timedelta = 90 * DAY  # looks after `closed`
    monthly_for: timedelta = 365 * DAY
    remind_first: timedelta = DAY
    remind_daily_for: timedelta = 7 * DAY
    remind_weekly_for: timedelta = 35 * DAY
    unconfirmed_after: timedelta = DAY  # when the first reminder is due
    unfiled_after: timedelta = DAY  # a form nobody filed
    day: timedelta = DAY  # the day of the centre's own targets
    week: timedelta = 7 * DAY
    month: timedelta = 30 * DAY
    settle_most: timedelta = HOUR
    rest: timedelta = timedelta(minutes=10)  # what a hold keeps here is tried again

    def faster(self, factor: float) -> Pace:
        """The same rules, `factor` times as fast. The lease stays: it guards real calls."""
        changes = {
            f.name: getattr(self, f.name) / factor for f in fields(self) if f.name != "lease"
        }
        return replace(self, **changes)


def doubling(
    first: timedelta, most: timedelta, step: int, jitter: random.Random | None = None
) -> timedelta:
    """The wait before try `step` (0 is the first): doubled each time, up to `most`.

    Jitter only lengthens, by at most a tenth: nobody is ever asked earlier than said.
    """
    wait = min(first * 2 ** min(step, 32), most)
    longer: float = (jitter or _jitter).random() / 10
    longest: timedelta = wait * (1 + longer)
    return longest
