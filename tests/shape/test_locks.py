"""Lock files hold pins and hashes and nothing else, and agree with what the project asks for."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
LOCKS: Final = ("requirements.lock", "requirements-dev.lock", "requirements-mtproto.lock")

PIN: Final = re.compile(
    r"(?P<name>[a-z0-9-]+)(?:\[(?P<extras>[a-z0-9,-]+)\])?"
    r"==(?P<version>[0-9][a-z0-9.+]*)(?: ; (?P<marker>.+))? \\"
)
HASH: Final = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?P<more> \\)?")
MARKER: Final = re.compile(r"[a-z_0-9.' <>=!()A-Z]+")


def lines(lock: str) -> list[str]:
    return (ROOT / lock).read_text().splitlines()


def pins(lock: str) -> dict[str, str]:
    return {pin["name"]: pin["version"] for pin in found_pins(lock)}


def found_pins(lock: str) -> list[re.Match[str]]:
    return [pin for line in lines(lock) if (pin := PIN.fullmatch(line))]


def wanted(lock: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    more = {
        "requirements-dev.lock": project["dependency-groups"]["dev"],
        "requirements-mtproto.lock": project["project"]["optional-dependencies"]["mtproto"],
    }
    return [Requirement(r) for r in (*project["project"]["dependencies"], *more.get(lock, ()))]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_only(lock: str) -> None:
    strange = [line for line in lines(lock) if not PIN.fullmatch(line) and not HASH.fullmatch(line)]
    markers = [pin["marker"] for pin in found_pins(lock)]

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


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_what_the_project_asks_for(lock: str) -> None:
    pinned = pins(lock)
    missing = [
        str(asked)
        for asked in wanted(lock)
        if not asked.specifier.contains(pinned.get(canonicalize_name(asked.name), "0.dev0"))
    ]

    assert missing == [], "run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_the_extras_that_are_asked_for(lock: str) -> None:
    """Where it does not, pip 23 takes `coverage[toml]` for a package of its own, finds a release
    newer than the pin, and refuses it for want of a hash.
    """
    named = {p["name"]: set((p["extras"] or "").split(",")) for p in found_pins(lock)}
    lacking = [
        f"{asking}: {asked}"
        for asking in named
        for asked in required_by(asking)
        if not asked.extras <= named.get(canonicalize_name(asked.name), asked.extras)
    ]

    assert lacking == [], "run `make lock`"


def required_by(name: str) -> list[Requirement]:
    """What an installed package asks for here without being asked for an extra itself."""
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # for another system
        return []
    asked = [Requirement(line) for line in lines]
    return [each for each in asked if not each.marker or each.marker.evaluate({"extra": ""})]


def test_development_uses_what_the_product_runs_on() -> None:
    product, dev, mtproto = (pins(lock) for lock in LOCKS)

    assert product.items() <= dev.items()
    assert mtproto.items() <= dev.items()
    assert {"telethon", *product} <= mtproto.keys()
    assert "telethon" not in product
