"""Reddit: reports of posts and comments, for a site-wide reason that Reddit lists at that hour.

The parameters are those that Reddit's web client sends. A report gets no number and no answer, and
whether the notice's words are kept for a reason that asks for none is not documented. How reasons
are worded today could not be read: one is used only where it alone fits, and never one "of me". A
post that moderators took down is `restricted`, as its media may stay. Accounts, communities and
addresses of media (i.redd.it, v.redd.it) cannot be reported this way.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

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
from adapters.http import Api, Reply, cannot_see
from adapters.links import behind
from adapters.places import place
from adapters.reddit_reasons import reason_for
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
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import at, object_at, objects, rows_at, text_at, word_at

__all__ = ["Reddit"]

_READ: Final = date(2026, 11, 26)
_R2: Final = (
    "https://github.com/reddit-archive/reddit/blob/753b17407e9a9dca09558526805922de24133d53"
)
_API: Final = "https://oauth.reddit.com"
_SITE: Final = "https://www.reddit.com"
_TEXT_CHARS: Final = 2000


class Reddit(Api):
    spec = Spec(
        name="reddit",
        title="Reddit",
        channel=Channel.API,
        hosts=("reddit.com", "*.reddit.com", "redd.it", "*.redd.it"),
        api_hosts=("oauth.reddit.com", "www.reddit.com"),
        classes=frozenset(ContentClass) - {ContentClass.OTHER},
        carries=Carries(urls=1, text_chars=1900),
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        lane=Rate(per_minute=30, burst=5),  # a report takes four calls; Reddit allows 60 a minute
        remind=None,
        answers=False,
        gone_needs_up=True,  # what we may not see is left out of a list as what is gone
        country="US",
        travels_to=("the moderators of the community",),
        needs=(
            Secret(
                "client_id",
                help="reddit.com/prefs/apps → the id below the app's name. Reddit wants to approve"
                " an app before it uses the API",
            ),
            Secret("client_secret", help="The secret of that app"),
            Secret(
                "refresh_token",
                help="What the centre's account gave that app, permanent, for report and read",
            ),
        ),
        settings=(
            Setting("username", "The centre's account, which each call names", required=True),
            MOST_PER_DAY,
        ),
        discloses=REPORT,
        sources=(
            Source(f"{_SITE}/dev/api/#POST_api_report", _READ),
            Source(f"{_SITE}/r/redditdev/comments/iddtq5", _READ),
            Source("https://github.com/reddit-archive/reddit/tree/753b174/r2/r2", _READ),
            Source("https://github.com/reddit/reddit/wiki/API", _READ),
            Source("https://github.com/reddit/devvit/tree/39fe4e2/packages/public-api", _READ),
            Source("https://github.com/Snakeroom/Reddit-Assets-Archive", _READ),  # its web client
            Source("https://github.com/praw-dev/praw/tree/7b69758/praw/models/reddit", _READ),
        ),
        samples=(
            "https://www.reddit.com/r/examplename/comments/abc123/a_title/",
            "https://old.reddit.com/r/examplename/comments/abc123/a_title/def456/",
            "https://www.reddit.com/user/examplename/comments/abc123/a_title/",
            "https://www.reddit.com/gallery/abc123",
            "https://redd.it/abc123",
            "https://www.reddit.com/r/examplename/s/AbCdEf1234",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "private": NeedsPerson,  # one who is let into that community
        "quarantined": NeedsPerson,
        "gold_only": NeedsPerson,
        "banned": ContentGone,  # the whole community
        "RATELIMIT": Throttled,
        "USER_REQUIRED": Misconfigured,
        "IN_TIMEOUT": Misconfigured,  # the centre's own account is suspended
        "DELETED_THING": ContentGone,
        "DELETED_COMMENT": ContentGone,
        "FREE_FORM_REPORTS_NOT_ALLOWED": NeedsPerson,  # the reason was changed meanwhile
    }

    def error_code(self, reply: Reply) -> str:
        """Why a community is closed to us stands in `reason`; `error` is only the status."""
        return word_at(reply.json(), "reason") or super().error_code(reply)

    def match(self, url: Url) -> Locator | None:
        host, path = place(url), url.raw_path
        if host in ("redd.it", "www.redd.it"):
            path = f"/comments{path}"
        elif not _HOST.fullmatch(host):
            return None
        if found := _THING.fullmatch(path):
            return _thing(found["post"] or found["gallery"], found["comment"] or "")
        if found := _SHARE.fullmatch(path):
            path = path.removesuffix("/")
            return Locator("reddit", Kind.POST, path, f"{_SITE}{path}", final=False)
        return None

    async def resolve(self, locator: Locator) -> Locator:
        """Where a share link leads, from its Location alone: the target is never called."""
        if locator.final:
            return locator
        return await behind(self, locator.url, method="GET", headers=self._agent())

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        words = words_of(notice, _TEXT_CHARS)
        fullname = notice.items[0].locator.key
        thing = await self._listed(fullname)
        seen = _seen(thing)
        if thing is None or seen.seen is Seen.GONE:
            raise ContentGone(seen.rule)
        form = {
            "api_type": "json",
            "thing_id": fullname,
            "reason": "site_reason_selected",
            "site_reason": await self._reason(notice, str(thing.get("subreddit"))),
            "custom_text": words,
        }
        told = await self.call_signed_in("POST", f"{_API}/api/report", write=True, form=form)
        failures = at(told, "json", "errors")
        if not isinstance(failures, list):
            raise Uncertain("unreadable")
        for failure in failures:
            code = str(failure[0]) if isinstance(failure, list) and failure else ""
            raise self.errors.get(code, Refused)(code.lower() if code in self.errors else "refused")
        return Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE)

    async def look(self, locator: Locator) -> Observation:
        """As the centre's account sees it."""
        if not locator.final:
            return Observation(Seen.CANNOT_SEE, "not_resolved", "api")
        try:
            return _seen(await self._listed(locator.key))
        except PlatformError as failure:
            return cannot_see(failure)

    async def sign_in(self) -> Mapping[str, str]:
        app = f"{self.secrets.get('client_id', '')}:{self.secrets.get('client_secret', '')}"
        basic = {"Authorization": f"Basic {base64.b64encode(app.encode()).decode()}"}
        token = self.secrets.get("refresh_token", "")
        told = await self.call(
            "POST",
            f"{_SITE}/api/v1/access_token",
            write=False,
            form={"grant_type": "refresh_token", "refresh_token": token},
            headers={**basic, **self._agent()},
        )
        if at(told, "error") is not None:  # with status 200
            raise Misconfigured("not_signed_in")
        return {"Authorization": f"bearer {text_at(told, 'access_token')}", **self._agent()}

    def _agent(self) -> dict[str, str]:
        """Reddit slows clients down that do not say who they are."""
        return {"User-Agent": f"server:efface:1 (by /u/{self.settings['username']})"}

    async def _listed(self, fullname: str) -> dict[str, Any] | None:
        """The post or comment as the API lists it; None when it does not."""
        params = {"id": fullname, "raw_json": "1"}
        told = await self.call_signed_in("GET", f"{_API}/api/info", write=False, params=params)
        children = at(told, "data", "children")
        if children == []:
            return None
        for child in objects(children):
            if (thing := object_at(child, "data")).get("name") == fullname:
                return thing
        raise NotSent("unreadable")

    async def _reason(self, notice: Notice, community: str) -> str:
        """The one reason that fits, in Reddit's own words."""
        if not _COMMUNITY.fullmatch(community):
            raise NotSent("unreadable")
        url = f"{_API}/r/{community}/about/rules"
        told = await self.call_signed_in("GET", url, write=False, params={"raw_json": "1"})
        flow = rows_at(told, "site_rules_flow")
        reason = reason_for(notice, flow)
        if reason is None:
            raise NeedsPerson("no_reason_fits")
        return reason


