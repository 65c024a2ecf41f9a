"""`python -m bench`: measure everything, show one table, keep `bench/results.json`.

With `--only` just some parts are measured, and nothing is kept unless `--out` says where.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from bench import contact, intake, lifecycle, preview, table
from bench.crowd import run as crowd
from bench.peers import race
from service import log

KEPT_AT: Final = Path(__file__).with_name("results.json")


@dataclasses.dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done in each part."""

    lifecycles: int
    of_peers: int
    calls: intake.Sizes
    contacts: int
    others: int
    previews: int
    crowd: crowd.Sizes


WHOLE: Final = Sizes(6000, 1500, intake.Sizes(), 60, 60, 200, crowd.Sizes())
SMALL: Final = Sizes(
    120,
    60,
    intake.Sizes(singles=80, bulks=8, lifecycles=16),
    3,
    10,
    10,
    crowd.Sizes(requests=4000, lanes=20, claims=8, looks_s=2, due_looks=0.8, warm_s=1),
)
"""Seconds each: to see that everything works. Its figures mean nothing."""


def _one_and_two(run: Callable[[int, int], Any], count: int) -> dict[str, Any]:
    return {"one": run(1, count), "two": run(2, count)}


PARTS: Final[Mapping[str, Callable[[Sizes], Any]]] = {
    "lifecycle": lambda s: _one_and_two(lifecycle.run, s.lifecycles),
    "dbos": lambda s: _one_and_two(race.run_dbos, s.of_peers),
    "arq": lambda s: _one_and_two(race.run_arq, s.of_peers),
    "intake": lambda s: intake.run(s.calls),
    "contact": lambda s: contact.idle(s.contacts),
    "hanging": lambda s: contact.hanging(s.others),
    "preview": lambda s: preview.run(s.previews),
    "crowd": lambda s: crowd.run(s.crowd),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[], help="these parts")
    parser.add_argument("--small", action="store_true", help="a few seconds for each part")
    parser.add_argument("--out", type=Path, help="where the results are kept")
    options = parser.parse_args()
    log.configure("ERROR")
    found: dict[str, Any] = {}
    for name in options.only or PARTS:
        begun = time.monotonic()
        found[name] = _plain(PARTS[name](SMALL if options.small else WHOLE))
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
    told = table.results(found)
    print(f"\n{table.show(told)}")
    out = options.out or (None if options.only or options.small else KEPT_AT)
    if out:
        out.write_text(json.dumps(told, indent=2, default=str) + "\n")


def _plain(value: Any) -> Any:
    """Values that JSON knows; numbers with as many digits as mean something."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
