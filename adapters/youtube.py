"""YouTube's Data API v3: reports of videos, for a reason that YouTube itself lists at that hour.

Google's reference names each call and error that is used here. A report gets no number and no
answer. Channels, comments, posts and clips cannot be reported this way. No reason says that consent
is missing: the notice's own words do, and how long they may be is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

from adapters.errors import ContentGone, NeedsPerson, PlatformError, Throttled
from adapters.http import Api, Reply, cannot_see
from adapters.places import place
from adapters.report import REPORT, words_of
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
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import at, objects, rows_at, text_at, word_at

__all__ = ["YouTube"]

_READ: Final = date(2026, 11, 26)
_DOCS: Final = "https://developers.google.com/youtube/v3"
_API: Final = "https://www.googleapis.com/youtube/v3"
_SIGN_IN: Final = "https://oauth2.googleapis.com/token"


class YouTube(Api):
    spec = Spec(
        name="youtube",
        title="YouTube",
        channel=Channel.API,
        hosts=("youtube.com", "*.youtube.com", "youtu.be", "*.youtube-nocookie.com"),
        api_hosts=("www.googleapis.com", "oauth2.googleapis.com"),
        classes=frozenset(ContentClass) - {ContentClass.OTHER},
        carries=Carries(urls=1, text_chars=2000),  # no limit is documented: this one is ours
        can=frozenset({Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        # A report costs 51 of the 10,000 units that a project has each day; a look costs one.
        lane=Rate(per_minute=30, burst=5, per_day=150),
        remind=None,
        answers=False,
        gone_needs_up=True,  # a private video is left out of the list as a removed one is
        country="US",
        needs=(
            Secret("client_id", help="Google Cloud console → Credentials → OAuth client"),
            Secret("client_secret", help="The secret of that OAuth client"),
            Secret(
                "refresh_token",
                help="What the centre's Google account gave that client, for youtube.force-ssl."
                " While the app is in testing, it ends after seven days: put it into production",
            ),
        ),
        settings=(MOST_PER_DAY,),
        discloses=REPORT,
        sources=(
            Source(f"{_DOCS}/docs/videos/reportAbuse", _READ),
            Source(f"{_DOCS}/docs/videoAbuseReportReasons/list", _READ),
            Source(f"{_DOCS}/docs/videos/list", _READ),
            Source(f"{_DOCS}/docs/errors", _READ),
            Source(f"{_DOCS}/determine_quota_cost", _READ),
            Source("https://developers.google.com/identity/protocols/oauth2/web-server", _READ),
        ),
        samples=(
            "https://www.youtube.com/watch?v=ExampleVid0",
            "https://youtu.be/ExampleVid0?t=10",
            "https://m.youtube.com/shorts/ExampleVid0",
            "https://www.youtube-nocookie.com/embed/ExampleVid0",
            "https://music.youtube.com/watch?v=ExampleVid0&list=RDAMVMExampleVid0",
            "https://www.youtube.com/live/ExampleVid0",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "videoNotFound": ContentGone,
        "rateLimitExceeded": Throttled,  # with status 400
        "quotaExceeded": Throttled,  # until midnight in California
    }

    def error_code(self, reply: Reply) -> str:
        """The reason of the first error; a token that is refused has `error` alone."""
        listed = objects(at(reply.json(), "error", "errors"))
        return word_at(listed[0], "reason") if listed else super().error_code(reply)

    def match(self, url: Url) -> Locator | None:
        host = place(url)
        short = host in _SHORT_HOSTS
        if not (short or host in _HOSTS):
            return None
        named = set(url.query.getall("v", ()))
        if found := (_SHORT if short else _PATH).fullmatch(url.raw_path):
            named.add(found["id"])
        elif short or not _WATCH.fullmatch(url.raw_path):
            return None
        if len(named) != 1 or "lc" in url.query:  # a comment: its video would be too much
            return None
        return _video(named.pop())

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        chosen = _OF_A_MINOR if notice.depicted_minor else _OF_AN_ADULT[notice.content_class]
        if chosen not in await self._reasons():
            raise NeedsPerson("no_reason_fits")
        body = {
            "videoId": notice.items[0].locator.parts["video"],
            "reasonId": chosen[0],
            "secondaryReasonId": chosen[1],
            "comments": words_of(notice),
        }
        url = f"{_API}/videos/reportAbuse"
        await self.call_signed_in("POST", url, write=True, empty=True, json=body)
        return Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE)

    async def look(self, locator: Locator) -> Observation:
        """The public list. What is private is left out of it, as what was removed is."""
        params = {"part": "id", "id": locator.parts["video"]}
        try:
            rows = await self._items("videos", params)
        except PlatformError as failure:
            return cannot_see(failure)
        if not rows:
            return Observation(Seen.GONE, "not_listed", "api")
        if rows[0].get("id") != params["id"]:
            return Observation(Seen.CANNOT_SEE, "unreadable", "api")
        return Observation(Seen.UP, "listed", "api", proof=True)

    async def sign_in(self) -> Mapping[str, str]:
        names = ("client_id", "client_secret", "refresh_token")
        form = {"grant_type": "refresh_token", **{n: self.secrets.get(n, "") for n in names}}
        told = await self.call("POST", _SIGN_IN, write=False, form=form)
        return {"Authorization": f"Bearer {text_at(told, 'access_token')}"}

    async def _reasons(self) -> list[tuple[object, object]]:
        """The ids that YouTube lists now, each with one of its second half."""
        params = {"part": "id,snippet", "hl": "en_US"}
        return [
            (row.get("id"), second.get("id"))
            for row in await self._items("videoAbuseReportReasons", params)
            for second in objects(at(row, "snippet", "secondaryReasons"))
        ]

    async def _items(self, path: str, params: Mapping[str, str]) -> list[dict[str, Any]]:
        told = await self.call_signed_in("GET", f"{_API}/{path}", write=False, params=params)
        return rows_at(told, "items")


# Ids of a reason and its second half; in the words of their labels when this was read:
_SEXUAL: Final = ("N", "32")  # sex or nudity: graphic sex or nudity
_ABUSIVE: Final = ("V", "37")  # violent, hateful, or dangerous: abusing vulnerable individuals
_OF_A_MINOR: Final = ("N", "33")  # sex or nudity: involving minors; also while no age is known
_OF_AN_ADULT: Final[Mapping[ContentClass, tuple[str, str]]] = {
    ContentClass.NCII: _SEXUAL,
    ContentClass.DEEPFAKE: _SEXUAL,
    ContentClass.VOYEURISM: _SEXUAL,
    ContentClass.THREAT: _ABUSIVE,
    ContentClass.PERSONAL_DETAILS: _ABUSIVE,
}
_HOSTS: Final = frozenset(
    {p + "youtube.com" for p in ("", "www.", "m.", "music.", "gaming.")}
    | {p + "youtube-nocookie.com" for p in ("", "www.")}
)
_SHORT_HOSTS: Final = frozenset({"youtu.be", "www.youtu.be"})
_SHORT: Final = re.compile(r"/(?P<id>[\w-]{11})/?", re.ASCII)
_PATH: Final = re.compile(r"/(?:shorts|live|embed|v|e|watch)/(?P<id>[\w-]{11})/?", re.ASCII)
_WATCH: Final = re.compile(r"/watch(?:_popup)?/?")
_ID: Final = re.compile(r"(?!videoseries|live_stream)[\w-]{11}", re.ASCII)  # players of more


def _video(name: str) -> Locator | None:
    if not _ID.fullmatch(name):
        return None
    url = f"https://www.youtube.com/watch?v={name}"
    return Locator(YouTube.spec.name, Kind.POST, name, url, parts={"video": name})
