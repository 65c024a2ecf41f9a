"""Notices for the tests of forms: builders that state only what matters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from adapters.spec import (
    ContentClass,
    Item,
    Kind,
    Locator,
    Notice,
    Purpose,
    Regime,
    Sender,
    Statement,
)


def notice(**changes: Any) -> Notice:
    urls = changes.pop("urls", ["https://x.com/examplename/status/123"])
    items = (Locator("x", Kind.POST, url.rpartition("/")[2], url) for url in urls)
    fields: dict[str, Any] = {
        "reference": "EF-7K2M9Q",
        "purpose": Purpose.FIRST,
        "content_class": ContentClass.NCII,
        "depicted_minor": False,
        "synthetic": False,
        "basis": Regime.US_TAKE_IT_DOWN,
        "language": "en",
        "subject": "Intimate images published without consent",
        "text": "canary-whole-message",
        "summary": "canary-summary of what is wrong.",
        "sender": Sender(
            name="canary-centre", email="canary@centre.example", signatory="canary-signatory"
        ),
        "statements": (
            Statement("no_consent", "canary-no-consent", "en"),
            Statement("good_faith", "canary-good-faith", "en"),
            Statement("authority", "canary-authority", "en"),
        ),
        "items": tuple(Item(f"r{n}", locator) for n, locator in enumerate(items)),
        "composed_at": datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC),
        "message_id": "<0192f7a1.EF-7K2M9Q@centre.example>",
    }
    return Notice(**{**fields, **changes})
