"""How adapters speak HTTP: certainty taken from the wire, caps, and one table from status to error.

`Http` gives whole answers or `WireError`; `Api` turns both into what the caller must do next. No
platform is named here, and no address, token or body gets into an error or a log.
"""

from __future__ import annotations

import asyncio
import json as json_text
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import (
    Any,
    ClassVar,
    Final,
    Literal,
    NamedTuple,
    TypeAlias,
    TypedDict,
    Unpack,
    cast,
)

import httpx
import tenacity
from yarl import URL

from adapters.base import Adapter
from adapters.egress import Denied, Egress
from adapters.errors import (
    Misconfigured,
    NeedsPerson,
    NotSent,
    PlatformError,
    Refused,
    Throttled,
    Uncertain,
)
from adapters.spec import Observation, Seen, url_of
from adapters.wire import CONFIGURED, WireError, WireTransport

__all__ = [
    "Api",
    "Call",
    "Http",
    "Json",
    "Method",
    "Reply",
    "ResetIs",
    "SessionOver",
    "WireError",
    "WireTransport",
    "ask",
    "cannot_see",
]

# What `json.loads` gives: adapters look before they take.
Json: TypeAlias = Any

# PUT and DELETE are missing on purpose: aiohttp sends them again when a connection breaks.
Method = Literal["GET", "HEAD", "POST"]

