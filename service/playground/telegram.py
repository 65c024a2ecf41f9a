"""A practice t.me: the embed page of a post, the page of a channel. Reports go by mail (`smtp`).

Telegram documents neither page. Markup as public readers of it parse it, 2026-11, always with 200:
`tgme_widget_message` with `data-post` for a post, or `tgme_widget_message_error` with "Post not
found" or "Channel with username ... not found"; `tgme_page_extra` only where a channel exists.
"""

from __future__ import annotations

import hashlib
from typing import ClassVar

from aiohttp import web

from service.playground.front import Site
from service.playground.item import Item
from service.playground.script import Op, Sight
from service.playground.smtp import MailDesk

__all__ = ["Telegram"]

CHANNEL = "channel_"  # a name that begins so stands for a whole channel, not for a post
_PREFIX = "efface_practice_"
_SPREAD = "This channel can't be displayed because it was used to spread pornographic content."
_VEIL = (
    '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
    '<div class="message_media_not_supported_label">Please open Telegram to view this post</div>'
    '<a href="{url}" class="message_media_view_in_telegram">VIEW IN TELEGRAM</a></div></div>'
)
_WIDGET = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Telegram Widget</title>
<meta name="robots" content="noindex, noarchive"></head>
<body class="widget_frame_base tgme_widget body_widget_post emoji_image nodark">
<!-- practice platform of efface -->
{body}
</body></html>
"""
_MESSAGE = """<div class="tgme_widget_message text_not_supported_wrap js-widget_message" \
data-post="{post}" data-view="practice" data-peer="c0_0" data-peer-hash="practice" \
data-post-id="{number}">
<div class="tgme_widget_message_bubble">
<div class="tgme_widget_message_author accent_color">\
<a class="tgme_widget_message_owner_name" href="{channel_url}">\
<span dir="auto">{title}</span></a></div>
{content}
<div class="tgme_widget_message_text js-message_text" dir="auto">{words}</div>
<div class="tgme_widget_message_footer js-message_footer">
<div class="tgme_widget_message_link accent_color">\
<a href="{url}" class="link_anchor">t.me/{post}</a></div>
<div class="tgme_widget_message_info js-message_info"><span class="tgme_widget_message_meta">\
<a class="tgme_widget_message_date" href="{url}">\
<time datetime="{date}" class="datetime">practice</time></a></span></div></div></div></div>"""
_PHOTO = (
    '<a class="tgme_widget_message_photo_wrap" href="{url}" '
    "style=\"width:800px;background-image:url('{base_url}/file/{number}.jpg')\"></a>"
)
_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Telegram: {heading}</title>
<meta property="og:title" content="{og_title}">
<meta property="og:site_name" content="Telegram">
<meta property="og:description" content="{description}"></head>
<body class="no_transition"><!-- practice platform of efface -->
<div class="tgme_page_wrap"><div class="tgme_body_wrap"><div class="tgme_page">
{body}
</div></div></div></body></html>
"""
_CHANNEL = """<div class="tgme_page_title" dir="auto"><span dir="auto">{title}</span></div>
<div class="tgme_page_extra">1 024 subscribers</div>
<div class="tgme_page_description" dir="auto">A practice channel</div>
<div class="tgme_page_action"><a class="tgme_action_button_new shine" \
href="tg://resolve?domain={channel}">View in Telegram</a></div>
<div class="tgme_page_context_link_wrap"><a class="tgme_page_context_link" href="/s/{channel}">\
Preview channel</a></div>"""
_NOBODY = """<div class="tgme_page_icon"><i class="tgme_icon_user"></i></div>
<div class="tgme_page_description" dir="auto">If you have <strong>Telegram</strong>, you can contact
<a class="tgme_username_link" href="tg://resolve?domain={channel}">@{channel}</a> right away.</div>
<div class="tgme_page_action"><a class="tgme_action_button_new shine" \
href="tg://resolve?domain={channel}">Send Message</a></div>"""


