"""docs/platforms.md says what the specs say."""

from __future__ import annotations

from adapters import page
from adapters.registry import ADAPTERS


def test_the_committed_page_is_what_the_specs_say() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run: python -m adapters.page"


def test_every_platform_is_on_it_with_a_source_and_what_it_needs() -> None:
    told = page.page()

    for adapter in ADAPTERS:
        _, _, entry = told.partition(f"\n## {adapter.spec.name}\n")
        entry = entry.partition("\n## ")[0]
        assert adapter.spec.sources[0].address in entry
        assert all(f"Needs `{secret.name}`" in entry for secret in adapter.spec.needs)
