"""A hundred thousand lines that nobody would write: each is refused with a reason, or names one
thing.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

from adapters.base import Adapter
from adapters.spec import Url
from service.domain.urls import BadUrl, parse
from tests.adapters.test_addresses import DESKS
from tests.adapters.test_addresses import LINES as WRITTEN
from tests.prove import scale
from tests.prove.conftest import Figure

LINES = scale.of(2_000, 100_000, 1_000_000)
PIECES = (
    *(
        "",
        "/",
        "//",
        "..",
        "%",
        "%2f",
        "%zz",
        "%00",
        "\x00",
        "?",
        "#",
        "@",
        ":",
        ";",
        "&=",
        "[",
        "]",
    ),
    *(
        "[.]",
        "(dot)",
        "hxxp",
        "xn--",
        "xn--a-ecp.ru",
        "\u202e",
        "\u0130",
        "\u0660",
        "\ufeff",
        "\ud800",
    ),
    *(
        "a" * 300,
        "1" * 40,
        ":0",
        ":99999",
        ":80:80",
        "user:pass@",
        "127.0.0.1",
        "[::1]",
        "\n",
        "\t",
    ),
    *("=" * 60, "%25" * 30, "https://", "javascript:", "data:,", "tg://", "matrix:", "도메인.한국"),
)


def test_no_line_breaks_intake_or_any_platform(figure: Figure) -> None:
    """Whatever is handed in, intake refuses it in words or every platform says whether it is its
    own; what a platform wrote down it knows again, as the same.
    """
    seed = random.randrange(2**32) if scale.FULL else 7
    adapters = [desk.adapter for desk in DESKS.values()]
    taken = known = 0
    for line in _lines(random.Random(seed), LINES):
        with contextlib.suppress(BadUrl):
            url = parse(line)
            taken += 1
            known += sum(_is_known(adapter, url, (seed, line)) for adapter in adapters)

    assert taken > LINES / 10
    assert known > LINES / 100
    figure(f"{LINES:,} lines, seed {seed}: {taken:,} taken in, {known:,} times known to a platform")


def _lines(chance: random.Random, count: int) -> Iterator[str]:
    """Addresses that exist in form, broken at one to four places."""
    samples = [*WRITTEN, *(s for desk in DESKS.values() for s in desk.adapter.spec.samples)]
    for _ in range(count):
        line = chance.choice(samples)
        for _ in range(chance.randint(0, 4)):
            at, to = sorted(chance.randint(0, len(line)) for _ in range(2))
            if chance.random() < 0.7:
                to = min(to, at + 2)
            line = line[:at] + _piece(chance) + line[to:]
        yield line


def _piece(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(PIECES)
    return "".join(chr(chance.randint(1, 0x2FF)) for _ in range(chance.randint(1, 3)))


def _is_known(adapter: Adapter, url: Url, about: object) -> bool:
    found = adapter.match(url)
    if found is None:
        return False
    assert found.platform == adapter.spec.name, about
    again = adapter.match(Url(found.url))
    assert again is not None, about
    assert (again.kind, again.key) == (found.kind, found.key), about
    return True