class Telegram(Site):
    platform: ClassVar[str] = "telegram"
    media_paths = ("/file/",)
    desk: MailDesk | None = (
        None  # its help desk, whose state is shown here for want of another page
    )

    def key(self, name: str) -> str:
        """`channel` or `channel/post`. Every item has a channel of its own, named after it."""
        channel = _PREFIX + name.removeprefix(CHANNEL)
        if name.startswith(CHANNEL):
            return channel
        digest = hashlib.sha256(f"practice telegram {name}".encode()).digest()
        return f"{channel}/{digest[0] + 2}"

    def address(self, name: str) -> str:
        return f"https://t.me/{self.key(name)}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/practice/replies", self._replies),
            web.get("/s/{channel}", self._channel),
            web.get("/{channel}", self._channel),
            web.get("/{channel}/{number:\\d+}", self._post),
        ]

    async def _replies(self, _request: web.Request) -> web.Response:
        return web.json_response(self.desk.state() if self.desk else {})

    async def _post(self, request: web.Request) -> web.StreamResponse:
        channel, number = request.match_info["channel"], request.match_info["number"]
        if "embed" not in request.query:
            return await self._channel(request)
        item = self._find(f"{channel}/{number}")
        return await self.perform(request, Op.LOOK, item, lambda: self._embed(channel, item))

    def _embed(self, channel: str, item: Item | None) -> web.Response:
        sight = self._sight(item) if item else Sight.GONE
        if item is None and not self._knows(channel):
            return _widget(_error(f"Channel with username <b>@{channel}</b> not found"))
        if item is None or sight in (Sight.GONE, Sight.DELETED):
            return _widget(_error("Post not found"))
        if sight is Sight.PRIVATE:
            return _widget(_error("Channel is private"))
        if sight in (Sight.RESTRICTED, Sight.BLOCKED):
            return _widget(_error(_SPREAD))
        return _widget(self._message(item, sight))

    def _message(self, item: Item, sight: Sight) -> str:
        channel, _, number = item.key.partition("/")
        url = f"https://t.me/{item.key}"
        shown = _VEIL if sight is Sight.VEILED else _PHOTO
        return _MESSAGE.format(
            post=item.key,
            number=number,
            url=url,
            channel_url=f"https://t.me/{channel}",
            title=f"Practice {item.name}",
            content=shown.format(url=url, base_url=self.base_url, number=number),
            words="Another practice post" if sight is Sight.OTHER else "A practice post",
            date=self.world.clock.at(0.0).isoformat(timespec="seconds"),
        )

    async def _channel(self, request: web.Request) -> web.StreamResponse:
        channel = request.match_info["channel"]
        item = self._find(channel)
        return await self.perform(request, Op.LOOK, item, lambda: self._about(channel, item))

    def _about(self, channel: str, item: Item | None) -> web.Response:
        sight = self._sight(item) if item else Sight.UP
        if sight in (Sight.GONE, Sight.DELETED, Sight.PRIVATE) or not self._knows(channel):
            title = f"Telegram: Contact @{channel}"
            return _page(f"Contact @{channel}", title, _NOBODY.format(channel=channel))
        if sight in (Sight.RESTRICTED, Sight.BLOCKED):
            words = f'<div class="tgme_page_description" dir="auto">{_SPREAD}</div>'
            return _page(f"Contact @{channel}", f"Telegram: Contact @{channel}", words)
        title = f"Practice {channel.removeprefix(_PREFIX)}"
        body = _CHANNEL.format(channel=channel, title=title)
        return _page(f"View @{channel}", title, body)

    def _find(self, key: str) -> Item | None:
        return self.world.find(self.platform, key.lower())

    def _knows(self, channel: str) -> bool:
        """True for a channel that exists, or that has a practice post."""
        for platform, key in self.world.items:
            if platform == self.platform and key.partition("/")[0] == channel.lower():
                return True
        return False

    def _sight(self, item: Item) -> Sight:
        return item.sight(self.world.clock.now())


def _error(words: str) -> str:
    return (
        '<div class="tgme_widget_message_wrap"><div class="tgme_widget_message_error">'
        f"{words}</div></div>"
    )


def _widget(body: str) -> web.Response:
    return web.Response(text=_WIDGET.format(body=body), content_type="text/html")


def _page(heading: str, og_title: str, body: str) -> web.Response:
    text = _PAGE.format(heading=heading, og_title=og_title, description="Practice", body=body)
    return web.Response(text=text, content_type="text/html")
