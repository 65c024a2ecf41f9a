"""A practice X: oEmbed for looks, and a page in place of the report form, which a person fills in.

oEmbed answers as X documents them (developer.x.com, GET statuses/oembed), 403 as public issue
threads show it; the body of 404 is composed. The form takes addresses and a reason, and counts as
a report.
"""

from __future__ import annotations

import hashlib
import html
import re
from typing import Any, ClassVar

from aiohttp import web

from service.playground.front import Site
from service.playground.item import Item
from service.playground.script import Op, Sight

__all__ = ["X"]

USER = "efface_practice"
SHORT = "short_"  # a name that begins so is addressed by a short link
_STATUS = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i/web|\w{1,15})/status/(\d+)"
)
_FORM = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Practice form</title></head>
<body><h1>Practice form</h1>
<p>This page stands for the report form of X. Nothing that is sent here leaves this machine.</p>
{body}</body></html>
"""
_FIELDS = """<form method="post"><p><label>Addresses, one a line<br>
<textarea name="urls" rows="6" cols="80" required></textarea></label></p>
<p><label>What happened<br><textarea name="reason" rows="6" cols="80"></textarea></label></p>
<p><button>Send to the practice platform</button></p></form>"""


class X(Site):
    platform: ClassVar[str] = "x"
    media_paths = ("/media/",)

    def key(self, name: str) -> str:
        digest = hashlib.sha256(f"practice x {name}".encode()).digest()
        return str(1_900_000_000_000_000_000 + int.from_bytes(digest[:7]))

    def address(self, name: str) -> str:
        if name.startswith(SHORT):
            return f"https://t.co/{_code(self.key(name))}"
        return f"https://x.com/{USER}/status/{self.key(name)}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/oembed", self._oembed),
            web.get("/t.co/{code}", self._short),
            web.get("/forms/{path:.*}", self._form),
            web.post("/forms/{path:.*}", self._filed),
        ]

    async def _oembed(self, request: web.Request) -> web.StreamResponse:
        url = request.query.get("url", "")
        item = self._find(url)
        return await self.perform(request, Op.LOOK, item, lambda: self._embed(request, url, item))

    def _embed(self, request: web.Request, url: str, item: Item | None) -> web.Response:
        if not url:
            return web.json_response({"error": "Missing url parameter"}, status=400)
        sight = item.sight(self.world.clock.now()) if item else Sight.GONE
        if item is None or sight in (Sight.GONE, Sight.DELETED):
            page = "<html><body>Sorry, that page does not exist! (practice)</body></html>"
            return web.Response(status=404, text=page, content_type="text/html")
        if sight is Sight.RESTRICTED:
            return web.Response(status=451, text="Unavailable For Legal Reasons\n")
        if sight in (Sight.PRIVATE, Sight.BLOCKED, Sight.VEILED):
            words = "Sorry, you are not authorized to see this status."
            return web.json_response({"error": words, "request": request.path_qs}, status=403)
        return web.json_response(self._post(item))

    def _post(self, item: Item) -> dict[str, Any]:
        url = f"https://twitter.com/{USER}/status/{item.key}"
        quote = (
            '<blockquote class="twitter-tweet"><p lang="en" dir="ltr">A practice post</p>&mdash; '
            f'Practice (@{USER}) <a href="{url}?ref_src=twsrc%5Etfw">practice</a></blockquote>\n'
        )
        return {
            "url": url,
            "author_name": "Practice",
            "author_url": f"https://twitter.com/{USER}",
            "html": quote,
            "width": 550,
            "height": None,
            "type": "rich",
            "cache_age": "3153600000",
            "provider_name": "Twitter",
            "provider_url": "https://twitter.com",
            "version": "1.0",
        }

    async def _short(self, request: web.Request) -> web.StreamResponse:
        code = request.match_info["code"]
        ours = (i for (platform, _), i in self.world.items.items() if platform == self.platform)
        item = next((item for item in ours if _code(item.key) == code), None)
        return await self.perform(request, Op.RESOLVE, item, lambda: self._redirect(item))

    def _redirect(self, item: Item | None) -> web.Response:
        if item is None:
            return web.Response(status=404)
        where = f"https://x.com/{USER}/status/{item.key}"
        return web.Response(status=301, headers={"Location": where})

    async def _form(self, _request: web.Request) -> web.Response:
        return web.Response(text=_FORM.format(body=_FIELDS), content_type="text/html")

    async def _filed(self, request: web.Request) -> web.StreamResponse:
        urls = str((await request.post()).get("urls", ""))
        ids = list(dict.fromkeys(_STATUS.findall(urls)))
        items = [self.world.find(self.platform, status_id) for status_id in ids]
        first = next((item for item in items if item), None)
        return await self.perform(request, Op.SEND, first, lambda: self._take(items))

    def _take(self, items: list[Item | None]) -> web.Response:
        now_s = self.world.clock.now()
        number = f"PRACTICE-{self.world.calls[self.platform, Op.SEND]}"
        for item in items:
            if item:
                item.take_report(number, now_s)
            else:
                self.world.stray_reports += 1
        taken = sum(1 for item in items if item)
        words = f"<p>Practice reference <b>{html.escape(number)}</b>, {taken} address(es).</p>"
        return web.Response(text=_FORM.format(body=words), content_type="text/html")

    def _find(self, url: str) -> Item | None:
        found = _STATUS.match(url)
        return self.world.find(self.platform, found.group(1)) if found else None


def _code(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:10]
