"""A practice Bluesky: PDS, AppView and labeler behind one address.

Read 2026-11 in bluesky-social/atproto at d6296a1: lexicons/com/atproto and app/bsky, and the `src`
of packages pds, bsky, ozone and xrpc-server. A moderator's removal empties `getPosts` and leaves
`getRecord`. Not there: writing records, a second factor, OAuth, the firehose.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, ClassVar

from aiohttp import web

from service.playground.bluesky_shapes import (
    ACCOUNT,
    CENTRE_DID,
    POSTS,
    Where,
    bad_report,
    bearer,
    blocked_here,
    did_in,
    did_of,
    error,
    fits,
    handle_of,
    is_account,
    trouble,
    uri_of,
)
from service.playground.front import Site, read_json
from service.playground.item import Item
from service.playground.script import Op, Sight
from service.playground.tokens import Pair, Tokens
from service.playground.world import World

__all__ = ["Bluesky"]

_NO_RECORD = "Could not locate record: at://{}/{}/{}"
_MOST_URIS = 25
_SHOWN = (Sight.UP, Sight.VEILED, Sight.OTHER, Sight.BLOCKED)


class Bluesky(Site):
    platform: ClassVar[str] = "bluesky"
    reset_header = "RateLimit-Reset"
    media_paths = ("/img/", "/xrpc/com.atproto.sync.getBlob")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.tokens = Tokens(life_s=7200.0)
        self.reports: list[dict[str, Any]] = []  # bodies as they were taken

    def key(self, name: str) -> str:
        """`did` for an account, `did/rkey` for a post; the record key has the shape of a TID."""
        if name.startswith(ACCOUNT):
            return did_of(name)
        digest = hashlib.sha256(f"practice post {name}".encode()).digest()
        letters = base64.b32encode(digest).decode().lower()
        return f"{did_of(name)}/3l{letters[:11]}"

    def address(self, name: str) -> str:
        profile = f"https://bsky.app/profile/{handle_of(name)}"
        _, _, rkey = self.key(name).partition("/")
        return f"{profile}/post/{rkey}" if rkey else profile

    def routes(self) -> list[web.RouteDef]:
        post, get = web.post, web.get
        return [
            post("/xrpc/com.atproto.server.createSession", self._create_session),
            post("/xrpc/com.atproto.server.refreshSession", self._refresh_session),
            post("/xrpc/com.atproto.moderation.createReport", self._create_report),
            get("/xrpc/com.atproto.identity.resolveHandle", self._resolve_handle),
            get("/xrpc/com.atproto.repo.getRecord", self._get_record),
            get("/xrpc/com.atproto.label.queryLabels", self._query_labels),
            get("/xrpc/app.bsky.feed.getPosts", self._get_posts),
            get("/xrpc/app.bsky.actor.getProfile", self._get_profile),
            web.route("*", "/xrpc/{method}", self._unknown),
        ]

    def error(self, status: int) -> web.Response:
        return trouble(status)

    async def _create_session(self, request: web.Request) -> web.StreamResponse:
        body = await read_json(request) or {}
        return await self.perform(request, Op.LOGIN, None, lambda: self._log_in(body))

    def _log_in(self, body: dict[str, object]) -> web.Response:
        account = self.world.account(self.platform)
        for name in ("identifier", "password"):
            if not isinstance(body.get(name), str):
                return error(400, f'Input must have the property "{name}"')
        if (body["identifier"], body["password"]) != (account.name, account.password):
            return error(401, "Invalid identifier or password", "AuthenticationRequired")
        return self._session(self.tokens.issue(CENTRE_DID))

    async def _refresh_session(self, request: web.Request) -> web.StreamResponse:
        return await self.perform(request, Op.LOGIN, None, lambda: self._refresh(request))

    def _refresh(self, request: web.Request) -> web.Response:
        if not self.tokens.spend_refresh(bearer(request)):
            return error(400, "Token has been revoked", "ExpiredToken")
        return self._session(self.tokens.issue(CENTRE_DID))

    def _session(self, pair: Pair) -> web.Response:
        pds = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer"}
        document = {"id": CENTRE_DID, "service": [{**pds, "serviceEndpoint": self.base_url}]}
        return web.json_response(
            {
                "accessJwt": pair.access,
                "refreshJwt": pair.refresh,
                "handle": "centre.practice.test",
                "did": CENTRE_DID,
                "didDoc": document,
                "email": "centre@practice.test",
                "emailConfirmed": True,
                "active": True,
            }
        )

    def _turned_away(self, request: web.Request) -> web.Response | None:
        token = bearer(request)
        if not token:
            return error(401, "Authentication Required", "AuthMissing")
        if self.tokens.is_valid(token):
            return None
        if self.tokens.is_known(token):
            return error(400, "Token has expired", "ExpiredToken")
        return error(400, "Token could not be verified", "InvalidToken")

    async def _create_report(self, request: web.Request) -> web.StreamResponse:
        body = await read_json(request) or {}
        item = self._subject(body.get("subject"))
        return await self.perform(request, Op.SEND, item, lambda: self._take(request, body, item))

    def _take(
        self, request: web.Request, body: dict[str, object], item: Item | None
    ) -> web.Response:
        refused = self._turned_away(request) or bad_report(body)
        if refused:
            return refused
        number = len(self.reports) + 1
        now_s = self.world.clock.now()
        self.reports.append(body)
        if item:
            item.take_report(str(number), now_s)
        else:
            self.world.stray_reports += 1
        answer = {
            "id": number,
            "reasonType": body["reasonType"],
            "subject": body["subject"],
            "reportedBy": CENTRE_DID,
            "createdAt": self._where.date(now_s),
        }
        return web.json_response(answer | ({"reason": body["reason"]} if "reason" in body else {}))

    def _subject(self, subject: object) -> Item | None:
        if not isinstance(subject, dict):
            return None
        if "did" in subject:
            return self.world.find(self.platform, str(subject["did"]))
        did, _, rkey = str(subject.get("uri", "")).removeprefix("at://").partition(f"/{POSTS}/")
        return self.world.find(self.platform, f"{did}/{rkey}")

    async def _resolve_handle(self, request: web.Request) -> web.StreamResponse:
        item = self._of_actor(request.query.get("handle", ""))
        return await self.perform(request, Op.RESOLVE, item, lambda: self._did(item))

    def _did(self, item: Item | None) -> web.Response:
        if item is None or (is_account(item) and self._sight(item) is Sight.DELETED):
            return error(400, "Unable to resolve handle")
        return web.json_response({"did": did_in(item)})

    async def _get_profile(self, request: web.Request) -> web.StreamResponse:
        item = self._of_actor(request.query.get("actor", ""))
        return await self.perform(request, Op.LOOK, item, lambda: self._profile(item))

    def _profile(self, item: Item | None) -> web.Response:
        sight = self._sight(item) if item and is_account(item) else Sight.UP
        if item is None or sight is Sight.DELETED:
            return error(400, "Profile not found")
        if sight is Sight.RESTRICTED:
            return blocked_here()
        if sight is Sight.GONE:
            return error(400, "Account has been suspended", "AccountTakedown")
        if sight is Sight.PRIVATE:
            return error(400, "Account is deactivated", "AccountDeactivated")
        profile = self._where.author(item) | {"postsCount": 1}
        return web.json_response(profile | {"labels": self._where.labels(item, sight)})

    async def _get_record(self, request: web.Request) -> web.StreamResponse:
        repo, rkey = request.query.get("repo", ""), request.query.get("rkey", "")
        owner = self._of_actor(repo)
        item = self.world.find(self.platform, f"{did_in(owner)}/{rkey}") if owner else None
        return await self.perform(
            request, Op.LOOK, item, lambda: self._record(request, owner, item)
        )

    def _record(self, request: web.Request, owner: Item | None, item: Item | None) -> web.Response:
        query = request.query
        missing = [name for name in ("repo", "collection", "rkey") if not query.get(name)]
        if missing:
            return error(400, f'Error: Params must have the property "{missing[0]}"')
        sight = self._sight(item) if item else Sight.DELETED
        if owner is None or sight is Sight.PRIVATE:
            return error(400, f"Could not find repo: {query['repo']}")
        if sight is Sight.RESTRICTED:
            return blocked_here()
        if item is None or sight is Sight.DELETED or query["collection"] != POSTS:
            detail = _NO_RECORD.format(did_in(owner), query["collection"], query["rkey"])
            return error(400, detail, "RecordNotFound")
        post = self._where.post(item, sight)
        return web.json_response({"uri": post["uri"], "cid": post["cid"], "value": post["record"]})

    async def _get_posts(self, request: web.Request) -> web.StreamResponse:
        uris = list(dict.fromkeys(request.query.getall("uris", [])))
        items = [self._subject({"uri": uri}) for uri in uris]
        first = next((item for item in items if item), None)
        return await self.perform(request, Op.LOOK, first, lambda: self._posts(uris, items))

    def _posts(self, uris: list[str], items: list[Item | None]) -> web.Response:
        if not 1 <= len(uris) <= _MOST_URIS:
            return error(400, "Error: uris must not have more than 25 elements")
        known = [(item, self._sight(item)) for item in items if item]
        if any(sight is Sight.RESTRICTED for _, sight in known):
            return blocked_here()
        shown = [(i, s) for i, s in known if s in _SHOWN]
        return web.json_response({"posts": [self._where.post(i, s) for i, s in shown]})

    async def _query_labels(self, request: web.Request) -> web.StreamResponse:
        patterns = request.query.getall("uriPatterns", [])
        return await self.perform(request, Op.POLL, None, lambda: self._labels(patterns))

    def _labels(self, patterns: list[str]) -> web.Response:
        items = [i for (platform, _), i in self.world.items.items() if platform == self.platform]
        uris = {uri_of(item): item for item in items}
        labels = [
            label
            for uri, item in uris.items()
            if any(fits(uri, pattern) for pattern in patterns)
            for label in self._where.labels(item, self._sight(item))
        ]
        return web.json_response({"labels": labels})

    async def _unknown(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        return error(501, f"Method Not Implemented: {method}", "MethodNotImplemented")

    def _of_actor(self, actor: str) -> Item | None:
        """The item whose account this is, by handle or DID."""
        for (platform, _), item in self.world.items.items():
            if platform == self.platform and actor.lower() in (handle_of(item.name), did_in(item)):
                return item
        return None

    def _sight(self, item: Item) -> Sight:
        return item.sight(self.world.clock.now())

    @property
    def _where(self) -> Where:
        return Where(self.base_url, self.world.clock)
