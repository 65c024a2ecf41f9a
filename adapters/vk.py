"""VK: posts, their comments, photos, videos and accounts, by its API and a token of the centre.

Methods, parameters and error codes are those of VK's own schema. VK answers `1`: no number, nothing
later. None of its reasons says that consent is missing. Only for a video or an account does it take
words, and so our reference; how long they may be is not documented. Communities cannot be reported
by any method: a person does that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final, NamedTuple

from adapters.errors import (
    ContentGone,
    Misconfigured,
    NeedsPerson,
    NotSent,
    PlatformError,
    Refused,
    Throttled,
    Uncertain,
)
from adapters.http import Api, Json, cannot_see
from adapters.places import place
from adapters.report import INTIMATE, REPORT, words_of
from adapters.spec import (
    MOST_PER_DAY,
    Ability,
    Carries,
    Channel,
    ContentClass,
    Grade,
    Key,
    Kind,
    Locator,
    Notice,
    Observation,
    Rate,
    Receipt,
    Secret,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import number_at, word_at

__all__ = ["VK"]

_READ: Final = date(2026, 11, 26)
_SCHEMA: Final = (
    "https://github.com/VKCOM/vk-api-schema/blob/0efe478fc1011bc167fd389dd1dc36efc883de02"
)
_VERSION: Final = "5.199"


class VK(Api):
    spec = Spec(
        name="vk",
        title="VK",
        channel=Channel.API,
        hosts=("vk.com", "*.vk.com", "vk.ru", "*.vk.ru", "vkvideo.ru", "*.vkvideo.ru"),
        api_hosts=("api.vk.ru", "api.vk.com"),
        classes=frozenset(ContentClass) - {ContentClass.OTHER},
        carries=Carries(urls=1, text_chars=2000),  # our own limit
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        lane=Rate(per_minute=60, burst=3),  # clients keep to three calls a second
        remind=None,
        answers=False,
        gone_needs_up=True,  # what we may not see is left out of a list as what is gone
        country="RU",
        needs=(
            Secret(
                "token",
                help="A user token of the centre's account, for wall, photos and video: VK gives"
                " these rights to an app only on request (devsupport@corp.vk.com)",
            ),
        ),
        settings=(
            Setting("api_url", "Where the API is: VK has two hosts", "https://api.vk.ru"),
            MOST_PER_DAY,
        ),
        discloses=REPORT,
        sources=(
            Source("https://dev.vk.com/en/api/api-requests", _READ),
            Source("https://dev.vk.com/en/method/video.get", _READ),
            Source("https://dev.vk.com/en/method/video.report", _READ),
            Source(f"{_SCHEMA}/wall/methods.json", _READ),
            Source(f"{_SCHEMA}/photos/methods.json", _READ),
            Source(f"{_SCHEMA}/video/methods.json", _READ),
            Source(f"{_SCHEMA}/users/methods.json", _READ),
            Source(f"{_SCHEMA}/utils/methods.json", _READ),
            Source(f"{_SCHEMA}/errors.json", _READ),
            Source("https://github.com/yt-dlp/yt-dlp/blob/master/yt_dlp/extractor/vk.py", _READ),
        ),
        samples=(
            "https://vk.com/wall-12345_678",
            "https://vk.com/wall-12345_678?reply=901",
            "https://m.vk.com/photo12345_678",
            "https://vk.com/id12345?z=photo12345_678%2Falbum12345_0",
            "https://vkvideo.ru/video-12345_678",
            "https://vk.ru/id12345",
            "https://vk.com/examplename",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        **dict.fromkeys(("1", "10", "13", "36"), Uncertain),  # theirs: something went wrong
        **dict.fromkeys(("2", "3", "4", "5", "11", "16", "17"), Misconfigured),
        **dict.fromkeys(("20", "21", "23", "25", "27", "28", "34", "35", "38"), Misconfigured),
        **dict.fromkeys(("6", "9", "29", "32"), Throttled),
        **dict.fromkeys(("14", "24"), NeedsPerson),  # a captcha, a confirmation
        # This app or account may not: it may lack one right of three, or not be let in there.
        **dict.fromkeys(("7", "15", "30", "200", "204", "210", "211", "212"), NeedsPerson),
        **dict.fromkeys(("18", "19", "104"), ContentGone),  # deleted or banned, blocked, not found
        "43": NotSent,  # this section is closed for a while
    }

    def match(self, url: Url) -> Locator | None:
        host, path, query = place(url), url.path.strip("/"), url.query
        video_host = host in _VIDEO_HOSTS
        if not (video_host or host in _HOSTS):
            return None
        shown = query.get("z") or query.get("w")  # what lies over the page
        if path == "video_ext.php":
            shown = f"video{query.get('oid', '')}_{query.get('id', '')}"
        if found := _THING.fullmatch(shown.partition("/")[0] if shown else path):
            return _thing(found["what"], found["owner"], found["number"], query.get("reply", ""))
        if shown or video_host or {"reply", "act"} & query.keys():
            return None
        if found := _NUMBERED.fullmatch(path):
            return _account("id" if found["what"] == "id" else "club", found["number"])
        if _NAME.fullmatch(path.lower()) and path.lower() not in _PAGES:
            return _named(path.lower())
        return None

    async def resolve(self, locator: Locator) -> Locator:
        """A name becomes the number of an account, or of a community."""
        if locator.final:
            return locator
        params = {"screen_name": locator.parts["name"]}
        told = await self._ask("utils.resolveScreenName", params, write=False)
        if told in ([], {}):
            raise ContentGone("not_found")
        what, number = _WHAT.get(word_at(told, "type")), number_at(told, "object_id")
        if what is None or number is None:
            raise NotSent("unreadable")
        return _account(what, str(number))

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        parts = notice.items[0].locator.parts
        if parts["what"] == "club":
            raise NeedsPerson("community")
        method = _METHODS[parts["what"]]
        sexual = notice.depicted_minor or notice.content_class in INTIMATE
        params = {method.number: parts["number"]}
        if parts["what"] == "id":
            params["type"] = "porn" if sexual else "insult"
        else:
            params["owner_id"] = parts["owner"]
            # 1 is "child pornography", 5 "adult material", 6 "insult, abuse".
            params["reason"] = "1" if notice.depicted_minor else "5" if sexual else "6"
        if method.takes_words:
            params["comment"] = words_of(notice)
        if await self._ask(method.report, params, write=True) != 1:
            raise Uncertain("unreadable")
        return Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE)

    async def look(self, locator: Locator) -> Observation:
        """As the centre's account sees it. Sizes and links of media are answered, never fetched."""
        parts = locator.parts
        if parts.get("what") not in _METHODS:
            return Observation(Seen.CANNOT_SEE, "community_or_nothing", "api")
        method, number = _METHODS[parts["what"]], parts["number"]
        params = {method.look[1]: f"{parts['owner']}_{number}" if parts["owner"] else number}
        if parts["what"] == "reply":
            params = {"owner_id": parts["owner"], "comment_id": number}
        try:
            told = await self._ask(method.look[0], params, write=False)
        except PlatformError as failure:
            return cannot_see(failure)
        rows = told.get("items") if isinstance(told, dict) else told
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return Observation(Seen.CANNOT_SEE, "unreadable", "api")
        if not rows:
            return Observation(Seen.GONE, "not_listed", "api")
        return _seen(rows[0], int(number))

    async def _ask(self, method: str, params: Mapping[str, str], *, write: bool) -> Json:
        """The `response` of a method. VK says what is wrong with status 200."""
        url, asked = f"{self.base('api_url')}/method/{method}", {**params, "v": _VERSION}
        signed = self.bearer()
        if write:
            told = await self.call("POST", url, write=True, form=asked, headers=signed)
        else:
            told = await self.call("GET", url, write=False, params=asked, headers=signed)
        if (code := number_at(told, "error", "error_code")) is not None:
            kind = self.errors.get(str(code), Refused)
            raise (NotSent if kind in (Uncertain, Refused) and not write else kind)(f"vk_{code}")
        if not isinstance(told, dict) or "response" not in told:
            raise (Uncertain if write else NotSent)("unreadable")
        return told["response"]


