"""docs/platforms.md, from the specs alone. `python -m adapters.page` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from adapters.registry import ADAPTERS
from adapters.spec import Ability, Channel, Office, Settle, Spec

PAGE: Final = Path(__file__).parents[1] / "docs" / "platforms.md"
_CHANNEL: Final = {
    Channel.API: "by machine (API)",
    Channel.MAIL: "by e-mail",
    Channel.FORM: "by a form that a person files",
}
_SETTLE: Final = {
    Settle.SAME_KEY: "sent again under the same key, which they honour",
    Settle.LOOK_UP: "looked up among our reports there",
    Settle.RECEIPT: "a receipt by mail, or a person",
    Settle.NOBODY: "a person",
}
_OFFICE: Final = {
    Office.HOTLINE: "a hotline, beside the platform, where the person is or may be a minor",
    Office.REGULATOR: "a regulator, when nobody on the ladder acted",
}
_HEAD: Final = """# Platforms

Generated from what each adapter declares: `python -m adapters.page` writes this page. What could
not be confirmed is said in the adapter's own file. Copyright notices have [a page](copyright.md) of
their own.
"""


def page() -> str:
    """The whole page."""
    specs = sorted((cls.spec for cls in ADAPTERS), key=lambda spec: spec.name)
    lines = [
        _HEAD,
        "| name | what | how it is asked | its answers are read | a doubt is settled by |",
    ]
    lines.append("|---|---|---|---|---|")
    lines += [_row(spec) for spec in specs]
    for spec in specs:
        lines += ["", *_entry(spec)]
    return "\n".join(lines) + "\n"


def _row(spec: Spec) -> str:
    link = f"[`{spec.name}`](#{spec.name})"
    reads = "yes" if Ability.POLL in spec.can else ("by mail" if spec.answers else "no")
    cells = (link, _plain(spec.title), _CHANNEL[spec.channel], reads, _SETTLE[spec.perhaps_sent])
    return f"| {' | '.join(cells)} |"


def _entry(spec: Spec) -> Iterator[str]:
    yield f"## {spec.name}"
    yield ""
    yield f"{_plain(spec.title)}, {_CHANNEL[spec.channel]}."
    yield ""
    for name, told in _facts(spec):
        if told:
            yield f"- {name}: {told}"


def _facts(spec: Spec) -> Iterator[tuple[str, str]]:
    one = "one address" if spec.carries.urls == 1 else f"up to {spec.carries.urls} addresses"
    yield "A message carries", one + (" of one host" if spec.carries.same_host else "")
    yield "It acts on", ", ".join(sorted(c.value for c in spec.classes))
    yield "It learns", ", ".join(f.value for f in spec.discloses)
    yield "Told by a person, as", _OFFICE[spec.office] if spec.office else ""
    yield "Takes results away", "asked beside the rest where the centre says so" * spec.delists
    rights = "where whoever holds the rights says so, not about minors: what stands on "
    yield "Takes copyright notices", rights * bool(spec.rights_in) + ", ".join(spec.rights_in)
    yield "Asked first, once it is set up, about what is behind", ", ".join(spec.fronts)
    yield "It sits in", spec.country
    yield "What it learns may travel on to", "; ".join(spec.travels_to)
    yield "Looked at by machine", "yes" if Ability.LOOK in spec.can else "no: a person looks"
    yield "Its channel is the process of", ", ".join(r.value for r in spec.regimes)
    yield (
        "Reminded",
        f"every {spec.remind.hours} hours at most" if spec.remind else "never by machine",
    )
    yield "Software", ", ".join(spec.software)
    for secret in spec.needs:
        yield f"Needs `{secret.name}`", _plain(secret.help)
    for setting in spec.settings:
        if setting.required:
            yield f"Needs `{setting.name}`", _plain(setting.help)
    sources = (f"<{s.address}> ({s.read_on.isoformat()})" for s in spec.sources)
    yield "Read in", ", ".join(sources)


def _plain(words: str) -> str:
    return " ".join(words.replace("|", "/").split())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
