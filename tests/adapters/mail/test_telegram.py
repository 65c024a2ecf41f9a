"""Telegram: which links meet, where a notice goes, and what its public pages say."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from adapters.base import Tools
from adapters.contract.relay import Act, relay
from adapters.egress import Egress
from adapters.errors import Misconfigured, NeedsPerson, Uncertain
from adapters.http import Http
from adapters.mail import Mail
from adapters.spec import Grade, Key, Kind, Locator, Purpose, Seen, url_of
from adapters.telegram import Telegram
from tests.adapters.mail.notices import notice

PAGES = Path(__file__).parents[1] / "replies" / "telegram"
KEY = Key("0" * 32)
PURE = Telegram({}, {}, None)


def matched(url: str) -> Locator | None:
    return PURE.match(URL(url))


# Every row is one thing, in all the spellings that must meet. The first is as Telegram writes it.
SAME = [
    (
        Kind.POST,
        "examplechannel/123",
        [
            "https://t.me/examplechannel/123",
            "http://t.me/examplechannel/123",
            "https://T.ME/ExampleChannel/123",
            "https://www.t.me/examplechannel/123",
            "https://t.me./examplechannel/123",
            "https://t.me:443/examplechannel/123",
            "https://telegram.me/examplechannel/123",
            "https://www.telegram.me/examplechannel/123",
            "https://telegram.dog/EXAMPLECHANNEL/123",
            "https://examplechannel.t.me/123",
            "https://ExampleChannel.T.me/123/",
            "https://t.me/s/examplechannel/123",
            "https://t.me/%73/examplechannel/123",
            "https://t.me/s/s/examplechannel/123",
            "https://t.me/examplechannel/0123",
            "https://t.me//examplechannel//123",
            "https://t.me/examplechannel/123/",
            "https://t.me/examplechannel/123#fragment",
            "https://t.me/examplechannel/123?embed=1&mode=tme",
            "https://t.me/examplechannel/123?t=1m20s",
            "https://t.me/examplechannel/123?utm_source=x",
            "tg://resolve?domain=examplechannel&post=123",
            "tg:resolve?domain=ExampleChannel&post=123",
            "tg://resolve/?domain=examplechannel&post=123&t=5",
        ],
    ),
    (
        Kind.POST,
        "examplechannel/123?single",
        [
            "https://t.me/examplechannel/123?single",
            "https://t.me/examplechannel/123?single=",
            "https://t.me/s/examplechannel/123?single&t=4",
            "tg://resolve?domain=examplechannel&post=123&single",
        ],
    ),
    (
        Kind.POST,
        "examplechannel/123?comment=55",
        [
            "https://t.me/examplechannel/123?comment=55",
            "https://telegram.me/EXAMPLEchannel/123?t=3&comment=055",
            "https://t.me/examplechannel/123?comment=9&comment=55",
            "tg://resolve?domain=examplechannel&post=123&comment=55",
        ],
    ),
    (
        Kind.POST,
        "examplegroup/900?thread=7",
        [
            "https://t.me/examplegroup/900?thread=7",
            "https://t.me/examplegroup/7/900",
            "https://examplegroup.t.me/7/900",
            "tg://resolve?domain=examplegroup&post=900&thread=7",
        ],
    ),
    (
        Kind.POST,
        "examplegroup/900?single&thread=7&comment=3",
        [
            "https://t.me/examplegroup/900?comment=3&thread=7&single",
            "https://t.me/examplegroup/7/900?single&comment=3",
        ],
    ),
    (
        Kind.POST,
        "c/1234567890/55",
        [
            "https://t.me/c/1234567890/55",
            "https://telegram.dog/c/01234567890/55?t=1",
            "tg://privatepost?channel=1234567890&post=55",
        ],
    ),
    (
        Kind.POST,
        "c/1234567890/55?thread=7",
        [
            "https://t.me/c/1234567890/7/55",
            "https://t.me/c/1234567890/55?thread=7",
            "tg://privatepost?channel=1234567890&post=55&thread=7",
        ],
    ),
    (Kind.GROUP, "c/1234567890", ["https://t.me/c/1234567890", "https://t.me/c/1234567890?boost"]),
    (
        Kind.CHANNEL,
        "examplechannel",
        [
            "https://t.me/examplechannel",
            "https://t.me/ExampleChannel/",
            "https://t.me/s/examplechannel",
            "https://t.me/s/examplechannel?before=200",
            "https://t.me/examplechannel?livestream",
            "https://examplechannel.t.me",
            "https://examplechannel.t.me/",
            "tg://resolve?domain=examplechannel",
        ],
    ),
    (
        Kind.INVITE,
        "+AbCdEfGhIjKlMnOp",
        [
            "https://t.me/+AbCdEfGhIjKlMnOp",
            "https://t.me/%2BAbCdEfGhIjKlMnOp",
            "https://t.me/%20AbCdEfGhIjKlMnOp",
            "https://t.me/joinchat/AbCdEfGhIjKlMnOp",
            "https://telegram.me/joinchat/AbCdEfGhIjKlMnOp",
            "tg://join?invite=AbCdEfGhIjKlMnOp",
            "tg:join?invite=AbCdEfGhIjKlMnOp",
        ],
    ),
    (Kind.ACCOUNT, "+15551234567", ["https://t.me/+15551234567"]),
    (
        Kind.POST,
        "examplechannel/s/4",
        [
            "https://t.me/examplechannel/s/4",
            "https://examplechannel.t.me/s/4",
            "tg://resolve?domain=examplechannel&story=4",
        ],
    ),
    (Kind.POST, "examplechannel/a/4", ["https://t.me/examplechannel/a/4"]),
    (
        Kind.FILE,
        "addstickers/ExampleSet",
        ["https://t.me/addstickers/ExampleSet", "tg://addstickers?set=ExampleSet"],
    ),
    (
        Kind.INVITE,
        "addlist/AbC123",
        ["https://t.me/addlist/AbC123", "tg://addlist?slug=AbC123"],
    ),
]

DIFFERENT = [
    ("https://t.me/examplechannel/123", "https://t.me/examplechannel/124"),
    ("https://t.me/examplechannel/123", "https://t.me/examplechannel/123?single"),
    ("https://t.me/examplechannel/123", "https://t.me/examplechannel/123?comment=55"),
    ("https://t.me/examplechannel/123?comment=5", "https://t.me/examplechannel/123?comment=55"),
    ("https://t.me/examplegroup/900", "https://t.me/examplegroup/7/900"),
    ("https://t.me/examplegroup/7/900", "https://t.me/examplegroup/8/900"),
    ("https://t.me/examplechannel/123", "https://t.me/otherchannel/123"),
    ("https://t.me/examplechannel/123", "https://t.me/examplechannel"),
    ("https://t.me/examplechannel/4", "https://t.me/examplechannel/s/4"),
    ("https://t.me/c/1234567890/55", "https://t.me/c/1234567891/55"),
    ("https://t.me/+AbCdEfGhIjKlMnOp", "https://t.me/+abCdEfGhIjKlMnOp"),
    ("https://t.me/addstickers/Set", "https://t.me/addemoji/Set"),
]

FOREIGN = [
    "https://t.me/",
    "https://t.me/s/",
    "https://t.me/s",
    "https://example.com/examplechannel/123",
    "https://t.me.example.com/examplechannel/123",
    "https://xt.me/examplechannel/123",
    "https://user:pass@t.me/examplechannel/123",
    "https://t.me:8443/examplechannel/123",
    "ftp://t.me/examplechannel/123",
    "javascript:alert(1)",
    "https://t.me/share/url?url=https://example.com",
    "https://t.me/iv?url=https://example.com&rhash=1",
    "https://t.me/proxy?server=1.2.3.4&port=1&secret=2",
    "https://t.me/login/12345",
    "https://t.me/1channel/5",
    "https://t.me/two__lines/5",
    "https://t.me/ends_/5",
    "https://t.me/x",
    "https://t.me/" + "a" * 33,
    "https://t.me/c/0/5",
    "https://t.me/c/abc/5",
    "https://t.me/c",
    "https://t.me/examplechannel/99999999999",
    "https://t.me/a_b/x",
    "https://t.me/examplechannel/123/x",
    "https://t.me/examplechannel/7/900/1",
    "https://t.me/examplechannel/s/x",
    "https://t.me/examplechannel?comment=5",
    "https://t.me/examplechannel/123?comment=",
    "https://t.me/examplechannel/123?single-",
    "https://t.me/examplechannel/123?single에서",
    "https://t.me/c/1234567890/x",
    "https://t.me/c/1234567890/5/x",
    "https://t.me/c/1234567890?thread=7",
    "https://t.me/+AbCdEfGhIjKlMnOp/1",
    "https://t.me/joinchat/AbCdEfGhIjKlMnOp/1",
    "https://t.me/addstickers/ExampleSet/1",
    "tg://resolve?domain=examplechannel&post=",
    "tg://resolve?domain=examplechannel&post=x",
    "tg://privatepost?channel=1234567890&post=x",
    "https://t.me/example\u212achannel/98",  # it is no k, and in small letters it is one
    "https://t.me/example\u0130channel",
    "https://t.me/+",
    "https://t.me/+bad%20hash",
    "https://t.me/joinchat",
    "https://web.t.me/123",
    "https://a.t.me/123",
    "https://abc.t.me/123",
    "https://one.two.t.me/123",
    "https://web.telegram.me/123",
    "tg://resolve?domain=c&post=5",
    "tg://resolve?domain=joinchat&post=5",
    "tg://resolve",
    "tg://settings",
    "tg://proxy?server=1.2.3.4&port=1",
    "tg:",
    "//t.me/examplechannel",
    "/examplechannel/123",
    "",
]

SPELLINGS = [(kind, key, urls[0], url) for kind, key, urls in SAME for url in urls]


@pytest.mark.parametrize(("kind", "key", "canonical", "url"), SPELLINGS)
def test_all_spellings_of_one_thing_meet(kind: Kind, key: str, canonical: str, url: str) -> None:
    found = matched(url)

    assert found is not None
    assert (found.platform, found.kind, found.key, found.final) == ("telegram", kind, key, True)
    assert found == matched(canonical)


def test_the_table_is_as_long_as_promised() -> None:
    assert len(SPELLINGS) + 2 * len(DIFFERENT) + len(FOREIGN) >= 60


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_things_never_meet(one: str, other: str) -> None:
    first, second = matched(one), matched(other)

    assert first is not None
    assert second is not None
    assert (first.kind, first.key) != (second.kind, second.key)


@pytest.mark.parametrize("url", FOREIGN)
def test_what_is_not_content_of_telegram_is_not_matched(url: str) -> None:
    assert matched(url) is None


@pytest.mark.parametrize(("kind", "key", "canonical", "url"), SPELLINGS)
def test_the_address_of_a_match_matches_itself(
    kind: Kind, key: str, canonical: str, url: str
) -> None:
    found = matched(url)

    assert found is not None
    assert matched(found.url) == found


words = st.text(max_size=30) | st.sampled_from(
    ["s", "c", "joinchat", "addlist", "examplechannel", "123", "+x", "a", "7", ".", "..", "%2F"]
)


@given(
    host=st.sampled_from(["t.me", "abcd.t.me", "telegram.me", "telegram.dog", "example.com"]),
    path=st.lists(words, max_size=6),
    query=st.dictionaries(
        words | st.sampled_from(["single", "comment", "thread", "post", "domain"]), words
    ),
)
def test_match_is_total_and_pure(host: str, path: list[str], query: dict[str, str]) -> None:
    url = URL.build(scheme="https", host=host, path="/" + "/".join(path), query=query)

    found = PURE.match(url)

    assert found == PURE.match(url)
    if found is not None:
        assert found.url.startswith("https://t.me/")
        assert found.url.isprintable()
        assert matched(found.url) == found


@given(text=st.text(max_size=80))
def test_match_survives_any_address_that_can_be_read(text: str) -> None:
    for address in (text, f"tg:{text}", f"tg://resolve?{text}", f"https://t.me/{text}"):
        try:
            url = url_of(address)
        except ValueError:
            continue
        PURE.match(url)


def test_samples_match() -> None:
    assert all(matched(sample) for sample in Telegram.spec.samples)


# -- sending ---------------------------------------------------------------------------------------


def tools(port: int, answer: httpx.Response | Exception | None = None, **mail: object) -> Tools:
    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer or httpx.Response(404)

    asked: list[httpx.Request] = []
    settings = {"host": "127.0.0.1", "port": port, "tls": "none", "timeout_s": 0.4, **mail}
    made = Tools(
        http=Http(Egress(), transport=httpx.MockTransport(respond)),
        mail=Mail(**settings),  # type: ignore[arg-type]
        now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
    )
    asked_by_tools[id(made)] = asked
    return made


asked_by_tools: dict[int, list[httpx.Request]] = {}


@pytest.mark.parametrize(
    ("minor", "address"), [(False, "abuse@telegram.org"), (True, "stopCA@telegram.org")]
)
async def test_a_notice_goes_to_the_address_published_for_it(minor: bool, address: str) -> None:
    async with relay() as there:
        receipt = await Telegram({}, {}, tools(there.port)).send(notice(depicted_minor=minor), KEY)

    assert f"RCPT TO:<{address}>\r\n".encode() in there.heard
    assert f"\r\nTo: {address}\r\n".encode() in there.bodies[0]
    assert receipt.reference == "<0192f7a1.EF-7K2M9Q@centre.example>"
    assert receipt.grade is Grade.HANDED_TO_RELAY
    assert receipt.outcomes == ()


async def test_a_practice_desk_and_reply_tags_are_settings() -> None:
    settings = {"abuse_address": "desk@practice.example", "reply_tag": "on"}
    async with relay() as there:
        await Telegram(settings, {}, tools(there.port)).send(notice(), KEY)

    assert b"RCPT TO:<desk@practice.example>\r\n" in there.heard
    assert b"\r\nReply-To: reports+ef-7k2m9q@centre.example\r\n" in there.bodies[0]


async def test_what_is_sent_is_what_the_message_says() -> None:
    async with relay() as there:
        telegram = Telegram({}, {}, tools(there.port))
        await telegram.send(notice(), KEY)

    assert there.bodies == [telegram.message(notice()) + b".\r\n"]


async def test_an_empty_setting_closes_the_lane_and_a_broken_notice_does_not() -> None:
    async with relay() as there:
        with pytest.raises(Misconfigured):
            await Telegram({"abuse_address": ""}, {}, tools(there.port)).send(notice(), KEY)
        with pytest.raises(NeedsPerson):
            await Telegram({}, {}, tools(there.port)).send(notice(subject="a\nb"), KEY)

    assert there.heard == []


async def test_nothing_of_a_notice_leaks_when_its_delivery_is_in_doubt(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = notice(text="canary-text https://t.me/canarychannel/1", subject="canary-subject")
    async with relay({"end": Act.CLOSE}) as there:
        telegram = Telegram({"abuse_address": "canary@desk.example"}, {}, tools(there.port))
        with pytest.raises(Uncertain) as caught:
            await telegram.send(secret, KEY)

    error = caught.value
    said = f"{error!r}{error}{error.__cause__}{error.__context__}{telegram!r}{caplog.text}"
    assert "canary" not in said
    assert "centre.example" not in said


def test_what_may_be_reminded_and_what_it_carries() -> None:
    spec = Telegram.spec

    assert spec.remind is not None
    assert spec.remind.hours == 24
    assert spec.gathers
    assert spec.carries.urls == 100
    assert spec.purposes >= {Purpose.FIRST, Purpose.REMINDER, Purpose.RETRACTION}


# -- looking ---------------------------------------------------------------------------------------

POST = "https://t.me/examplechannel/123"
CHANNEL = "https://t.me/examplechannel"
GONE = '<div class="tgme_widget_message_error">Post not found</div>'
SHOWN = '<div class="tgme_widget_message js-widget_message" data-post="ExampleChannel/123">x</div>'


def page(name: str) -> str:
    return (PAGES / name).read_text("utf-8")


def error(words: str) -> str:
    return f'<div class="tgme_widget_message_error">{words}</div>'


LOOKS = [
    (POST, page("post.html"), Seen.UP, "post_shown"),
    (POST, page("post-veiled.html"), Seen.UP, "post_shown"),
    (POST, page("post-not-found.html"), Seen.GONE, "post_not_found"),
    (POST, SHOWN, Seen.UP, "post_shown"),
    (POST, GONE, Seen.GONE, "post_not_found"),
    (POST, GONE.replace("Post not found", "\n Post  not\tfound\n"), Seen.GONE, "post_not_found"),
    (POST, GONE + SHOWN, Seen.UP, "post_shown"),
    (POST, GONE + SHOWN.replace("123", "124"), Seen.CANNOT_SEE, "other_post"),
    (POST, SHOWN.replace("Example", "Other"), Seen.CANNOT_SEE, "other_post"),
    (POST, GONE + GONE, Seen.CANNOT_SEE, "name_not_found"),
    (POST, error("Channel is private"), Seen.CANNOT_SEE, "channel_private"),
    (
        POST,
        error("Channel with username <b>@examplechannel</b> not found"),
        Seen.CANNOT_SEE,
        "name_not_found",
    ),
    (
        POST,
        error(
            "This channel can't be displayed because it was used to spread pornographic content."
        ),
        Seen.CANNOT_SEE,
        "blocked_notice",
    ),
    (POST, error("게시물을 찾을 수 없습니다"), Seen.CANNOT_SEE, "no_post"),
    (POST, error(""), Seen.CANNOT_SEE, "no_post"),
    (POST, "Post not found", Seen.CANNOT_SEE, "no_post"),
    (
        POST,
        "<p>&lt;div class=tgme_widget_message_error&gt;Post not found</p>",
        Seen.CANNOT_SEE,
        "no_post",
    ),
    (POST, "<!-- " + GONE + " -->", Seen.CANNOT_SEE, "no_post"),
    (POST, "<script>'" + GONE + "'</script>", Seen.CANNOT_SEE, "no_post"),
    (POST, page("name-nobody-has.html"), Seen.CANNOT_SEE, "no_post"),
    (POST, "", Seen.CANNOT_SEE, "no_post"),
    (POST, "<![if x]>" + SHOWN, Seen.UP, "post_shown"),
    (POST, SHOWN + "<![odd[x]]>" + GONE, Seen.CANNOT_SEE, "no_post"),
    (POST, "x" * 500_000 + GONE, Seen.CANNOT_SEE, "no_post"),
    (CHANNEL, page("channel.html"), Seen.UP, "channel_shown"),
    (CHANNEL, page("group.html"), Seen.UP, "channel_shown"),
    (CHANNEL, page("name-nobody-has.html"), Seen.CANNOT_SEE, "no_channel_shown"),
    (CHANNEL, GONE, Seen.CANNOT_SEE, "no_channel_shown"),
    (CHANNEL, "", Seen.CANNOT_SEE, "no_channel_shown"),
]


@pytest.mark.parametrize(("url", "body", "seen", "rule"), LOOKS)
async def test_a_page_says_up_gone_or_nothing(url: str, body: str, seen: Seen, rule: str) -> None:
    made = tools(1, httpx.Response(200, html=body))
    target = matched(url)
    assert target is not None

    observed = await Telegram({}, {}, made).look(target)

    assert (observed.seen, observed.rule, observed.method) == (seen, rule, "page")
    assert observed.proof is False


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (POST, "https://t.me/examplechannel/123?embed=1&mode=tme"),
        (POST + "?single", "https://t.me/examplechannel/123?embed=1&mode=tme"),
        ("https://t.me/ExampleGroup/7/900", "https://t.me/examplegroup/900?embed=1&mode=tme"),
        (CHANNEL, "https://t.me/examplechannel"),
    ],
)
async def test_a_look_asks_for_one_text_page(url: str, asked: str) -> None:
    made = tools(1, httpx.Response(200, html=""))
    target = matched(url)
    assert target is not None

    await Telegram({}, {}, made).look(target)

    (request,) = asked_by_tools[id(made)]
    assert (request.method, str(request.url)) == ("GET", asked)
    assert request.headers["Accept"] == "text/html"


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://t.me/c/1234567890/55", "private"),
        ("https://t.me/c/1234567890", "private"),
        ("https://t.me/+AbCdEfGhIjKlMnOp", "private"),
        ("https://t.me/examplechannel/123?comment=55", "comment"),
        ("https://t.me/examplechannel/s/4", "story"),
        ("https://t.me/addstickers/ExampleSet", "stickers_or_list"),
        ("https://t.me/+15551234567", "telephone"),
    ],
)
async def test_what_only_members_see_is_not_asked_for(url: str, rule: str) -> None:
    made = tools(1)
    target = matched(url)
    assert target is not None

    observed = await Telegram({}, {}, made).look(target)

    assert (observed.seen, observed.rule) == (Seen.CANNOT_SEE, rule)
    assert asked_by_tools[id(made)] == []


@pytest.mark.parametrize("status", [204, 302, 401, 403, 404, 410, 451, 500, 503])
async def test_no_status_but_200_says_anything(status: int) -> None:
    made = tools(1, httpx.Response(status, html=GONE))
    target = matched(POST)
    assert target is not None

    observed = await Telegram({}, {}, made).look(target)

    assert (observed.seen, observed.rule) == (Seen.CANNOT_SEE, f"http_{status}")


async def test_a_look_that_gets_media_or_no_answer_sees_nothing() -> None:
    target = matched(POST)
    assert target is not None
    for answer in (
        httpx.Response(200, content=b"\xff\xd8", headers={"content-type": "image/jpeg"}),
        httpx.ConnectError("canary"),
    ):
        observed = await Telegram({}, {}, tools(1, answer)).look(target)

        assert observed.seen is Seen.CANNOT_SEE
        assert "canary" not in repr(observed)


@given(body=st.text(max_size=400), around=st.sampled_from([GONE, SHOWN, "<![x", "<!", "&#", "</"]))
async def test_no_page_makes_a_look_fail(body: str, around: str) -> None:
    target = matched(POST)
    assert target is not None

    observed = await Telegram({}, {}, tools(1, httpx.Response(200, html=body + around))).look(
        target
    )

    assert observed.seen in (Seen.UP, Seen.GONE, Seen.CANNOT_SEE)
