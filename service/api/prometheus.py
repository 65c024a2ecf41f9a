"""Figures in the text format of Prometheus, and counts of the calls that this process answered.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4, read
2026-11-22. No registry and no state of the process: whoever makes a value hands it over.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, Literal, NamedTuple

MEDIA_TYPE: Final = "text/plain; version=0.0.4"  # Litestar adds the character set
BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED: Final = "none"


class Sample(NamedTuple):
    """One value. `suffix` is for the parts of a histogram."""

    labels: Mapping[str, str]
    value: float
    suffix: str = ""


class Family(NamedTuple):
    """All values of one name."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    about: str
    samples: tuple[Sample, ...]


def one(name: str, about: str, value: float, **labels: str) -> Family:
    """A gauge with a single value."""
    return Family(name, "gauge", about, (Sample(labels, value),))


def text(families: Iterable[Family]) -> str:
    """The whole page. A family without values is left out."""
    return "".join(line + "\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    if not family.samples:
        return
    yield f"# HELP {family.name} {_escaped(family.about)}"
    yield f"# TYPE {family.name} {family.kind}"
    for labels, value, suffix in family.samples:
        pairs = ",".join(f'{name}="{_quoted(said)}"' for name, said in labels.items())
        yield f"{family.name}{suffix}{'{' + pairs + '}' if pairs else ''} {_number(value)}"


def _escaped(words: str) -> str:
    return words.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(words: str) -> str:
    return _escaped(words).replace('"', r"\"")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() else repr(round(value, 6))


def known_method(method: str) -> str:
    """The method, or `other`: a caller may send any word, and each would be kept."""
    return method if method in METHODS else "other"


@dataclass(slots=True)
class Calls:
    """The calls of this process since it began, by route template: never by path."""

    now: int = 0
    _by_status: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    _slots: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _seconds: dict[tuple[str, str], float] = field(default_factory=dict)

    def count(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """One call has ended."""
        key = (known_method(method), route or UNMATCHED)
        self._by_status[*key, status] += 1
        slots = self._slots.setdefault(key, [0] * (len(BUCKETS_S) + 1))
        slots[bisect_left(BUCKETS_S, seconds)] += 1
        self._seconds[key] = self._seconds.get(key, 0.0) + seconds

    def families(self) -> Iterator[Family]:
        yield one("efface_http_requests_in_progress", "Calls that are being answered.", self.now)
        yield Family(
            "efface_http_requests_total", "counter", "Calls answered, by route and status.",
            tuple(
                Sample({"method": m, "route": r, "status": str(s)}, n)
                for (m, r, s), n in sorted(self._by_status.items())
            ),
        )  # fmt: skip
        yield Family(
            "efface_http_request_duration_seconds", "histogram", "How long calls took, by route.",
            tuple(sample for key in sorted(self._slots) for sample in self._histogram(key)),
        )  # fmt: skip

    def _histogram(self, key: tuple[str, str]) -> Iterator[Sample]:
        labels = {"method": key[0], "route": key[1]}
        bounds = (*(repr(b) for b in BUCKETS_S), "+Inf")
        so_far = 0
        for bound, so_far in zip(bounds, accumulate(self._slots[key]), strict=True):
            yield Sample({**labels, "le": bound}, so_far, "_bucket")
        yield Sample(labels, self._seconds[key], "_sum")
        yield Sample(labels, so_far, "_count")
