"""Matrix, where the contract does not reach: spellings, rooms, users, what a server may hide."""

from __future__ import annotations

import json

import pytest

from adapters.errors import ContentGone, NeedsPerson, NotSent, Refused, WrongAddressee
from adapters.matrix import Matrix
from adapters.spec import Kind, Locator, Url
from service.domain.urls import parse
from tests.adapters.contract.case import KEY, compose, on_stage
from tests.adapters.contract.cases.matrix import (
    ALIAS,
    API,
    CASE,
    GROUP,
    IN_PATH,
    LOOK,
    POST,
    REPORT,
)
from tests.adapters.contract.site import Answer, stored, told


@pytest.mark.parametrize(
    ("spellings", "kind", "key"),
    [
        (
            (
                "https://matrix.to/#/!opaque:a.example/$ev/e+nt?via=b.example&via=c.example",
                "https://matrix.to/#/%21opaque%3Aa.example/%24ev%2Fe%2Bnt",
                "http://matrix.to/#/!opaque:a.example/$ev%2Fe+nt",
                "https://MATRIX.to.:443/#/!opaque:a.example/$ev/e+nt",
                "matrix:roomid/opaque:a.example/e/ev%2Fe+nt?via=b.example",
            ),
            Kind.POST,
            "!opaque:a.example/$ev/e+nt",
        ),
        (
            ("https://matrix.to/#/!noServer_12", "https://matrix.to/#/!noServer_12/?via=b.example"),
            Kind.GROUP,
            "!noServer_12",
        ),
        (
            (
                "https://matrix.to/#/#방/1:a.example:8448",
                "https://matrix.to/#/%23%EB%B0%A9%2F1:a.example:8448",
                "matrix:r/%EB%B0%A9%2F1:a.example:8448?action=join",
            ),
            Kind.GROUP,
            "#방/1:a.example:8448",
        ),
        (
            (
                "https://matrix.to/#/@who:[2001:db8::1]",
                "matrix:u/who:%5B2001:db8::1%5D?action=chat",
            ),
            Kind.ACCOUNT,
            "@who:[2001:db8::1]",
        ),
    ],
)
def test_every_spelling_of_a_thing_has_one_key(
    spellings: tuple[str, ...], kind: Kind, key: str
) -> None:
    for address in spellings:
        found = _found(address)
        assert (found.kind, found.key) == (kind, key), address
        assert _found(found.url).key == key


def test_capitals_count_also_in_the_names_of_servers() -> None:
    assert _found("matrix:u/who:a.example").key != _found("matrix:u/who:A.example").key


@pytest.mark.parametrize("more", [",", ").", "”", "。", "\u200b"])
def test_a_link_that_was_pasted_with_the_end_of_a_sentence_is_the_link(more: str) -> None:
    link = "https://matrix.to/#/!opaque:a.example/$event?via=b.example"

    assert CASE.built().match(parse(link + more)) == _found(link)


async def test_a_room_is_reported_without_an_event() -> None:
    route = f"POST {API}/rooms/{IN_PATH}/report"
    scene = on_stage(CASE, {route: stored("matrix/reported.json")})

    await scene.adapter.send(compose(GROUP), KEY)

    reason = json.loads(scene.site.seen[-1].content)["reason"]
    assert reason.endswith("\n\n[EF-7K2M9Q]")
    assert scene.site.seen[-1].headers["authorization"] == "Bearer canary-token"


async def test_a_room_that_our_server_does_not_know_is_for_a_person() -> None:
    route = f"POST {API}/rooms/{IN_PATH}/report"
    scene = on_stage(CASE, {route: stored("matrix/room_not_found.json", 404)})

    with pytest.raises(NeedsPerson, match="M_NOT_FOUND"):
        await scene.adapter.send(compose(GROUP), KEY)


async def test_a_user_of_our_server_is_reported() -> None:
    route = f"POST {API}/users/%40who%3Amatrix.example/report"
    scene = on_stage(CASE, {route: stored("matrix/reported.json")})

    await scene.adapter.send(compose(_found("matrix:u/who:matrix.example")), KEY)

    assert scene.site.calls(route) == 1


async def test_a_user_of_another_server_is_not() -> None:
    scene = on_stage(CASE)

    with pytest.raises(WrongAddressee):
        await scene.adapter.send(compose(_found("matrix:u/who:other.example")), KEY)

    assert scene.site.seen == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (stored("matrix/alias_not_found.json", 404), ContentGone),
        (told({"errcode": "M_INVALID_PARAM", "error": "Room alias invalid"}, 400), NotSent),
        (told({"errcode": "M_UNKNOWN", "error": "Failed to fetch alias"}, 502), NotSent),
        (told("not found", 404), NotSent),
        (told({"room_id": "no room"}), NotSent),
    ],
)
async def test_an_alias_is_gone_only_where_the_server_says_so(
    answer: Answer, error: type[Exception]
) -> None:
    scene = on_stage(CASE, {ALIAS: answer})

    with pytest.raises(error):
        await scene.adapter.resolve(_found("matrix:r/monkeys:matrix.org"))


async def test_a_text_that_does_not_fit_is_not_cut() -> None:
    scene = on_stage(CASE)

    with pytest.raises(Refused, match="text_too_long"):
        await scene.adapter.send(compose(POST, text="x" * 990), KEY)

    assert scene.site.calls(REPORT) == 0


async def test_a_look_at_another_event_proves_nothing() -> None:
    answer = told({"event_id": "$another", "content": {}, "unsigned": {"redacted_because": {}}})
    scene = on_stage(CASE, {LOOK: answer})

    observed = await scene.adapter.look(POST)

    assert observed.rule == "unreadable"


def test_without_a_homeserver_it_is_not_set_up() -> None:
    assert Matrix({}, {}, None).missing() == ("base_url", "server_name", "token")


def _found(address: str) -> Locator:
    found = CASE.built().match(Url(address))
    assert found is not None, address
    return found
