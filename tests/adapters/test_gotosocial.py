"""GoToSocial, where the contract does not reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.errors import NotSent
from adapters.spec import Url
from tests.adapters.contract.case import KEY, on_stage
from tests.adapters.contract.cases.gotosocial import API, AUTHOR, CASE, ID, OWN, POST, READ
from tests.adapters.contract.site import stored, told


@pytest.mark.parametrize("path", [f"@a/statuses/{ID}", f"users/A/statuses/{ID.lower()}"])
def test_a_post_of_any_host_is_known_by_its_number(path: str) -> None:
    locator = CASE.built().match_at(Url(f"https://other.example/{path}"))

    assert locator is not None
    assert locator.key == f"other.example/{ID}"


async def test_what_lives_elsewhere_is_found_by_home() -> None:
    answer = {f"GET {API}/v2/search": stored("gotosocial/search_status.json")}
    scene = on_stage(CASE, answer)
    asked = scene.adapter.match_at(Url(f"https://other.example/@examplename/statuses/{ID}"))
    assert asked is not None

    found = await scene.adapter.resolve(asked)

    assert found.key == "https://other.example/users/examplename/statuses/98"
    assert found.parts["remote"] == "yes"


async def test_our_report_is_looked_for_among_those_about_the_same_account() -> None:
    scene = on_stage(CASE)

    await scene.adapter.find(CASE.notice, KEY)

    assert dict(scene.site.seen[-1].url.params) == {"limit": "100", "target_account_id": AUTHOR}


@pytest.mark.parametrize(("created", "sure"), [("2026-11-01", True), ("2026-11-22", False)])
async def test_a_full_page_is_enough_only_where_it_reaches_back(created: str, sure: bool) -> None:
    rows = [{"id": str(n), "comment": "", "created_at": f"{created}T12:00:00Z"} for n in range(100)]
    scene = on_stage(CASE, {OWN: told(rows)})

    if sure:
        assert await scene.adapter.find(CASE.notice, KEY) is None
    else:
        with pytest.raises(NotSent, match="too_many_reports"):
            await scene.adapter.find(CASE.notice, KEY)


async def test_what_a_moderator_writes_is_kept_in_their_words() -> None:
    scene = on_stage(CASE, {READ: stored("gotosocial/closed_with_words.json")})
    assert CASE.receipt is not None

    answer = (await scene.adapter.poll(CASE.receipt)).answers[0]

    assert (answer.status, answer.words) == ("action_taken", "Account was suspended.")
    assert answer.said_at is not None


async def test_a_copy_that_is_missing_asks_nobody_further() -> None:
    copy = replace(POST, parts={**POST.parts, "remote": "yes"})
    scene = on_stage(
        CASE, {f"GET {API}/v1/statuses/{ID}": stored("gotosocial/not_found.json", 404)}
    )

    assert (await scene.adapter.look(copy)).rule == "copy_not_found"
    assert scene.site.calls(f"GET {API}/v1/accounts/relationships") == 0
