"""Lock files hold pins and hashes and nothing else, and agree with what the project asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
LOCKS: Final = ("requirements.lock", "requirements-dev.lock")

PIN: Final = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9][a-z0-9.+]*)(?: ; (?P<marker>.+))? \\"
)
HASH: Final = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?P<more> \\)?")
MARKER: Final = re.compile(r"[a-z_0-9.' <>=!()A-Z]+")


def lines(lock: str) -> list[str]:
    return (ROOT / lock).read_text().splitlines()


def pins(lock: str) -> dict[str, str]:
    found = (PIN.fullmatch(line) for line in lines(lock))
    return {pin["name"]: pin["version"] for pin in found if pin}


def wanted(*, dev: bool) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = [*project["project"]["dependencies"]]
    listed += project["dependency-groups"]["dev"] if dev else []
    return [Requirement(line) for line in listed]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_only(lock: str) -> None:
    strange = [line for line in lines(lock) if not PIN.fullmatch(line) and not HASH.fullmatch(line)]
    markers = [pin["marker"] for line in lines(lock) if (pin := PIN.fullmatch(line))]

    assert strange == []
    assert all(MARKER.fullmatch(marker) for marker in markers if marker)
    assert len(pins(lock)) > 20


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    found = lines(lock)

    for line, after in zip(found, [*found[1:], ""], strict=True):
        hashed = HASH.fullmatch(line)
        ends_here = hashed is not None and not hashed["more"]
        assert bool(HASH.fullmatch(after)) is not ends_here, line


@pytest.mark.parametrize(("lock", "dev"), [(LOCKS[0], False), (LOCKS[1], True)])
def test_a_lock_pins_what_the_project_asks_for(lock: str, dev: bool) -> None:
    pinned = pins(lock)
    missing = [
        str(asked)
        for asked in wanted(dev=dev)
        if not asked.specifier.contains(pinned.get(canonicalize_name(asked.name), "0.dev0"))
    ]

    assert missing == [], "run `make lock`"


def test_development_uses_what_the_product_runs_on() -> None:
    product, dev = (pins(lock) for lock in LOCKS)

    assert product.items() <= dev.items()
