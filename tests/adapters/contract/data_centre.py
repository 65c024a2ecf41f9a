"""A data centre of Telegram as far as one session sees it: real bytes, real cipher, in memory or on
loopback. It reads requests with Telethon's own reader and says what a case tells it to.

A route is `CALL mtproto://ADDRESS/METHOD`, with the option's bytes behind `messages.report`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import os
import struct
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final, cast

import httpx
from telethon.crypto import AES, AuthKey
from telethon.extensions import BinaryReader
from telethon.network.mtprotostate import MTProtoState
from telethon.tl import TLRequest, functions, types
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult

from adapters.base import Tools
from adapters.contract.case import Case, Routes, Scene, Wire
from adapters.contract.site import CANARY, NOW, Answer, Failure, Site, route_of
from adapters.dial import Streams
from adapters.egress import Egress
from adapters.errors import Misconfigured, NotSent, Refused, Throttled, Uncertain
from adapters.http import Http

__all__ = [
    "ADDRESS",
    "MTPROTO",
    "SALT",
    "DataCentre",
    "Line",
    "call",
    "error",
    "fails",
    "ignores",
    "says",
    "serving",
    "session",
]

ADDRESS: Final = "149.154.167.51"
_KEY: Final = AuthKey(hashlib.shake_256(b"canary of the session's key").digest(256))
_OTHER_KEY: Final = AuthKey(hashlib.shake_256(b"another key").digest(256))
SALT: Final = 7_000_000_001


def session(address: str = ADDRESS, port: int = 443) -> str:
    """What Telethon's StringSession writes for this data centre and our key."""
    number = ipaddress.ip_address(address).packed
    held = struct.pack(f">B{len(number)}sH256s", 2, number, port, _KEY.key)
    return "1" + base64.urlsafe_b64encode(held).decode()


def call(method: str, option: str = "") -> str:
    """The route of a request."""
    return f"CALL mtproto://{ADDRESS}/{method}" + (f"/{option}" if option else "")


Act = Callable[["Line", int], None]


@dataclass(frozen=True)
class Saying:
    """An answer: what it does on the line, when a request with this number has come in whole."""

    act: Act
    dialled: str = ""  # the connection fails so, whoever it is for

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        raise AssertionError("this is no HTTP")


def says(told: Any) -> Answer:
    """The result, a TL object or its bytes."""
    return Saying(lambda line, number: line.result(number, bytes(told)))


def error(code: int, words: str) -> Answer:
    """The server's error."""
    return says(types.RpcError(code, words))


def fails(act: Act) -> Answer:
    """Something else happens than an answer."""
    return Saying(act)


def _at_the_door(reason: str) -> Answer:
    return Saying(lambda _line, _number: None, dialled=reason)


class DataCentre(Site):
    """Answers by route, as a `Site`; `seen` holds what it took in, by route and bytes."""

    salt: int = SALT
    ahead_s: int = 0  # of our clock
    dials: int = 0
    told: tuple[int, ...] = ()  # its messages that are to be acknowledged
    ignored: int = 0  # requests that came under another salt, and were not taken in
    acknowledged: tuple[int, ...] = ()

    async def dial(self, _address: str, _port: int) -> Streams:
        """A connection in memory."""
        self.dials += 1
        for answer in self.failing.values():
            if isinstance(answer, Saying) and answer.dialled:
                raise NotSent(answer.dialled)
        reader = asyncio.StreamReader()
        line = Line(self, reader.feed_data, lambda cause: _ended(reader, cause))
        transport = SimpleNamespace(abort=line.hang_up)
        writer = SimpleNamespace(
            write=line.feed, drain=_drained, is_closing=lambda: line.over, transport=transport
        )
        return reader, cast("asyncio.StreamWriter", writer)


async def _drained() -> None:
    await asyncio.sleep(0)


def _ended(reader: asyncio.StreamReader, cause: Exception | None) -> None:
    if cause is None:
        reader.feed_eof()
    else:
        reader.set_exception(cause)


