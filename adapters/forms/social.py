"""Social platforms and messengers that take reports from outside by a web form only.

Forms of addresses follow the platforms' own share links and yt-dlp's table of them
(github.com/yt-dlp/yt-dlp, 81ecd58, read 2026-11-26).
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import ELEMENTS, UNSEEN, Link, Look, Put, Row, Sign, Value
from adapters.spec import Kind, Regime, Seen

__all__ = ["SOCIAL"]

_TIKTOK_ITEM: Final = Sign(Seen.UP, "post_shown", tells={"embed_product_id": "{id}"})

TIKTOK: Final = form(
    Row(
        name="tiktok",
        title="TikTok",
        form="https://www.tiktok.com/legal/report/privacy",
        sources=(
            "https://support.tiktok.com/it/safety-hc/report-a-problem/report-sexual-abuse",
            "https://github.com/chaynHQ/tools/blob/402533f/lib/platform-reporting-channels/tiktok.ts",
            "https://developers.tiktok.com/docs/zh-Hans/embed-videos",
            "https://oembed.com/",
        ),
        sites=("tiktok.com", "tiktokv.com", "vm.tiktok.com", "vt.tiktok.com"),
        links=(
            Link(
                Kind.POST,
                r"/@(?P<who>[\w.-]{0,40})/(?P<form>video|photo)/0*(?P<id>[1-9]\d{5,24})/?",
                "{id}",
                "https://www.tiktok.com/@{who}/{form}/{id}",
                sites=("tiktok.com", "tiktokv.com"),
                lower=("who",),
                look="",
            ),
            Link(
                Kind.POST,
                r"/(?:embed(?:/v2)?|player/v1|share/video)/0*(?P<id>[1-9]\d{5,24})/?"
                r"|/v/0*(?P<id_of_old>[1-9]\d{5,24})\.html",
                "{id}{id_of_old}",
                "https://www.tiktok.com/@/video/{id}{id_of_old}",
                sites=("tiktok.com", "tiktokv.com"),
            ),
            Link(
                Kind.POST,
                r"/(?P<code>[A-Za-z0-9]{5,40})/?",
                "{site}/{code}",
                "https://{site}/{code}/",
                sites=("vm.tiktok.com", "vt.tiktok.com"),
                leads=True,
            ),
            Link(
                Kind.POST,
                r"/t/(?P<code>[A-Za-z0-9]{5,40})/?",
                "t/{code}",
                "https://www.tiktok.com/t/{code}/",
                sites=("tiktok.com",),
                leads=True,
            ),
            Link(
                Kind.ACCOUNT,
                r"/@(?P<who>[\w.-]{1,40})/?",
                "@{who}",
                "https://www.tiktok.com/@{who}",
                sites=("tiktok.com",),
                lower=("who",),
            ),
        ),
        samples=(
            "https://www.tiktok.com/@examplename/video/1234567890123456789",
            "https://www.tiktok.com/@examplename",
            "https://vm.tiktok.com/AbCdEf123/",
            "https://www.tiktok.com/t/AbCdEf123/",
        ),
        puts=(
            Put("What are you reporting", "A video, photo or account that breaks privacy", UNSEEN),
            *ELEMENTS[1:],
        ),
        note=(
            "TikTok's help page sends people who are depicted in sexual deepfakes or child abuse "
            "material to a form behind it, and all others to the report button in the app; the "
            "form named here is the one for privacy, from a support organisation's directory. "
            "Fields, order and how many links it takes were not confirmed. TikTok says that it "
            "tells nobody who reported, and tells the outcome by SMS or e-mail: give the centre's "
            "e-mail."
        ),
        look=Look(
            "https://www.tiktok.com/oembed",
            signs=(_TIKTOK_ITEM, Sign(Seen.GONE, "http_404", 404)),
            params={"url": "{url}"},
            method="oembed",
        ),
    )
)

SNAPCHAT: Final = form(
    Row(
        name="snapchat",
        title="Snapchat",
        form="https://help.snapchat.com/hc/en-us/requests/new?ticket_form_id=149423",
        sources=(
            "https://values.snap.com/safety/safety-reporting",
            "https://values.snap.com/news/take-it-down-act",
        ),
        sites=("snapchat.com",),
        before=r"www|m|mobile|story|web",
        links=(
            Link(
                Kind.POST,
                r"/(?:@[\w.-]{1,40}/)?spotlight/(?P<id>[\w-]{10,200})/?",
                "spotlight/{id}",
                "https://www.snapchat.com/spotlight/{id}",
            ),
            Link(
                Kind.POST,
                r"/(?:p|o)/(?P<path>[\w-]{10,80}(?:/\d{1,20}){0,2})/?",
                "p/{path}",
                "https://www.snapchat.com/p/{path}",
            ),
            Link(
                Kind.POST,
                r"/t/(?P<code>[A-Za-z0-9]{4,40})/?",
                "t/{code}",
                "https://www.snapchat.com/t/{code}",
            ),
            Link(
                Kind.ACCOUNT,
                r"/(?:add/|@|s/|u/)(?P<who>[A-Za-z][\w.-]{1,30})/?",
                "@{who}",
                "https://www.snapchat.com/add/{who}",
                lower=("who",),
            ),
        ),
        samples=(
            "https://www.snapchat.com/spotlight/W7_AbCdEfGhIjKlMnOp",
            "https://www.snapchat.com/add/examplename",
            "https://www.snapchat.com/t/AbCdEf12",
        ),
        puts=(
            Put(
                "What you report",
                "A safety concern: nude or sexual content, shared without consent",
                UNSEEN,
            ),
            *ELEMENTS[1:],
        ),
        note=(
            "Snap says that reports can be made in the app and on its support site, without an "
            "account, and stay confidential; it does not tell who reported. The form's address "
            "comes from a third party's catalogue; its fields, their order and how many links it "
            "takes were not confirmed. What was sent in chats can be reported in the app alone."
        ),
        country="US",
    )
)

_SNOWFLAKE: Final = r"[1-9]\d{14,20}"

DISCORD: Final = form(
    Row(
        name="discord",
        title="Discord",
        form="https://discord.com/report",
        sources=(
            "https://support.discord.com/hc/articles/38675715591831",
            "https://discord.js.org/docs/packages/discord-api-types/main/APIInvite:Interface",
            "https://gist.github.com/Dziurwa14/de2498e5ee28d2089f095aa037957cbb",
        ),
        sites=(
            "discord.com",
            "discordapp.com",
            "discord.gg",
            "cdn.discordapp.com",
            "media.discordapp.net",
        ),
        before=r"www|ptb|canary",
        links=(
            Link(
                Kind.POST,
                rf"/channels/(?P<server>@me|{_SNOWFLAKE})/(?P<channel>{_SNOWFLAKE})/(?P<id>{_SNOWFLAKE})/?",
                "{channel}/{id}",
                "https://discord.com/channels/{server}/{channel}/{id}",
                sites=("discord.com", "discordapp.com"),
            ),
            Link(
                Kind.CHANNEL,
                rf"/channels/(?P<server>@me|{_SNOWFLAKE})/(?P<channel>{_SNOWFLAKE})/?",
                "{channel}",
                "https://discord.com/channels/{server}/{channel}",
                sites=("discord.com", "discordapp.com"),
            ),
            Link(
                Kind.GROUP,
                rf"/channels/(?P<server>{_SNOWFLAKE})/?",
                "{server}",
                "https://discord.com/channels/{server}",
                sites=("discord.com", "discordapp.com"),
            ),
            Link(
                Kind.FILE,
                rf"/(?P<path>(?:ephemeral-)?attachments/{_SNOWFLAKE}/{_SNOWFLAKE}/[^/%?#]{{1,260}})",
                "{path}",
                "https://cdn.discordapp.com/{path}",
                sites=("cdn.discordapp.com", "media.discordapp.net"),
            ),
            Link(
                Kind.INVITE,
                r"/(?:invite/)?(?P<code>[A-Za-z0-9-]{2,40})/?",
                "invite/{code}",
                "https://discord.gg/{code}",
                sites=("discord.gg",),
                look="/{code}",
            ),
            Link(
                Kind.INVITE,
                r"/invite/(?P<code>[A-Za-z0-9-]{2,40})/?",
                "invite/{code}",
                "https://discord.gg/{code}",
                sites=("discord.com", "discordapp.com"),
                look="/{code}",
            ),
            Link(
                Kind.ACCOUNT,
                rf"/users/(?P<id>{_SNOWFLAKE})/?",
                "user/{id}",
                "https://discord.com/users/{id}",
                sites=("discord.com", "discordapp.com"),
            ),
        ),
        samples=(
            "https://discord.com/channels/123456789012345678/123456789012345679/123456789012345680",
            "https://discord.gg/AbCdEf12",
            "https://cdn.discordapp.com/attachments/123456789012345678/123456789012345679/example.png",
        ),
        regimes=(Regime.US_TAKE_IT_DOWN,),
        puts=(
            Put(
                "What you report",
                "Non-consensual intimate imagery, under the Take It Down Act",
                UNSEEN,
                of_minors=False,
            ),
            Put("What you report", "Child safety", UNSEEN, of_minors=True),
            Put("You are", "An authorised representative of the depicted person", UNSEEN),
            Put(
                "Legal name of the depicted person",
                "Leave this to the depicted person: the centre never gives it by itself.",
                "Discord says that the law asks for it. Where it cannot be left out, decide with "
                "the depicted person, or report without the Take It Down Act.",
                required=True,
                of_minors=False,
            ),
            Put("Link to the message", Value.LINKS, "One report for each picture or video."),
            *ELEMENTS[2:],
        ),
        note=(
            "Discord's page says: open to all, one report for each piece of media, review within "
            "48 hours, status by e-mail. The names and order of the fields were not "
            "confirmed. An address of a file stops working when its signature expires, which "
            "is no removal: give the link to the message as well where you have it."
        ),
        never_of_a_child=("Never give a child's legal name, whatever the form says.",),
        country="US",
        look=Look(
            "https://discord.com/api/v10/invites",
            signs=(
                Sign(Seen.UP, "invite_shown", tells={"code": "{code}"}),
                Sign(Seen.GONE, "unknown_invite", 404, {"code": "10006"}),
            ),
        ),
    )
)

SOCIAL: Final = (TIKTOK, SNAPCHAT, DISCORD)
