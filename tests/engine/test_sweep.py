"""A sweep does its rounds each by itself, and knows every lane that has something due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.errors import Uncertain
from adapters.spec import Settle
from service.actions import due
from service.engine import sweep
from service.store.unit import DatabaseAway, Store
from tests.flow.adapters import Site
from tests.flow.office import Office

ALWAYS = "FROM (SELECT) AS anything"


async def test_one_round_that_fails_does_not_keep_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def broken(_: Any) -> int:
        raise KeyError("https://example.com/secret")

    async def whole(_: Any) -> int:
        done.append("whole")
        return 1

    monkeypatch.setattr(sweep, "ROUNDS", (sweep.Round(broken, ALWAYS), sweep.Round(whole, ALWAYS)))
    async with Office(store) as office:
        with capture_logs() as lines:
            assert await sweep.sweep(office.ctx) == set()

    assert done == ["whole"]
    assert lines == [
        {"event": "sweep.failed", "kind": "broken", "error": "KeyError", "log_level": "error"}
    ]


async def test_one_round_that_cannot_be_asked_about_does_not_keep_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def whole(_: Any) -> int:
        done.append("whole")
        return 1

    rounds = (sweep.Round(whole, "FROM no_such_table"), sweep.Round(whole, ALWAYS))
    monkeypatch.setattr(sweep, "ROUNDS", rounds)
    async with Office(store) as office:
        with capture_logs() as lines:
            assert await sweep.sweep(office.ctx) == set()

    assert done == ["whole", "whole"]
    assert lines[0]["event"] == "sweep.not_asked"


async def test_a_database_that_is_away_ends_the_sweep(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: Any) -> int:
        raise DatabaseAway

    async with Office(store) as office:
        monkeypatch.setattr(sweep, "ROUNDS", (sweep.Round(away, ALWAYS),))
        with capture_logs() as lines:
            assert await sweep.sweep(office.ctx) == set()
        assert [line["event"] for line in lines] == ["sweep.database_away"]

        monkeypatch.setattr(sweep, "ROUNDS", ())
        monkeypatch.setattr(due, "lanes_with_work", away)
        assert await sweep.sweep(office.ctx) == set()


async def test_every_lane_with_work_is_rung_and_no_shut_one(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        await office.take_in(await office.case(), site.url("a"))
        send, look = f"desk/{office.organisation}", f"desk/look/{office.organisation}"

        assert await sweep.sweep(office.ctx) == {("send", send), ("look", look)}

        await office.change("UPDATE lanes SET killed = true WHERE id = :id", id=look)
        assert await sweep.sweep(office.ctx) == {("send", send)}


async def test_what_was_sent_is_polled_and_looked_at_when_it_is_due(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.platform("desk", {}, {})
        await office.take_in(await office.case(), site.url("a"))
        await office.jobs.run("send", f"desk/{office.organisation}")
        await office.jobs.run("look", f"desk/look/{office.organisation}")

        assert await sweep.sweep(office.ctx) == set()
        office.time.forward(seconds=timedelta(hours=1).total_seconds())
        kinds = {kind for kind, _ in await sweep.sweep(office.ctx)}

    assert kinds == {"poll", "look"}


@pytest.mark.parametrize(("settle", "kind"), [(Settle.SAME_KEY, "send"), (Settle.LOOK_UP, "poll")])
async def test_a_doubt_is_rung_for_when_its_time_has_come(
    store: Store, settle: Settle, kind: str
) -> None:
    site = Site("desk", settle=settle)
    site.meet(Uncertain("read_timeout"), taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        lane = f"desk/{office.organisation}"
        await office.jobs.run("send", lane)
        await office.jobs.run("look", f"desk/look/{office.organisation}")
        office.time.forward(minutes=15)

        assert (kind, lane) in await sweep.sweep(office.ctx)