# What `RateLimit-Reset` counts in is not the same everywhere; each platform's documentation says.
ResetIs = Literal["seconds", "epoch", "unknown"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "efface",
}
# RFC 9110 15.5.9 and RFC 8470 5.2: the request did not come whole, or was put off unread.
_NOT_TAKEN: Final = frozenset({408, 425})
_READ_ATTEMPTS: Final = 3
_WRITE_ATTEMPTS: Final = 2  # only while no byte has left
_MEDIA: Final = ("image/", "video/", "audio/", "application/octet-stream")
_LASTING: Final = frozenset({"egress_denied", "media_refused", "too_large", "encoding_refused"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. Its body and headers stay out of `repr`. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Json:
        """The body as JSON; None when it is not JSON, and for `null`, which tells no more."""
        try:
            return json_text.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Call(NamedTuple):
    """One request to be. `params` replaces a query in `url`. Its fields are never shown.

    `max_bytes`: an answer that is larger is not read any further, also where `Http` would.
    `configured`: its host stands in somebody's settings, so it may be in a network that the
    operator allowed. Any other host is called in public networks alone.
    """

    method: Method
    url: str
    json: object = None
    form: Mapping[str, str] | None = None
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    max_bytes: int | None = None
    configured: bool = False

    def __repr__(self) -> str:
        return f"Call({self.method})"


class Sent(TypedDict, total=False):
    """What a call may carry, by the names of `Call`."""

    json: object
    form: Mapping[str, str]
    params: Mapping[str, str] | None
    headers: Mapping[str, str]


class Http:
    """Whole answers, or `WireError`. One per process, for one event loop.

    An answer larger than `max_bytes` (after decompression), or with a media type, is not read any
    further and counts as no whole answer. `transport` replaces the network in tests; what fails
    there with anything but `WireError` counts as sent. `tls` replaces the system's trust store.
    `pause_s` is about how long a read waits before it is tried again.
    """

    def __init__(
        self,
        egress: Egress,
        *,
        timeout_s: float = 20.0,
        connect_timeout_s: float = 5.0,
        max_bytes: int = 1_000_000,
        pause_s: float = 0.1,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.timeout_s = timeout_s
        self.pause_s = pause_s
        self._max_bytes = max_bytes
        self._strangers = egress.for_strangers()
        self._transport = transport or WireTransport(
            egress, timeout_s=timeout_s, connect_timeout_s=connect_timeout_s, tls=tls
        )

    async def request(self, call: Call) -> Reply:
        """One call: no redirect followed, nothing tried twice. Raises `WireError`, nothing else."""
        outcome = await self.outcome(call)
        if isinstance(outcome, WireError):
            raise outcome
        return outcome

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Where a stranger's name leads now, each address fit to be called; none when nobody has
        the name.

        A later call asks again and is checked again: nothing here is a permit. Raises `NotSent`
        when it could not be told, and when an address of it may not be called.
        """
        try:
            self._strangers.check(URL.build(scheme="https", host=host))
            async with asyncio.timeout(self.timeout_s):
                found = await self._strangers.resolve(host, 443)
        except (Denied, ValueError):
            reason = "egress_denied"
        except OSError as failure:
            if isinstance(failure, socket.gaierror) and failure.errno == socket.EAI_NONAME:
                return ()
            reason = "dns_failed"
        else:
            return tuple(dict.fromkeys(entry["host"] for entry in found))
        raise NotSent(reason)

    async def outcome(self, call: Call) -> Reply | WireError:
        """`request` with its failure as a value, so that no library's exception is its context."""
        try:
            request = httpx.Request(
                call.method,
                call.url,
                json=call.json,
                data=call.form,
                params=call.params,
                headers={**_HEADERS, **(call.headers or {})},
                extensions={CONFIGURED: call.configured},
            )
        except (httpx.InvalidURL, ValueError):
            return WireError("egress_denied", sent=False)
        try:
            response = await self._transport.handle_async_request(request)
            try:
                return await self._whole(request, response, call.max_bytes or self._max_bytes)
            finally:
                await response.aclose()
        except WireError as failure:
            return failure
        except httpx.HTTPError:
            return WireError("failed", sent=True)

    async def _whole(
        self, request: httpx.Request, response: httpx.Response, max_bytes: int
    ) -> Reply | WireError:
        headers = dict(response.headers.items())
        encoding = headers.get("content-encoding", "").strip().lower()
        if request.method == "HEAD":
            return Reply(response.status_code, headers, b"")
        if headers.get("content-type", "").strip().lower().startswith(_MEDIA):
            return WireError("media_refused", sent=True)
        if encoding not in ("", "identity", "gzip"):
            return WireError("encoding_refused", sent=True)
        inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        body, read_bytes = bytearray(), 0
        async for chunk in cast("httpx.AsyncByteStream", response.stream):
            read_bytes += len(chunk)
            if read_bytes <= max_bytes:
                try:
                    body += inflate.decompress(chunk, max_bytes + 1) if inflate else chunk
                except zlib.error:
                    return WireError("garbled", sent=True)
            if max(read_bytes, len(body)) > max_bytes:
                return WireError("too_large", sent=True)
        if inflate and not inflate.eof and read_bytes:
            return WireError("truncated", sent=True)
        return Reply(response.status_code, headers, bytes(body))


class SessionOver(Misconfigured):
    """A session has run out, a new one may do. Never gets past `Api.call_signed_in`."""


class Api(Adapter):
    """A platform that is called. Adapters give `errors`, and `sign_in` where one must sign in.

    `errors` maps the platform's own error codes, as `error_code` reads them, to ours; `http_404`
    and the like stand for a status without such a code. What it does not name is decided by status
    alone.
    """

    errors: ClassVar[Mapping[str, type[PlatformError]]] = {}
    reset_is: ClassVar[ResetIs] = "unknown"

    def base(self, name: str) -> str:
        """A configured address, no slash at its end. Raises `Misconfigured` while it is not set."""
        address = self.settings.get(name, "").rstrip("/")
        if not address.startswith(("https://", "http://")):
            raise Misconfigured(f"{name}_not_set")
        return address

    def error_code(self, reply: Reply) -> str:
        """Their word for what is wrong: `error`, else `code`, of a JSON object; "" for none."""
        told = reply.json()
        if not isinstance(told, dict):
            return ""
        code = told.get("error") or told.get("code")
        return code if isinstance(code, str) else ""

    def bearer(self) -> dict[str, str]:
        """The header that carries the secret `token`."""
        return {"Authorization": f"Bearer {self.secrets.get('token', '')}"}

    async def call(
        self, method: Method, url: str, *, write: bool, empty: bool = False, **sent: Unpack[Sent]
    ) -> Json:
        """The JSON of a whole, good answer, never None. `write`: the platform may act on it.

        `empty`: it answers 204 and no words, and then None is what is given; anything else with
        2xx is not readable. A write is tried again only while no byte of it has left. Raises
        `Uncertain` for writes only, and exactly one `PlatformError` for anything but a readable
        2xx.
        """
        try:
            return await self._call(Call(method, url, **sent), write=write, empty=empty)
        except SessionOver as over:
            reason = over.reason
        raise Misconfigured(reason)

    async def call_signed_in(
        self, method: Method, url: str, *, write: bool, empty: bool = False, **sent: Unpack[Sent]
    ) -> Json:
        """`call` with a session. One that has run out is renewed once: nothing was taken then."""
        reason, headers = "", sent.get("headers", {})
        for _ in range(2):
            sent["headers"] = {**headers, **await self._session_headers()}
            try:
                return await self._call(Call(method, url, **sent), write=write, empty=empty)
            except SessionOver as over:
                reason = over.reason
            self._drop_session(sent["headers"])
        raise Misconfigured(reason)

    async def sign_in(self) -> Mapping[str, str]:
        """The headers that carry a new session. Never raises `Uncertain`: no report is in it."""
        raise NotImplementedError

    async def _call(self, call: Call, *, write: bool, empty: bool) -> Json:
        reply = await _exchange(self, call, write=write)
        if empty and reply.status == 204:
            return None
        told = reply.json() if 200 <= reply.status < 300 and not empty else None
        if told is None:
            raise self._failure(reply, write=write, posted=call.method == "POST")
        return told

    _session: Mapping[str, str] | None = None
    _signing_in: asyncio.Lock | None = None

    async def _session_headers(self) -> Mapping[str, str]:
        if self._signing_in is None:
            self._signing_in = asyncio.Lock()
        async with self._signing_in:  # many calls at once sign in once
            if self._session is not None:
                return self._session
            try:
                self._session = await self.sign_in()
            except (NotSent, Throttled, NeedsPerson):
                raise
            except PlatformError as failure:  # whatever they refuse here, no report was refused
                reason = failure.reason
            else:
                return self._session
        raise Misconfigured(reason)

    def _drop_session(self, used: Mapping[str, str]) -> None:
        """Forget the session that this call used; one renewed meanwhile by another call stays."""
        if self._session is not None and self._session.items() <= used.items():
            self._session = None

    def _failure(self, reply: Reply, *, write: bool, posted: bool) -> PlatformError:
        """What a whole answer means when it is not a good one. The order is the rule.

        A question that is refused is no refused report: it may be asked again later.
        """
        status, reason = reply.status, f"http_{reply.status}"
        code = self.error_code(reply) if status >= 400 else ""
        for known in (code, reason):
            if known and known in self.errors:
                return self.errors[known](known)
        in_doubt = Uncertain if write else NotSent
        if status == 401:
            return SessionOver(reason)
        if status == 403:
            return Misconfigured(reason)
        if status in _NOT_TAKEN:
            return NotSent(reason)
        if 400 <= status < 500:
            return Refused(reason) if posted else NotSent(reason)
        if 200 <= status < 300:
            return in_doubt("unreadable")
        # 307 and 308 ask for the same request at another address, so it was not taken here: the
        # address that was configured is wrong. 301 to 303 lead a browser on with GET, which is also
        # how a form is thanked for.
        if status in (307, 308):
            return Misconfigured("redirect")
        return in_doubt("redirect" if 300 <= status < 400 else reason)


async def ask(
    adapter: Adapter,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    method: Literal["GET", "HEAD"] = "GET",
    max_bytes: int | None = None,
) -> Reply:
    """A whole answer below 500 other than 429, whatever it says: in a look, statuses mean things.

    Any adapter may use it, also one that sends by mail or form. Raises `NotSent`, `Throttled`,
    `Misconfigured`.
    """
    call = Call(method, url, None, None, params, headers, max_bytes)
    return await _exchange(adapter, call, write=False)


def cannot_see(failure: PlatformError, method: str = "api") -> Observation:
    """What a look says when it could not look. A wish to be left alone is raised on: the caller
    keeps it.
    """
    if isinstance(failure, Throttled):
        raise failure
    return Observation(Seen.CANNOT_SEE, rule=failure.reason, method=method)


async def _exchange(adapter: Adapter, call: Call, *, write: bool) -> Reply:
    configured = _is_configured(adapter, call.url)
    if not configured and not _may_contact(adapter, call.url):
        raise Misconfigured("host_not_allowed")
    call = call._replace(configured=configured)
    outcome = await _tried(adapter.tools.http, call, write=write)
    if isinstance(outcome, WireError):
        raise (Uncertain if write and outcome.sent else NotSent)(outcome.reason)
    if outcome.status == 429:
        reset_is = adapter.reset_is if isinstance(adapter, Api) else "unknown"
        raise Throttled("http_429", until=_until(outcome, adapter.tools.now(), reset_is))
    if outcome.status >= 500 and not write:
        raise NotSent(f"http_{outcome.status}")
    return outcome


async def _tried(http: Http, call: Call, *, write: bool) -> Reply | WireError:
    """The outcome, after more tries where they can do no harm. Most calls need one, and do not pay
    for the others.
    """
    asks = not write and call.method != "POST"

    def again(outcome: Reply | WireError) -> bool:
        if isinstance(outcome, WireError):
            return (asks or not outcome.sent) and outcome.reason not in _LASTING
        return asks and outcome.status >= 500

    began = time.monotonic()
    first = await http.outcome(call)
    left_s = http.timeout_s - (time.monotonic() - began)
    if left_s <= 0 or not again(first):
        return first
    known = [first]

    async def attempt() -> Reply | WireError:
        return known.pop() if known else await http.outcome(call)

    outcome: Reply | WireError = await tenacity.AsyncRetrying(
        retry=tenacity.retry_if_result(again),
        stop=tenacity.stop_after_attempt(_WRITE_ATTEMPTS if write else _READ_ATTEMPTS)
        | tenacity.stop_after_delay(left_s),
        wait=tenacity.wait_random_exponential(multiplier=http.pause_s, max=10 * http.pause_s),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )(attempt)
    return outcome


def _is_configured(adapter: Adapter, url: str) -> bool:
    """Whether this is at the origin of an address in its settings: an admin's or our own word."""
    try:
        places = (adapter.settings[s.name] for s in adapter.spec.settings if s.says_where)
        return url_of(url).origin() in [URL(a).origin() for a in places if "://" in a]
    except ValueError:
        return False


def _may_contact(adapter: Adapter, url: str) -> bool:
    """Whether this is one of the hosts the spec names.

    A spec that names "*" may call any host; that its addresses are public is for `Egress` to see.
    """
    try:
        target = url_of(url)
    except ValueError:
        return False
    return (
        target.scheme == "https"
        and target.port == 443
        and not {"*", target.host}.isdisjoint(adapter.spec.api_hosts)
    )


def _until(reply: Reply, now: datetime, reset_is: ResetIs) -> datetime | None:
    """The moment before which they do not want to be called: the latest of those they name."""
    named = [
        _after(reply.headers.get("retry-after", ""), now),
        _after(reply.headers.get("ratelimit-reset", ""), now) if reset_is == "seconds" else None,
        _after(reply.headers.get("ratelimit-reset", ""), _EPOCH) if reset_is == "epoch" else None,
    ]
    return max((moment for moment in named if moment is not None), default=None)


def _after(words: str, start: datetime) -> datetime | None:
    """`start` plus seconds, or the HTTP date that stands there; the last date if too far off."""
    words = words.strip()
    if words.isascii() and words.isdigit():
        try:
            return start + timedelta(seconds=int(words))
        except (OverflowError, ValueError):
            return datetime.max.replace(tzinfo=UTC)
    try:
        moment = parsedate_to_datetime(words)
    except (ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or the last day there is: a zone makes no difference
        return moment.replace(tzinfo=UTC)
