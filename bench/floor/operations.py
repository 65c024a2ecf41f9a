"""The operations whose statements are captured: one intake, one call of 500 items, one lifecycle.

Done one after the other by the product's own code in this process; nothing is timed here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

import httpx

from bench.calls import new_urls
from bench.floor.capture import Captured, Recording
from bench.ground import CASE, Centre, settle_in
from service import app
from service.actions import accept_items, cases
from service.actions.accept_items import Line
from service.actions.context import Context
from service.domain.world import lane_of, look_lane_of
from service.engine.jobs import KINDS
from service.settings import Settings
from service.store.unit import Unit

CASES: Final = 4  # of each centre, taken in turn
_STEPS: Final = (("send", lane_of), ("poll", lane_of), ("look", look_lane_of))


@dataclass(frozen=True, slots=True)
class Desk:
    """A centre with its cases. Each connection has one of its own, so that none waits for another
    where the product would not either.
    """

    centre: Centre
    cases: Sequence[UUID]


async def make_desks(ctx: Context, stub_url: str, count: int) -> list[Desk]:
    desks = []
    for number in range(count):
        centre = await settle_in(ctx, stub_url, f"Bench {number}")
        made = [
            (await cases.open_or_find(ctx, centre.caller, f"bench-{n}", CASE))[0].id
            for n in range(CASES)
        ]
        desks.append(Desk(centre, made))
    return desks


async def intakes(
    ctx: Context, settings: Settings, desks: Sequence[Desk], each: int, lines: int
) -> list[list[Captured]]:
    """For each desk, that many calls with that many addresses each, through the whole API."""
    recording = Recording(ctx.store)
    transport = httpx.ASGITransport(cast("Any", app.make_app(ctx, settings)))
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        return [
            [await _intake(recording, client, desk, n, lines) for n in range(each)]
            for desk in desks
        ]


async def _intake(
    recording: Recording, client: httpx.AsyncClient, desk: Desk, number: int, lines: int
) -> Captured:
    case_id = desk.cases[number % len(desk.cases)]
    body = {"case_id": str(case_id), "items": [{"url": url} for url in new_urls(lines)]}
    headers = {"authorization": f"Bearer {desk.centre.token}"}
    with recording.of(taken := Captured()):
        reply = await client.post("/api/v1/takedowns", json=body, headers=headers)
    if reply.status_code != 202:
        raise RuntimeError(f"{reply.status_code}: {reply.text[:500]}")
    return taken


async def lifecycles(
    ctx: Context, desks: Sequence[Desk], each: int
) -> tuple[list[list[Captured]], list[list[Captured]]]:
    """For each desk, what takes the addresses in (that comes first), and their lifecycles."""
    recording = Recording(ctx.store)
    first: list[list[Captured]] = [[] for _ in desks]
    shares: list[list[Captured]] = [[] for _ in desks]
    for desk, taken_in, lived in zip(desks, first, shares, strict=True):
        for number in range(each):
            taken_in.append(await _take_in(recording, ctx, desk, number))
            lived.append(await _live(recording, ctx, desk))
    return first, shares


async def _take_in(recording: Recording, ctx: Context, desk: Desk, number: int) -> Captured:
    case_id = desk.cases[number % len(desk.cases)]
    with recording.of(taken := Captured()):
        await accept_items.accept_items(ctx, desk.centre.caller, case_id, [Line(new_urls(1)[0])])
        await ctx.store.run(lambda u: _put_off_looks(u, desk.centre.caller.organisation_id))
    return taken


async def _put_off_looks(u: Unit, organisation_id: UUID) -> None:
    """The first look at each is put off, as in the run that this is compared with."""
    await u.run(
        "UPDATE takedowns SET look_at = look_at + interval '1 hour'"
        " WHERE looks = 0 AND organisation_id = :id",
        id=organisation_id,
    )


async def _live(recording: Recording, ctx: Context, desk: Desk) -> Captured:
    with recording.of(taken := Captured()):
        for kind, lane in _STEPS:
            await _step(ctx, kind, lane, desk.centre.caller.organisation_id)
    return taken


async def _step(
    ctx: Context, name: str, lane: Callable[[str, UUID], str], organisation_id: UUID
) -> None:
    """Take one, call, and write down what came of it, as a job does."""
    kind = KINDS[name]
    items = await kind.take(ctx, lane("peertube", organisation_id), 1)
    if len(items) != 1:
        raise RuntimeError(f"{len(items)} to {name}, not one")
    call: Callable[[Context, Any], Awaitable[Any]] = kind.call
    await kind.record(ctx, [await call(ctx, items[0])])
