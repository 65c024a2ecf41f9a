"""Notices for the tests of mail: builders that state only what matters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from adapters.spec import ContentClass, Item, Kind, Locator, Notice, Purpose, Regime, Sender


def locator(url: str = "https://t.me/examplechannel/123") -> Locator:
    return Locator("telegram", Kind.POST, url.rpartition("t.me/")[2], url)


def notice(**changes: Any) -> Notice:
    urls = changes.pop("urls", ["https://t.me/examplechannel/123"])
    fields: dict[str, Any] = {
        "reference": "EF-7K2M9Q",
        "purpose": Purpose.FIRST,
        "content_class": ContentClass.NCII,
        "depicted_minor": False,
        "synthetic": False,
        "basis": Regime.TERMS,
        "language": "en",
        "subject": "Intimate images published without consent",
        "text": "Please remove:\n" + "\n".join(urls) + "\n\nThe centre\n",
        "summary": "These images were published without consent.",
        "sender": Sender(name="Example Centre", email="reports@centre.example"),
        "statements": (),
        "items": tuple(Item(f"r{n}", locator(url)) for n, url in enumerate(urls)),
        "composed_at": datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC),
        "message_id": "<0192f7a1.EF-7K2M9Q@centre.example>",
    }
    return Notice(**{**fields, **changes})
