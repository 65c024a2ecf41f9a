"""Bad input: a clear problem with a code, no value repeated, nothing half-written."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from service.domain.states import Actor
from service.embedded.postgres import EmbeddedPostgres
from service.store.sealing import Vault
from service.store.unit import Store, make_engine
from tests import database
from tests.api.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARK = "c4n4ry"
DEEP = "[" * 5000
LONG = "https://example.com/" + "a" * 10_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(migrated: EmbeddedPostgres) -> AsyncIterator[House]:
    """One house for all: what is refused leaves nothing behind."""
    name = await database.clone(migrated)
    store = Store(make_engine(migrated.url("efface_app", name)), Vault(os.urandom(32)))
    async with House(store) as made:
        yield made
    await store.close()
    await database.drop(migrated, name)


@pytest.mark.parametrize(
    ("path", "content", "pointer"),
    [
        ("/cases", b"", None),
        ("/cases", b"{", None),
        ("/cases", b'"' + MARK.encode() + b'"', "#"),
        ("/cases", b"[]", "#"),
        ("/cases", b"\xff\xfe", None),
        ("/cases", '{"reference": "사건"}'.encode("euc-kr"), None),
        ("/cases", b'{"reference": "a\xc2\x85b"}', "#/reference"),
        ("/cases", '{"reference": "a\u202eb"}'.encode(), "#/reference"),
        ("/cases", '{"reference": "a\u2066b"}'.encode(), "#/reference"),
        ("/cases", '{"reference": "a\u2028b"}'.encode(), "#/reference"),
        ("/cases", '{"reference": "r", "mandate": {"kind": "self", "checked_how": "a\u2029b"}}'
         .encode(), "#/mandate/checked_how"),
        ("/cases", DEEP.encode(), None),
        ("/cases", b'{"reference": "r", "colour": "c4n4ry"}', "#/colour"),
        ("/cases", b'{"reference": "r", "c4n4ry.example/a?b": 1}', "#/?"),
        ("/cases", b'{"reference": 7}', "#/reference"),
        ("/cases", b'{"reference": ""}', "#/reference"),
        ("/cases", b'{"reference": "a\\u0000b"}', "#/reference"),
        ("/cases", b'{"reference": "a\\nb"}', "#/reference"),
        ("/cases", b'{"reference": "r", "depicted_as": "c4n4ry"}', "#/depicted_as"),
        ("/cases", b'{"reference": "r", "urgent": "c4n4ry"}', "#/urgent"),
        ("/cases", b'{"reference": "r", "jurisdictions": ["c4n4ry"]}', "#/jurisdictions/0"),
        ("/cases", b'{"reference": "r", "mandate": {"kind": "self", "until": "2026-13-01"}}',
         "#/mandate/until"),
        ("/cases", b'{"reference": "r", "mandate": {"kind": "self", "until": "2026-01-01T00:00"}}',
         "#/mandate/until"),
        ("/cases", b'{"reference": "r", "mandate": {"kind": "self", "until": 1e300}}',
         "#/mandate/until"),
        ("/takedowns", b'{"case_id": "c4n4ry", "items": ["https://a.example"]}', "#/case_id"),
        ("/takedowns", b'{"case_id": "019aab12-7c00-7000-8000-000000000001", "items": []}',
         "#/items"),
        ("/takedowns", b'{"case_id": "019aab12-7c00-7000-8000-000000000001", "items": [7]}',
         "#/items/0"),
        ("/takedowns", b'{"case_id": "019aab12-7c00-7000-8000-000000000001", "items": [{}]}',
         "#/items/0/url"),
        ("/answers", b'{"answer": "refused"}', "#"),
        ("/answers", b'{"answer": "c4n4ry", "request_ids": []}', "#/answer"),
        ("/takedowns/approve",
         b'{"items": [{"takedown_id": "019aab12-7c00-7000-8000-000000000001", "digest": "zz"}]}',
         "#/items/0/digest"),
        ("/takedowns/search", b'{"url": "javascript:c4n4ry", "reason": "x"}', "#/url"),
    ],
)  # fmt: skip
async def test_a_wrong_body_is_named_by_its_place(
    house: House, path: str, content: bytes, pointer: str | None
) -> None:
    before = await house.rows()

    reply = await house.post(path, content=content)

    body = reply.json()
    assert (reply.status_code, body["code"]) == (400, "invalid"), reply.text
    assert MARK not in reply.text
    assert pointer is None or pointer in {e["pointer"] for e in body["errors"]}, body
    assert await house.rows() == before


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "colour=red", "state=up", "case=x", "due=now",
     "limit=1&limit=2", "stuck=perhaps", "platform=%00", "platform=a%00b", "platform=Example",
     "platform=", "cursor=%00"],
)  # fmt: skip
async def test_a_wrong_query_is_named_by_its_place(house: House, query: str) -> None:
    reply = await house.get(f"/takedowns?{query}")

    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
    assert reply.json()["errors"][0]["pointer"] == "#/query/" + query.partition("=")[0]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("javascript:alert(1)", "url_scheme"),
        ("data:text/html,x", "url_scheme"),
        ("http://127.0.0.1/a", "url_ip_literal"),
        ("http://[::1]/a", "url_ip_literal"),
        ("http://0x7f000001/", "url_ip_literal"),
        ("http://2130706433/", "url_ip_literal"),
        ("https://user:pass@example.com/1", "url_userinfo"),
        (LONG, "url_too_long"),
        ("", "url_empty"),
        ("https://exa mple.com/1", "url_malformed"),
        ("https://example.com\\@evil.example/", "url_malformed"),
    ],
)
async def test_a_bad_address_spoils_only_its_line(house: House, url: str, code: str) -> None:
    case = await house.case()
    new = f"https://example.com/{uuid4()}"
    before = await house.rows("takedowns")

    reply = await house.post("/takedowns", {"case_id": case["id"], "items": [url, new]})

    bad, good = reply.json()["items"]
    assert (bad["status"], bad["problem"]["code"]) == ("invalid", code)
    assert good["status"] == "accepted"
    assert (await house.rows("takedowns"))["takedowns"] == before["takedowns"] + 1


async def test_too_many_lines_are_refused_and_the_most_are_taken(house: House) -> None:
    case = await house.case()
    long = "https://example.com/" + "a" * 4000
    before = await house.rows()

    over = await house.post("/takedowns", {"case_id": case["id"], "items": ["https://a.io"] * 501})
    after = await house.rows()
    most = await house.post(
        "/takedowns", {"case_id": case["id"], "items": [f"{long}{n:03}" for n in range(500)]}
    )

    assert (over.status_code, over.json()["errors"][0]["pointer"]) == (400, "#/items")
    assert after == before
    assert most.status_code == 202
    assert {i["status"] for i in most.json()["items"]} == {"accepted"}


@pytest.mark.parametrize(
    ("path", "size"), [("/cases", 256 * 1024 + 1), ("/takedowns", 4 * 1024 * 1024 + 1)]
)
async def test_a_body_that_is_too_large_is_not_read(house: House, path: str, size: int) -> None:
    before = await house.rows()

    reply = await house.post(path, content=b" " * size)

    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
    assert await house.rows() == before


async def test_only_json_is_taken(house: House) -> None:
    reply = await house.post("/cases", content=b"a=b", headers={"Content-Type": "text/plain"})

    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media_type")


async def test_what_belongs_to_others_is_not_there(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    shown = (await house.get(f"/takedowns/{takedown}")).json()
    before = await house.rows()
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/takedowns", {"case_id": case["id"], "items": ["https://example.com/2"]}),
        ("POST", f"/takedowns/{takedown}/withdraw", {"reason": "other"}),
        ("POST", f"/cases/{case['id']}/pause", {}),
        ("POST", "/answers", {"request_ids": [shown["requests"][0]["id"]], "answer": "refused"}),
        ("GET", f"/cases/{case['id']}", None),
        ("GET", f"/cases/{uuid4()}", None),
    ]

    for method, path, body in calls:
        reply = await house.call(method, path, body, centre=house.theirs)
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found"), path
    assert await house.rows() == before


@pytest.mark.parametrize("path", ["/cases?reference=%00", "/cases?reference=a%00b",
                                  "/cases?cursor=%00", "/todo?kind=%00", "/todo?cursor=%00",
                                  "/events?after=%00"])  # fmt: skip
async def test_no_parameter_takes_a_nul(house: House, path: str) -> None:
    reply = await house.get(path)

    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")


async def test_a_name_of_a_platform_with_a_nul_is_none(house: House) -> None:
    reply = await house.get("/platforms/a%00b")

    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_a_body_that_is_not_utf_8_is_told_so(house: House) -> None:
    reply = await house.post("/cases", content='{"reference": "사건"}'.encode("euc-kr"))

    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
    assert "UTF-8" in reply.json()["detail"]


async def test_a_parameter_that_is_not_there_is_told_which_are(house: House) -> None:
    reply = await house.get("/cases?colour=red")

    (error,) = reply.json()["errors"]
    assert error["detail"] == (
        "There is no such parameter. Those allowed: cursor, limit, reference, state, updated_since."
    )


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("/takedowns", "[]", "It must be an object."),
        ("/takedowns", '{"case_id": 7, "items": {}}', "It must be a list."),
        ("/cases", '{"reference": "r", "mandate": 7}', "It must be an object."),
        ("/cases", '{"reference": 7}', "It must be text."),
        ("/cases", "{}", "It is missing."),
        ("/cases", '{"reference": "r", "urgent": "c4n4ry"}', "It must be true or false."),
        ("/cases", '{"reference": "r", "jurisdictions": ["c4n4ry"]}', "It has the wrong form."),
        ("/cases", '{"reference": ""}', "It must not be empty."),
        ("/cases", '{"reference": "%s"}' % ("a" * 201), "It has 200 characters at most."),
        ("/cases", '{"reference": "r", "depicted_as": "c4n4ry"}',
         "It must be one of: 'adult', 'minor' or 'not_known'."),
        ("/cases", '{"reference": "r", "mandate": {"kind": "self", "until": "c4n4ry"}}',
         "It must be a time such as 2026-11-22T09:30:00Z."),
        ("/cases", '{"reference": "r", "mandate": {"kind": "self", "until": "2026-01-01T00:00"}}',
         "It must be a time with its offset, such as 2026-11-22T09:30:00Z."),
        ("/cases", '{"reference": "r", "colour": "c4n4ry"}', "There is no such field."),
        ("/takedowns", '{"case_id": "c4n4ry", "items": ["https://a.example"]}',
         "It must be an id (a UUID)."),
        ("/takedowns", '{"case_id": "019aab12-7c00-7000-8000-000000000001", "items": []}',
         "It has 1 item at least."),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_in_plain_words(
    house: House, path: str, content: str, words: str
) -> None:
    reply = await house.post(path, content=content.encode())

    assert words in {e["detail"] for e in reply.json()["errors"]}, reply.text


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [(None, 428, "if_match_missing"), ("*", 400, "invalid"), ("2", 400, "invalid"),
     ("\"2\"", 400, "invalid"), ("1.0123456789abcdef", 400, "invalid"),
     ("\"1.junk\"", 400, "invalid"), ("W/\"1.0123456789abcdef\"", 400, "invalid"),
     ("\"1.0123456789abcdef\", \"2.0123456789abcdef\"", 400, "invalid"),
     ("\"" + "9" * 90 + ".0123456789abcdef\"", 400, "invalid"),
     ("\"99.0123456789abcdef\"", 412, "stale")],
)  # fmt: skip
async def test_a_tag_that_was_not_read_changes_nothing(
    house: House, tag: str | None, status: int, code: str
) -> None:
    case = await house.case()
    before = await house.rows()

    reply = await house.call("PATCH", f"/cases/{case['id']}", {"urgent": True},
                             headers={"If-Match": tag} if tag else {})  # fmt: skip

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    if status == 400:
        assert reply.json()["errors"][0]["pointer"] == "#/header/If-Match"
    assert await house.rows() == before


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, "é"])
async def test_a_key_of_a_call_that_cannot_be_one(house: House, key: str) -> None:
    before = await house.rows()

    reply = await house.post("/cases", {"reference": "r"},
                             headers={"Idempotency-Key": key.encode("latin-1")})  # fmt: skip

    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
    assert await house.rows() == before


async def test_a_machine_never_attests(house: House) -> None:
    said = {"reference": "r", "statements": [{"kind": "good_faith", "words": "I believe it."}]}

    refused = await house.post("/cases", said, role=Actor.INTEGRATOR)
    taken = await house.post("/cases", said, role=Actor.CASE_WORKER)

    assert (refused.status_code, taken.status_code) == (403, 201)
