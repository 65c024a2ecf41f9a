"""What `make bench` tells: the promised keys, and bars that are judged the right way round."""

from __future__ import annotations

from typing import Any

import pytest

from bench import table

KEYS = {
    "lifecycle_vs_dbos.one_worker",
    "lifecycle_vs_dbos.two_workers",
    "lifecycle_vs_pgbench",
    "intake_vs_pgbench",
    "bulk_vs_pgbench",
    "first_contact_ms.p50",
    "first_contact_ms.p99",
    "preview_50_ms.p50",
    "preview_50_ms.p99",
    "preview_vs_taking",
    "claim10_ms_p99",
    "checks_per_s",
    "rss_mb.api",
    "rss_mb.worker",
    "others_delay",
}
FOUND = {
    "lifecycle": {
        "one": {"per_s": 300.0},
        "two": {"per_s": 600.0, "rss_mb": {"api": 120, "worker": 110}},
    },
    "dbos": {"one": {"per_s": 50.0}, "two": {"per_s": 60.0}},
    "intake": {
        "single": {"per_s": 100.0},
        "bulk": {"per_s": 4.0},
        "floor_single": {"per_s": 400.0},
        "floor_bulk": {"per_s": 5.0},
        "floor_lifecycle": {"per_s": 200.0},
    },
    "contact": {"waits": {"p50": 30.0, "p99": 300.0}},
    "preview": {"preview": {"p50": 40.0, "p99": 400.0}, "ratio": 0.5},
    "hanging": {"ratio": 1.1},
    "crowd": {"claims": {"p99_ms": 25.0}, "checks_per_s": 99.0},
}


def test_every_promised_key_has_its_figure() -> None:
    told = table.results(FOUND)

    found = {key: _at(told, key) for key in KEYS}
    assert found == {
        "lifecycle_vs_dbos.one_worker": 6.0,
        "lifecycle_vs_dbos.two_workers": 10.0,
        "lifecycle_vs_pgbench": 3.0,
        "intake_vs_pgbench": 0.25,
        "bulk_vs_pgbench": 0.8,
        "first_contact_ms.p50": 30.0,
        "first_contact_ms.p99": 300.0,
        "preview_50_ms.p50": 40.0,
        "preview_50_ms.p99": 400.0,
        "preview_vs_taking": 0.5,
        "claim10_ms_p99": 25.0,
        "checks_per_s": 99.0,
        "rss_mb.api": 120,
        "rss_mb.worker": 110,
        "others_delay": 1.1,
    }


def test_the_table_has_a_line_for_every_figure_and_nothing_else_is_kept() -> None:
    told = table.results(FOUND)

    assert {".".join(figure.at) for figure in table.FIGURES} == KEYS
    assert told.keys() == {key.partition(".")[0] for key in KEYS} | {"machine", "raw"}
    assert len(table.show(told).splitlines()) == 2 + len(KEYS) + 2


def test_what_is_raw_is_kept_as_it_was_found() -> None:
    assert table.results(FOUND)["raw"] == FOUND


def test_a_part_that_was_not_measured_leaves_its_figures_open() -> None:
    told = table.results({"crowd": FOUND["crowd"]})

    assert told["checks_per_s"] == 99.0
    assert {key for key in KEYS if _at(told, key) is None} == KEYS - {
        "checks_per_s",
        "claim10_ms_p99",
    }


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("times DBOS, two workers", "met"),
        ("single addresses", "not met"),
        ("500 addresses", "met"),
        ("platform, p50", "met"),
        ("platform, p99", "not met"),
        ("50 addresses, p50", "met"),
        ("50 addresses, p99", "not met"),
        ("claim of ten", "met"),
        ("looks a second", "not met"),
    ],
)
def test_a_bar_is_the_least_or_the_most(words: str, verdict: str) -> None:
    lines = table.show(table.results(FOUND)).splitlines()

    (line,) = [line for line in lines if words in line]
    assert line.endswith(f"| {verdict} |")


def test_the_machine_is_described_and_not_named() -> None:
    found = table.machine()

    assert found.keys() == {"cores", "memory_gb", "cpu", "python", "postgres", "kernel"}
    assert found["postgres"].startswith("PostgreSQL 18")
    assert "-" not in found["kernel"]


def _at(values: Any, key: str) -> Any:
    for step in key.split("."):
        values = values[step]
    return values
