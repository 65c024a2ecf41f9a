"""ngrok: what a report holds, and how much fits into it."""

from __future__ import annotations

import json

import pytest

from adapters.errors import Refused
from tests.adapters.contract.case import KEY, compose, on_stage
from tests.adapters.contract.cases.ngrok import CASE, PAGE


async def test_a_report_holds_addresses_and_our_words() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(PAGE, text="Words of the notice"), KEY)

    (request,) = scene.site.seen
    assert json.loads(request.content) == {
        "urls": [PAGE.url],
        "metadata": "Words of the notice\n\n[EF-7K2M9Q]",
    }
    assert request.headers["ngrok-version"] == "2"
    assert request.headers["authorization"] == "Bearer canary-token"


async def test_words_are_counted_in_bytes_and_never_cut() -> None:
    scene = on_stage(CASE)

    with pytest.raises(Refused, match="text_too_long"):
        await scene.adapter.send(compose(PAGE, text="가" * 1400), KEY)

    assert scene.site.seen == []
