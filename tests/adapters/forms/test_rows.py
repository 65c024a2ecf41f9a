"""Rows of forms: which addresses meet, which never do, and what a packet says and leaves out."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest
from yarl import URL

from adapters.errors import ContentGone, NotSent, PlatformError, WrongAddressee
from adapters.forms.authorities import AUTHORITIES
from adapters.forms.filed import Form
from adapters.forms.hotlines import STOPNCII, TAKEITDOWN
from adapters.forms.korea import KAKAO
from adapters.forms.kr_statutory import KR_STATUTORY
from adapters.forms.search import GOOGLE_SEARCH
from adapters.forms.social import DISCORD, TIKTOK
from adapters.registry import ADAPTERS
from adapters.spec import Kind, Locator, Notice
from tests.adapters.contract.case import on_stage
from tests.adapters.contract.cases.rows import CASES, FORMS
from tests.adapters.forms.notices import notice

PURE: Sequence[Form] = [form({}, {}, None) for form in FORMS]


def found(url: str) -> Locator:
    hits = [hit for each in PURE if (hit := each.match(URL(url)))]
    assert len(hits) == 1, url
    return hits[0]


def named(url: str) -> tuple[str, Kind, str]:
    locator = found(url)
    return locator.platform, locator.kind, locator.key


# -- addresses -------------------------------------------------------------------------------------

SAME = [
    [
        "https://www.facebook.com/ExampleName/posts/1234567890123456",
        "http://m.facebook.com/examplename/posts/example-words/1234567890123456/?__cft__=x",
        "https://ko-kr.facebook.com/examplename/posts/1234567890123456#x",
    ],
    [
        "https://www.facebook.com/permalink.php?story_fbid=123456&id=98765",
        "https://m.facebook.com/story.php?id=98765&story_fbid=123456&refid=1",
        "https://www.facebook.com/98765/posts/123456",
    ],
    [
        "https://www.facebook.com/photo.php?fbid=123456&set=a.1&type=3",
        "https://www.facebook.com/photo/?fbid=123456",
        "https://www.facebook.com/examplename/photos/a.1/123456/?type=3",
    ],
    [
        "https://www.facebook.com/watch/?v=123456",
        "https://www.facebook.com/examplename/videos/example-words/123456/",
        "https://facebook.com/reel/123456?s=x",
    ],
    ["https://www.facebook.com/profile.php?id=98765", "https://facebook.com/people/A-B/98765/"],
    [
        "https://www.instagram.com/p/AbCdEf12345/?igsh=x",
        "https://instagram.com/examplename/reel/AbCdEf12345",
        "https://www.instagram.com/tv/AbCdEf12345/embed/captioned/",
        "https://instagr.am/p/AbCdEf12345/",
    ],
    [
        "https://www.threads.net/@examplename/post/AbCdEf12345?x=1",
        "https://www.threads.com/@othername/post/AbCdEf12345/media",
        "https://threads.net/t/AbCdEf12345",
    ],
    ["https://wa.me/821012345678", "https://api.whatsapp.com/send?phone=821012345678&text=x"],
    [
        "https://www.tiktok.com/@ExampleName/video/1234567890123456789?is_from_webapp=1",
        "https://m.tiktok.com/v/1234567890123456789.html",
        "https://www.tiktok.com/embed/v2/1234567890123456789",
        "https://www.tiktok.com:443/@examplename/photo/1234567890123456789",
    ],
    ["https://www.snapchat.com/add/ExampleName", "https://snapchat.com/@examplename?sid=x"],
    [
        "https://discord.com/channels/123456789012345678/123456789012345679/123456789012345680",
        "https://ptb.discordapp.com/channels/123456789012345678/123456789012345679/123456789012345680/",
    ],
    ["https://discord.gg/AbCdEf12", "https://discord.com/invite/AbCdEf12?event=1"],
    [
        "https://cdn.discordapp.com/attachments/123456789012345678/123456789012345679/a.png?ex=1&hm=2",
        "https://media.discordapp.net/attachments/123456789012345678/123456789012345679/a.png?width=9",
    ],
    [
        "https://www.google.com/search?q=example+words&udm=2&ei=x&ved=y",
        "https://google.com/search?udm=2&q=example%20words&sca_esv=z",
    ],
    [
        "https://github.com/ExampleName/ExampleRepo",
        "https://github.com/examplename/examplerepo.git",
    ],
    [
        "https://github.com/examplename/examplerepo/blob/main/a/b.txt",
        "https://raw.githubusercontent.com/ExampleName/examplerepo/refs/heads/main/a/b.txt",
    ],
    [
        "https://github.com/examplename/examplerepo/issues/12#issuecomment-5",
        "https://github.com/examplename/examplerepo/pull/12#issuecomment-5",
    ],
    [
        "https://imgur.com/AbCdEf1",
        "https://i.imgur.com/AbCdEf1.jpg",
        "https://i.imgur.com/AbCdEf1l.png",
    ],
    [
        "https://www.pornhub.com/view_video.php?viewkey=ph0123456789abc&t=5",
        "https://de.pornhub.org/embed/ph0123456789abc",
    ],
    ["https://www.redtube.com/12345678", "https://embed.redtube.com/?id=12345678&bgcolor=0"],
    ["https://www.youporn.com/watch/12345678/example/", "https://youporn.com/embed/12345678"],
    ["https://www.tube8.com/porn-video/12345678/", "https://www.tube8.com/example/words/12345678/"],
    [
        "https://blog.naver.com/ExampleName/123456789012",
        "https://m.blog.naver.com/PostView.naver?blogId=examplename&logNo=123456789012&x=1",
    ],
    [
        "https://cafe.naver.com/ca-fe/cafes/12345678/articles/9",
        "https://m.cafe.naver.com/ca-fe/web/cafes/12345678/articles/9?fromList=1",
        "https://cafe.naver.com/ArticleRead.nhn?clubid=12345678&articleid=9",
    ],
    ["https://exampleblog.tistory.com/12", "https://exampleblog.tistory.com/m/12?category=1"],
]
# From the widest to the narrowest: what is one never becomes another.
APART = [
    "https://www.facebook.com/examplename",
    "https://www.facebook.com/examplename/posts/123456",
    "https://www.facebook.com/examplename/posts/123456?comment_id=9",
    "https://www.facebook.com/examplename/posts/123457",
    "https://www.facebook.com/groups/examplename",
    "https://www.facebook.com/groups/examplename/posts/123456",
    "https://www.instagram.com/examplename/",
    "https://www.instagram.com/p/AbCdEf12345/",
    "https://www.instagram.com/p/abCdEf12345/",
    "https://www.instagram.com/p/AbCdEf12345/c/1234567890",
    "https://www.instagram.com/stories/examplename/1234567890/",
    "https://www.threads.net/@examplename",
    "https://discord.com/channels/123456789012345678",
    "https://discord.com/channels/123456789012345678/123456789012345679",
    "https://discord.com/channels/123456789012345678/123456789012345679/123456789012345680",
    "https://discord.gg/AbCdEf12",
    "https://discord.gg/abCdEf12",
    "https://www.google.com/search?q=a",
    "https://www.google.com/search?q=a&udm=2",
    "https://www.google.com/search?q=a&udm=2#imgrc=AbC",
    "https://www.google.de/search?q=a",
    "https://github.com/examplename",
    "https://github.com/examplename/examplerepo",
    "https://github.com/examplename/examplerepo/tree/main/a",
    "https://github.com/examplename/examplerepo/blob/main/a",
    "https://github.com/examplename/examplerepo/issues/12",
    "https://github.com/examplename/examplerepo/issues/12#issuecomment-5",
    "https://imgur.com/a/AbCdEf1",
    "https://imgur.com/gallery/AbCdEf1",
    "https://imgur.com/AbCdEf1",
    "https://cafe.naver.com/examplecafe",
    "https://cafe.naver.com/examplecafe/9",
    "https://exampleblog.tistory.com/",
    "https://exampleblog.tistory.com/12",
    "https://otherblog.tistory.com/12",
]


@pytest.mark.parametrize("urls", SAME, ids=lambda urls: urls[0].split("/")[2])
def test_all_spellings_of_one_thing_meet(urls: list[str]) -> None:
    assert len({named(url) for url in urls}) == 1
    assert len({found(found(url).url).key for url in urls}) == 1


def test_different_things_never_meet() -> None:
    assert len({named(url) for url in APART}) == len(APART)


def test_a_parameter_that_is_given_twice_makes_it_no_match() -> None:
    for url in (
        "https://www.facebook.com/photo.php?fbid=1&fbid=2",
        "https://www.google.com/search?q=a&q=b",
    ):
        assert not any(each.match(URL(url)) for each in PURE)


def test_no_address_belongs_to_two_rows() -> None:
    for url in (*APART, *(url for urls in SAME for url in urls)):
        found(url)


def test_rows_are_in_the_registry_each_once() -> None:
    assert [form for form in ADAPTERS if issubclass(form, Form)] == list(FORMS)
    assert set(CASES) == {form.spec.name for form in FORMS}


# -- short links -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(404), ContentGone),
        (httpx.Response(200), NotSent),
        (httpx.Response(301, headers={"Location": "/login"}), NotSent),
        (httpx.Response(301, headers={"Location": "https://[x"}), NotSent),
        (httpx.Response(301, headers={"Location": "https://canary.example/"}), WrongAddressee),
        (
            httpx.Response(302, headers={"Location": "https://vm.tiktok.com/AbCdEf123/"}),
            WrongAddressee,
        ),
    ],
)
async def test_a_short_link_that_leads_nowhere_is_said_to(
    answer: httpx.Response, kind: type[PlatformError]
) -> None:
    short = "https://vm.tiktok.com/AbCdEf123/"
    scene = on_stage(CASES["tiktok"], {f"HEAD {short}": lambda _request: answer})

    with pytest.raises(kind):
        await scene.adapter.resolve(found(short))

    assert {str(request.url) for request in scene.site.seen} == {short}


# -- packets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.spec.name)
def test_what_was_not_confirmed_is_said(form: type[Form]) -> None:
    words = form.note.lower()

    own_device = form in (STOPNCII, TAKEITDOWN)
    assert own_device or "confirmed" in words or "could not be read" in words
    assert all(source.address for source in form.spec.sources)


@pytest.mark.parametrize("form", [STOPNCII, TAKEITDOWN], ids=lambda form: form.spec.name)
def test_what_is_done_on_the_persons_own_device_carries_nothing(form: type[Form]) -> None:
    packet = form({}, {}, None).packet(notice())

    assert form.spec.discloses == ()
    assert not any(step.copyable for step in packet.steps)
    assert any("Never ask for, take or keep the picture" in words for words in packet.never)
    assert not any("upload" in step.value.lower() for step in packet.steps)


def test_each_of_the_two_sends_the_other_age_on() -> None:
    adult, minor = notice(), notice(depicted_minor=True)

    def may(form: type[Form], which: Notice) -> str:
        steps = form({}, {}, None).packet(which).steps
        return next(step.value for step in steps if step.label == "Who may")

    assert may(STOPNCII, minor).startswith("Nobody")
    assert may(TAKEITDOWN, adult).startswith("Nobody")
    assert not may(STOPNCII, adult).startswith("Nobody")
    assert not may(TAKEITDOWN, minor).startswith("Nobody")


def test_an_addressee_without_hosts_matches_nothing() -> None:
    for form in (KR_STATUTORY, *AUTHORITIES):
        adapter = form({}, {}, None)
        samples = [sample for other in ADAPTERS for sample in other.spec.samples]

        assert not any(adapter.match(URL(sample)) for sample in samples)


def test_the_korean_form_names_the_kind_by_age_in_its_own_words() -> None:
    for form in (KR_STATUTORY, KAKAO):
        kinds = [
            step.value
            for minor in (False, True)
            for step in form({}, {}, None).packet(notice(depicted_minor=minor)).steps
            if step.label == "유형"
        ]

        assert kinds == ["불법촬영물 또는 허위영상물", "아동·청소년성착취물"]
        assert form.language == "ko"


def test_links_stand_one_a_line_and_the_limit_is_the_specs() -> None:
    urls = [f"https://www.google.com/search?q={n}" for n in (1, 2, 3)]

    packet = GOOGLE_SEARCH({}, {}, None).packet(notice(urls=urls))

    assert "\n".join(urls) in [step.value for step in packet.steps]
    assert packet.limit == GOOGLE_SEARCH.spec.carries.urls == 10


def test_nobody_gives_the_name_of_a_child() -> None:
    child = DISCORD({}, {}, None).packet(notice(depicted_minor=True))

    assert "Never give a child's legal name, whatever the form says." in child.never
    assert not any("Legal name" in step.label for step in child.steps)
    adult = DISCORD({}, {}, None).packet(notice())
    names = next(step for step in adult.steps if "Legal name" in step.label)
    assert not names.copyable


def test_another_form_is_a_setting() -> None:
    practice = TIKTOK({"form_url": "http://127.0.0.1:9/form"}, {}, None)

    assert practice.packet(notice()).form == "http://127.0.0.1:9/form"


def test_who_reads_korean_is_written_to_in_korean() -> None:
    korean = {cls.spec.name for cls in ADAPTERS if cls.spec.languages == ("ko", "en")}

    assert korean >= {"naver", "kakao", "kr_statutory"}
