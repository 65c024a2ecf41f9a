"""The playground as a whole: loopback only, labelled, counted, compressed, and cleanly stopped."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from service.playground import behaviours as story
from service.playground.behaviours import BEHAVIOURS
from service.playground.front import NotLoopback, bind_address
from service.playground.samples import DEMO_SPEED, SAMPLES
from service.playground.script import Fault, Op
from service.playground.serve import Playground

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "localhost", "127.0.0.2", "192.0.2.1", ""])
async def test_nothing_but_loopback_is_bound(host: str) -> None:
    playground = Playground()

    with pytest.raises(NotLoopback):
        await playground.start(host)

    await playground.stop()


def test_both_loopback_addresses_may_be_bound() -> None:
    assert [bind_address(host) for host in ("127.0.0.1", "::1")] == ["127.0.0.1", "::1"]


async def test_it_runs_on_the_loopback_of_ipv6(http: aiohttp.ClientSession) -> None:
    playground = Playground()
    try:
        at = await playground.start("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")

    async with http.get(at.peertube_url + "/practice/state") as answer:
        assert answer.status == 200
    assert at.peertube_url.startswith("http://[::1]:")
    await playground.stop()


@pytest.mark.parametrize(
    "headers",
    [{"Host": "practice.example.org"}, {"X-Forwarded-For": "192.0.2.1"}, {"Forwarded": "for=a"}],
)
async def test_nobody_is_served_through_a_proxy_or_another_name(
    http: aiohttp.ClientSession, playground: Playground, headers: dict[str, str]
) -> None:
    url = playground.addresses.peertube_url + "/practice/state"

    async with http.get(url, headers=headers) as answer:
        assert (answer.status, answer.headers["X-Practice-Platform"]) == (403, "efface")


async def test_every_answer_is_labelled_as_practice(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", story.ignored().meeting(looks=(Fault.throttled(), Fault.garbled())))
    at = playground.addresses
    paths = [
        *[f"{at.oembed_url}?url={url}"] * 3,
        f"{at.peertube_url}/api/v1/videos/nothing",
        f"{at.pds_url}/xrpc/nothing",
        f"{at.embed_url}/nobody/1?embed=1",
        f"{at.embed_url}/no/such/page",
        at.form_url,
    ]

    for path in paths:
        async with http.get(path) as answer:
            assert answer.headers["X-Practice-Platform"] == "efface", path
    reader, writer = await asyncio.open_connection(at.smtp_host, at.smtp_port)
    assert b"practice" in await reader.readline()
    writer.close()


async def test_state_is_the_same_on_each_platform_and_counts_what_was_done(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", story.ignored(), "one")
    at = playground.addresses
    async with http.post(at.form_url, data={"urls": url}):
        pass
    bases = (at.peertube_url, at.pds_url, at.embed_url, at.oembed_url.removesuffix("/oembed"))

    for base in bases:
        async with http.get(base + "/practice/state") as answer:
            state = await answer.json()
        assert state["practice"] is True
        assert state["early_calls"] == 0
        [item] = state["items"]
        assert (item["url"], item["reports"], item["calls"]) == (url, 1, {"send": 1})
    assert playground.sent("x") == 1


async def test_media_is_never_served_and_every_try_is_counted(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    at = playground.addresses
    places = [
        f"{at.peertube_url}/lazy-static/thumbnails/a.jpg",
        f"{at.peertube_url}/static/web-videos/a.mp4",
        f"{at.pds_url}/img/feed_thumbnail/plain/a",
        f"{at.embed_url}/file/a.jpg",
    ]

    for place in places:
        async with http.get(place) as answer:
            assert (answer.status, answer.content_type) == (404, "text/plain")

    assert (playground.world.media_requests, playground.world.media_bytes) == (4, 0)


async def test_an_hour_passes_in_a_moment(http: aiohttp.ClientSession) -> None:
    playground = Playground(speed=36_000.0)
    await playground.start()
    url = playground.add("x", story.removed(story.HOUR_S))
    at = playground.addresses

    async def look() -> int:
        async with http.get(at.oembed_url, params={"url": url}) as answer:
            return answer.status

    async with http.post(at.form_url, data={"urls": url}):
        pass
    before = await look()
    await asyncio.sleep(0.15)
    after = await look()
    await playground.stop()

    assert (before, after) == (200, 404)


async def test_two_playgrounds_share_nothing(http: aiohttp.ClientSession) -> None:
    async with Playground() as one, Playground() as two:
        urls = [each.add("x", story.ignored(), "same") for each in (one, two)]
        async with http.post(one.addresses.form_url, data={"urls": urls[0]}):
            pass

        assert urls[0] == urls[1]
        assert [len(each.item(urls[0]).reports) for each in (one, two)] == [1, 0]
        assert one.addresses.smtp_port != two.addresses.smtp_port


async def test_stop_ends_hanging_calls_and_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    playground = Playground()
    at = await playground.start()
    url = playground.add("x", story.ignored().meeting(looks=(Fault.hang(),)))
    _, mail_writer = await asyncio.open_connection(at.smtp_host, at.smtp_port)
    reader, writer = await asyncio.open_connection(
        playground.door("x").host, playground.door("x").port
    )
    writer.write(f"GET /oembed?url={url} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    while not playground.world.calls["x", Op.LOOK]:
        await asyncio.sleep(0.01)
    began = time.monotonic()

    await playground.stop()
    await playground.stop()

    assert time.monotonic() - began < 0.9
    assert await reader.read() == b""
    for each in (writer, mail_writer):
        each.close()
    assert asyncio.all_tasks() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((at.smtp_host, at.smtp_port), timeout=1)


async def test_a_name_is_used_once(playground: Playground) -> None:
    playground.add("x", story.ignored(), "one")

    with pytest.raises(ValueError, match="already"):
        playground.add("x", story.ignored(), "one")


async def test_the_samples_cover_every_behaviour_and_end_in_time(playground: Playground) -> None:
    items = playground.add_samples()

    assert len(items) == len(SAMPLES) >= 40
    assert len({item.url for item in items}) == len(items)
    assert {item.script.name for item in items} == set(BEHAVIOURS)
    longest = max(sum(part.length_s for part in item.script.rounds) for item in items)
    assert longest / DEMO_SPEED <= 60


async def test_addresses_stay_the_same_from_run_to_run() -> None:
    async with Playground(peertube_site="https://video.practice.test") as playground:
        urls = {(i.platform, i.name): i.url for i in playground.add_samples()}

    assert urls["x", "removed"] == "https://x.com/efface_practice/status/1931182957437251519"
    assert urls["telegram", "removed"] == "https://t.me/efface_practice_removed/90"
    assert urls["bluesky", "removed"] == (
        "https://bsky.app/profile/removed.practice.test/post/3lcosz4idpjb7"
    )
    assert urls["peertube", "removed"] == ("https://video.practice.test/w/ggNFzV3uSmSe5vyKn4BdZU")


def start_process(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-m", "service.playground", *arguments]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def test_the_command_prints_one_line_and_stops_on_sigterm() -> None:
    with start_process("--json", "--speed", "60") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0

    assert told["practice"] is True
    assert told["peertube_url"].startswith("http://127.0.0.1:")
    assert {"pds_url", "appview_url", "embed_url", "oembed_url", "smtp_host", "smtp_port"} <= set(
        told
    )
    assert len(told["samples"]) == len(SAMPLES)


def test_the_command_refuses_any_other_host() -> None:
    with start_process("--json", "--host", "0.0.0.0") as process:
        assert process.wait(timeout=10) == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is Linux only")
def test_the_command_ends_with_its_parent() -> None:
    parent = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'service.playground', '--json'],"
        " stdout=subprocess.PIPE, text=True)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()

    assert ends(child)


def ends(pid: int) -> bool:
    """True once nothing runs under this number, or only its remains."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="utf-8"):
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
