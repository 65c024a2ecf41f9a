"""A connection to Postgres that breaks around a COMMIT: whatever had arrived by then, the work is
done exactly once in effect, and nobody who asked is told anything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest
from sqlalchemy.engine import make_url

from adapters.spec import Observation, Seen, Settle
from service.actions import look_at
from service.domain import ids
from service.embedded.postgres import EmbeddedPostgres
from service.store import unit
from service.store.sealing import Vault
from service.store.unit import Store, make_engine
from tests.api.house import CASE, House
from tests.flow.adapters import Gate, Site
from tests.flow.office import Office
from tests.store.wire import Wire

Figure = Callable[[str], None]
CUTS: Final = ("before_commit", "after_commit")


@pytest.fixture
async def wire(migrated: EmbeddedPostgres, database: str) -> AsyncIterator[Wire]:
    """A wire to this test's database, that can be cut."""
    folder = make_url(migrated.url("efface_app", database)).query["host"]
    async with Wire(str(folder)) as made:
        yield made


@pytest.fixture
async def wired(
    migrated: EmbeddedPostgres, database: str, vault: Vault, wire: Wire
) -> AsyncIterator[Store]:
    """The product's store, at the other end of the wire."""
    url = make_url(migrated.url("efface_app", database)).set(query={"host": wire.folder})
    made = Store(make_engine(url.render_as_string(hide_password=False)), vault)
    yield made
    await made.close()


async def sent_once(office: Office, site: Site) -> None:
    """One call, one attempt, one line for each step, and no evidence that came too late."""
    notice = await office.one("notices")
    assert notice.state == "sent"
    assert site.calls == len(site.messages) == 1
    assert await office.states("attempts") == {"accepted": 1}
    assert await office.trace(notice.id) == ["plan", "start", "accepted"]
    assert await office.facts("late_evidence") == []


