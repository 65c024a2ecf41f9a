"""GoDaddy: the type of a ticket, which its terms say must be right."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.spec import ContentClass
from tests.adapters.contract.case import KEY, compose, on_stage
from tests.adapters.contract.cases.godaddy import API, CASE, PAGE, REPORT, TICKET
from tests.adapters.contract.site import stored

SECOND = f"POST {API}/v2/abuse/tickets"


@pytest.mark.parametrize(
    ("content_class", "minor", "route", "as_type"),
    [
        (ContentClass.NCII, False, REPORT, "CONTENT"),
        (ContentClass.NCII, True, SECOND, "CHILD_ABUSE"),
        (ContentClass.PERSONAL_DETAILS, True, REPORT, "CONTENT"),
    ],
)
async def test_only_images_of_a_minor_are_child_abuse(
    content_class: ContentClass, minor: bool, route: str, as_type: str
) -> None:
    scene = on_stage(CASE, {SECOND: CASE.routes[REPORT]})
    notice = compose(PAGE, content_class=content_class, depicted_minor=minor)

    await scene.adapter.send(notice, KEY)

    body = json.loads(scene.site.seen[0].content)
    assert scene.site.calls(route) == 1
    assert (body["type"], body["source"]) == (as_type, PAGE.url)
    assert scene.site.seen[0].headers["authorization"] == "sso-key canary-key:canary-secret"


async def test_an_answer_says_when_the_ticket_was_closed() -> None:
    scene = on_stage(CASE, {TICKET: stored("godaddy/closed.json")})
    assert CASE.receipt is not None

    (answer,) = (await scene.adapter.poll(CASE.receipt)).answers

    assert answer.said_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert answer.status == "closed: ACTIONED"
