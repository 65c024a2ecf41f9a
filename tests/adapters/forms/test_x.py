"""X: which links meet, what its oEmbed says, where a short link leads, and what a person files."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from adapters.base import Tools
from adapters.egress import Egress
from adapters.errors import ContentGone, NeedsPerson, NotSent, PlatformError, WrongAddressee
from adapters.form import NEVER, NEVER_OF_A_CHILD
from adapters.http import Http
from adapters.mail import Mail
from adapters.spec import Key, Kind, Locator, Purpose, Regime, Seen, url_of
from adapters.x import X
from tests.adapters.forms.notices import notice

KEY = Key("0" * 32)
PURE = X({}, {}, None)
ID = "1234567890123456789"
Answer = httpx.Response | Exception


def matched(url: str) -> Locator:
    found = PURE.match(URL(url))
    assert found is not None
    return found


def calling(answer: Answer) -> tuple[X, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    tools = Tools(
        http=Http(Egress(), transport=httpx.MockTransport(respond)),
        mail=Mail(host="127.0.0.1", port=1, tls="none"),
        now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
    )
    return X({}, {}, tools), asked


# -- matching --------------------------------------------------------------------------------------

SAME = [
    (
        Kind.POST,
        ID,
        [
            f"https://x.com/examplename/status/{ID}",
            f"https://X.com/ExampleName/status/{ID}",
            f"https://x.com/othername/status/{ID}",
            f"https://www.x.com/examplename/status/{ID}",
            f"https://mobile.x.com/examplename/status/{ID}",
            f"https://m.x.com/examplename/status/{ID}",
            f"https://twitter.com/examplename/status/{ID}",
            f"http://twitter.com/examplename/status/{ID}",
            f"https://www.twitter.com/examplename/status/{ID}",
            f"https://mobile.twitter.com/examplename/status/{ID}",
            f"https://m.twitter.com/examplename/status/{ID}",
            f"https://twitter.com/examplename/statuses/{ID}",
            f"https://x.com/i/status/{ID}",
            f"https://x.com/i/web/status/{ID}",
            f"https://twitter.com/i/web/status/{ID}",
            f"https://x.com/examplename/status/{ID}/",
            f"https://x.com/examplename/status/{ID}/photo/1",
            f"https://x.com/examplename/status/{ID}/photo/2",
            f"https://x.com/examplename/status/{ID}/video/1",
            f"https://x.com/examplename/status/{ID}/likes",
            f"https://x.com/examplename/status/{ID}/mediaViewer?currentTweet={ID}",
            f"https://x.com/examplename/status/{ID}/retweets/with_comments",
            f"https://x.com/examplename/status/{ID}#!/othername",
            f"https://x.com/examplename/status/{ID}?s=20&t=abc",
            f"https://x.com/examplename/status/{ID}#m",
            f"https://x.com./examplename/status/{ID}",
            f"https://x.com:443/examplename/status/{ID}",
            f"https://x.com/examplename/status/0{ID}",
            f"https://twitter.com/#!/examplename/status/{ID}",
        ],
    ),
    (
        Kind.ACCOUNT,
        "@examplename",
        [
            "https://x.com/examplename",
            "https://x.com/ExampleName/",
            "https://twitter.com/@examplename",
            "https://mobile.twitter.com/EXAMPLENAME?lang=en",
            "https://twitter.com/#!/examplename",
        ],
    ),
    (Kind.POST, "t.co/AbCdEf1234", ["https://t.co/AbCdEf1234", "http://t.co/AbCdEf1234/?amp=1"]),
]

DIFFERENT = [
    (f"https://x.com/examplename/status/{ID}", f"https://x.com/examplename/status/{ID[:-1]}8"),
    (f"https://x.com/examplename/status/{ID}", "https://x.com/examplename"),
    ("https://t.co/AbCdEf1234", "https://t.co/abCdEf1234"),
    ("https://x.com/examplename", "https://x.com/examplename2"),
]

FOREIGN = [
    "https://x.com/",
    "https://x.com/home",
    "https://x.com/explore",
    "https://x.com/i/spaces/1",
    "https://x.com/search?q=a",
    "https://x.com/hashtag/a",
    "https://x.com/intent/post?url=https://example.com",
    "https://x.com/examplename/lists",
    "https://x.com/examplename/status/",
    "https://x.com/examplename/status/abc",
    "https://x.com/examplename/status/0",
    "https://x.com/examplename/status/970,",
    "https://x.com/examplename/status/970/x",
    "https://x.com/examplename/status/970/photo/1,",
    "https://x.com/examplename/status/970/971",
    "https://x.com/examplename/970",
    "https://x.com/examplename,",
    "https://twitter.com/#!/examplename/status/970,",
    "https://x.com/examplename/status/12345678901234567890",
    "https://x.com/two words",
    "https://x.com/" + "a" * 21,
    "https://help.x.com/examplename",
    "https://api.x.com/examplename",
    "https://notx.com/examplename/status/1",
    "https://x.com.example.com/examplename/status/1",
    "https://user@x.com/examplename/status/1",
    "https://x.com:8443/examplename/status/1",
    "ftp://x.com/examplename/status/1",
    "javascript:alert(1)",
    "https://t.co/",
    "https://t.co/a/b",
    "/examplename/status/1",
    "",
]

SPELLINGS = [(kind, key, url) for kind, key, urls in SAME for url in urls]


@pytest.mark.parametrize(("kind", "key", "url"), SPELLINGS)
def test_all_spellings_of_one_thing_meet(kind: Kind, key: str, url: str) -> None:
    found = matched(url)

    assert (found.platform, found.kind, found.key) == ("x", kind, key)
    assert found.final is not key.startswith("t.co/")
    again = matched(found.url)
    assert (again.kind, again.key, again.url) == (found.kind, found.key, found.url)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_things_never_meet(one: str, other: str) -> None:
    first, second = matched(one), matched(other)

    assert (first.kind, first.key) != (second.kind, second.key)


@pytest.mark.parametrize("url", FOREIGN)
def test_what_is_not_content_of_x_is_not_matched(url: str) -> None:
    assert PURE.match(URL(url)) is None


@given(
    host=st.sampled_from(["x.com", "twitter.com", "m.x.com", "t.co", "example.com"]),
    words=st.lists(st.text(max_size=20) | st.sampled_from(["i", "web", "status", "1", "@a"])),
)
def test_match_is_total_and_pure(host: str, words: list[str]) -> None:
    url = URL.build(scheme="https", host=host, path="/" + "/".join(words))

    found = PURE.match(url)

    assert found == PURE.match(url)
    assert found is None or matched(found.url).key == found.key


@given(text=st.text(max_size=80))
def test_match_survives_any_address_that_can_be_read(text: str) -> None:
    for address in (
        text,
        f"https://x.com/{text}",
        f"https://t.co/{text}",
        f"https://x.com/#!/{text}",
    ):
        try:
            url = url_of(address)
        except ValueError:
            continue
        PURE.match(url)


def test_samples_match() -> None:
    assert [matched(sample).kind for sample in X.spec.samples] == [
        Kind.POST,
        Kind.POST,
        Kind.ACCOUNT,
        Kind.POST,
    ]


# -- resolving -------------------------------------------------------------------------------------

SHORT = "https://t.co/AbCdEf1234"


async def test_a_short_link_is_read_from_its_location_and_the_target_is_never_called() -> None:
    where = f"https://twitter.com/examplename/status/{ID}/photo/1"
    x, asked = calling(httpx.Response(301, headers={"Location": where}))

    found = await x.resolve(matched(SHORT))

    assert found == matched(where)
    assert found.final
    assert [(r.method, str(r.url)) for r in asked] == [("HEAD", SHORT)]


async def test_a_final_address_is_not_asked_for() -> None:
    x, asked = calling(httpx.Response(500))

    assert await x.resolve(matched(f"https://x.com/a/status/{ID}")) == matched(
        f"https://x.com/a/status/{ID}"
    )
    assert asked == []


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (httpx.Response(404), ContentGone, "http_404"),
        (httpx.Response(410), ContentGone, "http_410"),
        (httpx.Response(200), NotSent, "short_link_unreadable"),
        (httpx.Response(301), NotSent, "short_link_unreadable"),
        (httpx.Response(301, headers={"Location": "/x"}), NotSent, "short_link_unreadable"),
        (httpx.Response(301, headers={"Location": "http://[x"}), NotSent, "short_link_unreadable"),
        (httpx.Response(301, headers={"Location": "//[]@"}), NotSent, "short_link_unreadable"),
        (httpx.Response(403), NotSent, "short_link_unreadable"),
        (
            httpx.Response(301, headers={"Location": "https://canary.example/"}),
            WrongAddressee,
            "short_link_elsewhere",
        ),
        (httpx.Response(302, headers={"Location": SHORT}), WrongAddressee, "short_link_elsewhere"),
        (httpx.Response(503), NotSent, "http_503"),
    ],
)
async def test_a_short_link_that_does_not_lead_to_x_is_said_to(
    answer: httpx.Response, kind: type[PlatformError], reason: str
) -> None:
    x, asked = calling(answer)

    with pytest.raises(kind) as caught:
        await x.resolve(matched(SHORT))

    assert caught.value.reason == reason
    assert "canary" not in f"{caught.value!r}{caught.value.__cause__}{caught.value.__context__}"
    assert {str(r.url) for r in asked} == {SHORT}


# -- looking ---------------------------------------------------------------------------------------

POST = f"https://x.com/examplename/status/{ID}"
# The shape of docs.x.com's example (read 2026-11-22); names and numbers are ours.
OEMBED = {
    "url": f"https://twitter.com/ExampleName/status/{ID}",
    "author_name": "canary-author",
    "author_url": "https://twitter.com/ExampleName",
    "html": '<blockquote class="twitter-tweet"><p>canary-words</p></blockquote>',
    "width": 550,
    "height": None,
    "type": "rich",
    "cache_age": "3153600000",
    "provider_name": "Twitter",
    "provider_url": "https://twitter.com",
    "version": "1.0",
}
# The body that Hugo users quote when a post is protected or its account closed (read 2026-11-22).
NOT_AUTHORISED = {"error": "Sorry, you are not authorized to see this status."}


def oembed(**changes: Any) -> Callable[[], httpx.Response]:
    return lambda: httpx.Response(200, json={**OEMBED, **changes})


LOOKS = [
    (POST, oembed(), Seen.UP, "post_shown"),
    (POST, oembed(url=f"https://x.com/ExampleName/status/{ID}"), Seen.UP, "post_shown"),
    (f"https://x.com/i/web/status/{ID}", oembed(), Seen.UP, "post_shown"),
    (POST, oembed(url="https://twitter.com/ExampleName/status/1"), Seen.CANNOT_SEE, "other_answer"),
    (POST, oembed(url=None), Seen.CANNOT_SEE, "other_answer"),
    (POST, lambda: httpx.Response(200, json=[]), Seen.CANNOT_SEE, "other_answer"),
    (POST, lambda: httpx.Response(200, html="<p>Log in</p>"), Seen.CANNOT_SEE, "other_answer"),
    (POST, lambda: httpx.Response(200), Seen.CANNOT_SEE, "other_answer"),
    (POST, lambda: httpx.Response(404, html="no such page"), Seen.GONE, "http_404"),
    (
        f"https://x.com/i/status/{ID}",
        lambda: httpx.Response(404, html="no such page"),
        Seen.CANNOT_SEE,
        "http_404",
    ),
    (POST, lambda: httpx.Response(403, json=NOT_AUTHORISED), Seen.CANNOT_SEE, "http_403"),
    (POST, lambda: httpx.Response(451), Seen.RESTRICTED, "http_451"),
    *(
        (POST, lambda code=code: httpx.Response(code), Seen.CANNOT_SEE, f"http_{code}")
        for code in (204, 302, 400, 401, 402, 410, 500, 503)
    ),
]


@pytest.mark.parametrize(("url", "answer", "seen", "rule"), LOOKS)
async def test_oembed_says_up_gone_or_nothing(
    url: str, answer: Callable[[], httpx.Response], seen: Seen, rule: str
) -> None:
    x, _ = calling(answer())

    observed = await x.look(matched(url))

    assert (observed.seen, observed.rule, observed.method) == (seen, rule, "oembed")
    assert observed.proof is False
    assert "canary" not in repr(observed)


@pytest.mark.parametrize(
    ("url", "name"), [(POST, "examplename"), (f"https://twitter.com/i/web/status/{ID}", "i")]
)
async def test_a_look_asks_the_documented_endpoint_for_the_post(url: str, name: str) -> None:
    x, asked = calling(httpx.Response(404))

    await x.look(matched(url))

    (request,) = asked
    assert str(request.url).startswith("https://publish.x.com/oembed?url=")
    assert request.url.params["url"] == f"https://twitter.com/{name}/status/{ID}"


async def test_an_account_is_left_to_a_person() -> None:
    x, asked = calling(httpx.Response(404))

    observed = await x.look(matched("https://x.com/examplename"))

    assert (observed.seen, observed.rule) == (Seen.CANNOT_SEE, "not_a_post")
    assert asked == []


@given(body=st.binary(max_size=200) | st.recursive(st.none(), st.lists, max_leaves=5))
async def test_no_answer_makes_a_look_fail(body: Any) -> None:
    content = body if isinstance(body, bytes) else json.dumps({"url": body}).encode()
    x, _ = calling(httpx.Response(200, content=content))

    observed = await x.look(matched(POST))

    assert observed.seen is Seen.CANNOT_SEE


# -- the form --------------------------------------------------------------------------------------


async def test_no_machine_ever_files_the_form(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    x, asked = calling(httpx.Response(200))

    with pytest.raises(NeedsPerson) as caught:
        await x.send(notice(), KEY)

    assert caught.value.reason == "web_form"
    assert asked == []
    assert "canary" not in f"{caught.value!r}{x!r}{caplog.text}"


def test_a_packet_says_all_that_the_law_asks_for() -> None:
    packet = PURE.packet(notice())
    values = [step.value for step in packet.steps]

    assert packet.form == "https://help.x.com/forms/safety-and-sensitive-content/take-it-down"
    assert packet.language == "en"
    assert packet.limit == X.spec.carries.urls == 1
    assert "https://x.com/examplename/status/123" in values
    assert "canary-summary of what is wrong." in values
    assert "canary-no-consent\ncanary-good-faith" in values
    assert "canary-authority" in values
    assert "canary-signatory" in values
    assert "canary@centre.example" in values
    assert "EF-7K2M9Q" in values


def test_a_packet_is_pure_and_shows_nothing_in_its_repr() -> None:
    packet = PURE.packet(notice())

    assert packet == PURE.packet(notice())
    assert "canary" not in repr(packet)
    assert "canary" not in repr(packet.steps)
    assert "examplename" not in repr(packet.steps)


def test_what_could_not_be_confirmed_is_said() -> None:
    packet = PURE.packet(notice())

    assert "not confirmed" in packet.note
    assert all(step.required is None for step in packet.steps)
    assert any("could not be confirmed" in step.note for step in packet.steps)


def test_a_childs_packet_says_what_must_stay_out_of_it() -> None:
    assert PURE.packet(notice()).never == NEVER
    assert PURE.packet(notice(depicted_minor=True)).never == NEVER + NEVER_OF_A_CHILD


def test_a_centre_without_a_signatory_signs_with_its_name() -> None:
    sender = notice().sender
    plain = type(sender)(name=sender.name, email=sender.email)

    assert "canary-centre" in [s.value for s in PURE.packet(notice(sender=plain)).steps]


def test_every_link_has_its_own_field() -> None:
    urls = [f"https://x.com/examplename/status/{n}" for n in (1, 2, 3)]

    values = [step.value for step in PURE.packet(notice(urls=urls)).steps]

    assert [value for value in values if value.startswith("https://x.com")] == urls


def test_another_form_is_a_setting() -> None:
    practice = X({"form_url": "http://127.0.0.1:9/form"}, {}, None)

    assert practice.packet(notice()).form == "http://127.0.0.1:9/form"


def test_what_the_spec_promises() -> None:
    spec = X.spec

    assert spec.regimes == (Regime.US_TAKE_IT_DOWN,)
    assert spec.remind is None
    assert spec.purposes == frozenset({Purpose.FIRST})
