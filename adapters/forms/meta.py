"""Meta's platforms: Facebook, which has a file of its own, Instagram, Threads and WhatsApp.

Forms of addresses follow the platforms' own share links and yt-dlp's table of them
(github.com/yt-dlp/yt-dlp, 81ecd58, read 2026-11-26).
"""

from __future__ import annotations

from typing import Final

from adapters.forms.facebook import FACEBOOK, META_FORM, META_NOTE, META_SOURCES
from adapters.forms.filed import form
from adapters.forms.row import ELEMENTS, PAGES, Link, Put, Row
from adapters.spec import Kind

__all__ = ["META"]

_IG_PAGES: Final = PAGES.format(
    "about|accounts|api|challenge|developer|direct|directory|emails|explore|legal|oauth|p|press"
    "|privacy|reel|reels|s|share|stories|terms|tv|web"
)
_IG_NAME: Final = rf"{_IG_PAGES}(?P<who>[A-Za-z0-9._]{{1,30}})"

INSTAGRAM: Final = form(
    Row(
        name="instagram",
        title="Instagram",
        form=META_FORM,
        sources=META_SOURCES,
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
        note=META_NOTE,
        country="US",
    )
)

THREADS: Final = form(
    Row(
        name="threads",
        title="Threads",
        form=META_FORM,
        sources=META_SOURCES,
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
        note=META_NOTE,
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
