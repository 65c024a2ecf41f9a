"""How the work is going, for Prometheus. Who may read it is decided by where they call from.

It speaks of all centres at once, so no key of one of them opens it. Labels are platforms, ids of
organisations and words of ours.
"""

from __future__ import annotations

import asyncio
import os
import platform as machine
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Final, cast

from litestar import Request, Response
from litestar.types import Scope

from service import log
from service.actions.context import Context
from service.actions.queries import operating
from service.actions.queries.health import Readiness
from service.actions.queries.operating import OLDEST, Operating
from service.api import prometheus
from service.api.guards import Permission
from service.api.health import Health
from service.api.prometheus import Calls, Family, Sample, one
from service.api.routes import route
from service.domain.errors import Forbidden

HERE: Final = ("127.0.0.0/8", "::1/128")
"""This machine: who may read it unless a setting names others."""
KEPT_S: Final = 3.0
WITHIN_S: Final = 10.0
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip"})
_BEGAN: Final = time.time()
_UP_TO = f"Counted up to {operating.COUNTED_TO}."


@dataclass(slots=True)
class Metrics:
    """The page of one process, kept for some seconds, and the networks that may read it.

    `believed`: the server has put the address that a trusted proxy told in place of the proxy's.
    """

    ctx: Context
    health: Health
    calls: Calls
    networks: Sequence[str] = HERE
    believed: bool = False
    kept_s: float = KEPT_S
    _kept: tuple[Family, ...] = ()
    _until: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def admit(self, scope: Scope) -> None:
        """Raises `Forbidden`. What somebody else handed on comes from who knows where."""
        client = scope.get("client")
        handed_on = any(name.lower() in _FORWARDED for name, _ in scope["headers"])
        if client is None or (handed_on and not self.believed):
            raise Forbidden("Metrics are read directly, not through a proxy.")
        if not _is_in(client[0], tuple(self.networks)):
            raise Forbidden("Metrics are for the networks that EFFACE_METRICS_FROM names.")

    async def page(self) -> str:
        """Everything, as text."""
        async with self._lock:
            if time.monotonic() >= self._until:
                ready = await self.health()
                self._kept = (*_parts(ready), *await self._work(ready))
                self._until = time.monotonic() + self.kept_s
        return prometheus.text([*self._kept, *self.calls.families(), *_process()])

    async def _work(self, ready: Readiness) -> list[Family]:
        try:
            async with asyncio.timeout(WITHIN_S):
                found = await operating.read(self.ctx)
        except Exception as error:  # noqa: BLE001 - the parts say what is away; the rest is shown
            log.get().warning("metrics.unread", exc_info=error)
            return [one("efface_figures_read", "Whether the database gave its figures.", 0)]
        return [*_figures(found), *_mail(found, ready)]


@cache
def _networks(listed: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each) for each in listed)


def _is_in(host: str, networks: tuple[str, ...]) -> bool:
    try:
        found = ip_address(host)
    except ValueError:  # what a proxy told may be any word
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in _networks(networks))


def _parts(found: Readiness) -> Iterator[Family]:
    yield Family(
        "efface_part_ok", "gauge", "What /health/ready says of each part: 1 ok, 0 not.",
        tuple(
            Sample({"part": p.name}, p.state == "ok") for p in found.parts if p.state != "unknown"
        ),
    )  # fmt: skip


def _figures(found: Operating) -> Iterator[Family]:
    yield one("efface_figures_read", "Whether the database gave its figures.", 1)
    yield from _lanes(found)
    rows = found.rows
    (settle,) = rows["settle"] or (None,)
    yield one("efface_settle_lag_seconds", "Age of the oldest doubt that is due to be settled.",
              found.ago_s(settle.at if settle else None))  # fmt: skip
    yield _named("efface_calls_in_flight", "Sends that are out now.", "platform", rows["sending"])
    yield _named("efface_notices", f"Notices in doubt, set aside or to be filed. {_UP_TO}",
                 "state", rows["notices"])  # fmt: skip
    yield _named("efface_holds", f"Open holds, of the oldest. {_UP_TO}", "kind", rows["holds"])
    yield one("efface_todo_taken", "Lines of todo that somebody has taken.", rows["takes"][0].n)
    (unnumbered,) = rows["unnumbered"]
    yield one("efface_sequencer_lag_seconds", "Age of the oldest event without a number.",
              found.ago_s(unnumbered.at))  # fmt: skip
    yield one("efface_events_unnumbered", f"Events without a number. {_UP_TO}", unnumbered.n)
    yield Family(
        "efface_attempts_last_hour", "gauge",
        f"How tries of the last hour ended, of the newest {operating.ATTEMPTS}.",
        tuple(
            Sample({"platform": name, "outcome": outcome}, n)
            for (name, outcome), n in sorted(found.outcomes().items())
        ),
    )  # fmt: skip
    yield from _workers(found)


def _named(name: str, about: str, label: str, rows: Sequence[Any]) -> Family:
    samples = (Sample({label: row.name}, row.n) for row in sorted(rows, key=lambda r: str(r.name)))
    return Family(name, "gauge", about, tuple(samples))


