"""Reddit, where the contract does not reach: spellings, choice of a reason, closed places."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

import httpx
import pytest

from adapters.errors import (
    ContentGone,
    Misconfigured,
    NeedsPerson,
    NotSent,
    PlatformError,
    WrongAddressee,
)
from adapters.spec import ContentClass, Seen, Url
from tests.adapters.contract.case import KEY, compose, found, on_stage
from tests.adapters.contract.cases.reddit import (
    CASE,
    COMMENT,
    LISTED,
    POST,
    REPORT,
    RULES,
    SHARE,
    SIGN_IN,
    SITE,
)
from tests.adapters.contract.site import Answer, stored, told


@pytest.mark.parametrize(
    ("address", "key"),
    [
        (f"{SITE}/r/examplename/comments/abc123/a_title/?context=3", POST.key),
        ("http://OLD.reddit.com./comments/ABC123", POST.key),
        (f"{SITE}/r/examplename/comments/abc123/%E2%9C%93/", POST.key),
        (f"{SITE}/u/example-name/comments/abc123/a_title", POST.key),
        ("https://reddit.com:443/gallery/abc123", POST.key),
        ("https://redd.it/abc123/", POST.key),
        (f"{SITE}/r/examplename/comments/abc123/a_title/def456/?context=3", COMMENT.key),
        (f"{SITE}/r/examplename/comments/abc123/comment/def456/", COMMENT.key),
        (f"{SITE}/comments/abc123//def456", COMMENT.key),
        (f"{SITE}/comments/abc123/sl%2Fug", POST.key),
    ],
)
def test_every_spelling_has_one_key(address: str, key: str) -> None:
    locator = found(CASE, address)

    assert locator.key == key
    assert locator.final


def _tree(*reasons: str) -> Answer:
    steps = [{"reasonTextToShow": words, "reasonText": words} for words in reasons]
    above = {"reasonTextToShow": "Non-consensual intimate media", "nextStepReasons": steps}
    return told({"site_rules_flow": [above]})


@pytest.mark.parametrize(
    ("changes", "rules", "reason"),
    [
        ({}, RULES, "It's involuntary pornography and i do not appear in it"),
        (
            {"depicted_minor": True},
            RULES,
            "It's sexual or suggestive content involving minors",
        ),
        (
            {"content_class": ContentClass.PERSONAL_DETAILS},
            RULES,
            "It's personal and confidential information",
        ),
        ({}, _tree("Of me", "Of someone else"), "Of someone else"),
    ],
)
async def test_the_reason_is_one_that_reddit_lists(
    changes: Mapping[str, object], rules: Answer | str, reason: str
) -> None:
    scene = on_stage(CASE, {} if isinstance(rules, str) else {RULES: rules})

    await scene.adapter.send(compose(POST, **changes), KEY)

    sent = parse_qs(scene.site.seen[-1].content.decode())
    assert sent["site_reason"] == [reason]
    assert sent["reason"] == ["site_reason_selected"]
    assert sent["thing_id"] == [POST.key]


@pytest.mark.parametrize(
    "rules",
    [
        _tree("Of me"),
        _tree("Of someone else", "Of a public figure"),
        told({"site_rules_flow": []}),
        told({"site_rules_flow": [{"reasonText": "non-consensual " + "x" * 100}]}),
        told({"site_rules_flow": [{"reasonText": "non-consensual", "fileComplaint": True}]}),
    ],
)
async def test_where_no_single_reason_fits_a_person_reports(rules: Answer) -> None:
    scene = on_stage(CASE, {RULES: rules})

    with pytest.raises(NeedsPerson):
        await scene.adapter.send(CASE.notice, KEY)

    assert scene.site.calls(REPORT) == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({RULES: stored("reddit/private.json", 403)}, NeedsPerson),
        ({RULES: stored("reddit/banned.json", 404)}, ContentGone),
        ({LISTED: stored("reddit/none.json")}, ContentGone),
        ({LISTED: stored("reddit/post_taken_down.json")}, ContentGone),
        ({SIGN_IN: stored("reddit/invalid_grant.json")}, Misconfigured),
        ({SIGN_IN: stored("reddit/bad_request.json", 400)}, Misconfigured),
    ],
)
async def test_nothing_is_reported_where_it_would_reach_nobody(
    changes: Mapping[str, Answer], error: type[PlatformError]
) -> None:
    scene = on_stage(CASE, changes)

    with pytest.raises(error):
        await scene.adapter.send(CASE.notice, KEY)

    assert scene.site.calls(REPORT) == 0


@pytest.mark.parametrize(
    ("author", "body", "seen", "proof"),
    [
        ("[deleted]", "[deleted]", Seen.GONE, True),
        ("exampleauthor", "[ Removed by Reddit ]", Seen.GONE, False),
        ("[deleted]", "Example words", Seen.UP, True),
        ("exampleauthor", "[removed](https://example.com)", Seen.UP, True),
    ],
)
async def test_a_comment_is_gone_when_its_words_are(
    author: str, body: str, seen: Seen, proof: bool
) -> None:
    comment = {"name": COMMENT.key, "author": author, "body": body}
    listed = told({"data": {"children": [{"kind": "t1", "data": comment}]}})
    scene = on_stage(CASE, {LISTED: listed})

    observation = await scene.adapter.look(COMMENT)

    assert (observation.seen, observation.proof) == (seen, proof)


async def test_a_report_goes_out_anew_where_its_session_ran_out() -> None:
    scene = on_stage(CASE)
    await scene.adapter.send(CASE.notice, KEY)
    statuses = iter((401, 200))
    taken: dict[str, object] = {"json": {"errors": []}}
    scene.site.failing[REPORT] = lambda _r: httpx.Response(next(statuses), json=taken)

    receipt = await scene.adapter.send(CASE.notice, KEY)

    assert receipt == CASE.receipt
    assert (scene.site.calls(SIGN_IN), scene.site.calls(REPORT)) == (2, 3)


@pytest.mark.parametrize("target", ["https://elsewhere.example/x", f"{SITE}/r/examplename"])
async def test_a_share_link_that_leads_elsewhere_is_not_followed(target: str) -> None:
    lead = {f"GET {SHARE}": lambda _request: httpx.Response(302, headers={"location": target})}
    scene = on_stage(CASE, lead)

    with pytest.raises(WrongAddressee):
        await scene.adapter.resolve(found(CASE, SHARE))

    assert [request.url.host for request in scene.site.seen] == [Url(SITE).host]


@pytest.mark.parametrize("target", [f"{SITE}/", SITE, "/", ""])
async def test_a_share_link_that_leads_to_the_front_page_tells_nothing(target: str) -> None:
    lead = {f"GET {SHARE}": lambda _request: httpx.Response(302, headers={"location": target})}
    scene = on_stage(CASE, lead)

    with pytest.raises(NotSent, match="short_link_unreadable"):
        await scene.adapter.resolve(found(CASE, SHARE))


async def test_a_share_link_may_lead_on_without_naming_the_host() -> None:
    target = "/r/examplename/comments/abc123/a_title/"
    lead = {f"GET {SHARE}": lambda _request: httpx.Response(302, headers={"location": target})}
    scene = on_stage(CASE, lead)

    locator = await scene.adapter.resolve(found(CASE, SHARE))

    assert locator.key == POST.key