@dataclass
class Line:
    """One connection as the data centre sees it."""

    centre: DataCentre
    out: Callable[[bytes], None]
    ended: Callable[[Exception | None], None]
    over: bool = False
    known: bool = False
    tagged: bool = False
    heard: bytearray = field(default_factory=bytearray)
    client: int = 0
    last: int = 0

    def feed(self, chunk: bytes) -> None:
        """What came in."""
        self.heard += chunk
        if not self.tagged and len(self.heard) >= 4:
            assert self.heard[:4] == b"\xee" * 4, "no such transport"
            self.tagged, self.heard = True, self.heard[4:]
        while self.tagged and len(self.heard) >= 4:
            (length,) = struct.unpack_from("<i", self.heard)
            if len(self.heard) < 4 + length:
                return
            packet, self.heard = bytes(self.heard[4 : 4 + length]), self.heard[4 + length :]
            self._take(packet)

    def hang_up(self) -> None:
        self.over = True

    def end(self, cause: Exception | None = None) -> None:
        """The data centre hangs up."""
        self.over = True
        self.ended(cause)

    def say(self, body: bytes, key: AuthKey = _KEY, *, counts: bool = True) -> None:
        """One message to the client."""
        self.out(self.packet(body, key, counts=counts))

    def packet(self, body: bytes, key: AuthKey = _KEY, *, counts: bool = True) -> bytes:
        held = struct.pack("<qq", self.centre.salt, self.client) + self.message(body, counts=counts)
        held += os.urandom(-(len(held) + 12) % 16 + 12)
        msg_key = hashlib.sha256(key.key[96:128] + held).digest()[8:24]
        sealed = struct.pack("<Q", key.key_id) + msg_key
        told: bytes = AES.encrypt_ige(held, *MTProtoState._calc_key(key.key, msg_key, False))
        sealed += told
        return struct.pack("<i", len(sealed)) + sealed

    def message(self, body: bytes, *, counts: bool) -> bytes:
        self.last = max(self.last + 4, self.now() << 32 | 1)
        self.centre.told += (self.last,) if counts else ()
        return struct.pack("<qii", self.last, int(counts), len(body)) + body

    def now(self) -> int:
        return int(time.time()) + self.centre.ahead_s

    def result(self, number: int, body: bytes) -> None:
        """The answer to a request. A session that is new is greeted in the same packet."""
        told = struct.pack("<Iq", RpcResult.CONSTRUCTOR_ID, number) + body
        if not self.known:
            greeting = bytes(types.NewSessionCreated(number, 1, self.centre.salt))
            parts = self.message(greeting, counts=True), self.message(told, counts=True)
            told = struct.pack("<Ii", MessageContainer.CONSTRUCTOR_ID, 2) + b"".join(parts)
        self.say(told, counts=self.known)  # what only holds others counts for none
        self.known = True

    def _take(self, packet: bytes) -> None:
        (key_id,), msg_key = struct.unpack_from("<Q", packet), packet[8:24]
        assert key_id == _KEY.key_id, "sealed with another key"
        plain = AES.decrypt_ige(packet[24:], *MTProtoState._calc_key(_KEY.key, msg_key, True))
        assert hashlib.sha256(_KEY.key[88:120] + plain).digest()[8:24] == msg_key
        salt, self.client, number, _, length = struct.unpack_from("<qqqii", plain)
        with BinaryReader(plain[32 : 32 + length]) as reader:
            request = _bare(reader.tgread_object())
        if isinstance(request, types.MsgsAck):
            self.centre.acknowledged += tuple(request.msg_ids)
        elif abs((number >> 32) - self.now()) > 300:
            self.centre.ignored += 1
            ignores(16 if number >> 32 < self.now() else 17).act(self, number)
        elif salt != self.centre.salt:
            self.centre.ignored += 1
            ignores(48).act(self, number)
        else:
            self._answer(number, request)

    def _answer(self, number: int, request: TLRequest) -> None:
        seen = httpx.Request(
            "CALL", f"mtproto://{ADDRESS}/{_path(request)}", content=bytes(request)
        )
        self.centre.seen.append(seen)
        route = route_of(seen)
        answer = self.centre.failing.get(route) or self.centre.routes.get(route)
        assert isinstance(answer, Saying), f"this case has no answer to {route}"
        answer.act(self, number)


def _bare(request: Any) -> Any:
    """A request without what it is wrapped in: the introduction must be in English."""
    while True:
        if isinstance(request, GzipPacked):
            with BinaryReader(request.data) as reader:
                request = reader.tgread_object()
        elif isinstance(request, functions.InitConnectionRequest):
            assert (request.lang_code, request.system_lang_code) == ("en", "en")
            request = request.query
        elif isinstance(
            request, functions.InvokeWithLayerRequest | functions.InvokeWithoutUpdatesRequest
        ):
            request = request.query
        else:
            return request


def _path(request: TLRequest) -> str:
    kind = type(request)
    section = kind.__module__.rpartition(".")[2]
    name = kind.__name__.removesuffix("Request")
    path = f"{section}.{name[0].lower()}{name[1:]}"
    option = getattr(request, "option", b"")
    return f"{path}/{option.decode()}" if option else path


# -- how a call fails ------------------------------------------------------------------------------


def ignores(code: int = 48) -> Saying:
    """The request is not taken in, and the server says so."""

    def act(line: Line, number: int) -> None:
        told = types.BadMsgNotification(number, 1, code)
        if code == 48:
            told = types.BadServerSalt(number, 1, code, line.centre.salt)
        line.say(bytes(told), counts=False)

    return Saying(act)


def gives_up(code: int) -> Answer:
    """The connection is given up, with a number in place of a packet."""
    return fails(lambda line, _number: line.out(struct.pack("<ii", 4, -code)))


def _half(line: Line, number: int) -> None:
    told = struct.pack("<Iq", RpcResult.CONSTRUCTOR_ID, number) + bytes(
        types.ReportResultReported()
    )
    line.out(line.packet(told)[:-9])
    line.end()


