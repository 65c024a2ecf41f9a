"""Adult sites: the family of Pornhub, which shares forms and a webmasters' API, and OnlyFans."""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import ELEMENTS, PAGES, UNSEEN, Link, Look, Put, Row, Sign, Value
from adapters.spec import Kind, Seen

__all__ = ["ADULT"]

_DEPICTED: Final = (
    Put("Name", Value.CENTRE, "Forms of this kind ask for a legal name: the centre's goes here."),
    Put("E-mail address", Value.EMAIL, "Where questions and the outcome go."),
    Put("Link to the video, photo or account", Value.LINKS, UNSEEN),
    Put("Reason", "Non-consensual content; for minors: child abuse material", UNSEEN),
    Put("Are you the person in it", "No: an organisation that may act for the person", UNSEEN),
    Put("What is wrong", Value.SUMMARY, UNSEEN),
    Put("Statements", Value.STATEMENTS, UNSEEN),
    Put("Signature", Value.SIGNATURE, "The centre signs, not the depicted person."),
    Put("Our reference", Value.REFERENCE, "In any field for remarks."),
)
_NOTE: Final = (
    "The form was not open to us: its fields, their order, and how many links it takes are not "
    "confirmed; the steps are what such forms ask. If it wants a picture or a document of the "
    "depicted person, stop and leave it out. Sites of this family are separate: the same video on "
    "another of them needs a report there."
)
_SIBLING: Final = (
    "That this site has the form at the same place as Pornhub was not confirmed: where it is not, "
    f"the foot of the site's pages leads to it. {_NOTE}"
)
_YT_DLP: Final = "https://github.com/yt-dlp/yt-dlp/tree/81ecd58/yt_dlp/extractor"
_HOME: Final = "https://www.pornhub.com"

PORNHUB: Final = form(
    Row(
        name="pornhub",
        title="Pornhub",
        form=f"{_HOME}/content-removal",
        sources=(
            "https://github.com/chaynHQ/tools/blob/402533f/lib/platform-reporting-channels/pornhub.ts",
            "https://github.com/Derfirm/pornhub-api",
            _YT_DLP,
        ),
        sites=("pornhub.com", "pornhub.org", "pornhub.net", "pornhubpremium.com"),
        before=r"www|m|[a-z]{2}",
        links=(
            Link(
                Kind.POST,
                r"/(?:view_video\.php|video/show)",
                "{viewkey}",
                f"{_HOME}/view_video.php?viewkey={{viewkey}}",
                needs={"viewkey": r"[0-9a-z]{6,40}"},
                look="",
            ),
            Link(
                Kind.POST,
                r"/(?:embed|shorties)/(?P<viewkey>[0-9a-z]{6,40})/?",
                "{viewkey}",
                f"{_HOME}/view_video.php?viewkey={{viewkey}}",
                look="",
            ),
            Link(
                Kind.POST,
                r"/(?P<what>photo|album|gif)/(?P<number>[1-9]\d{0,14})/?",
                "{what}/{number}",
                f"{_HOME}/{{what}}/{{number}}",
            ),
            Link(
                Kind.ACCOUNT,
                r"/(?P<what>users|model|pornstar|channels)/(?P<who>[\w-]{1,80})/?(?:videos.*|photos.*)?",
                "{what}/{who}",
                f"{_HOME}/{{what}}/{{who}}",
                lower=("who",),
            ),
        ),
        samples=(
            "https://www.pornhub.com/view_video.php?viewkey=ph0123456789abc",
            "https://www.pornhub.com/embed/ph0123456789abc",
            "https://www.pornhub.com/model/examplename",
        ),
        puts=_DEPICTED,
        note=_NOTE,
        look=Look(
            f"{_HOME}/webmasters/is_video_active",
            signs=(
                Sign(
                    Seen.UP,
                    "active",
                    tells={"active.is_active": "1", "active.video_id": "{viewkey}"},
                ),
                Sign(
                    Seen.GONE,
                    "not_active",
                    tells={"active.is_active": "0", "active.video_id": "{viewkey}"},
                ),
            ),
            params={"id": "{viewkey}"},
        ),
    )
)

