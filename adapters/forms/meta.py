"""Meta's platforms: one form for Facebook, Instagram and Threads, and WhatsApp.

Forms of addresses follow the platforms' own share links and yt-dlp's table of them
(github.com/yt-dlp/yt-dlp, 81ecd58, read 2026-11-26). Share links are final here: that the network
answers a stranger about them without a login was not confirmed, and a person can open them.
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import ELEMENTS, PAGES, Link, Put, Row
from adapters.spec import Kind

__all__ = ["META"]

_META: Final = "https://www.facebook.com/help/contact/634636250523119"
_META_SOURCES: Final = (
    "https://about.meta.com/actions/safety/topics/bullying-harassment/ncii",
    "https://github.com/chaynHQ/tools/blob/402533f/lib/platform-reporting-channels/facebook.ts",
)
_META_NOTE: Final = (
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
        form=_META,
        sources=_META_SOURCES,
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
        note=_META_NOTE,
        country="US",
    )
)

_IG_PAGES: Final = PAGES.format(
    "about|accounts|api|challenge|developer|direct|directory|emails|explore|legal|oauth|p|press"
    "|privacy|reel|reels|s|share|stories|terms|tv|web"
)
_IG_NAME: Final = rf"{_IG_PAGES}(?P<who>[A-Za-z0-9._]{{1,30}})"

INSTAGRAM: Final = form(
    Row(
        name="instagram",
        title="Instagram",
        form=_META,
        sources=_META_SOURCES,
        sites=("instagram.com", "instagr.am"),
        links=(
            Link(
                Kind.POST,
                rf"/(?:{_IG_NAME}/)?(?:p|reels?|tv)/(?P<code>(?!audio/?$)[\w-]{{5,60}})"
                r"(?:/(?:embed/?(?:captioned/?)?)?)?",
                "{code}",
                "https://www.instagram.com/p/{code}/",
            ),
            Link(
                Kind.POST,
                r"/p/(?P<code>[\w-]{5,60})/c/(?P<comment>\d{1,25})/?",
                "{code}/c/{comment}",
                "https://www.instagram.com/p/{code}/c/{comment}/",
            ),
            Link(
                Kind.POST,
                r"/stories/(?P<who>[A-Za-z0-9._]{1,30})/(?P<id>\d{1,25})/?",
                "stories/{id}",
                "https://www.instagram.com/stories/{who}/{id}/",
                lower=("who",),
            ),
            Link(
                Kind.POST,
                r"/(?P<path>share/(?:(?:p|reel|s)/)?[\w-]{5,60})/?",
                "{path}",
                "https://www.instagram.com/{path}/",
            ),
            Link(
                Kind.ACCOUNT,
                rf"/{_IG_NAME}/?(?:(?:reels|tagged)/?)?",
                "@{who}",
                "https://www.instagram.com/{who}/",
                lower=("who",),
            ),
        ),
        samples=(
            "https://www.instagram.com/p/AbCdEf12345/",
            "https://www.instagram.com/reel/AbCdEf12345/",
            "https://www.instagram.com/stories/examplename/1234567890123456789/",
            "https://www.instagram.com/examplename/",
        ),
        puts=ELEMENTS,
        note=_META_NOTE,
        country="US",
    )
)

THREADS: Final = form(
    Row(
        name="threads",
        title="Threads",
        form=_META,
        sources=_META_SOURCES,
        sites=("threads.net", "threads.com"),
        links=(
            Link(
                Kind.POST,
                r"/(?:@[A-Za-z0-9._]{1,30}/post|t)/(?P<code>[\w-]{5,60})/?(?:media/?|embed/?)?",
                "{code}",
                "https://www.threads.com/t/{code}",
            ),
            Link(
                Kind.ACCOUNT,
                r"/@(?P<who>[A-Za-z0-9._]{1,30})/?(?:(?:replies|media|reposts)/?)?",
                "@{who}",
                "https://www.threads.com/@{who}",
                lower=("who",),
            ),
        ),
        samples=(
            "https://www.threads.net/@examplename/post/AbCdEf12345",
            "https://www.threads.com/@examplename",
        ),
        puts=ELEMENTS,
        note=_META_NOTE,
        country="US",
    )
)

WHATSAPP: Final = form(
    Row(
        name="whatsapp",
        title="WhatsApp",
        form="https://www.whatsapp.com/contact/",
        sources=("https://ticker.tv/news/el-truco-para-reportar-un-canal-de-whatsapp/77159/",),
        sites=("whatsapp.com", "chat.whatsapp.com", "api.whatsapp.com", "wa.me"),
        links=(
            Link(
                Kind.INVITE,
                r"/(?:invite/)?(?P<code>[A-Za-z0-9]{15,40})/?",
                "chat/{code}",
                "https://chat.whatsapp.com/{code}",
                sites=("chat.whatsapp.com",),
            ),
            Link(
                Kind.POST,
                r"/channel/(?P<code>[A-Za-z0-9]{10,40})/(?P<id>[1-9]\d{0,12})/?",
                "channel/{code}/{id}",
                "https://whatsapp.com/channel/{code}/{id}",
                sites=("whatsapp.com",),
            ),
            Link(
                Kind.CHANNEL,
                r"/channel/(?P<code>[A-Za-z0-9]{10,40})/?",
                "channel/{code}",
                "https://whatsapp.com/channel/{code}",
                sites=("whatsapp.com",),
            ),
            Link(
                Kind.ACCOUNT,
                r"/\+?(?P<number>[1-9]\d{5,17})/?",
                "+{number}",
                "https://wa.me/{number}",
                sites=("wa.me",),
            ),
            Link(
                Kind.ACCOUNT,
                r"/send/?",
                "+{phone}",
                "https://wa.me/{phone}",
                sites=("api.whatsapp.com", "whatsapp.com"),
                needs={"phone": r"[1-9]\d{5,17}"},
            ),
        ),
        samples=(
            "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv",
            "https://whatsapp.com/channel/0029AbCdEfGhIjKlMnOpQr/12",
        ),
        puts=(
            Put(
                "In the app",
                "Best by somebody who is in the chat or channel: open it, its name, Report.",
                "WhatsApp passes the last messages on with such a report; a form does not.",
            ),
            *ELEMENTS,
        ),
        note=(
            "WhatsApp takes reports in the app. Its contact form, fields and order were not "
            "confirmed for reports by outsiders; what is sent in private chats cannot be seen by "
            "WhatsApp. A telephone number in an address may be the depicted person's: check it "
            "before you file."
        ),
        country="US",
    )
)

META: Final = (FACEBOOK, INSTAGRAM, THREADS, WHATSAPP)
