"""What must hold between rows, each as one question to the database: how many break it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.actions.attempts import OPEN
from service.doctor.chart import Chart

LATE: Final = timedelta(minutes=10)
"""A sweep does two hundred of a kind each few seconds: what is later than this was forgotten."""


class Invariant(NamedTuple):
    """`broken` counts what breaks it. `:late` is `LATE` ago, `:late_id` an id of that time."""

    check: str
    broken: str
    says: str
    do: str


_REPORT: Final = "The product never does this: report it, with this line."
_WORKER: Final = "See whether a worker runs and what its log says."
_OPEN: Final = ", ".join(f"'{state}'" for state in OPEN)
_FREE: Final = (
    "t.state IN ('open', 'restricted') AND NOT EXISTS"
    " (SELECT 1 FROM holds h WHERE h.takedown_id = t.id AND h.ended_at IS NULL)"
)

INVARIANTS: Final = (
    Invariant(
        "record.attempts",
        "SELECT count(*) FROM (SELECT 1 FROM attempts"
        f" WHERE state IN ({_OPEN}) GROUP BY notice_id HAVING count(*) > 1) a",
        "Notices with more than one open attempt",
        _REPORT,
    ),
    Invariant(
        "record.attempts",
        "SELECT count(*) FROM notices n WHERE n.state IN ('sending', 'perhaps_sent') AND NOT EXISTS"
        f" (SELECT 1 FROM attempts a WHERE a.notice_id = n.id AND a.state IN ({_OPEN}))",
        "Notices that are out without an open attempt",
        _REPORT,
    ),
    Invariant(
        "record.leases",
        "SELECT count(*) FROM notices WHERE state = 'sending'"
        " AND (lease_until IS NULL OR lease_until < :late)",
        "Notices that are `sending` long past their lease",
        _WORKER,
    ),
    Invariant(
        "record.events",
        "SELECT count(*) FROM (SELECT 1 FROM events WHERE seq IS NOT NULL GROUP BY organisation_id"
        " HAVING min(seq) <> 1 OR max(seq) <> count(*) OR count(DISTINCT seq) <> count(*)) e",
        "Organisations whose events are numbered with a gap, or twice",
        "Tell those who read the feed to read it again from the start, and report it.",
    ),
    Invariant(
        "record.carriers",
        "SELECT count(*) FROM requests r JOIN takedowns t ON t.id = r.takedown_id"
        f" WHERE r.state = 'joined' AND r.round = t.round AND {_FREE}"
        " AND NOT EXISTS (SELECT 1 FROM requests c WHERE c.carrying"
        "  AND c.organisation_id = r.organisation_id AND c.addressee = r.addressee"
        "  AND c.locator_mac = r.locator_mac AND c.basis = r.basis)",
        "Joined requests that wait for another one that is gone",
        "Hold and release the takedown: then it is asked by itself. Report it.",
    ),
    Invariant(
        "record.carriers",
        "SELECT count(*) FROM (SELECT 1 FROM requests WHERE carrying"
        " GROUP BY organisation_id, addressee, locator_mac, basis HAVING count(*) > 1) r",
        "Requests that several cases ask of one desk at once",
        _REPORT,
    ),
    Invariant(
        "record.carriers",
        "SELECT count(*) FROM requests WHERE carrying AND state IN ('joined', 'withdrawn')",
        "Requests that are joined or withdrawn, and still keep others from asking",
        _REPORT,
    ),
    Invariant(
        "record.carriers",
        "SELECT count(*) FROM requests r JOIN takedowns t ON t.id = r.takedown_id"
        f" WHERE r.state = 'pending' AND r.carrying AND NOT t.waits_look AND {_FREE}"
        " AND r.entry_id < :late_id AND t.updated_at < :late"
        " AND NOT EXISTS (SELECT 1 FROM carried c JOIN notices n ON n.id = c.notice_id"
        "  WHERE c.request_id = r.id AND n.state IN"
        "  ('due', 'sending', 'perhaps_sent', 'unconfirmed', 'by_hand', 'set_aside'))",
        "Requests that may go and are in no notice",
        _WORKER,
    ),
    Invariant(
        "record.carriers",
        "SELECT count(*) FROM notices n WHERE n.state IN"
        " ('due', 'sending', 'perhaps_sent', 'sent', 'unconfirmed', 'by_hand')"
        " AND NOT EXISTS (SELECT 1 FROM carried c WHERE c.notice_id = n.id)",
        "Notices that carry no request",
        _REPORT,
    ),
    Invariant(
        "record.holds",
        "SELECT count(*) FROM takedowns t WHERE (t.state = 'held') <> EXISTS"
        " (SELECT 1 FROM holds h WHERE h.takedown_id = t.id AND h.ended_at IS NULL)"
        " AND t.state NOT IN ('withdrawn', 'resolving')",
        "Takedowns that are held without a reason, or not held in spite of one",
        _REPORT,
    ),
    Invariant(
        "lanes.work",
        "SELECT count(*) FROM notices n WHERE (n.state = 'due' OR n.poll_at IS NOT NULL"
        " OR n.settle_at IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM lanes l WHERE l.id = n.lane)",
        "Notices that wait for a lane that is not there",
        "Set the platform up again: that makes its lanes.",
    ),
    Invariant(
        "lanes.work",
        "SELECT count(*) FROM takedowns t WHERE (t.look_at IS NOT NULL OR t.resolve_at IS NOT NULL)"
        " AND t.lane_look IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM lanes l WHERE l.id = t.lane_look)",
        "Takedowns that wait to be looked at by a lane that is not there",
        "Set the platform up again: that makes its lanes.",
    ),
    Invariant(
        "workers.sweep",
        "SELECT (SELECT count(*) FROM clocks WHERE state = 'running' AND due_at < :late)"
        " + (SELECT count(*) FROM holds WHERE ended_at IS NULL AND until < :late)",
        "Deadlines and holds that have passed, and nobody noticed",
        _WORKER,
    ),
    Invariant(
        "workers.sequencer",
        "SELECT count(*) FROM events WHERE seq IS NULL AND id < :late_id",
        "Events that wait for their number",
        f"{_WORKER} A transaction that stays open keeps them waiting too.",
    ),
)
_FINE: Final = {
    "record.attempts": "What is out has one open attempt.",
    "record.leases": "No call is out past its lease.",
    "record.events": "Events are numbered without a gap.",
    "record.carriers": "Whatever waits for another has it.",
    "record.holds": "What is held has a reason.",
    "lanes.work": "Whatever is due has a lane.",
    "workers.sweep": "What time brings is done in time.",
    "workers.sequencer": "Events are numbered in time.",
}


async def examine(conn: AsyncConnection, chart: Chart, now: datetime) -> None:
    """Ask them all."""
    late = now - LATE
    values = {"late": late, "late_id": UUID(int=int(late.timestamp() * 1000) << 80)}
    for one in INVARIANTS:
        if n := await conn.scalar(text(one.broken), values):
            chart.wrong(one.check, f"{one.says}: {n:,}.", one.do)
    for check, fine in _FINE.items():
        chart.close(check, fine)