class _Method(NamedTuple):
    """How a kind of thing is reported and looked at; `number` is its parameter in a report."""

    report: str
    number: str
    look: tuple[str, str]
    takes_words: bool = False


_METHODS: Final[Mapping[str, _Method]] = {
    "wall": _Method("wall.reportPost", "post_id", ("wall.getById", "posts")),
    "reply": _Method("wall.reportComment", "comment_id", ("wall.getComment", "comment_id")),
    "photo": _Method("photos.report", "photo_id", ("photos.getById", "photos")),
    "video": _Method("video.report", "video_id", ("video.get", "videos"), takes_words=True),
    "id": _Method("users.report", "user_id", ("users.get", "user_ids"), takes_words=True),
}
_WHAT: Final = {"user": "id", "group": "club", "page": "club", "event": "club"}
_HOSTS: Final = frozenset(p + h for p in ("", "www.", "m.", "new.") for h in ("vk.com", "vk.ru"))
_VIDEO_HOSTS: Final = frozenset({"vkvideo.ru", "m.vkvideo.ru", "www.vkvideo.ru"})
_ID: Final = r"[1-9][0-9]{0,17}"
_THING: Final = re.compile(rf"(?P<what>wall|photo|video|clip)(?P<owner>-?{_ID})_(?P<number>{_ID})")
_NUMBERED: Final = re.compile(rf"(?P<what>id|club|public|event)(?P<number>{_ID})")
_NUMBER: Final = re.compile(_ID)
_NAME: Final = re.compile(
    r"(?!(id|club|public|event|wall|photo|video|clip|album|app)-?[0-9])[a-z][a-z0-9_.]{1,31}"
)
# First words of a path that are pages of VK, never somebody's name.
_PAGES: Final = frozenset(
    re.findall(
        r"\w+",
        """about ads al_video album albums apps audio audios blog bugs clips communities dev docs
        edit faq fave feed friends games groups help im jobs join login mail market music news
        notifications photos places privacy restore search settings share stickers stories support
        terms verify video videos wall""",
    )
)


