"""One MTProto connection: one request at a time, and for each whether it left, was ignored, or was
answered.

Made of Telethon's types, cipher and message numbers, not of its client: that one sends requests
again by itself, after a lost connection, after a wait and after a fault of the server. Importing
this module needs Telethon. Nothing that leaves here holds a request, a reply or the key.
Sources: https://core.telegram.org/mtproto/service_messages_about_messages, read 2026-11-27, for
what "ignored" means; the packets are those of Telethon's ConnectionTcpIntermediate, 1.45.
"""

from __future__ import annotations

import asyncio
import io
import logging
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from telethon.extensions import BinaryReader
from telethon.network.mtprotostate import MTProtoState
from telethon.sessions import StringSession
from telethon.tl.alltlobjects import LAYER
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult, TLMessage
from telethon.tl.functions import (
    InitConnectionRequest,
    InvokeWithLayerRequest,
    InvokeWithoutUpdatesRequest,
)
from telethon.tl.types import BadMsgNotification, BadServerSalt, MsgsAck, NewSessionCreated

from adapters.dial import Streams
from adapters.mtproto import Ignored, Lost, Outcome, Said, Told

__all__ = ["MOST_BYTES", "Conversation", "Session", "session"]

MOST_BYTES: Final = 65_536  # of one packet; what is packed in it may be a thousand times as much
_TAG: Final = b"\xee\xee\xee\xee"
# The system's cipher ends this whole process over a block that is not full, and anybody on the way
# can cut one short.
_HEAD_BYTES: Final = 24
_BLOCK_BYTES: Final = 16
_CLOCK: Final = frozenset({16, 17})  # our time is not theirs
_IGNORED: Final = _CLOCK | {18, 32, 33, 34, 35}  # not 20: whether it came before is not verified
_ENGLISH: Final = "en"  # menus come in the language that we say is ours
_SILENT: Final = logging.getLogger("adapters.mtproto_wire.telethon")
_SILENT.disabled = True  # what Telethon says of messages


@dataclass(frozen=True, slots=True)
class Session:
    """Where the account lives, and the key that proves it to be ours."""

    address: str
    port: int
    key: Any = field(repr=False)


class _TooLarge(Exception):
    """Not read any further."""


class _Garbled(Exception):
    """No packet of theirs."""


def session(text: str) -> Session | None:
    """What Telethon's StringSession wrote; None where it did not."""
    try:
        found = StringSession(text)
    except (ValueError, struct.error):
        return None
    if not found.auth_key or not found.server_address:
        return None
    return Session(found.server_address, found.port, found.auth_key)


