"""The floor: what this Postgres does with the same statements when nobody computes anything.

Each operation was done once by the product. pgbench does all of them once more, over as many
connections, in a copy of the database as it was before: the same statements, sizes, order, rows
and commits, with every constraint and index.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from bench.floor import script
from bench.floor.capture import Captured
from bench.ground import Ground, fetch
from service.embedded import binaries

BEFORE: Final = "before"
COPY: Final = "floor"


@dataclass(frozen=True, slots=True)
class Floor:
    """Operations a second, and what one of them sends."""

    per_s: float
    count: int
    connections: int
    statements: float
    transactions: float


def keep_before(ground: Ground) -> None:
    """Remember the database as it is now. Nobody may be connected to it."""
    asyncio.run(_copy(ground, "efface", BEFORE))


def replay(
    ground: Ground, shares: Sequence[Sequence[Captured]], first: Sequence[Sequence[Captured]] = ()
) -> Floor:
    """Do every share on a connection of its own, all at once; what comes `first` is not timed."""
    asyncio.run(_copy(ground, BEFORE, COPY))
    if first:
        _run(ground, first)
    asyncio.run(fetch(ground.dsn(COPY), "ANALYZE"))
    took = _run(ground, shares)
    done = list(itertools.chain.from_iterable(shares))
    return Floor(
        per_s=len(done) / took,
        count=len(done),
        connections=len(shares),
        statements=sum(one.statements for one in done) / len(done),
        transactions=sum(len(one.transactions) for one in done) / len(done),
    )


async def _copy(ground: Ground, source: str, name: str) -> None:
    await fetch(ground.dsn("postgres"), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await fetch(ground.dsn("postgres"), f"CREATE DATABASE {name} TEMPLATE {source}")


def _run(ground: Ground, shares: Sequence[Sequence[Captured]]) -> float:
    """Seconds from the first start to the last end. Raises `RuntimeError` when one fails."""
    files = []
    for number, share in enumerate(shares):
        files.append(ground.folder / f"share-{number}.sql")
        files[-1].write_text(script.write(share))
    begun = time.monotonic()
    made = [_pgbench(ground, file) for file in files]
    told = [one.communicate()[0] for one in made]
    took = time.monotonic() - begun
    for one, words in zip(made, told, strict=True):
        if one.returncode or "failed transactions: 0 " not in words:
            raise RuntimeError(f"pgbench: {words[-2000:]}")
    return took


def _pgbench(ground: Ground, file: Path) -> subprocess.Popen[str]:
    """One connection, the script once. As the application's role."""
    where = parse_qs(urlsplit(ground.dsn(COPY)).query)
    command: list[str | Path] = [
        *(binaries.postgres_folder() / "pgbench", "--no-vacuum", "--client=1", "--transactions=1"),
        *(f"--host={where['host'][0]}", f"--port={where['port'][0]}", "--username=efface_app"),
        *(f"--file={file}", COPY),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