@pytest.mark.parametrize("cut", CUTS)
async def test_a_start_whose_commit_is_cut_calls_once(
    wired: Store, wire: Wire, cut: str, figure: Figure
) -> None:
    """The connection breaks around START's COMMIT: one intent, one call, no doubt."""
    site = Site("desk", settle=Settle.NOBODY)
    async with Office(wired, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        await office.take_in(await office.case(), site.url("a"))
        lane = (await office.one("notices")).lane
        wire.cut = cut

        await office.jobs.run("send", lane)

        await sent_once(office, site)
    figure(f"START cut {cut.replace('_', ' its ')}: 1 call, 0 in doubt")


@pytest.mark.parametrize("cut", CUTS)
async def test_a_record_whose_commit_is_cut_is_written_once(
    wired: Store, wire: Wire, cut: str, figure: Figure
) -> None:
    """The connection breaks around the COMMIT that records a result: recorded once."""
    site, gate = Site("desk", settle=Settle.NOBODY), Gate()
    site.meet(None, taken=True, gate=gate)
    async with Office(wired, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        await office.take_in(await office.case(), site.url("a"))
        lane = (await office.one("notices")).lane
        sending = asyncio.create_task(office.jobs.run("send", lane))
        await gate.entered.wait()
        await asyncio.sleep(0.3)  # nothing else is on the wire
        wire.cut = cut
        gate.opened.set()

        await sending

        await sent_once(office, site)
    figure(f"result cut {cut.replace('_', ' its ')}: recorded once")


BY_PAGE: Final = Observation(Seen.GONE, "http_404", "page")  # it takes two of them


@pytest.mark.parametrize("cut", CUTS)
async def test_a_look_whose_commit_is_cut_counts_once(
    wired: Store, wire: Wire, cut: str, figure: Figure
) -> None:
    """The connection breaks around the COMMIT that records one look at a page that is gone: it is
    not two looks.
    """
    site = Site("desk", settle=Settle.NOBODY)
    async with Office(wired, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        site.sights[site.url("a")] = BY_PAGE
        await office.later(days=1, work=False)
        lane = (await office.one("takedowns")).lane_look
        wire.cut, wire.skip = cut, 1  # the first is that of the claim

        await office.jobs.run("look", lane)

        await until_cut(wire)
        takedown = await office.one("takedowns")
        assert (takedown.state, takedown.gone_looks) == ("open", 1)
    figure(f"look cut {cut.replace('_', ' its ')}: counted once")


async def test_a_look_that_is_recorded_again_counts_once(wired: Store, figure: Figure) -> None:
    """A worker that did not learn whether its look was recorded hands it over again."""
    site = Site("desk", settle=Settle.NOBODY)
    async with Office(wired, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        takedown = await office.one("takedowns")
        sight = look_at.Sight(takedown.id, BY_PAGE, office.ctx.now())

        await look_at.record_sights(office.ctx, [sight])
        await look_at.record_sights(office.ctx, [sight])

        takedown = await office.one("takedowns")
        assert (takedown.state, takedown.gone_looks) == ("open", 1)
    figure("look handed over twice: counted once")


@pytest.mark.parametrize("away_s", [0.5, 5.0])
async def test_a_start_whose_outcome_nobody_can_tell_for_a_while_is_not_repeated(
    wired: Store, wire: Wire, away_s: float, figure: Figure
) -> None:
    """The database goes away with START's COMMIT, and its outcome is asked for until it is back:
    one intent, one call, no doubt.
    """
    site = Site("desk", settle=Settle.NOBODY)
    async with Office(wired, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        await office.take_in(await office.case(), site.url("a"), site.url("b"))
        lane = (await office.all("notices"))[0].lane
        wire.cut, wire.closes = "after_commit", True
        sending = asyncio.create_task(office.jobs.run("send", lane))
        await until_cut(wire)
        await asyncio.sleep(away_s)
        wire.open()

        await sending

        assert await office.states("attempts") == {"accepted": 2}
        assert await office.states("notices") == {"sent": 2}
        assert site.calls == 2
    figure(f"away {away_s} s after START's COMMIT: 2 calls for 2, 0 in doubt")


async def until_cut(wire: Wire) -> None:
    async with asyncio.timeout(30):
        while wire.cut:
            await asyncio.sleep(0.01)


Call = Callable[[House, dict[str, Any], str], Awaitable[Any]]


async def new_case(house: House, case: dict[str, Any], key: str) -> Any:
    return await house.post("/cases", {**CASE, "reference": key}, headers=keyed(key))


async def hand_in(house: House, case: dict[str, Any], key: str) -> Any:
    body = {"case_id": case["id"], "items": [f"https://example.com/{key}"]}
    return await house.post("/takedowns", body, headers=keyed(key))


async def pause(house: House, case: dict[str, Any], key: str) -> Any:
    return await house.post(f"/cases/{case['id']}/pause", {}, headers=keyed(key))


async def consent(house: House, case: dict[str, Any], key: str) -> Any:
    body = {"what": "removal", "given_by": "self", "given_how": key}
    return await house.post(f"/cases/{case['id']}/consent", body, headers=keyed(key))


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


CALLS: Final[dict[str, Call]] = {
    "cases": new_case, "takedowns": hand_in, "pause": pause, "consent": consent,
}  # fmt: skip
SAME: Final = {"cases": (200, 201)}  # asked for again it is read, which is put on record
OF_THE_WORK: Final = 1  # COMMITs before that of the call's own work: its claim
EFFECTS: Final = ("cases", "takedowns", "requests", "notices", "holds", "batches", "entries")


@pytest.mark.parametrize("name", CALLS)
async def test_a_keyed_call_is_done_once_whichever_commit_is_cut(
    wired: Store, wire: Wire, name: str, figure: Figure
) -> None:
    """Each COMMIT of a call in turn is cut, before and after it arrives: the caller sees what it
    would have seen, and there is one effect.
    """
    call = CALLS[name]
    async with House(wired) as house:
        await house.set_up()
        normal, effect, commits = await once(house, wire, call)
        told: list[tuple[str, int, int]] = []
        for cut in CUTS:
            for skip in range(commits):
                wire.cut, wire.skip = cut, skip
                reply, did, _ = await once(house, wire, call)
                assert did["cases"] == effect["cases"]
                if reply.status_code == normal.status_code:
                    assert did == effect, f"{cut} of COMMIT {skip}"
                told.append((cut, skip, reply.status_code))

    same = SAME.get(name, (normal.status_code,))
    assert [t for t in told if t[2] not in same] == []
    figure(f"POST {name}: {commits} COMMITs, each cut twice; {len(told)} times the same, once")


async def once(house: House, wire: Wire, call: Call) -> tuple[Any, dict[str, int], int]:
    """One call about a case of its own: the reply, the rows that it made, the COMMITs it took."""
    cut, wire.cut = wire.cut, None
    key = str(ids.new_id())
    case = await house.case(f"of-{key}")
    before = await house.rows(*EFFECTS)
    wire.cut, commits = cut, wire.commits
    reply = await call(house, case, key)
    took = wire.commits - commits
    after = await house.rows(*EFFECTS)
    return reply, {t: after[t] - before[t] for t in EFFECTS}, took


@pytest.mark.parametrize("cut", CUTS)
async def test_a_call_that_ended_in_503_can_be_repeated_at_once(
    wired: Store,
    wire: Wire,
    cut: str,
    figure: Figure,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database goes away with a call's COMMIT and is not back in time: the caller is told 503
    and when to come back, whether it may have been done, and the same call again is carried out
    once.
    """
    monkeypatch.setattr(unit, "OUTCOME_WITHIN_S", 0.3)
    monkeypatch.setattr(unit, "TRIES", 2)
    async with House(wired) as house:
        await house.set_up()
        case = await house.case()
        wire.cut, wire.skip, wire.closes = cut, OF_THE_WORK, True

        first = await hand_in(house, case, "the-key")
        wire.open()
        second = await hand_in(house, case, "the-key")

        assert (first.status_code, first.headers["retry-after"]) == (503, "5")
        assert "may have been carried out" in first.json()["detail"]
        assert second.status_code == 202, second.text
        assert [line["status"] for line in second.json()["items"]] == ["accepted"]
        assert await house.rows("takedowns", "batches") == {"takedowns": 1, "batches": 1}
    figure(f"COMMIT cut {cut.split('_', maxsplit=1)[0]} it arrived: 503, then 202; 1 batch")