def _thing(what: str, owner: str, number: str, reply: str) -> Locator | None:
    what = "video" if what == "clip" else what
    url, key = f"https://vk.com/{what}{owner}_{number}", f"{what}{owner}_{number}"
    if reply:  # a comment: what it stands under would be more than was meant
        if what != "wall" or not _NUMBER.fullmatch(reply):
            return None
        what, number, url, key = "reply", reply, f"{url}?reply={reply}", f"reply{owner}_{reply}"
    kind = Kind.FILE if what == "photo" else Kind.POST
    parts = {"what": what, "owner": owner, "number": number}
    return Locator("vk", kind, key, url, parts=parts)


def _account(what: str, number: str) -> Locator:
    key, kind = f"{what}{number}", Kind.ACCOUNT if what == "id" else Kind.GROUP
    parts = {"what": what, "owner": "", "number": number}
    return Locator("vk", kind, key, f"https://vk.com/{key}", parts=parts)


def _named(name: str) -> Locator:
    url = f"https://vk.com/{name}"
    return Locator("vk", Kind.ACCOUNT, name, url, final=False, parts={"name": name})


def _seen(row: Mapping[str, Any], number: int) -> Observation:
    if row.get("id") != number:
        return Observation(Seen.CANNOT_SEE, "unreadable", "api")
    for sign in ("is_deleted", "deleted", "deactivated"):
        if row.get(sign):
            return Observation(Seen.GONE, sign, "api", proof=True)
    if row.get("content_restricted"):
        return Observation(Seen.RESTRICTED, "content_restricted", "api")
    return Observation(Seen.UP, "listed", "api", proof=True)
