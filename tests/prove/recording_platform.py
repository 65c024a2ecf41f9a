"""A platform that records first and answers late, and never notices that its caller is gone.

It speaks JSON over HTTP, and SMTP, on sockets of its own and in a thread of its own. It knows of
each call whether its answer was delivered; callers name their process, so it knows to whom.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any, Final, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

CALLER: Final = "x-caller"
_LINE: Final = re.compile(rb"(\w+) (\S+) HTTP/1\.1\r\n")
_HEADER: Final = re.compile(rb"\r\n([\w-]+): *([^\r\n]*)")
_URL: Final = re.compile(r"https://[a-z]+\.example/\S+")
_PID: Final = re.compile(r"worker-(\d+)\.example")


@dataclass(slots=True)
class Report:
    """One message that arrived. Times are monotonic seconds."""

    url: str
    key: str
    caller: int
    came: float
    answered: float | None = None  # None: nobody was there any more

    def unanswered_at(self, moment: float) -> bool:
        return self.answered is None or self.answered >= moment


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class RecordingPlatform:
    """Every desk of a test, by the first part of the path. `late_s` is the longest wait; desks that
    honour keys take a repeat under the same key for the report that they have.
    """

    def __init__(
        self, seed: int, late_s: float = 0.12, honours_keys: Sequence[str] = ("keyed",)
    ) -> None:
        self.reports: list[Report] = []
        self.late_s = late_s
        self._honours_keys = honours_keys
        self._chance = random.Random(seed)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._started = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        http = await self._loop.create_server(lambda: _Http(self), "127.0.0.1", 0, backlog=512)
        smtp = await self._loop.create_server(
            lambda: SMTP(_Relay(self), hostname="relay.example", loop=self._loop),
            "127.0.0.1", 0, backlog=512,
        )  # fmt: skip
        self.base_url = f"http://127.0.0.1:{http.sockets[0].getsockname()[1]}"
        self.smtp_port: int = smtp.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        http.close()
        smtp.close()

    # what is on the desks

    @property
    def arrived(self) -> int:
        """How many messages came so far, repeats included."""
        return len(self.reports)

    def on_desk(self, urls: Iterable[str]) -> Counter[str]:
        """How many reports lie there about each address: a repeat that is known by its key is
        none.
        """
        wanted = set(urls)
        seen = {
            (r.url, r.key if _desk_of(r.url) in self._honours_keys else str(number))
            for number, r in enumerate(self.reports)
            if r.url in wanted
        }
        return Counter(url for url, _ in seen)

    # what comes in

    def wait_s(self) -> float:
        return self._chance.random() * self.late_s

    def take(self, url: str, key: str, caller: int) -> Report:
        report = Report(url, key, caller, time.monotonic())
        self.reports.append(report)
        return report

    def has(self, key: str) -> bool:
        return any(report.key == key for report in self.reports)

    def answer(self, call: _Call) -> tuple[int, Any, Report | None]:
        """The status, the body, and the report that this answers if it is about a new one."""
        _, _, rest = call.path.lstrip("/").partition("/")
        caller = int(call.headers.get(CALLER, "0"))
        match (call.method, *rest.split("/")):
            case ("POST", "reports"):
                key = call.headers["idempotency-key"]
                return 201, {"id": key}, self.take(call.body["url"], key, caller)
            case ("GET", "reports", key):
                return (200, {"id": key}, None) if self.has(key) else (404, {}, None)
            case ("GET", "answers", _):
                return 200, {"said": "acknowledged"}, None
            case ("GET", "items", _):
                return 200, {"up": True}, None
            case ("GET", "short", name):
                return 200, {"stands_for": name}, None
        return 404, {}, None


def _desk_of(url: str) -> str:
    return url.removeprefix("https://").partition(".")[0]


class _Http(asyncio.Protocol):
    """One connection. Requests have a length and come one after the other."""

    def __init__(self, platform: RecordingPlatform) -> None:
        self._platform = platform
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[: end + 2]
            found = {k.decode().lower(): v.decode() for k, v in _HEADER.findall(head)}
            whole = end + 4 + int(found.get("content-length", "0"))
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            line = _LINE.match(head)
            assert line is not None
            call = _Call(
                line[1].decode(), line[2].decode(), found, json.loads(body) if body else None
            )
            status, told, report = self._platform.answer(call)
            loop, wait = asyncio.get_running_loop(), self._platform.wait_s()
            loop.call_later(wait, self._say, status, told, report)

    def _say(self, status: int, told: Any, report: Report | None) -> None:
        if self._transport.is_closing():
            return
        body = json.dumps(told).encode()
        head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % (status, len(body)) + body)
        if report is not None:
            report.answered = time.monotonic()


class _Relay:
    """The mail relay in front of a desk. The name a caller greets with holds its process."""

    def __init__(self, platform: RecordingPlatform) -> None:
        self._platform = platform

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        caller = _PID.fullmatch(str(session.host_name))
        assert caller is not None
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content)
        payload = mail.get_payload(decode=True)
        assert isinstance(payload, bytes)
        url = _URL.search(payload.decode())
        assert url is not None
        report = self._platform.take(url[0], str(mail["Message-ID"]), int(caller[1]))
        await asyncio.sleep(self._platform.wait_s())
        report.answered = time.monotonic()
        return "250 taken"
