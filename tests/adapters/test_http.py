"""The client that adapters use, above the wire: caps, retries, sessions, and what a 429 says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from adapters.egress import Egress
from adapters.errors import Misconfigured, NotSent, PlatformError, Refused, Throttled, Uncertain
from adapters.http import Call, Http, Reply, WireError, _after, ask
from adapters.spec import Grade, Key, Notice, Receipt, Setting
from tests.adapters.contract.case import KEY, on_stage
from tests.adapters.contract.example import API, CASE, REPORT, Example, post
from tests.adapters.contract.site import NOW, THROTTLES, Answer, Site, told

SESSION = f"POST {API}/session"
MINE = f"GET {API}/mine"


async def test_respx_can_stand_in_for_the_network() -> None:
    router = respx.Router()
    router.get("https://api.host.example/x").respond(json={"a": 1})
    http = Http(Egress(), transport=httpx.MockTransport(router.async_handler))

    reply = await http.request(Call("GET", "https://api.host.example/x"))

    assert reply.json() == {"a": 1}


async def test_what_a_strange_transport_raises_counts_as_sent() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("reads like not sent", request=request)

    http = Http(Egress(), transport=httpx.MockTransport(fail))

    with pytest.raises(WireError) as caught:
        await http.request(Call("POST", "https://api.host.example/x", {}))

    assert caught.value.sent is True


@pytest.mark.parametrize("url", ["", "/relative", "https://", "https://a b/", "https://[::1/", "x"])
async def test_an_address_that_is_none_is_not_sent(url: str) -> None:
    http = Http(Egress())

    outcome = await http.outcome(Call("GET", url))

    assert isinstance(outcome, WireError)
    assert outcome.sent is False


async def test_a_question_is_asked_again_and_a_report_is_not() -> None:
    scene = on_stage(CASE)
    scene.site.failing[MINE] = told({}, 503)
    scene.site.failing[REPORT] = told({}, 503)

    with pytest.raises(NotSent):
        await scene.adapter.find(CASE.notice, KEY)
    with pytest.raises(Uncertain):
        await scene.adapter.send(CASE.notice, KEY)

    assert (scene.site.calls(MINE), scene.site.calls(REPORT)) == (3, 1)


@pytest.mark.parametrize("route", [MINE, SESSION])
async def test_nobody_is_asked_again_after_a_429(route: str) -> None:
    scene = on_stage(CASE)
    scene.site.failing[route] = told({}, 429)

    with pytest.raises(Throttled):
        await scene.adapter.find(CASE.notice, KEY)

    assert scene.site.calls(route) == 1


async def test_many_calls_sign_in_once() -> None:
    scene = on_stage(CASE)

    async def slowly(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.01)
        return httpx.Response(200, json={"token": "token"})

    scene.site.failing[SESSION] = slowly
    await asyncio.gather(*(scene.adapter.send(CASE.notice, KEY) for _ in range(20)))

    assert (scene.site.calls(SESSION), scene.site.calls(REPORT)) == (1, 20)


async def test_many_calls_renew_a_session_once() -> None:
    scene = on_stage(CASE)
    tokens = iter(("old", "new", "newer"))
    scene.site.failing[SESSION] = lambda _r: httpx.Response(200, json={"token": next(tokens)})

    async def only_new(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        is_new = request.headers["authorization"] == "Bearer new"
        return httpx.Response(200 if is_new else 401, json={"id": "r7"})

    scene.site.failing[REPORT] = only_new
    receipts = await asyncio.gather(*(scene.adapter.send(CASE.notice, KEY) for _ in range(10)))

    assert receipts == [CASE.receipt] * 10
    assert scene.site.calls(SESSION) == 2


async def test_a_second_401_is_a_wrong_credential() -> None:
    scene = on_stage(CASE)
    scene.site.failing[REPORT] = told({}, 401)

    with pytest.raises(Misconfigured) as caught:
        await scene.adapter.send(CASE.notice, KEY)

    assert type(caught.value) is Misconfigured
    assert (scene.site.calls(SESSION), scene.site.calls(REPORT)) == (2, 2)


class OfForms(Example):
    """It takes a form within a session, and says nothing when it has taken it."""

    async def send(self, notice: Notice, key: Key) -> Receipt:
        url, form = f"{API}/reports", {"words": notice.text}
        more = {"x-about": "canary"}
        told = await self.call_signed_in(
            "POST", url, write=True, empty=True, form=form, headers=more
        )
        assert told is None
        return Receipt(None, Grade.ACKNOWLEDGED)


async def test_a_form_goes_out_in_a_session_and_again_in_a_new_one() -> None:
    scene = on_stage(replace(CASE, adapter=OfForms))
    statuses = iter((401, 204))
    scene.site.failing[REPORT] = lambda _r: httpx.Response(next(statuses))

    receipt = await scene.adapter.send(CASE.notice, KEY)

    first, second = (r for r in scene.site.seen if r.url.path == "/reports")
    assert receipt == Receipt(None, Grade.ACKNOWLEDGED)
    assert first.content == second.content == urlencode({"words": CASE.notice.text}).encode()
    assert second.headers["x-about"] == "canary"
    assert second.headers["authorization"] == "Bearer token-of-the-session"


@pytest.mark.parametrize(
    "answer", [told({"id": "r7"}), told({"id": "r7"}, 202), lambda _r: httpx.Response(200)]
)
async def test_where_204_is_the_good_answer_no_other_is(answer: Answer) -> None:
    scene = on_stage(replace(CASE, adapter=OfForms))
    scene.site.failing[REPORT] = answer

    with pytest.raises(Uncertain, match="unreadable"):
        await scene.adapter.send(CASE.notice, KEY)


async def test_204_is_no_answer_where_words_are_wanted() -> None:
    scene = on_stage(CASE)
    scene.site.failing |= dict.fromkeys((REPORT, MINE), lambda _r: httpx.Response(204))

    with pytest.raises(Uncertain, match="unreadable"):
        await scene.adapter.send(CASE.notice, KEY)
    with pytest.raises(NotSent, match="unreadable"):
        await scene.adapter.find(CASE.notice, KEY)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/",
        "https://api.host.example.elsewhere.example/",
        "https://api.host.example:8443/",
        "http://api.host.example/",
        "https://user@elsewhere.example/",
        "not an address",
    ],
)
async def test_only_declared_hosts_are_contacted(url: str) -> None:
    scene = on_stage(CASE)

    with pytest.raises(Misconfigured, match="host_not_allowed"):
        await ask(scene.adapter, url)

    assert scene.site.seen == []


async def test_a_configured_address_is_contacted_at_its_own_port_only() -> None:
    class Configured(Example):
        spec = replace(Example.spec, settings=(Setting("base_url", ""), Setting("server", "")))

    settings = {
        "base_url": "http://127.0.0.1:9001/",
        "server": "http://127.0.0.1:9003",  # by its name no address: nobody looks whether it moves
        "other_url": "http://127.0.0.1:9004",  # a setting that the platform does not have
    }
    site = Site({"GET http://127.0.0.1:9001/x": told({})})
    adapter = on_stage(replace(CASE, adapter=Configured, settings=settings)).adapter
    adapter._tools = replace(adapter.tools, http=Http(Egress(), transport=site))

    assert (await ask(adapter, "http://127.0.0.1:9001/x")).status == 200
    for port in (9002, 9003, 9004):
        with pytest.raises(Misconfigured):
            await ask(adapter, f"http://127.0.0.1:{port}/x")


async def test_the_later_of_two_moments_holds() -> None:
    class InEpochs(Example):
        reset_is = "epoch"

    later = int((NOW + timedelta(hours=2)).timestamp())
    headers = {"retry-after": "60", "ratelimit-reset": str(later)}
    scene = on_stage(replace(CASE, adapter=InEpochs))
    scene.site.failing[REPORT] = told({}, 429, headers)

    with pytest.raises(Throttled) as caught:
        await scene.adapter.send(CASE.notice, KEY)

    assert caught.value.until == NOW + timedelta(hours=2)


@given(st.text(max_size=40) | st.integers().map(str) | st.floats().map(str))
def test_any_retry_after_gives_an_aware_moment_or_none(words: str) -> None:
    moment = _after(words, NOW)

    assert moment is None or moment.utcoffset() == timedelta(0)
    if words.strip().isascii() and words.strip().isdigit():
        assert moment is not None
        assert moment >= NOW


@pytest.mark.parametrize(
    "words",
    ["99999999999", "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -1200"],
)
def test_a_retry_after_of_any_size_is_a_moment_far_away(words: str) -> None:
    moment = _after(words, NOW)

    assert moment is not None
    assert moment.utcoffset() == timedelta(0)
    assert moment > NOW + timedelta(days=365)


@pytest.mark.parametrize(
    "words", ["Mon, 01 Jan 0001 00:00:00 +1200", "Fri, 31 Dec 99999 23:59:59 GMT", "9e99", "-1"]
)
def test_a_retry_after_that_says_nothing_keeps_nobody_waiting(words: str) -> None:
    moment = _after(words, NOW)

    assert moment is None or moment < NOW


def test_a_throttle_without_end_is_kept_as_it_is() -> None:
    assert max(until for _, until in THROTTLES if until) == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Refused), (410, PlatformError), (451, Refused), (425, NotSent), (301, Uncertain)],
)
async def test_a_status_of_a_report_becomes_one_error(
    status: int, error: type[PlatformError]
) -> None:
    scene = on_stage(CASE)
    scene.site.failing[REPORT] = told({}, status)

    with pytest.raises(error):
        await scene.adapter.send(CASE.notice, KEY)


def test_nothing_that_holds_a_body_shows_it() -> None:
    call = Call("POST", "https://canary.example", {"a": "canary"}, headers={"x": "canary"})
    reply = Reply(200, {"x": "canary"}, b"canary")

    assert "canary" not in repr(call) + str(call) + repr(reply) + str(reply)


@pytest.mark.parametrize("body", [b"", b"nul", b"[" * 100_000, b"\xff\xfe", b"null"])
def test_what_is_no_json_is_none(body: bytes) -> None:
    assert Reply(200, {}, body).json() is None


async def test_a_look_says_why_it_saw_nothing() -> None:
    scene = on_stage(CASE)
    scene.site.failing[f"GET {API}/post"] = told({}, 503)

    observed = await scene.adapter.look(post("1"))

    assert (observed.rule, observed.proof) == ("http_503", False)


async def test_the_address_is_read_once_and_params_are_added() -> None:
    site = Site({"GET https://api.host.example/x": told({})})
    http = Http(Egress(), transport=site)
    words: dict[str, Any] = {"params": {"of": "a/b & c"}}

    await http.request(Call("GET", "https://api.host.example/x", **words))

    assert dict(site.seen[0].url.params) == {"of": "a/b & c"}