def _cut(line: Line, number: int) -> None:
    """A whole packet but for its last byte: somebody on the way may do that."""
    packet = line.packet(struct.pack("<Iq", RpcResult.CONSTRUCTOR_ID, number))[4:-1]
    line.out(struct.pack("<i", len(packet)) + packet)


_STRANGE: Final = struct.pack("<I", 0x0BADF00D) + CANARY.encode()
_UNSENT: Final = ("connect_refused", "connect_timeout", "proxy_away", "tunnel_failed")
_LOST: Final[Mapping[str, Act]] = {
    "read_timeout": lambda line, _number: line.end(TimeoutError()),
    "reset": lambda line, _number: line.end(ConnectionResetError()),
    "closed": lambda line, _number: line.end(),
    "truncated": _half,
    "block_not_full": _cut,
    "ten_megabytes": lambda line, _number: line.out(struct.pack("<i", 10_000_000)),
    "no_length": lambda line, _number: line.out(struct.pack("<i", -5)),
    "another_key": lambda line, _number: line.say(_STRANGE, _OTHER_KEY),
    "no_packet": lambda line, _number: line.out(struct.pack("<i", 20) + b"x" * 20),
    "unknown_message": lambda line, _number: line.say(_STRANGE),
    "unknown_result": lambda line, number: line.result(number, _STRANGE),
    "empty_result": lambda line, number: line.result(number, b""),
}
FAILURES: Final[Sequence[Failure]] = (
    *(Failure(name, _at_the_door(name), NotSent, NotSent) for name in _UNSENT),
    *(Failure(name, fails(act), Uncertain, NotSent) for name, act in _LOST.items()),
    Failure("another_result", says(types.Pong(1, 2)), Uncertain, NotSent),
    Failure("rpc_500", error(500, CANARY), Uncertain, NotSent),
    Failure("timeout", error(-503, "Timeout"), Uncertain, NotSent),
    Failure("given_up_404", gives_up(404), Uncertain, Misconfigured),
    Failure("given_up_429", gives_up(429), Uncertain, Throttled),
    Failure("given_up_444", gives_up(444), Uncertain, NotSent),
    Failure("rpc_400", error(400, CANARY), Refused, NotSent),
    Failure("rpc_406", error(406, CANARY), Refused, NotSent),
    Failure("elsewhere", error(303, "USER_MIGRATE_4"), Misconfigured, Misconfigured),
    Failure("signed_out", error(401, "AUTH_KEY_UNREGISTERED"), Misconfigured, Misconfigured),
    Failure("rpc_403", error(403, CANARY), Misconfigured, Misconfigured),
    Failure("in_use", error(406, "AUTH_KEY_DUPLICATED"), Misconfigured, Misconfigured),
    Failure("limited", error(400, "PEER_FLOOD"), Misconfigured, Misconfigured),
    Failure("frozen", error(420, "FROZEN_METHOD_INVALID"), Misconfigured, Misconfigured),
    Failure("flood", error(420, "FLOOD_WAIT_90"), Throttled, Throttled),
    Failure("another_salt", ignores(48), NotSent, NotSent),
    Failure("wrong_clock", ignores(17), NotSent, NotSent),
    *(Failure(f"ignored_{code}", ignores(code), NotSent, NotSent) for code in (18, 32, 33, 34, 35)),
    # "it cannot be verified whether the server has received" it, and what nobody has heard of
    *(Failure(f"perhaps_{code}", ignores(code), Uncertain, NotSent) for code in (20, 64, 65)),
)
THROTTLES: Final[Sequence[tuple[Answer, datetime | None]]] = (
    (error(420, "FLOOD_WAIT_90"), NOW + timedelta(seconds=90)),
    (error(420, "FLOOD_PREMIUM_WAIT_30"), NOW + timedelta(seconds=30)),
    (error(420, "FLOOD_WAIT_86400000"), NOW + timedelta(seconds=86_400_000)),
    (error(420, "FLOOD_WAIT_" + "9" * 5000), datetime.max.replace(tzinfo=UTC)),
    (error(420, "FLOOD_WAIT"), None),
    (error(420, "FLOOD_WAIT_soon"), None),
)


def _stage(case: Case, routes: Routes) -> Scene:
    centre = DataCentre(routes)
    http = Http(Egress(), transport=Site({}))
    tools = Tools(http, cast("Any", None), lambda: NOW, centre.dial)
    return Scene(case.adapter(case.settings, case.secrets, tools), centre)


def _allowed(_case: Case) -> frozenset[str | None]:
    return frozenset({ADDRESS})


MTPROTO: Final = Wire(
    _stage, FAILURES, len(_UNSENT), THROTTLES, fails(lambda _line, _number: None), _allowed
)


@asynccontextmanager
async def serving(centre: DataCentre) -> AsyncIterator[int]:
    """The port on loopback where it listens."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        centre.dials += 1

        def ended(cause: Exception | None) -> None:
            writer.transport.abort() if cause else writer.close()

        line = Line(centre, writer.write, ended)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while chunk := await reader.read(65_536):
                    line.feed(chunk)
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.sleep(0)