REDTUBE: Final = form(
    Row(
        name="redtube",
        title="RedTube",
        form="https://www.redtube.com/content-removal",
        sources=(_YT_DLP, "https://api.redtube.com/"),
        sites=("redtube.com", "redtube.com.br", "embed.redtube.com"),
        before=r"www|m|[a-z]{2}",
        links=(
            Link(
                Kind.POST,
                r"/0*(?P<id>[1-9]\d{3,14})/?",
                "{id}",
                "https://www.redtube.com/{id}",
                sites=("redtube.com", "redtube.com.br"),
                look="",
            ),
            Link(
                Kind.POST,
                r"/",
                "{id}",
                "https://www.redtube.com/{id}",
                sites=("embed.redtube.com",),
                needs={"id": r"[1-9]\d{3,14}"},
                look="",
            ),
            Link(
                Kind.ACCOUNT,
                r"/(?P<what>users|pornstar|channels|amateur)/(?P<who>[\w+-]{1,80})/?",
                "{what}/{who}",
                "https://www.redtube.com/{what}/{who}",
                sites=("redtube.com", "redtube.com.br"),
                lower=("who",),
            ),
        ),
        samples=("https://www.redtube.com/12345678", "https://embed.redtube.com/?id=12345678"),
        puts=_DEPICTED,
        note=_SIBLING,
        look=Look(
            "https://api.redtube.com/",
            signs=(
                Sign(Seen.UP, "active", tells={"active.is_active": "true"}),
                Sign(Seen.GONE, "not_active", tells={"active.is_active": "false"}),
            ),
            params={
                "data": "redtube.Videos.isVideoActive",
                "video_id": "{id}",
                "output": "json",
            },
        ),
    )
)

YOUPORN: Final = form(
    Row(
        name="youporn",
        title="YouPorn",
        form="https://www.youporn.com/content-removal",
        sources=(_YT_DLP,),
        sites=("youporn.com",),
        before=r"www|m|[a-z]{2}",
        links=(
            Link(
                Kind.POST,
                r"/(?:watch|embed)/0*(?P<id>[1-9]\d{2,14})(?:/[^/]*)?/?",
                "{id}",
                "https://www.youporn.com/watch/{id}/",
            ),
            Link(
                Kind.ACCOUNT,
                r"/(?P<what>uservids|pornstar|channel|amateur)/(?P<who>[\w-]{1,80})/?",
                "{what}/{who}",
                "https://www.youporn.com/{what}/{who}/",
                lower=("who",),
            ),
        ),
        samples=("https://www.youporn.com/watch/12345678/example-title/",),
        puts=_DEPICTED,
        note=_SIBLING,
    )
)

TUBE8: Final = form(
    Row(
        name="tube8",
        title="Tube8",
        form="https://www.tube8.com/content-removal",
        sources=(_YT_DLP,),
        sites=("tube8.com",),
        before=r"www|m|[a-z]{2}",
        links=(
            Link(
                Kind.POST,
                r"/(?:[\w-]{1,80}/){1,3}0*(?P<id>[1-9]\d{3,14})/?",
                "{id}",
                "https://www.tube8.com/porn-video/{id}/",
            ),
        ),
        samples=(
            "https://www.tube8.com/porn-video/12345678/",
            "https://www.tube8.com/example/example-title/12345678/",
        ),
        puts=_DEPICTED,
        note=_SIBLING,
    )
)

_ONLYFANS_PAGES: Final = PAGES.format(
    "about|action|api|aup|brand|collections|contact|contract|cookies|dmca|faq|files|help|how|login"
    "|my|notifications|posts|privacy|public|search|settings|signup|support|terms"
    "|transparency-center|usc2257"
)

ONLYFANS: Final = form(
    Row(
        name="onlyfans",
        title="OnlyFans",
        form="https://onlyfans.com/contact",
        sources=(
            "https://blog.onlyfans.com/reporting-on-onlyfans/",
            "https://github.com/chaynHQ/tools/blob/402533f/lib/platform-reporting-channels/onlyfans.ts",
        ),
        sites=("onlyfans.com",),
        links=(
            Link(
                Kind.POST,
                r"/(?P<id>[1-9]\d{2,14})/(?P<who>[A-Za-z0-9._-]{2,40})/?",
                "{id}",
                "https://onlyfans.com/{id}/{who}",
                lower=("who",),
            ),
            Link(
                Kind.ACCOUNT,
                rf"/{_ONLYFANS_PAGES}(?P<who>(?!\d+/?$)[A-Za-z0-9._-]{{2,40}})"
                r"/?(?:(?:media|photos|videos)/?)?",
                "@{who}",
                "https://onlyfans.com/{who}",
                lower=("who",),
            ),
        ),
        samples=("https://onlyfans.com/123456789/examplename", "https://onlyfans.com/examplename"),
        puts=ELEMENTS,
        note=(
            "OnlyFans tells its members to report with the button on a post or account, after "
            "signing in. That the contact form takes reports of intimate images from outside, its "
            "fields and their order could not be confirmed; its form for copyright is another, for "
            "whoever holds the rights. Most pages stand behind a login: what is there has to be "
            "seen by a person."
        ),
        country="GB",
    )
)

ADULT: Final = (PORNHUB, REDTUBE, YOUPORN, TUBE8, ONLYFANS)
