"""Platforms that other packages bring, through the entry point group `efface.adapters`.

Each entry names an adapter class, or a tuple of them. They join when a process starts, after our
own that name hosts and before `site`, which takes any. One that cannot join keeps it from starting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from adapters import declared
from adapters.base import Adapter
from adapters.registry import ADAPTERS
from adapters.site import Site

__all__ = ["GROUP", "Brought", "WrongAdapters", "brought", "load"]

GROUP: Final = "efface.adapters"


@dataclass(frozen=True, slots=True)
class Brought:
    """One adapter, and the package that it came with: name and version."""

    package: str
    adapter: type[Adapter]


class WrongAdapters(Exception):
    """efface cannot start with what is installed. `problems` lists everything that is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        said = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            "Adapters of other packages cannot be used. Mend or uninstall the package:\n" + said
        )


def load() -> tuple[type[Adapter], ...]:
    """All platforms in match order: ours, and those of packages in this environment.

    Tells `Site` whose hosts it has to leave alone. Raises `WrongAdapters`.
    """
    catch_all = next(n for n, ours in enumerate(ADAPTERS) if "*" in ours.spec.hosts)
    theirs = tuple(each.adapter for each in brought())
    adapters = (*ADAPTERS[:catch_all], *theirs, *ADAPTERS[catch_all:])
    Site.others = tuple(host for a in adapters for host in a.spec.hosts if host != "*")
    return adapters


def brought() -> list[Brought]:
    """Adapters of packages in this environment, by package and entry. Raises `WrongAdapters`."""
    joined: list[Brought] = []
    problems: list[str] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda e: (_package(e), e.name)):
        try:
            found = list(_classes(entry.load()))
        except Exception as error:  # noqa: BLE001 - another's code may end in any way
            problems.append(f"{_place(entry)}: {type(error).__name__}: {error}")
            continue
        for adapter in found:
            wrong = declared.wrong(adapter) or list(_clashes(adapter, joined))
            problems += [f"{_place(entry)}, {adapter.__name__}: {words}" for words in wrong]
            if not wrong:
                joined.append(Brought(_package(entry), adapter))
    if problems:
        raise WrongAdapters(problems)
    return joined


def _classes(named: Any) -> Iterator[type[Adapter]]:
    for each in named if isinstance(named, tuple) else (named,):
        if not (isinstance(each, type) and issubclass(each, Adapter)):
            raise TypeError("it names no class that builds on adapters.base.Adapter")
        yield each


def _clashes(adapter: type[Adapter], joined: Iterable[Brought]) -> Iterator[str]:
    """Names and hosts are given once: two adapters of one host would make chance decide."""
    if "*" in adapter.spec.hosts:
        yield "`hosts` may not be '*': any host is left to `site`"
    others = [("efface", ours) for ours in ADAPTERS]
    others += [(each.package, each.adapter) for each in joined]
    for package, other in others:
        if other.spec.name == adapter.spec.name:
            yield f"the name {other.spec.name!r} is taken by {package}"
        for host in adapter.spec.hosts:
            if any(_meet(host, theirs) for theirs in other.spec.hosts):
                yield f"the host {host!r} is claimed by {other.spec.name!r} of {package}"


def _meet(one: str, other: str) -> bool:
    """Whether some host fits both patterns; "*" fits none, as it gives way to all."""
    return "*" not in (one, other) and (_covers(one, other) or _covers(other, one))


def _covers(pattern: str, host: str) -> bool:
    within = pattern.startswith("*.") and host.removeprefix("*.").endswith(pattern[1:])
    return pattern == host or within


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"


def _place(entry: EntryPoint) -> str:
    return f"{_package(entry)}, entry point {entry.name!r} ({entry.value})"
