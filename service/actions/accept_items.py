"""Taking addresses in: every line gets an answer, and one bad line never spoils the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.spec import Channel, ContentClass, Kind, Locator, Seen, Spec, Url
from service.actions import cases, holding, lanes, look_at, matters, rights
from service.actions.context import Caller, Context, Desk
from service.actions.matters import OpenCase, Plan
from service.actions.reading import PLACE_LOCATOR
from service.domain import ids, notices, sight, urls
from service.domain.errors import CaseClosed
from service.domain.states import Actor, Event, Machine, RequestState
from service.domain.world import Move, Takedown, World, look_lane_of
from service.store import bulk, ledger, tables
from service.store.unit import Unit

MAX_ITEMS = 500
PLACE_URL = "takedowns.url"
PLACE_BATCH = "batches.result"
SHOWN = 2048
NO_ADDRESSEE = ("no_addressee", "Nobody is known who could be asked about this address.")
PLACE_EXTERNAL = "takedowns.external_id"


@dataclass(frozen=True, slots=True)
class Line:
    """One item as the caller gave it. `seen_at`: when the caller saw it up. `rights_holder`:
    whoever holds the rights in it says so.
    """

    url: str
    external_id: str | None = None
    kind: Kind | None = None
    content_class: ContentClass | None = None
    urgent: bool | None = None
    seen_at: datetime | None = None
    rights_holder: bool = False


@dataclass(slots=True)
class Result:
    """What became of one item. `plan`: of one that is new, or that a copyright desk joins."""

    line: Line
    status: str
    takedown_id: UUID | None = None
    platform: str | None = None
    resolving: bool = False
    code: str | None = None
    detail: str | None = None
    holds: tuple[str, ...] = ()
    plan: Plan | None = None

    def values(self) -> dict[str, Any]:
        """The item as the contract shows it; of what is no address only the beginning."""
        shown: dict[str, Any] = {
            "external_id": self.line.external_id,
            "url": self.line.url[:SHOWN] if self.status == "invalid" else self.line.url,
            "status": self.status,
            "takedown_id": str(self.takedown_id) if self.takedown_id else None,
            "platform": self.platform,
            "resolving": self.resolving or None,
            "holds": list(self.holds) or None,
            "problem": {"code": self.code, "detail": self.detail} if self.code else None,
        }
        return {k: v for k, v in shown.items() if v is not None or k in ("url", "status")}

    @classmethod
    def stored(cls, line: Line, values: Mapping[str, Any]) -> Result:
        """The result behind its values."""
        takedown_id, problem = values.get("takedown_id"), values.get("problem") or {}
        return cls(
            line,
            values["status"],
            takedown_id=UUID(takedown_id) if takedown_id else None,
            platform=values.get("platform"),
            resolving=bool(values.get("resolving")),
            holds=tuple(values.get("holds", ())),
            code=problem.get("code"),
            detail=problem.get("detail"),
        )


@dataclass(slots=True)
class Taken:
    """A line that could be read: what it is, and the takedown it would become."""

    result: Result
    takedown: Takedown
    locator: Locator
    dedupe_mac: bytes
    holds: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Batch:
    """The lines of one call: what became of each, and which are new."""

    id: UUID
    results: Sequence[Result]
    taken: Sequence[Taken]

    def seen_again(self) -> dict[UUID, datetime]:
        """Takedowns handed in again with the time at which they were seen up."""
        new = {item.takedown.id for item in self.taken}
        return {
            r.takedown_id: r.line.seen_at
            for r in self.results
            if r.status == "repeated" and r.line.seen_at and r.takedown_id
            if r.takedown_id not in new
        }

    def claimed_again(self) -> list[UUID]:
        """Takedowns handed in again with the word of whoever holds the rights."""
        again = (r.takedown_id for r in self.results if r.status == "repeated" and r.plan)
        return [id_ for id_ in again if id_]


def specs_of(desks: Mapping[str, Desk]) -> Mapping[str, Spec]:
    return {name: desk.adapter.spec for name, desk in desks.items()}


def match(desks: Mapping[str, Desk], url: Url) -> Locator:
    """The first adapter that knows an address; else a locator that only names the address
    itself.
    """
    for desk in desks.values():
        locator = desk.adapter.match(url)
        if locator is not None:
            return locator
    return of_nobody(url)


def of_nobody(url: Url) -> Locator:
    """A locator that only names the address itself: nobody is known who could be asked."""
    return Locator("", Kind.SITE, urls.normal(url), str(url))


def front_of(desks: Mapping[str, Desk], locator: Locator) -> str | None:
    """The platform that stands before what this names and is set up: it is asked first."""
    network = locator.parts.get("network")
    if not network:
        return None
    before_it = (n for n, desk in desks.items() if network in desk.adapter.spec.fronts)
    return next((name for name in before_it if desks[name].ready), None)


def mac_of(case: OpenCase, locator: Locator) -> bytes:
    """What two spellings of one thing have in common, and nothing else does."""
    value = f"{locator.platform}|{locator.kind.value}|{locator.key}"
    return case.organisation_key.mac("locator", value)


def host_mac_of(case: OpenCase, locator: Locator) -> bytes:
    """What addresses on one host have in common within their case."""
    return case.key.mac("host", Url(locator.url).raw_host or "")


def read(case: OpenCase, desks: Mapping[str, Desk], line: Line, now: datetime) -> Taken | Result:
    """Parse and match one line. Pure but for its ids."""
    try:
        url = urls.parse(line.url)
    except urls.BadUrl as bad:
        return Result(line, "invalid", code=bad.code, detail=bad.detail)
    locator = match(desks, url)
    content_class = line.content_class or ContentClass(case.row.content_class)
    urgent = case.row.urgent if line.urgent is None else line.urgent
    mac = mac_of(case, locator)
    takedown = Takedown(
        id=ids.new_id(),
        organisation_id=case.row.organisation_id,
        case_id=case.id,
        kind=line.kind or locator.kind,
        content_class=content_class,
        urgent=urgent,
        platform=locator.platform or None,
        locator_mac=mac if locator.final else None,
        host_mac=host_mac_of(case, locator),
        engines=",".join(case.organisation.search_engines),
        front=front_of(desks, locator),
        created_at=now,
        priority=2 - int(urgent) - int(case.row.depicted_as != "adult"),
        lane_look=look_lane_of(locator.platform, case.row.organisation_id)
        if locator.platform
        else None,
    )
    result = Result(line, "accepted", platform=takedown.platform, resolving=not locator.final)
    return Taken(result, takedown, locator, mac)


async def accept_items(
    ctx: Context,
    caller: Caller,
    case_id: UUID,
    lines: Sequence[Line],
    batch_id: UUID | None = None,
) -> tuple[UUID, list[Result]]:
    """Take in up to 500 lines for one case, in one transaction. Raises `NotFound`, `CaseClosed`.

    A `batch_id` that is there already is not taken in again: its result comes back.
    """
    given, batch_id = batch_id, batch_id or ids.new_id()

    async def work(u: Unit) -> list[Result]:
        now = ctx.now()
        case = await matters.open_case(u, caller.organisation_id, case_id, lock=True)
        before = await _taken_before(u, case, given, lines) if given else None
        if before is not None:
            return before
        if case.row.state != "open":
            raise CaseClosed("Open the case again before adding addresses to it.")
        desks = await ctx.platforms.of(u, caller.organisation_id)
        results, taken = await _sort_out(u, caller, case, desks, lines, now)
        batch = Batch(batch_id, results, taken)
        await _store(u, ctx, caller, case, desks, batch, now)
        await bulk.insert(
            u,
            tables.Batch,
            ("id", "organisation_id", "case_id", "result_sealed", "created_at"),
            [
                (
                    batch_id,
                    caller.organisation_id,
                    case.id,
                    case.key.seal_json(PLACE_BATCH, batch_id, [r.values() for r in results]),
                    now,
                )
            ],
        )
        return results

    return batch_id, await ctx.store.run(work)


async def _taken_before(
    u: Unit, case: OpenCase, batch_id: UUID, lines: Sequence[Line]
) -> list[Result] | None:
    """What the same call got when it came before."""
    sealed = (
        await u.run(
            "SELECT result_sealed FROM batches WHERE id = :id AND case_id = :case",
            id=batch_id,
            case=case.id,
        )
    ).scalar()
    if sealed is None:
        return None
    stored = case.key.open_json(PLACE_BATCH, batch_id, sealed)
    return [Result.stored(line, v) for line, v in zip(lines, stored, strict=True)]


async def preview_items(
    u: Unit, ctx: Context, caller: Caller, case: OpenCase, lines: Sequence[Line]
) -> list[tuple[Result, tuple[str, ...]]]:
    """What `accept_items` would do, and what would leave; nothing is stored. Holds come beside each
    result.
    """
    desks = await ctx.platforms.of(u, case.row.organisation_id)
    results, taken = await _sort_out(u, caller, case, desks, lines, ctx.now())
    new = {t.takedown.id for t in taken}
    for result in results:
        result.takedown_id = None if result.takedown_id in new else result.takedown_id
    holds = {id(t.result): t.holds for t in taken}
    return [(result, holds.get(id(result), ())) for result in results]


async def _sort_out(
    u: Unit,
    caller: Caller,
    case: OpenCase,
    desks: Mapping[str, Desk],
    lines: Sequence[Line],
    now: datetime,
) -> tuple[list[Result], list[Taken]]:
    """Read every line and tell the new ones from those that this case has already."""
    specs = specs_of(desks)
    found = [read(case, desks, line, now) for line in lines]
    readable = [item for item in found if isinstance(item, Taken)]
    claimed = {item.dedupe_mac for item in readable if item.result.line.rights_holder}
    stored = await _stored(u, case, [item.dedupe_mac for item in readable])
    known = {mac: row.id for mac, row in stored.items()}
    results, taken = [], []
    for item in found:
        if isinstance(item, Result):
            results.append(item)
            continue
        results.append(item.result)
        if item.dedupe_mac in claimed:
            _claim(caller, case, item, stored.get(item.dedupe_mac), specs, desks)
        if item.dedupe_mac in known:
            item.result.status = "repeated"
            item.result.takedown_id = known[item.dedupe_mac]
            continue
        known[item.dedupe_mac] = item.result.takedown_id = item.takedown.id
        item.result.plan = matters.plan(case, item.takedown, item.locator, specs, desks)
        item.holds = matters.wanted_holds(case, item.result.plan, now)
        _say_status(item, specs)
        taken.append(item)
    return results, taken


async def _stored(u: Unit, case: OpenCase, macs: Sequence[bytes]) -> Mapping[bytes, Any]:
    """What this case has already of these, also by the spelling that was handed in."""
    rows = await u.run(
        "SELECT id, dedupe_mac, given_mac, platform, front, engines, content_class FROM takedowns"
        " WHERE case_id = :case AND (dedupe_mac = ANY(:macs) OR given_mac = ANY(:macs))"
        " AND state <> 'withdrawn'",
        case=case.id,
        macs=list(macs),
    )
    return {bytes(mac): row for row in rows for mac in (row.given_mac, row.dedupe_mac)}


def _claim(
    caller: Caller,
    case: OpenCase,
    item: Taken,
    stored: Any,
    specs: Mapping[str, Spec],
    desks: Mapping[str, Desk],
) -> None:
    """Take the word of whoever holds the rights, or say why no copyright notice follows from it."""
    if stored is not None:
        rights.recall(item.takedown, stored)
    refused = rights.refusal(caller, case, item.takedown, item.locator, specs)
    item.takedown.rights_holder = refused is None
    if refused and item.result.line.rights_holder:
        item.result.code, item.result.detail = rights.REFUSED, refused
    if stored is not None and not refused:
        item.result.plan = matters.plan(case, item.takedown, item.locator, specs, desks)


def _say_status(item: Taken, specs: Mapping[str, Spec]) -> None:
    spec = specs.get(item.locator.platform)
    if item.holds:
        item.result.status, item.result.holds = "held", item.holds
    elif spec is None or spec.channel is Channel.FORM:
        item.result.status = "by_hand"
    if item.result.plan and not item.result.plan.specs:
        item.result.code, item.result.detail = NO_ADDRESSEE


async def _store(
    u: Unit,
    ctx: Context,
    caller: Caller,
    case: OpenCase,
    desks: Mapping[str, Desk],
    batch: Batch,
    now: datetime,
) -> None:
    taken, again, claimed = batch.taken, batch.seen_again(), batch.claimed_again()
    macs = [t.takedown.locator_mac for t in taken if t.takedown.locator_mac]
    things = ([case.row.organisation_id] * len(macs), macs)
    world = await ledger.open_world(
        u, ctx.rules, now, takedowns={*again, *claimed}, cases=(case.id,), things=things
    )
    moves: list[Move] = []
    sights = []
    for id_, seen_at in again.items():
        at = min(seen_at, now)
        found, row = await look_at.by_person(
            u, world, world.takedowns[id_], Seen.UP, at, caller, case.key, "handed in again"
        )
        moves += found
        sights.append(row)
    for id_ in claimed:
        moves += await rights.claim(u, ctx, world, case, caller, world.takedowns[id_])
    for item in taken:
        world.add(item.takedown)
        world.extras[item.takedown.id] = _sealed(case, item, batch.id)
        world.held[item.takedown.id] |= set(item.holds)
        moves += _moves(caller, case, item, now)
    _see(ctx, world, taken)
    await ledger.record(u, world, moves)
    await holding.insert_holds(
        u, [(t.takedown, kind) for t in taken for kind in t.holds], Actor.ENGINE, now
    )
    await lanes.ensure(u, taken_lanes(case.row.organisation_id, desks, taken))
    await _keep_sights(u, caller, taken, now)
    await bulk.insert(u, tables.Observation, look_at.COLUMNS, sorted(sights))
    for item in taken:
        states = {r.state for r in world.requests_of(item.takedown)}
        if RequestState.JOINED in states:
            item.result.status = "joined"


def _moves(caller: Caller, case: OpenCase, item: Taken, now: datetime) -> list[Move]:
    takedown = item.takedown
    by = caller.actor
    facts = rights.FACT if takedown.rights_holder else {}
    moves = [Move(Machine.TAKEDOWN, takedown.id, Event.ACCEPT, by, now, None, facts, caller.key_id)]
    if not item.locator.final:
        takedown.resolve_at = None if cases.stops_looks(case, item.holds) else now
        return moves
    event = Event.HOLD if item.holds else Event.RESOLVED
    return [*moves, Move(Machine.TAKEDOWN, takedown.id, event, Actor.ENGINE, now)]


def _sealed(case: OpenCase, item: Taken, batch_id: UUID) -> dict[str, Any]:
    id_, line = item.takedown.id, item.result.line
    return {
        "batch_id": batch_id,
        "url_sealed": case.key.seal(PLACE_URL, id_, line.url.encode()),
        "locator_sealed": case.key.seal_json(
            PLACE_LOCATOR, id_, notices.locator_values(item.locator)
        ),
        "external_id_sealed": case.key.seal(PLACE_EXTERNAL, id_, line.external_id.encode())
        if line.external_id is not None
        else None,
        "given_mac": item.dedupe_mac,
        "dedupe_mac": item.dedupe_mac,
    }


def _see(ctx: Context, world: World, taken: Sequence[Taken]) -> None:
    """The caller's own sight counts: it was up."""
    for item in taken:
        seen_at = item.result.line.seen_at
        if seen_at is not None:
            sight.judge(item.takedown, Seen.UP, min(seen_at, world.now), ctx.rules.pace, proof=True)


async def _keep_sights(u: Unit, caller: Caller, taken: Sequence[Taken], now: datetime) -> None:
    rows = [
        (
            ids.new_id(), item.takedown.organisation_id, item.takedown.case_id, item.takedown.id,
            Seen.UP.value, min(item.result.line.seen_at, now), now, "person", "seen_by_caller",
            "", True, caller.actor.value,
        )
        for item in taken
        if item.result.line.seen_at is not None
    ]  # fmt: skip
    columns = (
        "id", "organisation_id", "case_id", "takedown_id", "seen", "at", "recorded_at", "method",
        "rule", "vantage", "proof", "by",
    )  # fmt: skip
    await bulk.insert(u, tables.Observation, columns, rows)


def taken_lanes(
    organisation_id: UUID, desks: Mapping[str, Desk], taken: Sequence[Taken]
) -> dict[str, tuple[str, UUID | None]]:
    """The lanes that these takedowns will use."""
    found: dict[str, tuple[str, UUID | None]] = {}
    for item in taken:
        ladder = item.result.plan.specs if item.result.plan else ()
        names = {item.takedown.platform or "", *(spec.name for spec in ladder)}
        for name in sorted(names & set(desks)):
            found |= lanes.of(name, organisation_id)
    return found
