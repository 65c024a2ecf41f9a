"""Facebook, and the form that Meta has for it, for Instagram and for Threads.

Forms of addresses follow the platform's own share links and yt-dlp's table of them
(github.com/yt-dlp/yt-dlp, 81ecd58, read 2026-11-26). Share links are final here: that the network
answers a stranger about them without a login was not confirmed, and a person can open them.
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import ELEMENTS, NEVER, PAGES, Link, Row
from adapters.spec import Kind

__all__ = ["FACEBOOK", "META_FORM", "META_NOTE", "META_SOURCES"]

META_FORM: Final = "https://www.facebook.com/help/contact/634636250523119"
META_SOURCES: Final = (
    "https://about.meta.com/actions/safety/topics/bullying-harassment/ncii",
    "https://github.com/chaynHQ/tools/blob/402533f/lib/platform-reporting-channels/facebook.ts",
)
META_NOTE: Final = (
    "Meta's own page says that intimate images shared without consent, and threats to share them, "
    "are reviewed day and night and removed. This form's address comes from the directory of a "
    "support organisation, which gives it for Facebook and Instagram; that it takes reports about "
    "Threads, its fields, their order and how many links it takes were not confirmed. Keep the "
    "date and hour of filing, and the number in Meta's reply."
)
_FB_PAGES: Final = PAGES.format(
    r"about|ads|business|checkpoint|dialog|events|flx|friends|gaming|groups|hashtag|help|home\.php"
    r"|l\.php|legal|live|login|login\.php|marketplace|media|messages|notes|pages|people"
    r"|permalink\.php|photo|photo\.php|photos|plugins|policies|privacy|profile\.php|public|r\.php"
    r"|reel|reels|search|settings|share|sharer|sharer\.php|stories|story\.php|terms|video"
    r"|video\.php|videos|watch"
)
_FB_NAME: Final = rf"/{_FB_PAGES}(?P<who>[A-Za-z0-9.]{{2,80}})"
_FB_ID: Final = r"pfbid[A-Za-z0-9]{8,120}|[1-9]\d{0,24}"
_NUMBER: Final = r"[1-9]\d{0,24}"
_COMMENTS: Final = {"comment_id": r"[A-Za-z0-9_=]{1,80}", "reply_comment_id": r"\d{1,25}"}

FACEBOOK: Final = form(
    Row(
        name="facebook",
        title="Facebook",
        form=META_FORM,
        sources=META_SOURCES,
        sites=("facebook.com", "fb.com", "fb.watch"),
        before=r"www|m|mbasic|mobile|touch|web|d|[a-z]{2}-[a-z]{2}",
        links=(
            Link(
                Kind.POST,
                rf"{_FB_NAME}/posts/(?:[^/]+/)?(?P<id>{_FB_ID})/?",
                "{who}/posts/{id}",
                "https://www.facebook.com/{who}/posts/{id}",
                keeps=_COMMENTS,
                lower=("who",),
            ),
            Link(
                Kind.POST,
                r"/(?:permalink|story)\.php",
                "{id}/posts/{story_fbid}",
                "https://www.facebook.com/{id}/posts/{story_fbid}",
                needs={"story_fbid": _FB_ID, "id": _NUMBER},
                keeps=_COMMENTS,
            ),
            Link(
                Kind.POST,
                r"/groups/(?P<group>[A-Za-z0-9.]{2,80})/(?:posts|permalink)/(?P<id>[1-9]\d{0,24})/?",
                "groups/{group}/posts/{id}",
                "https://www.facebook.com/groups/{group}/posts/{id}",
                keeps=_COMMENTS,
                lower=("group",),
            ),
            Link(
                Kind.POST,
                r"/groups/(?P<group>[A-Za-z0-9.]{2,80})/?",
                "groups/{group}/posts/{multi_permalinks}",
                "https://www.facebook.com/groups/{group}/posts/{multi_permalinks}",
                needs={"multi_permalinks": _NUMBER},
                keeps=_COMMENTS,
                lower=("group",),
            ),
            Link(
                Kind.POST,
                r"/photo(?:\.php|/)?",
                "photo/{fbid}",
                "https://www.facebook.com/photo/?fbid={fbid}",
                needs={"fbid": _NUMBER},
                keeps=_COMMENTS,
            ),
            Link(
                Kind.POST,
                rf"{_FB_NAME}/photos/(?:[\w.-]+/)?(?P<fbid>[1-9]\d{{0,24}})/?",
                "photo/{fbid}",
                "https://www.facebook.com/photo/?fbid={fbid}",
                keeps=_COMMENTS,
            ),
            Link(
                Kind.POST,
                r"/(?:watch(?:/live)?/?|video\.php)",
                "video/{v}",
                "https://www.facebook.com/watch/?v={v}",
                needs={"v": _NUMBER},
                keeps=_COMMENTS,
            ),
            Link(
                Kind.POST,
                rf"(?:{_FB_NAME}/videos/(?:[^/]+/)?|/reel/)(?P<v>[1-9]\d{{0,24}})/?",
                "video/{v}",
                "https://www.facebook.com/watch/?v={v}",
                keeps=_COMMENTS,
            ),
            Link(
                Kind.POST,
                r"/stories/(?P<owner>\d{1,25})/(?P<id>[A-Za-z0-9_=]{1,120})/?",
                "stories/{owner}/{id}",
                "https://www.facebook.com/stories/{owner}/{id}",
            ),
            Link(
                Kind.POST,
                r"/(?P<path>share/(?:[prv]/)?[A-Za-z0-9]{4,40})/?",
                "{path}",
                "https://www.facebook.com/{path}/",
                sites=("facebook.com",),
            ),
            Link(
                Kind.POST,
                r"/(?P<code>[A-Za-z0-9_-]{4,40})/?",
                "fb.watch/{code}",
                "https://fb.watch/{code}/",
                sites=("fb.watch",),
            ),
            Link(
                Kind.GROUP,
                r"/groups/(?P<group>[A-Za-z0-9.]{2,80})/?(?:about/?)?",
                "groups/{group}",
                "https://www.facebook.com/groups/{group}",
                sites=("facebook.com", "fb.com"),
                keeps={"multi_permalinks": NEVER},
                lower=("group",),
            ),
            Link(
                Kind.ACCOUNT,
                r"/profile\.php",
                "{id}",
                "https://www.facebook.com/profile.php?id={id}",
                needs={"id": _NUMBER},
            ),
            Link(
                Kind.ACCOUNT,
                r"/people/[^/]+/(?P<id>[1-9]\d{0,24})/?",
                "{id}",
                "https://www.facebook.com/profile.php?id={id}",
            ),
            Link(
                Kind.ACCOUNT,
                rf"{_FB_NAME}/?",
                "@{who}",
                "https://www.facebook.com/{who}",
                sites=("facebook.com", "fb.com"),
                lower=("who",),
            ),
        ),
        samples=(
            "https://www.facebook.com/examplename/posts/1234567890123456",
            "https://www.facebook.com/photo.php?fbid=1234567890123456",
            "https://www.facebook.com/reel/1234567890123456",
            "https://www.facebook.com/share/p/AbCdEf1234/",
            "https://fb.watch/AbCdEf1234/",
            "https://www.facebook.com/groups/examplegroup/posts/1234567890123456",
        ),
        puts=ELEMENTS,
        note=META_NOTE,
        country="US",
    )
)
