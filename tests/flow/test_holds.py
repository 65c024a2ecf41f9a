"""Stories of what must not leave: consent that ends, the police, our own mistakes, a dispute."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.errors import NotSent
from adapters.spec import AnswerKind, Purpose, Seen
from service.actions import holding, organisations, takedowns
from service.actions.holding import NewHold
from service.actions.queries import takedowns as takedown_queries
from service.domain.errors import Forbidden
from service.playground.behaviours import ignored
from service.playground.script import Op
from service.playground.serve import Playground
from service.store.unit import Store
from tests.flow.adapters import GONE, Gate, Site
from tests.flow.office import PROFILE, Office

SELF = {"kind": "self"}
GRANT = {"what": "removal", "given_by": "self"}


async def test_10_when_consent_lapses_nothing_leaves_and_looks_go_on(
    store: Store, playground: Playground
) -> None:
    host = Site("hosting", stands_behind=("telegram",))
    asked = playground.add("telegram", ignored())
    late = playground.add("telegram", ignored())
    async with Office(
        store,
        playground=playground,
        adapters=(host.adapter,),
        pace={"undo": timedelta(minutes=5)},
    ) as office:
        until = (office.time() + timedelta(days=2)).isoformat()
        grant = {"what": "removal", "given_by": "self", "until": until}
        case = await office.case(mandate=SELF, consent=[grant])
        (first,) = await office.take_in(case, asked)
        await office.later(minutes=6)
        await office.later(days=1)
        assert len(playground.mail.mails) == 2  # and one reminder
        await office.later(hours=23, minutes=52)
        (unsent,) = await office.take_in(case, late)
        waiting = await office.one("notices", state="due", purpose="first")

        await office.later(minutes=4)

        assert await office.states("takedowns") == {"held": 2}
        assert {h.kind for h in await office.all("holds")} == {"consent"}
        assert await office.state("notices", waiting.id) == "cancelled"
        assert not await office.carried(waiting)
        mails = len(playground.mail.mails)
        looks = {t.id: t.looks for t in await office.all("takedowns")}
        await office.days(8)
        assert len(playground.mail.mails) == mails
        assert host.calls == 0  # silence leads to no new rung while it is held
        assert not await office.all("requests", addressee="hosting")
        assert (await office.one("requests", takedown_id=first)).reminders == 1
        assert len(await office.all("notices", purpose="reminder")) == 1
        assert all(t.looks > looks[t.id] for t in await office.all("takedowns"))
        request = await office.one("requests", takedown_id=first)
        assert request.state == "no_answer"
        notice = await office.one("notices", state="sent", purpose="first")
        await office.answer(notice, AnswerKind.IN_REVIEW)  # answers are still taken
        assert (await office.one("requests", id=request.id)).state == "in_review"

        await office.consent(case, what="removal", given_by="self")
        await office.later(minutes=6)

        assert await office.states("takedowns") == {"open": 2}
        assert (await office.one("requests", takedown_id=unsent)).state == "asked"
        assert playground.mail.mails[-1].urls == (late,)
        assert host.calls == 1  # its silence had led there
        assert "release_open" in await office.trace(first)


async def test_10_withdrawn_consent_stops_looks_too(store: Store, playground: Playground) -> None:
    url = playground.add("peertube", ignored())
    async with Office(store, playground=playground) as office:
        case = await office.case(mandate=SELF, consent=[GRANT])
        (takedown,) = await office.take_in(case, url)
        await office.work()
        await office.days(1)

        await office.consent(case, withdrawn_at=office.time())

        row = await office.one("takedowns")
        assert (row.state, row.look_at) == ("held", None)
        calls = playground.world.calls["peertube", Op.LOOK]
        reports = playground.sent("peertube")
        await office.days(9)
        assert playground.world.calls["peertube", Op.LOOK] == calls
        assert playground.sent("peertube") == reports
        # only a person makes it withdrawn
        assert await office.state("takedowns", takedown) == "held"
        await office.withdraw(takedown, "consent")
        assert (await office.one("takedowns")).withdrawn_because == "consent"
        assert not await office.all("notices", purpose="retraction")


async def test_10_looks_stay_stopped_when_a_late_receipt_speaks_of_the_content(
    store: Store,
) -> None:
    site, gate = Site("desk"), Gate()
    site.outcomes[site.url("a")] = AnswerKind.CONTENT_GONE
    site.meet(None, taken=True, gate=gate)
    async with Office(store, adapters=(site.adapter,)) as office:
        case = await office.case(mandate=SELF, consent=[GRANT])
        await office.take_in(case, site.url("a"))
        sending = asyncio.create_task(office.work("send"))
        await gate.entered.wait()
        looks = site.looks

        await office.consent(case, withdrawn_at=office.time())
        gate.opened.set()
        await sending
        await office.days(2)

        assert (await office.one("takedowns")).look_at is None
        assert site.looks == looks


async def test_10_withdrawn_consent_stops_the_search_for_whom_to_ask(store: Store) -> None:
    site = Site("desk")
    site.short = NotSent("connect_refused")
    async with Office(store, adapters=(site.adapter,)) as office:
        case = await office.case(mandate=SELF, consent=[GRANT])
        await office.take_in(case, site.url("a"))
        await office.work()
        assert (await office.one("takedowns")).state == "resolving"
        await office.consent(case, withdrawn_at=office.time())
        asked = site.resolves

        await office.days(1)
        await office.take_in(case, site.url("b"))
        await office.days(1)

        assert site.resolves == asked
        site.short = None
        await office.consent(case, what="removal", given_by="self")
        await office.later(hours=1)
        assert await office.states("takedowns") == {"open": 2}
        assert len(site.messages) == 2


async def test_23_the_time_held_for_the_police_is_never_charged_to_the_platform(
    store: Store,
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        asked, unasked = await office.take_in(
            await office.case(), site.url("a"), site.url("not-yet")
        )
        await office.work("none")
        police = {"authority": "Example Police", "file": "2026/1"}
        until = office.time() + timedelta(hours=20)
        with pytest.raises(Forbidden):
            await office.hold(unasked, NewHold("police", until, police), by=office.worker)
        await office.hold(unasked, NewHold("police", until, police))
        await office.work()
        request = await office.one("requests", takedown_id=asked)
        before = await office.one("clocks", request_id=request.id)
        assert (request.state, len(site.messages)) == ("asked", 1)

        await office.hold(asked, NewHold("police", until, police))
        await office.later(hours=19)

        assert await office.states("takedowns") == {"held": 2}
        assert len(site.messages) == 1
        assert (await office.one("clocks", id=before.id)).state == "void"
        hold = await office.one("holds", takedown_id=asked)
        key = (await office.case()).key
        assert key.open_json(holding.PLACE, hold.id, hold.detail_sealed) == police
        assert (hold.kind, hold.until, hold.set_by) == ("police", until, "supervisor")

        await office.later(hours=2)

        assert await office.states("takedowns") == {"open": 2}
        assert len(site.sent()) == 2
        _, again = await office.all("clocks", request_id=request.id)
        assert (again.state, again.kind) == ("running", "own")
        assert again.starts_at >= until
        assert again.due_at == again.starts_at + timedelta(days=7)
        assert (await office.one("requests", id=request.id)).asked_at == request.asked_at
        ended = await office.one("entries", subject_id=asked, event="release_open")
        assert (ended.actor, ended.reason) == ("engine", "police")


@pytest.mark.parametrize("kind", ["safety", "disputed", "evidence", "paused"])
async def test_only_the_police_stop_the_time_of_the_platform(store: Store, kind: str) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        await office.work()
        before = await office.one("clocks")

        await office.hold(takedown, NewHold(kind))
        await office.later(days=1)
        await office.release(takedown, kind)

        after = await office.one("clocks")
        assert (after.id, after.state, after.due_at) == (before.id, "running", before.due_at)
        await office.hold(takedown, NewHold(kind))
        await office.days(7)
        assert (await office.one("requests")).state == "no_answer"


async def test_24_a_mistake_withdrawn_in_the_undo_time_leaves_no_trace_outside(
    store: Store, playground: Playground
) -> None:
    video, post = (playground.add(name, ignored()) for name in ("peertube", "telegram"))
    async with Office(store, playground=playground, pace={"undo": timedelta(minutes=5)}) as office:
        found = await office.take_in(await office.case(), video, post)
        await office.later(minutes=4, work=False)
        await office.work("send")
        looks = +playground.world.calls

        for takedown in found:
            await office.withdraw(takedown, "wrong_person")
        await office.days(2)

        assert playground.world.calls == looks == {}
        assert playground.mail.mails == []
        assert await office.states("notices") == {"cancelled": 2}
        assert await office.states("requests") == {"withdrawn": 2}
        assert not await office.all("attempts")
        assert not await office.all("clocks")


async def test_24_a_mistake_withdrawn_later_is_retracted_to_all_who_were_or_may_have_been_asked(
    store: Store, playground: Playground
) -> None:
    host = Site("hosting", stands_behind=("telegram",))
    url = playground.add("telegram", ignored())
    form = playground.add("x", ignored())
    async with Office(store, playground=playground, adapters=(host.adapter,)) as office:
        wrong, never_asked = await office.take_in(await office.case(), url, form)
        await office.work()
        await office.answer(await office.one("notices", state="sent"), AnswerKind.REFUSED)
        await office.work()
        assert (len(playground.mail.mails), len(host.messages)) == (2, 1)  # and complained to

        await office.withdraw(wrong, "wrong_url")
        await office.withdraw(never_asked, "wrong_url")
        await office.work()

        first, complaint, retraction = playground.mail.mails
        assert retraction.urls == (url,)
        assert retraction.thread == (first.message_id, complaint.message_id)
        assert "That was a mistake of ours" in retraction.text
        assert [m.notice.purpose for m in host.messages] == [Purpose.FIRST, Purpose.RETRACTION]
        assert await office.states("notices", purpose="retraction") == {"sent": 2}
        assert await office.states("requests") == {"withdrawn": 3}
        assert [t.withdrawn_because for t in await office.all("takedowns")] == ["wrong_url"] * 2

        await office.days(9)
        assert (len(playground.mail.mails), len(host.messages)) == (3, 2)


@pytest.mark.parametrize("role", ["worker", "supervisor"])
async def test_24_a_retraction_can_be_stopped_until_its_undo_time_is_over(
    store: Store, role: str
) -> None:
    site = Site("desk")
    async with Office(
        store, adapters=(site.adapter,), pace={"undo": timedelta(minutes=5)}
    ) as office:
        stopped, kept = await office.take_in(await office.case(), site.url("a"), site.url("b"))
        await office.later(minutes=6)
        assert len(site.messages) == 2
        await office.withdraw(stopped, "wrong_person")
        await office.withdraw(kept, "wrong_person")
        await office.later(minutes=4)
        assert site.sent(Purpose.RETRACTION) == []

        one = await office.rows(
            "SELECT n.* FROM notices n JOIN carried c ON c.notice_id = n.id JOIN requests r"
            " ON r.id = c.request_id WHERE n.purpose = 'retraction' AND r.takedown_id = :id",
            id=stopped,
        )
        done = await office.decide(one[0], "cancel", by=getattr(office, role))
        await office.days(2)

        assert (done.status, done.state) == ("done", "cancelled")
        (retraction,) = site.sent(Purpose.RETRACTION)
        assert retraction.urls == (site.url("b"),)


async def test_30_his_own_lawful_film_is_held_until_a_supervisor_decides(
    store: Store, playground: Playground
) -> None:
    url = playground.add("telegram", ignored())
    async with Office(store, playground=playground) as office:
        (takedown,) = await office.take_in(await office.case(), url)
        await office.work()
        await office.hold(takedown, NewHold("disputed", detail={"who": "the uploader"}))

        await office.days(3)

        assert await office.state("takedowns", takedown) == "held"
        assert len(playground.mail.mails) == 1  # no reminder while it is disputed
        with pytest.raises(Forbidden):
            await office.release(takedown, "disputed", by=office.worker)
        with pytest.raises(Forbidden):
            await office.withdraw(takedown, "other", by=office.worker)
        assert await office.state("takedowns", takedown) == "held"

        await office.withdraw(takedown, "lawful", by=office.supervisor)
        await office.work()

        row = await office.one("takedowns")
        assert (row.state, row.withdrawn_because) == ("withdrawn", "lawful")
        assert (await office.one("entries", subject_id=takedown, event="withdraw")).actor == (
            "supervisor"
        )
        assert len(playground.mail.mails) == 2
        assert (await office.one("notices", purpose="retraction")).state == "sent"
        assert not await office.all("holds", ended_at=None)
        assert [c.state for c in await office.all("clocks")] == ["void"]


async def test_30_a_dispute_that_was_wrong_goes_on_where_it_stood(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        await office.work()
        await office.hold(takedown, NewHold("disputed"))
        site.sights[site.url("a")] = GONE
        await office.days(1)
        assert await office.state("takedowns", takedown) == "held"

        await office.release(takedown, "disputed")

        row = await office.one("takedowns")
        assert (row.state, row.seen) == ("gone", Seen.GONE)
        assert (await office.one("requests")).state == "removed_without_word"
        assert len(site.messages) == 1


async def test_what_would_leave_in_other_words_than_those_approved_waits_for_a_person_again(
    store: Store,
) -> None:
    site, pace = Site("desk"), {"undo": timedelta(minutes=5)}
    async with Office(store, adapters=(site.adapter,), approval="every", pace=pace) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        shown = await takedown_queries.one(office.ctx, office.worker, takedown)
        digest = bytes.fromhex(shown["preview"]["digest"])
        (done,) = await takedowns.approve(office.ctx, office.worker, [(takedown, digest)])
        assert (done.status, await office.state("takedowns", takedown)) == ("approved", "open")

        row = await organisations.read_organisation(office.ctx, office.supervisor)
        profile = {**PROFILE, "email": "another@centre.example"}
        await organisations.change_organisation(
            office.ctx, office.supervisor, row.version, {"profile": profile}
        )
        await office.later(minutes=6)

        assert site.calls == 0
        assert await office.state("takedowns", takedown) == "held"
        open_holds = [hold for hold in await office.all("holds") if hold.ended_at is None]
        assert [hold.kind for hold in open_holds] == ["approval"]
