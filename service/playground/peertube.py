"""A practice PeerTube: login, reports with read-back, messages on a report, and videos.

Read 2026-11 in Chocobozzz/PeerTube, server/core: controllers/api/{abuse,oauth-clients}.ts and
users/token.ts, lib/auth/oauth.ts, middlewares/{auth,error,rate-limiter}.ts,
middlewares/validators/ {abuse,shared/videos}.ts, models/abuse/abuse.ts. Not there: federation,
comments, a second factor, writing videos.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, ClassVar

from aiohttp import web

from service.playground.front import Site, read_json
from service.playground.item import Item
from service.playground.peertube_shapes import (
    ACCOUNT,
    Abuse,
    Where,
    bad_report,
    incorrect,
    is_gone,
    is_video_id,
    names_of,
    number_of,
    problem,
    short_uuid,
    subject_of,
)
from service.playground.script import Op, Sight
from service.playground.tokens import Tokens
from service.playground.world import World

__all__ = ["PeerTube"]

CLIENT_ID = "practice0client0id00000000000000"
CLIENT_SECRET = "practice0client0secret0000000000"  # noqa: S105 - every caller gets it
_SORTS = frozenset({"id", "-id", "createdAt", "-createdAt", "state", "-state"})
_NOT_SEEN = "Cannot fetch information of private/internal/blocked video"


class PeerTube(Site):
    platform: ClassVar[str] = "peertube"
    reset_header = "X-RateLimit-Reset"
    media_paths = ("/lazy-static/", "/static/", "/download/", "/client/assets/")

    def __init__(self, world: World, site_url: str | None = None) -> None:
        super().__init__(world)
        self.site_url = site_url  # where its videos are addressed; None: where its API is
        self.tokens = Tokens(life_s=86_399.0)
        self.abuses: list[Abuse] = []

    def key(self, name: str) -> str:
        """The UUID of a video, the name of an account."""
        if name.startswith(ACCOUNT):
            return name
        digest = hashlib.sha256(f"practice peertube {name}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def address(self, name: str) -> str:
        key = self.key(name)
        path = f"a/{key}" if key.startswith(ACCOUNT) else f"w/{short_uuid(key)}"
        return f"{self.site_url or self.base_url}/{path}"

    def routes(self) -> list[web.RouteDef]:
        api = "/api/v1"
        return [
            web.get(f"{api}/oauth-clients/local", self._client),
            web.post(f"{api}/users/token", self._token),
            web.post(f"{api}/abuses", self._report),
            web.post(f"{api}/abuses/", self._report),
            web.get(f"{api}/users/me/abuses", self._own_abuses),
            web.get(f"{api}/abuses/{{id}}/messages", self._messages),
            web.post(f"{api}/abuses/{{id}}/messages", self._add_message),
            web.get(f"{api}/videos/{{id}}", self._video),
            web.get(f"{api}/accounts/{{name}}", self._account),
        ]

    def error(self, status: int) -> web.Response:
        if status == 429:
            return web.Response(status=429, text="Too many requests, please try again later.")
        if status in (401, 403):
            return problem(status, "Token is invalid", "invalid_token")
        if status in (502, 503, 504):
            return web.Response(
                status=status, text="<html>practice</html>", content_type="text/html"
            )
        return problem(status, "Practice trouble")

    async def _client(self, _request: web.Request) -> web.Response:
        return web.json_response({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        return await self.perform(request, Op.LOGIN, None, lambda: self._grant(form))

    def _grant(self, form: dict[str, str]) -> web.Response:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return problem(400, "Invalid client: client is invalid", "invalid_client")
        kind = form.get("grant_type")
        if kind == "password":
            account = self.world.account(self.platform)
            if (form.get("username"), form.get("password")) != (account.name, account.password):
                return problem(400, "Invalid grant: user credentials are invalid", "invalid_grant")
        elif kind == "refresh_token":
            if not self.tokens.spend_refresh(form.get("refresh_token", "")):
                return problem(400, "Invalid grant: refresh token is invalid", "invalid_grant")
        else:
            detail = "Unsupported grant type: `grant_type` is invalid"
            return problem(400, detail, "unsupported_grant_type")
        pair = self.tokens.issue()
        answer = {
            "token_type": "Bearer",
            "access_token": pair.access,
            "refresh_token": pair.refresh,
            "expires_in": int(self.tokens.life_s),
            "refresh_token_expires_in": 1_209_599,
        }
        return web.json_response(
            answer, headers={"Cache-Control": "no-store", "Pragma": "no-cache"}
        )

    def _turned_away(self, request: web.Request) -> web.Response | None:
        """What a caller without a valid token gets; None when it has one."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not token:
            return problem(401, "Token is invalid", "unauthorized_request")
        if scheme.lower() != "bearer" or not self.tokens.is_valid(token):
            return problem(401, "Token is invalid", "invalid_token")
        return None

    async def _report(self, request: web.Request) -> web.StreamResponse:
        body = await read_json(request) or {}
        item = self._find(subject_of(body))
        return await self.perform(request, Op.SEND, item, lambda: self._take(request, body, item))

    def _take(
        self, request: web.Request, body: dict[str, object], item: Item | None
    ) -> web.Response:
        refused = self._turned_away(request) or bad_report(body)
        if refused:
            return refused
        if not subject_of(body):
            return problem(400, "video id or account id or comment id is required.")
        now_s = self.world.clock.now()
        if item is None or is_gone(item.sight(now_s)):
            self.world.stray_reports += item is None
            return problem(404, "Video not found")
        if item.sight(now_s) in (Sight.PRIVATE, Sight.BLOCKED):
            return problem(403, _NOT_SEEN)
        number = len(self.abuses) + 1
        report = item.take_report(str(number), now_s)
        predefined = body.get("predefinedReasons")
        reasons = [str(reason) for reason in predefined] if isinstance(predefined, list) else []
        self.abuses.append(Abuse(number, item, report, str(body["reason"]), reasons))
        return web.json_response({"abuse": {"id": number}})

    async def _own_abuses(self, request: web.Request) -> web.StreamResponse:
        abuse = self._abuse(request.query.get("id", ""))
        item = abuse.item if abuse else None
        return await self.perform(request, Op.POLL, item, lambda: self._list(request))

    def _list(self, request: web.Request) -> web.Response:
        query = request.query
        checks = {
            "id": not query.get("id") or query["id"].isdigit(),
            "state": query.get("state", "1") in ("1", "2", "3"),
            "sort": query.get("sort", "-createdAt") in _SORTS,
            "start": query.get("start", "0").isdigit(),
            "count": query.get("count", "15").isdigit()
            and 1 <= int(query.get("count", "15")) <= 100,
        }
        wrong = [name for name, good in checks.items() if not good]
        refused = self._turned_away(request) or (incorrect(wrong) if wrong else None)
        if refused:
            return refused
        rows = [
            self._where.abuse(abuse)
            for abuse in self.abuses
            if _is_asked_for(abuse, query.get("id"))
        ]
        rows = [row for row in rows if query.get("state") in (None, str(row["state"]["id"]))]
        sort = query.get("sort", "-createdAt")
        rows.sort(key=lambda row: _sort_key(row, sort.lstrip("-")), reverse=sort.startswith("-"))
        start, count = int(query.get("start", "0")), int(query.get("count", "15"))
        return web.json_response({"total": len(rows), "data": rows[start : start + count]})

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        return await self.perform(
            request, Op.POLL, self._item(request), lambda: self._talk(request)
        )

    def _talk(self, request: web.Request) -> web.Response:
        abuse = self._abuse(request.match_info["id"])
        refused = self._turned_away(request) or (None if abuse else problem(404, "Abuse not found"))
        if refused or abuse is None:
            return refused or problem(404, "Abuse not found")
        rows = [
            {
                "id": abuse.number * 1000 + nth,
                "message": words,
                "byModerator": is_theirs,
                "createdAt": self._where.date(at_s),
                "account": self._where.account("moderator" if is_theirs else "reporter"),
            }
            for nth, (at_s, words, is_theirs) in enumerate(self._where.talk(abuse), 1)
        ]
        return web.json_response({"total": len(rows), "data": rows})

    async def _add_message(self, request: web.Request) -> web.StreamResponse:
        words = str((await read_json(request) or {}).get("message", ""))
        item = self._item(request)
        return await self.perform(request, Op.SEND, item, lambda: self._note(request, words))

    def _note(self, request: web.Request, words: str) -> web.Response:
        abuse = self._abuse(request.match_info["id"])
        refused = self._turned_away(request)
        if refused:
            return refused
        if abuse is None:
            return problem(404, "Abuse not found")
        if not 2 <= len(words) <= 3000:
            return incorrect(["message"])
        abuse.messages.append((self.world.clock.now(), words))
        abuse.item.messages += 1
        return web.json_response(
            {"abuseMessage": {"id": abuse.number * 1000 + len(abuse.messages)}}
        )

    async def _video(self, request: web.Request) -> web.StreamResponse:
        reference = request.match_info["id"]
        item = self._find(reference)
        return await self.perform(
            request, Op.LOOK, item, lambda: self._show(request, reference, item)
        )

    def _show(self, request: web.Request, reference: str, item: Item | None) -> web.Response:
        if not is_video_id(reference):
            return incorrect(["id"])
        sight = item.sight(self.world.clock.now()) if item else Sight.GONE
        if item is None or is_gone(sight):
            return problem(404, "Video not found")
        if sight is Sight.RESTRICTED:  # not PeerTube: the host in front of it
            return web.Response(status=451, text="Unavailable For Legal Reasons\n")
        if sight in (Sight.PRIVATE, Sight.BLOCKED):
            if "Authorization" not in request.headers:
                return problem(401, "Authentication is required")
            return self._turned_away(request) or problem(403, _NOT_SEEN)
        return web.json_response(self._where.video(item, sight))

    async def _account(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        item = self.world.find(self.platform, name) if name.startswith(ACCOUNT) else None
        return await self.perform(request, Op.LOOK, item, lambda: self._about(item))

    def _about(self, item: Item | None) -> web.Response:
        if item is None or is_gone(item.sight(self.world.clock.now())):
            return problem(404, "Account not found")
        return web.json_response(self._where.account(item.key) | {"id": number_of(item.key)})

    def _find(self, reference: str) -> Item | None:
        """By any name that a call may use."""
        for (platform, key), item in self.world.items.items():
            if platform == self.platform and reference in names_of(key):
                return item
        return None

    def _abuse(self, reference: str) -> Abuse | None:
        known = reference.isdecimal() and 1 <= int(reference) <= len(self.abuses)
        return self.abuses[int(reference) - 1] if known else None

    def _item(self, request: web.Request) -> Item | None:
        abuse = self._abuse(request.match_info["id"])
        return abuse.item if abuse else None

    @property
    def _where(self) -> Where:
        return Where(self.base_url, self.site_url or self.base_url, self.world.clock)


def _is_asked_for(abuse: Abuse, wanted: str | None) -> bool:
    return not wanted or str(abuse.number) == wanted


def _sort_key(row: dict[str, Any], by: str) -> tuple[Any, ...]:
    return (row["state"]["id"] if by == "state" else row[by], row["id"])
