"""How the work is going, for operators: what is late, what is in doubt, who is alive.

Cheap however large the tables are: each statement reads a bounded part of an index. Counts stop at
`COUNTED_TO`. Nothing here names a centre, a person or an address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from service.actions.claims import RESOLVE
from service.actions.context import Context
from service.store.unit import Unit

COUNTED_TO: Final = 10_000
LANES: Final = 2_000
ATTEMPTS: Final = 5_000
WITHIN: Final = timedelta(hours=1)


def _oldest(table: str, lane: str, due: str, where: str) -> str:
    """The oldest due time of lane `l`: one step into an index for each priority."""
    return (
        "(SELECT min(x.at) FROM generate_series(0, 3) AS p CROSS JOIN LATERAL"
        f" (SELECT w.{due} AS at FROM {table} w WHERE w.{lane} = l.id AND w.priority = p"
        f" AND {where} ORDER BY w.{due} LIMIT 1) AS x)"
    )


_UNRESOLVED: Final = "w.state = 'resolving'"
_ANEW: Final = f"w.resolve_at IS NOT NULL AND w.{RESOLVE.where} AND NOT {_UNRESOLVED}"
OLDEST: Final[Mapping[str, str]] = {
    "send": _oldest("notices", "lane", "due_at", "w.state = 'due'"),
    "poll": _oldest("notices", "lane", "poll_at", "w.poll_at IS NOT NULL"),
    "look": _oldest("takedowns", "lane_look", "look_at", "w.look_at IS NOT NULL"),
    # what is tried in vain is late since it came, whenever the next try is
    "resolve": f"LEAST({_oldest('takedowns', 'lane_look', 'created_at', _UNRESOLVED)}, "
    + _oldest("takedowns", "lane_look", "resolve_at", _ANEW)
    + ")",
}
_DUE = ", ".join(f"{found} AS {kind}" for kind, found in OLDEST.items())
_UP_TO = f"LIMIT {COUNTED_TO}"
WAITING: Final = ("perhaps_sent", "unconfirmed", "set_aside", "by_hand")
STATEMENTS: Final[Mapping[str, str]] = {
    "lanes": "SELECT l.platform, l.organisation_id, l.closed_because, l.killed, l.down_since,"
    f" GREATEST(l.not_before, l.full_until, l.probe_at) AS shut_until, {_DUE}"
    f" FROM lanes l ORDER BY l.id LIMIT {LANES}",
    "settle": "SELECT settle_at AS at FROM notices WHERE settle_at IS NOT NULL"
    " ORDER BY settle_at LIMIT 1",
    "sending": "SELECT s.addressee AS name, count(*) AS n FROM (SELECT addressee FROM notices"
    f" WHERE state = 'sending' {_UP_TO}) AS s GROUP BY 1",
    "notices": " UNION ALL ".join(
        f"SELECT '{state}' AS name, (SELECT count(*) FROM (SELECT 1 FROM notices"
        f" WHERE state = '{state}' {_UP_TO}) AS s) AS n"
        for state in WAITING
    ),
    "holds": "SELECT h.kind AS name, count(*) AS n FROM (SELECT kind FROM holds"
    f" WHERE ended_at IS NULL {_UP_TO}) AS h GROUP BY 1",
    "unnumbered": "SELECT (SELECT count(*) FROM (SELECT 1 FROM events WHERE seq IS NULL"
    f" {_UP_TO}) AS s) AS n,"
    " (SELECT at FROM events WHERE seq IS NULL ORDER BY txid, id LIMIT 1) AS at",
    # one step for each try: joined, all notices would be read
    "outcomes": "SELECT (SELECT addressee FROM notices WHERE id = a.notice_id) AS name,"
    " a.state, a.reason, count(*) AS n FROM (SELECT notice_id, state, reason FROM attempts"
    f" WHERE id > :floor ORDER BY id DESC LIMIT {ATTEMPTS}) AS a GROUP BY 1, 2, 3",
    "workers": "SELECT id AS name, beat_at AS at, redis FROM workers WHERE beat_at > :since",
    "sweeps": "SELECT ended_at AS at, took_ms FROM sweeps",
    "letters": "SELECT count(*) AS n FROM (SELECT 1 FROM letters WHERE state = 'waits'"
    f" {_UP_TO}) AS s",
    "mailboxes": "SELECT COALESCE(read_at, failing_since) AS at FROM mailboxes",
    "takes": "SELECT count(*) AS n FROM takes WHERE until > :now",
}

OUTCOMES: Final[Mapping[str, str]] = {
    "accepted": "accepted",
    "not_sent": "not_sent",
    "rejected": "rejected",
    "bounced": "bounced",
    "perhaps": "uncertain",
    "superseded": "uncertain",
    "intent": "in_flight",
}
THROTTLED: Final = "http_429"


@dataclass(frozen=True, slots=True)
class Operating:
    """What was found, as rows of `STATEMENTS`, at one moment."""

    now: datetime
    rows: Mapping[str, Sequence[Any]]

    def outcomes(self) -> Mapping[tuple[str, str], int]:
        """How many tries of the last hour ended how, by platform and class."""
        found: dict[tuple[str, str], int] = {}
        for row in self.rows["outcomes"]:
            kind = OUTCOMES.get(row.state, "other")
            if kind == "not_sent" and row.reason == THROTTLED:
                kind = "throttled"
            found[row.name, kind] = found.get((row.name, kind), 0) + row.n
        return found

    def ago_s(self, at: datetime | None) -> float:
        """Seconds since a moment; 0 when it is to come or there is none."""
        return max(0.0, (self.now - at).total_seconds()) if at else 0.0

    def ahead_s(self, at: datetime | None) -> float:
        """Seconds until a moment; 0 when it has passed or there is none."""
        return max(0.0, (at - self.now).total_seconds()) if at else 0.0


async def read(ctx: Context) -> Operating:
    """Look once. Raises `DatabaseAway`."""
    now = ctx.now()
    given = {"floor": _first_id(now - WITHIN), "since": now - WITHIN, "now": now}

    async def work(u: Unit) -> Operating:
        rows = {}
        for name, statement in STATEMENTS.items():
            values = {k: v for k, v in given.items() if f":{k}" in statement}
            rows[name] = (await u.run(statement, **values)).all()
        return Operating(now, rows)

    return await ctx.store.read(work)


def _first_id(at: datetime) -> UUID:
    """No id of ours that was made after `at` is smaller: the first 48 bits are milliseconds."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
