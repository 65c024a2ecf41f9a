"""Calling the API over real sockets, many at once, with next to no work of our own: what calls
takes time from who answers.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adapters.peertube import short_uuid
from bench.ground import SITE


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; both times in seconds since the epoch."""

    status: int
    body: bytes
    sent_at: float
    came_at: float


def video_url(video: str) -> str:
    """The address of a video on the stub, by its UUID."""
    return f"{SITE}/w/{short_uuid(video)}"


def new_urls(count: int) -> list[str]:
    return [video_url(str(uuid.uuid4())) for _ in range(count)]


def submission(address: str, token: str, case_id: uuid.UUID, urls: Sequence[str]) -> bytes:
    """The whole request that hands these addresses in."""
    return _request(address, "/api/v1/takedowns", token, _items(case_id, urls))


def preview(address: str, token: str, case_id: uuid.UUID, urls: Sequence[str]) -> bytes:
    """The whole request that asks what would leave for them."""
    return _request(address, "/api/v1/takedowns/preview", token, _items(case_id, urls))


def _items(case_id: uuid.UUID, urls: Sequence[str]) -> bytes:
    return json.dumps({"case_id": str(case_id), "items": [{"url": url} for url in urls]}).encode()


def _request(address: str, path: str, token: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {urlsplit(address).netloc}\r\n"
        f"authorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line:
    """One connection that is kept."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname, parts.port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, request: bytes) -> Reply:
        """One call, on a connection that is made if there is none."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        sent_at = time.time()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        return Reply(int(head.split(b" ", 2)[1]), body, sent_at, time.time())

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            await self._streams[1].wait_closed()
            self._streams = None


async def call_all(address: str, requests: Sequence[bytes], at_once: int) -> list[Reply]:
    """Make all calls, so many at once. Raises `RuntimeError` if one was not accepted."""
    left = iter(requests)
    replies = await asyncio.gather(*(_some(address, left) for _ in range(at_once)))
    found = [reply for some in replies for reply in some]
    wrong: Any = next((r for r in found if r.status != 202), None)
    if wrong is not None:
        raise RuntimeError(f"{wrong.status}: {wrong.body.decode()[:500]}")
    return found


async def _some(address: str, left: Iterator[bytes]) -> list[Reply]:
    line = Line(address)
    try:
        return [await line.call(request) for request in left]
    finally:
        await line.close()
