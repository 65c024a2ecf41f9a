"""What goes wrong between a caller and a practice platform, over real sockets."""

from __future__ import annotations

import asyncio
import time
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from service.playground import behaviours as story
from service.playground.script import Cut, Fault, Op, Script
from service.playground.serve import Playground


async def look(http: aiohttp.ClientSession, playground: Playground, url: str) -> int:
    base = playground.addresses.oembed_url
    async with http.get(base, params={"url": url}) as answer:
        await answer.read()
        return answer.status


async def file(
    http: aiohttp.ClientSession, playground: Playground, url: str
) -> aiohttp.ClientResponse:
    async with http.post(playground.addresses.form_url, data={"urls": url}) as answer:
        await answer.read()
        return answer


def meeting(*sends: Fault) -> Script:
    return story.ignored().meeting(sends=sends)


async def test_429_says_how_many_seconds_and_counts_who_does_not_wait(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", meeting(Fault.throttled(1.0), Fault.throttled(1.0)))

    first = await file(http, playground, url)
    early = await file(http, playground, url)
    await asyncio.sleep(1.0)
    third = await file(http, playground, url)

    assert (first.status, first.headers["Retry-After"]) == (429, "1")
    assert (early.status, third.status) == (429, 200)
    assert (playground.world.early_calls, playground.item(url).early_calls) == (1, 1)
    assert len(playground.item(url).reports) == 1


async def test_429_says_until_when_as_a_date(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", meeting(Fault.throttled(1.0, as_date=True)))

    first = await file(http, playground, url)
    until = parsedate_to_datetime(first.headers["Retry-After"]).timestamp()
    await asyncio.sleep(max(0.0, until - time.time()))
    second = await file(http, playground, url)

    assert (first.status, second.status) == (429, 200)
    assert 1.0 <= until - time.time() + 2.0 <= 3.0
    assert playground.world.early_calls == 0


async def test_another_item_called_meanwhile_is_counted_apart(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    throttled = playground.add("x", meeting(Fault.throttled(2.0)))
    other = playground.add("x", story.ignored())

    await file(http, playground, throttled)
    await file(http, playground, other)
    in_flight = playground.world.early_lane_calls
    await asyncio.sleep(0.3)
    await file(http, playground, other)

    assert (in_flight, playground.world.early_lane_calls) == (0, 1)
    assert playground.world.early_calls == 0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("taken", [True, False])
async def test_5xx_with_and_without_having_taken_the_report(
    http: aiohttp.ClientSession, playground: Playground, status: int, taken: bool
) -> None:
    url = playground.add("x", meeting(Fault.broken(status, taken=taken)))

    assert (await file(http, playground, url)).status == status
    assert len(playground.item(url).reports) == int(taken)


async def test_slow_takes_the_report_first_and_answers_later(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", meeting(Fault.slow(0.3)))
    began = time.monotonic()

    call = asyncio.create_task(file(http, playground, url))
    await asyncio.sleep(0.1)
    taken_meanwhile = len(playground.item(url).reports)
    answer = await call

    assert (taken_meanwhile, answer.status) == (1, 200)
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("taken", [True, False])
async def test_hang_never_answers_and_ends_with_the_caller(
    http: aiohttp.ClientSession, playground: Playground, taken: bool
) -> None:
    url = playground.add("x", meeting(Fault.hang(taken=taken)))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await file(http, playground, url)

    assert len(playground.item(url).reports) == int(taken)


@pytest.mark.parametrize(
    ("fault", "reports"),
    [
        (Fault.lost(), 1),
        (Fault.lost(Cut.RESET), 1),
        (Fault.lost(Cut.HALF), 1),
        (Fault.reset(), 0),
    ],
)
async def test_a_connection_is_cut_with_and_without_the_report(
    http: aiohttp.ClientSession, playground: Playground, fault: Fault, reports: int
) -> None:
    url = playground.add("x", meeting(fault))

    with pytest.raises(aiohttp.ClientError):
        await file(http, playground, url)

    assert len(playground.item(url).reports) == reports
    assert (await file(http, playground, url)).status == 200


async def test_the_nth_call_meets_the_nth_fault(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    faults = (Fault(), Fault.broken(503), Fault(), Fault.broken(500))
    url = playground.add("x", story.ignored().meeting(looks=faults))

    assert [await look(http, playground, url) for _ in range(5)] == [200, 503, 200, 500, 200]
    assert playground.item(url).calls[Op.LOOK] == 5


async def test_a_prepared_fault_meets_whoever_calls_next(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", story.ignored())
    playground.world.prepare("x", Op.LOOK, Fault.broken(503))

    assert [await look(http, playground, url) for _ in range(2)] == [503, 200]


async def test_connections_are_reset_before_anything_is_read(playground: Playground) -> None:
    door = playground.door("x")
    door.resets = 1

    reader, writer = await asyncio.open_connection(door.host, door.port)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    reader, writer = await asyncio.open_connection(door.host, door.port)
    writer.write(b"GET /practice/state HTTP/1.0\r\nHost: localhost\r\n\r\n")
    answer = await reader.read()
    writer.close()

    assert door.resets == 0
    assert answer.startswith(b"HTTP/1.0 200")


@pytest.mark.parametrize("name", ["x", "smtp"])
async def test_a_shut_door_refuses_and_opens_again_at_the_same_port(
    playground: Playground, name: str
) -> None:
    door = playground.door(name)
    port = door.port

    async with playground.shut(name):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(door.host, port)

    _, writer = await asyncio.open_connection(door.host, port)
    writer.close()
    await writer.wait_closed()
    assert door.port == port
