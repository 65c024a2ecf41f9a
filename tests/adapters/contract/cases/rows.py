"""The cases of all adapters that are rows of `adapters.forms`: one table, a row for a row.

A form takes nothing by machine. What is told here is what the row must not claim, what its public
endpoint says, and where its short links lead; an addressee without hosts is shown somebody else's
address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from adapters.base import Adapter
from adapters.forms.adult import ADULT
from adapters.forms.authorities import AUTHORITIES
from adapters.forms.copyright import COPYRIGHT
from adapters.forms.filed import Form
from adapters.forms.hosting import HOSTING
from adapters.forms.korea import KOREA
from adapters.forms.kr_statutory import KR_STATUTORY
from adapters.forms.meta import META
from adapters.forms.search import SEARCH
from adapters.forms.social import SOCIAL
from adapters.spec import Locator, Seen, Url
from tests.adapters.contract.case import Case, Routes, thing
from tests.adapters.contract.site import Answer, stored, told

__all__ = ["CASES"]

FORMS: Final[tuple[type[Form], ...]] = (
    *(*META, *SOCIAL, *SEARCH, *HOSTING, *ADULT, *KOREA),
    *(KR_STATUTORY, *AUTHORITIES, *COPYRIGHT),
)
ELSEWHERE: Final = thing("x", "1234567890", "https://x.com/examplename/status/1234567890")

# Addresses on a platform's hosts that stand for nothing it can act on.
OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "facebook": (
        "https://www.facebook.com/",
        "https://www.facebook.com/help/contact/634636250523119",
        "https://www.facebook.com/login/?next=x",
        "https://www.facebook.com/watch/",
        "https://www.facebook.com/photo.php?fbid=1,2",
        "https://www.facebook.com/photo.php?fbid=1&fbid=2",
        "https://www.facebook.com:8443/examplename",
        "https://user@www.facebook.com/examplename",
        "https://developers.facebook.com/examplename",
        "https://notfacebook.com/examplename",
    ),
    "instagram": (
        "https://www.instagram.com/",
        "https://www.instagram.com/explore/tags/example/",
        "https://www.instagram.com/reels/audio/1234567890/",
        "https://www.instagram.com/accounts/login/",
        "https://www.instagram.com/p/AbCdEf12345/x",
        "https://help.instagram.com/examplename",
    ),
    "threads": ("https://www.threads.net/", "https://www.threads.net/search?q=x"),
    "whatsapp": (
        "https://www.whatsapp.com/",
        "https://www.whatsapp.com/contact",
        "https://wa.me/examplename",
        "https://chat.whatsapp.com/short",
    ),
    "tiktok": (
        "https://www.tiktok.com/",
        "https://www.tiktok.com/music/example-6956990112127585029",
        "https://www.tiktok.com/tag/example",
        "https://www.tiktok.com/@examplename/video/",
        "https://www.tiktok.com/@examplename/video/1234567890123456789,",
        "https://support.tiktok.com/@examplename",
    ),
    "snapchat": (
        "https://www.snapchat.com/",
        "https://www.snapchat.com/download",
        "https://help.snapchat.com/hc/en-us",
    ),
    "discord": (
        "https://discord.com/",
        "https://discord.com/report",
        "https://discord.com/channels/1/2/3",
        "https://support.discord.com/hc/articles/38675715591831",
    ),
    "google_search": (
        "https://www.google.com/",
        "https://www.google.com/search",
        "https://www.google.com/search?q=a&q=b",
        "https://support.google.com/search?q=a",
        "https://drive.google.com/file/d/1",
        "https://www.google.com/url?q=https://example.org",
    ),
    "bing": (
        "https://www.bing.com/",
        "https://www.bing.com/search",
        "https://www.bing.com/maps?q=x",
    ),
    "github": (
        "https://github.com/",
        "https://github.com/features/actions",
        "https://github.com/search?q=x",
        "https://docs.github.com/en/rest",
        "https://raw.githubusercontent.com/examplename",
    ),
    "imgur": (
        "https://imgur.com/",
        "https://imgur.com/search?q=x",
        "https://imgur.com/upload",
        "https://imgur.com/about",
        "https://imgur.com/users",
        "https://imgur.com/random",
        "https://i.imgur.com/AbCdEf1.exe",
        "https://help.imgur.com/hc/en-us",
    ),
    "pornhub": (
        "https://www.pornhub.com/",
        "https://www.pornhub.com/video",
        "https://www.pornhub.com/view_video.php",
        "https://www.pornhub.com/view_video.php?viewkey=ph0123456789abc,",
        "https://www.pornhub.com/content-removal",
    ),
    "redtube": (
        "https://www.redtube.com/",
        "https://www.redtube.com/top",
        "https://embed.redtube.com/",
    ),
    "youporn": ("https://www.youporn.com/", "https://www.youporn.com/category/example/"),
    "tube8": ("https://www.tube8.com/", "https://www.tube8.com/cat/example/"),
    "onlyfans": (
        "https://onlyfans.com/",
        "https://onlyfans.com/dmca",
        "https://onlyfans.com/my/chats",
        "https://onlyfans.com/123456789",
    ),
    "naver": (
        "https://www.naver.com/",
        "https://blog.naver.com/",
        "https://blog.naver.com/PostView.naver?blogId=examplename",
        "https://cafe.naver.com/ca-fe/home",
        "https://search.naver.com/search.naver?query=x",
    ),
    "kakao": (
        "https://www.kakao.com/",
        "https://open.kakao.com/",
        "https://tistory.com/",
        "https://www.tistory.com/123",
        "https://brunch.co.kr/",
    ),
}


def leads(target: str) -> Answer:
    return lambda _request: httpx.Response(301, headers={"location": target})


TIKTOK: Final = "1234567890123456789"
# Worlds: the routes in which all goes well, by the row's name.
ROUTES: Final[Mapping[str, Routes]] = {
    "tiktok": {
        "GET https://www.tiktok.com/oembed": stored("tiktok/post.json"),
        "HEAD https://vm.tiktok.com/AbCdEf123/": leads(
            f"https://www.tiktok.com/@examplename/video/{TIKTOK}?_r=1"
        ),
        "HEAD https://www.tiktok.com/t/AbCdEf123/": leads(
            f"https://www.tiktok.com/@examplename/photo/{TIKTOK}"
        ),
    },
    "discord": {"GET https://discord.com/api/v10/invites/AbCdEf12": stored("discord/invite.json")},
    "github": {
        "GET https://api.github.com/repos/examplename/examplerepo": stored(
            "github/repository.json"
        ),
        "GET https://api.github.com/users/examplename": stored("github/account.json"),
    },
    "pornhub": {
        "GET https://www.pornhub.com/webmasters/is_video_active": stored("pornhub/active.json")
    },
    "redtube": {"GET https://api.redtube.com": stored("redtube/active.json")},
    "naver": {
        "HEAD https://naver.me/AbCdEf12": leads("https://blog.naver.com/examplename/123456789012")
    },
    "kakao": {"HEAD https://kko.to/AbCdEf1234": leads("https://open.kakao.com/o/gAbCdEf1")},
}
# Address, the answer that replaces the good one, and what is seen.
LOOKS: Final[Mapping[str, tuple[tuple[str, Answer | None, Seen], ...]]] = {
    "tiktok": (
        (f"https://www.tiktok.com/@examplename/video/{TIKTOK}", None, Seen.UP),
        (f"https://www.tiktok.com/@examplename/video/{TIKTOK}", told({}, 404), Seen.GONE),
        (
            f"https://www.tiktok.com/@examplename/video/{TIKTOK}",
            told({"code": 400, "message": "Something went wrong"}, 400),
            Seen.CANNOT_SEE,
        ),
        ("https://www.tiktok.com/@examplename/video/1234567890123456780", None, Seen.CANNOT_SEE),
        ("https://www.tiktok.com/@examplename", None, Seen.CANNOT_SEE),
    ),
    "discord": (
        ("https://discord.gg/AbCdEf12", None, Seen.UP),
        ("https://discord.com/invite/AbCdEf12", None, Seen.UP),
        ("https://discord.gg/AbCdEf12", stored("discord/unknown_invite.json", 404), Seen.GONE),
        ("https://discord.gg/AbCdEf12", told({"message": "x"}, 404), Seen.CANNOT_SEE),
        (
            "https://discord.com/channels/@me/123456789012345679/123456789012345680",
            None,
            Seen.CANNOT_SEE,
        ),
    ),
    "github": (
        ("https://github.com/ExampleName/examplerepo", None, Seen.UP),
        ("https://github.com/examplename", None, Seen.UP),
        (
            "https://github.com/examplename/examplerepo",
            stored("github/not_found.json", 404),
            Seen.GONE,
        ),
        ("https://github.com/examplename", stored("github/not_found.json", 404), Seen.GONE),
        ("https://github.com/examplename", told("not found", 404), Seen.CANNOT_SEE),
        (
            "https://github.com/examplename/examplerepo",
            stored("github/blocked.json", 451),
            Seen.RESTRICTED,
        ),
        (
            "https://github.com/examplename/examplerepo",
            stored("github/blocked_by_terms.json", 403),
            Seen.RESTRICTED,
        ),
        ("https://github.com/examplename/examplerepo", told({}, 301), Seen.CANNOT_SEE),
        (
            "https://github.com/examplename/examplerepo/blob/main/example.txt",
            None,
            Seen.CANNOT_SEE,
        ),
    ),
    "pornhub": (
        ("https://www.pornhub.com/view_video.php?viewkey=ph0123456789abc", None, Seen.UP),
        (
            "https://www.pornhub.com/embed/ph0123456789abc",
            stored("pornhub/not_active.json"),
            Seen.GONE,
        ),
        ("https://www.pornhub.com/embed/ph0123456789abd", None, Seen.CANNOT_SEE),
        ("https://www.pornhub.com/model/examplename", None, Seen.CANNOT_SEE),
    ),
    "redtube": (
        ("https://www.redtube.com/12345678", None, Seen.UP),
        ("https://www.redtube.com/12345678", stored("redtube/not_active.json"), Seen.GONE),
        ("https://www.redtube.com/users/examplename", None, Seen.CANNOT_SEE),
    ),
}
RESOLVES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "tiktok": (
        ("https://vm.tiktok.com/AbCdEf123", TIKTOK),
        ("https://www.tiktok.com/t/AbCdEf123/", TIKTOK),
    ),
    "naver": (("https://naver.me/AbCdEf12", "blog/examplename/123456789012"),),
    "kakao": (("https://kko.to/AbCdEf1234", "open/o/gAbCdEf1"),),
}


def _case(adapter: type[Form]) -> Case:
    name, bare = adapter.spec.name, adapter({}, {}, None)
    routes = ROUTES.get(name, {})
    return Case(
        adapter=adapter,
        routes=routes,
        others=OTHERS.get(name, ()),
        locator=_matched(bare, adapter.spec.samples[0]) if adapter.spec.samples else ELSEWHERE,
        looks=tuple(
            (_matched(bare, address), _instead(routes, answer), seen)
            for address, answer, seen in LOOKS.get(name, ())
        ),
        resolves=RESOLVES.get(name, ()),
    )


def _matched(adapter: Adapter, address: str) -> Locator:
    locator = adapter.match(Url(address))
    assert locator is not None, address
    return locator


def _instead(routes: Routes, answer: Answer | None) -> Routes:
    """The world in which every question gets this answer."""
    return {route: answer for route in routes if route.startswith("GET ")} if answer else {}


CASES: Final[Mapping[str, Case]] = {adapter.spec.name: _case(adapter) for adapter in FORMS}