_GONE: Final = frozenset(
    re.findall(
        r"\w+",
        "anti_evil_ops author community_ops content_takedown copyright_takedown deleted",
    )
)
_HIDDEN: Final = frozenset({"automod_filtered", "moderator", "reddit"})
_NO_BODY: Final = re.compile(r"\[ ?(removed|deleted)\b[^\]]*\]", re.IGNORECASE)
_HOST: Final = re.compile(r"((www|old|new|np|m|i|sh|amp|ssl|[a-z]{2})\.)?reddit\.com")
_COMMUNITY: Final = re.compile(r"[A-Za-z0-9_-]{2,50}")
_PLACE: Final = r"(?:r|u|user)/[A-Za-z0-9_-]{2,50}"
_THING: Final = re.compile(
    rf"(?:/{_PLACE})?/comments/0*(?P<post>[0-9a-z]{{1,12}})"
    r"(?:/[^/]*(?:/0*(?P<comment>[0-9a-z]{1,12}))?)?/?"
    r"|/gallery/0*(?P<gallery>[0-9a-z]{1,12})/?",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(rf"/{_PLACE}/s/[A-Za-z0-9]{{1,40}}/?")


def _thing(post: str, comment: str) -> Locator:
    """A post or a comment is its number in base 36, whatever names stand around it."""
    post, comment = post.lower(), comment.lower()
    url = f"{_SITE}/comments/{post}" + (f"/_/{comment}" if comment else "")
    return Locator("reddit", Kind.POST, f"t1_{comment}" if comment else f"t3_{post}", url)


def _seen(thing: Mapping[str, Any] | None) -> Observation:
    if thing is None:
        return Observation(Seen.GONE, "not_listed", "api")
    if "body" in thing:
        if _NO_BODY.fullmatch(str(thing["body"])):  # anybody may write this, but then it is all
            no_author = thing.get("author") == "[deleted]"
            return Observation(Seen.GONE, "comment_removed", "api", proof=no_author)
        return Observation(Seen.UP, "listed", "api", proof=True)
    if thing.get("removed_by_category", "") is None:
        return Observation(Seen.UP, "listed", "api", proof=True)
    category = str(thing.get("removed_by_category"))
    if category in _GONE:
        return Observation(Seen.GONE, f"removed_{category}", "api", proof=True)
    if category in _HIDDEN:
        return Observation(Seen.RESTRICTED, f"removed_{category}", "api")
    return Observation(Seen.CANNOT_SEE, "unknown_category", "api")