def _lanes(found: Operating) -> Iterator[Family]:
    lag, closed, shut, down = [], [], [], []
    for row in found.rows["lanes"]:
        labels = {"platform": row.platform, "organisation": str(row.organisation_id or "")}
        late = {kind: found.ago_s(getattr(row, kind)) for kind in OLDEST}
        lag += [Sample({**labels, "kind": kind}, late_s) for kind, late_s in late.items() if late_s]
        if because := row.closed_because or ("killed" if row.killed else None):
            closed.append(Sample({**labels, "because": because}, 1))
        if wait_s := found.ahead_s(row.shut_until):
            shut.append(Sample(labels, wait_s))
        if row.down_since:
            down.append(Sample(labels, found.ago_s(row.down_since)))
    about = "Age of the oldest work that is due, by kind; nothing where none is late."
    yield Family("efface_lane_lag_seconds", "gauge", about, _widest(lag))
    about = "Lanes that a person must open again."
    yield Family("efface_lane_closed", "gauge", about, _widest(closed))
    about = "For how long a lane still waits, by their word, its budget or its circuit."
    yield Family("efface_lane_shut_seconds", "gauge", about, _widest(shut))
    about = "For how long nothing has answered."
    yield Family("efface_lane_down_seconds", "gauge", about, _widest(down))
    worst = dict.fromkeys(OLDEST, 0.0)
    for sample in lag:
        kind = sample.labels["kind"]
        worst[kind] = max(worst[kind], sample.value)
    yield Family("efface_oldest_due_seconds", "gauge", "Age of the oldest work that is due.",
                 tuple(Sample({"kind": kind}, value) for kind, value in worst.items()))  # fmt: skip
    yield one("efface_lanes_read", f"Lanes looked at, of {operating.LANES} at most.",
              len(found.rows["lanes"]))  # fmt: skip


def _widest(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """The two lanes of one platform have the same labels: the larger value counts."""
    kept: dict[tuple[tuple[str, str], ...], Sample] = {}
    for sample in samples:
        key = tuple(sample.labels.items())
        if key not in kept or kept[key].value < sample.value:
            kept[key] = sample
    return tuple(kept[key] for key in sorted(kept))


def _workers(found: Operating) -> Iterator[Family]:
    workers, swept = found.rows["workers"], found.rows["sweeps"]
    about = "Age of a worker's last sign of life; gone after an hour."
    yield Family("efface_worker_beat_age_seconds", "gauge", about,
                 tuple(Sample({"worker": w.name}, found.ago_s(w.at)) for w in workers))  # fmt: skip
    about = "Whether a worker hears Redis."
    yield Family("efface_worker_hears_redis", "gauge", about,
                 tuple(Sample({"worker": w.name}, w.redis) for w in workers))  # fmt: skip
    if swept:
        yield one("efface_sweep_age_seconds", "Time since the end of the last sweep.",
                  found.ago_s(swept[0].at))  # fmt: skip
        yield one("efface_sweep_duration_seconds", "How long the last sweep took.",
                  swept[0].took_ms / 1000)  # fmt: skip


def _mail(found: Operating, ready: Readiness) -> Iterator[Family]:
    """What was read of a mailbox that is set no more says nothing."""
    yield one("efface_letters_waiting", f"Replies by mail that wait for a person. {_UP_TO}",
              found.rows["letters"][0].n)  # fmt: skip
    read = found.rows["mailboxes"]
    if read and read[0].at and any(part.name == "mailbox" for part in ready.parts):
        yield one("efface_mailbox_read_age_seconds", "Time since the mailbox was last read; since"
                  " it first could not be, if it never was.", found.ago_s(read[0].at))  # fmt: skip


def _process() -> Iterator[Family]:
    """This process alone. What a system does not tell is left out."""
    yield one("efface_build_info", "What runs here.", 1, version=version(),
              python=machine.python_version())  # fmt: skip
    yield one("process_start_time_seconds", "When this process began.", _BEGAN)
    spent = os.times()
    yield Family("process_cpu_seconds_total", "counter", "CPU time of this process.",
                 (Sample({}, spent.user + spent.system),))  # fmt: skip
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text().split()[1])
        yield one("process_resident_memory_bytes", "Memory of this process.",
                  pages * os.sysconf("SC_PAGE_SIZE"))  # fmt: skip
        yield one("process_open_fds", "Open files and connections.",
                  len(list(Path("/proc/self/fd").iterdir())))  # fmt: skip


@cache
def version() -> str:
    """The version of this program: as it was installed, else as the checkout says."""
    try:
        return metadata.version("efface")
    except metadata.PackageNotFoundError:
        page = Path(__file__).parents[2] / "pyproject.toml"
        found = tomllib.loads(page.read_text()) if page.exists() else {}
        return str(found.get("project", {}).get("version", "unknown"))


@route("GET", "/metrics", may=Permission.PUBLIC, tag="health", raises=(Forbidden,))
async def read_metrics(request: Request) -> Response[str]:  # type: ignore[type-arg]
    """Read how the work is going, for Prometheus.

    Answers this machine, and the networks that `EFFACE_METRICS_FROM` names; no key opens it, since
    it speaks of all centres. Figures are a few seconds old.
    """
    metrics = cast("Metrics", request.app.state.metrics)
    metrics.admit(request.scope)
    return Response(await metrics.page(), media_type=prometheus.MEDIA_TYPE)


HANDLERS = (read_metrics,)
