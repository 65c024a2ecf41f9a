"""The results: what was measured, made into the figures that are promised, and shown as a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from service.embedded import binaries

Found = Mapping[str, Any]
"""What each part gave, by the part's name, as plain values."""


class Figure(NamedTuple):
    """One line of the table. `at` leads to the figure in the results."""

    at: tuple[str, ...]
    what: str
    bar: float | None = None
    least: bool = True  # the bar is the least that is good; else it is the most


FIGURES: Final = (
    Figure(("lifecycle_vs_dbos", "one_worker"), "lifecycles, times DBOS, one worker"),
    Figure(("lifecycle_vs_dbos", "two_workers"), "lifecycles, times DBOS, two workers", 10),
    Figure(("lifecycle_vs_pgbench",), "lifecycles by two workers, times pgbench"),
    Figure(("intake_vs_pgbench",), "single addresses taken in, times pgbench", 0.3),
    Figure(("bulk_vs_pgbench",), "500 addresses in one call, times pgbench", 0.5),
    Figure(("first_contact_ms", "p50"), "from 202 to the platform, p50, ms", 40, least=False),
    Figure(("first_contact_ms", "p99"), "from 202 to the platform, p99, ms", 250, least=False),
    Figure(
        ("preview_50_ms", "p50"), "what would leave for 50 addresses, p50, ms", 300, least=False
    ),
    Figure(
        ("preview_50_ms", "p99"), "what would leave for 50 addresses, p99, ms", 300, least=False
    ),
    Figure(("preview_vs_taking",), "the same, times the taking in of the 50"),
    Figure(("claim10_ms_p99",), "claim of ten among 1,000,000, p99, ms", 30, least=False),
    Figure(("checks_per_s",), "looks a second with 1,000,000 open", 100),
    Figure(("others_delay",), "others' delay while one platform hangs, times"),
    Figure(("rss_mb", "api"), "memory of the API after the load, MB"),
    Figure(("rss_mb", "worker"), "memory of a worker after the load, MB", 200, least=False),
)


def results(found: Found) -> dict[str, Any]:
    """All figures, with what they were made of. A part that was not measured leaves None."""
    one, two = _at(found, "lifecycle", "one"), _at(found, "lifecycle", "two")
    intake, contact, crowd = (found.get(part) or {} for part in ("intake", "contact", "crowd"))
    return {
        "lifecycle_vs_dbos": {
            "one_worker": _ratio(_per_s(one), _at(found, "dbos", "one", "per_s")),
            "two_workers": _ratio(_per_s(two), _at(found, "dbos", "two", "per_s")),
        },
        "lifecycle_vs_pgbench": _ratio(_per_s(two), _at(intake, "floor_lifecycle", "per_s")),
        "intake_vs_pgbench": _ratio(
            _at(intake, "single", "per_s"), _at(intake, "floor_single", "per_s")
        ),
        "bulk_vs_pgbench": _ratio(_at(intake, "bulk", "per_s"), _at(intake, "floor_bulk", "per_s")),
        "first_contact_ms": {part: _at(contact, "waits", part) for part in ("p50", "p99")},
        "preview_50_ms": {part: _at(found, "preview", "preview", part) for part in ("p50", "p99")},
        "preview_vs_taking": _at(found, "preview", "ratio"),
        "claim10_ms_p99": _at(crowd, "claims", "p99_ms"),
        "checks_per_s": _at(crowd, "checks_per_s"),
        "others_delay": _at(found, "hanging", "ratio"),
        "rss_mb": {kind: _at(two, "rss_mb", kind) for kind in ("api", "worker")},
        "machine": machine(),
        "raw": dict(found),
    }


def _at(values: Any, *steps: str) -> Any:
    for step in steps:
        values = (values or {}).get(step)
    return values


def _per_s(ran: Any) -> Any:
    return _at(ran, "per_s")


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return ours / theirs if ours is not None and theirs else None


def machine() -> dict[str, Any]:
    """What it was measured on. No name of the machine."""
    cpu = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2] for line in cpu.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 2**30, 1),
        "cpu": models[0].strip() if models else platform.machine(),
        "python": platform.python_version(),
        "postgres": _postgres(),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
    }


def _postgres() -> str:
    """The version that the embedded server says of itself."""
    header = binaries.postgres_folder().parent / "share" / "postgresql" / "postgres.bki"
    words = header.read_text().splitlines()[0] if header.exists() else "# PostgreSQL"
    return words.removeprefix("# ")


def show(told: Mapping[str, Any]) -> str:
    """The table, for people and for the README."""
    lines = ["| what | figure | bar | |", "|---|---:|---:|---|"]
    for figure in FIGURES:
        value = _at(told, *figure.at)
        sign = "≥" if figure.least else "≤"
        bar = f"{sign} {figure.bar:g}" if figure.bar is not None else ""
        lines.append(f"| {figure.what} | {_short(value)} | {bar} | {_verdict(figure, value)} |")
    where = ", ".join(f"{name} {value}" for name, value in told["machine"].items())
    return "\n".join([*lines, "", f"Measured on: {where}"])


def _short(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _verdict(figure: Figure, value: float | None) -> str:
    if figure.bar is None or value is None:
        return ""
    met = value >= figure.bar if figure.least else value <= figure.bar
    return "met" if met else "not met"
