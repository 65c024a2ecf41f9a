"""A platform on loopback that speaks just enough of PeerTube's REST: a report is accepted at once,
its moderators agree at once, and the video is gone from then on.

`python -m bench.stub` prints its address. In a process of its own, so that it takes no time from
who is measured but its share of the machine. With `--hang-s` every answer comes that much later.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from typing import Final

_HEAD: Final = re.compile(rb"(\w+) (\S+) HTTP/1\.1\r\n")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_VIDEO: Final = re.compile(rb'"video": ?\{"id": ?"([^"]+)"')
_NOT_FOUND: Final = {"status": 404, "detail": "Video not found", "type": "about:blank"}


class Platform:
    """What was reported, and when the first byte of each report came: seconds since the epoch."""

    def __init__(self, hang_s: float) -> None:
        self.hang_s = hang_s
        self.reported: dict[str, float] = {}
        self.asked = {"send": 0, "poll": 0, "look": 0}

    def answer(self, method: bytes, path: str, body: bytes, came: float) -> tuple[int, object]:
        path, _, query = path.partition("?")
        match path.removeprefix("/api/v1/").split("/"):
            case ["oauth-clients", "local"]:
                return 200, {"client_id": "bench", "client_secret": "bench"}
            case ["users", "token"]:
                return 200, {"access_token": "bench", "token_type": "Bearer"}
            case ["abuses"] if method == b"POST":
                return self._report(body, came)
            case ["users", "me", "abuses"]:
                self.asked["poll"] += 1
                number = int(re.findall(r"(?:^|&)id=(\d+)", query)[0])
                state = {"id": 3, "label": "Accepted"}
                rows = [{"id": number, "state": state, "countMessages": 0}]
                return 200, {"total": 1, "data": rows}
            case ["videos", video]:
                self.asked["look"] += 1
                gone = video in self.reported
                return (404, _NOT_FOUND) if gone else (200, {"id": 1, "uuid": video})
            case ["", "stub", "contacts"]:
                return 200, {"reported": self.reported, "asked": self.asked}
        return 404, {"status": 404}

    def _report(self, body: bytes, came: float) -> tuple[int, object]:
        self.asked["send"] += 1
        found = _VIDEO.search(body)
        if found is None:
            return 400, {"status": 400}
        self.reported.setdefault(found[1].decode(), came)
        return 200, {"abuse": {"id": self.asked["send"]}}


class Connection(asyncio.Protocol):
    """One keep-alive connection. Requests have a length, never chunks: our client sends them so."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._buffer = b""
        self._came = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._buffer:
            self._came = time.time()
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[: end + 4]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            first = _HEAD.match(head)
            assert first is not None
            told = self._platform.answer(first[1], first[2].decode(), body, self._came)
            if self._platform.hang_s:
                loop = asyncio.get_running_loop()
                loop.call_later(self._platform.hang_s, self._say, *told)
            else:
                self._say(*told)

    def _say(self, status: int, told: object) -> None:
        body = json.dumps(told).encode()
        kind = b"application/problem+json" if status >= 400 else b"application/json"
        head = b"HTTP/1.1 %d X\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % (status, kind, len(body)) + body)


async def serve(hang_s: float) -> None:
    platform = Platform(hang_s)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(platform), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hang-s", type=float, default=0.0)
    asyncio.run(serve(parser.parse_args().hang_s))