class Conversation:
    """One connection, from its first byte to its end, and none after it. Not to be used by two."""

    def __init__(self, session: Session, api_id: int, streams: Streams, until: float) -> None:
        self._reader, self._writer = streams
        self._api_id, self._until = api_id, until  # the loop's time
        self._state = MTProtoState(session.key, loggers=defaultdict(lambda: _SILENT))
        self._unacknowledged: list[int] = []
        self._tagged = self._introduced = False

    async def outcome(self, request: Any) -> Outcome:
        """What became of one request. Sent once. Never raises."""
        loop, sent = asyncio.get_running_loop(), False
        if self._writer.is_closing() or self._reader.at_eof():
            return Lost("closed", sent=False)
        if loop.time() >= self._until:
            return Lost("out_of_time", sent=False)
        try:
            async with asyncio.timeout_at(self._until):
                number, packets = self._packed(request)
                sent = True
                self._writer.write(packets)
                await self._writer.drain()
                return await self._answer(number, request)
        except Exception as failure:  # noqa: BLE001 - what counts is whether bytes left
            return Lost(_reason(failure), sent=sent)

    def end(self) -> None:
        """Hang up without waiting. What still waits in our buffers must not arrive later."""
        self._writer.transport.abort()

    def _packed(self, request: Any) -> tuple[int, bytes]:
        """The request's number, and all that goes out with it."""
        wrapped: Any = InvokeWithoutUpdatesRequest(request)
        if not self._introduced:
            introduced = InvokeWithoutUpdatesRequest(self._introduction(request))
            wrapped = InvokeWithLayerRequest(LAYER, introduced)
        packets = b"" if self._tagged else _TAG
        if self._unacknowledged:
            packets += self._packet(bytes(MsgsAck(self._unacknowledged)), counts=False)[1]
        number, packet = self._packet(bytes(wrapped), counts=True)
        self._unacknowledged, self._tagged = [], True
        return number, packets + packet

    def _introduction(self, request: Any) -> Any:
        return InitConnectionRequest(
            api_id=self._api_id,
            device_model="efface",
            system_version="server",
            app_version="1",
            system_lang_code=_ENGLISH,
            lang_pack="",
            lang_code=_ENGLISH,
            query=request,
        )

    def _packet(self, body: bytes, *, counts: bool) -> tuple[int, bytes]:
        buffer = io.BytesIO()
        number: int = self._state.write_data_as_message(buffer, body, counts)
        sealed = self._state.encrypt_message_data(buffer.getvalue())
        return number, struct.pack("<i", len(sealed)) + sealed

    async def _answer(self, number: int, request: Any) -> Outcome:
        while True:
            packet = await self._read()
            if len(packet) == 4:
                return Lost(f"transport_{-struct.unpack('<i', packet)[0]}", sent=True)
            if len(packet) < _HEAD_BYTES or (len(packet) - _HEAD_BYTES) % _BLOCK_BYTES:
                raise _Garbled
            message = self._state.decrypt_message_data(packet)
            for each in _opened(message) if message is not None else ():
                if each.seq_no % 2:
                    self._unacknowledged.append(each.msg_id)
                if (found := self._heard(each, number, request)) is not None:
                    return found

    async def _read(self) -> bytes:
        (length,) = struct.unpack("<i", await self._reader.readexactly(4))
        if not 0 < length <= MOST_BYTES:
            raise _TooLarge
        return await self._reader.readexactly(length)

    def _heard(self, message: Any, number: int, request: Any) -> Outcome | None:
        """What this says about the request; None where it is about something else."""
        told = message.obj
        if isinstance(told, NewSessionCreated):
            self._state.salt = told.server_salt
        elif isinstance(told, BadServerSalt):
            self._state.salt = told.new_server_salt
            return Ignored("ignored_salt") if told.bad_msg_id == number else None
        elif isinstance(told, BadMsgNotification) and told.bad_msg_id == number:
            if told.error_code in _CLOCK:
                self._state.update_time_offset(correct_msg_id=message.msg_id)
            is_ignored = told.error_code in _IGNORED
            return Ignored("ignored") if is_ignored else Lost("not_verified", sent=True)
        elif isinstance(told, RpcResult) and told.req_msg_id == number:
            self._introduced = True
            if told.error:
                return Said(told.error.error_code, told.error.error_message)
            with BinaryReader(told.body) as reader:
                return Told(request.read_result(reader))
        return None


def _opened(message: Any) -> Iterator[Any]:
    """The messages in a message, without what they are packed in."""
    if isinstance(message.obj, MessageContainer):
        for inner in message.obj.messages:
            yield from _opened(inner)
    elif isinstance(message.obj, GzipPacked):
        with BinaryReader(message.obj.data) as reader:
            told = reader.tgread_object()
        yield from _opened(TLMessage(message.msg_id, message.seq_no, told))
    else:
        yield message


def _reason(failure: Exception) -> str:
    """A short code for a failure. The types are tried from the narrowest on."""
    if isinstance(failure, asyncio.IncompleteReadError):
        return "truncated" if failure.partial else "closed"
    for kind, reason in (
        (TimeoutError, "read_timeout"),
        (OSError, "reset"),
        (_TooLarge, "too_large"),
    ):
        if isinstance(failure, kind):
            return reason
    return "garbled"
