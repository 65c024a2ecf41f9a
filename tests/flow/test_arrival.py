"""Did our notice arrive? Stories of mail that bounces, doubts, forms nobody files."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.errors import (
    Misconfigured,
    NeedsPerson,
    NotSent,
    PlatformError,
    Throttled,
    Uncertain,
)
from adapters.spec import Answer, AnswerKind, Purpose, Scope, Seen, Settle
from service.actions import answering
from service.domain.errors import Conflict
from service.playground.behaviours import HOUR_S, ignored, vanishes
from service.playground.script import Fault
from service.playground.serve import Playground
from service.store.unit import Store
from tests.flow.adapters import Gate, Site
from tests.flow.office import Office


async def test_02_mail_that_bounces_was_never_silence_and_the_next_addressee_is_asked(
    store: Store, playground: Playground
) -> None:
    host = Site("hosting", stands_behind=("telegram",))
    url = playground.add("telegram", ignored())
    async with Office(store, playground=playground, adapters=(host.adapter,)) as office:
        (mine,) = await office.take_in(await office.case("ref-1"), url)
        (theirs,) = await office.take_in(await office.case("ref-2"), url)
        await office.work()
        mail = await office.one("notices")
        request = await office.one("requests", takedown_id=mine)
        other = await office.one("requests", takedown_id=theirs)
        assert (mail.state, request.state, other.state) == ("sent", "asked", "joined")
        assert (len(playground.mail.mails), host.calls) == (1, 0)

        await office.later(hours=2)
        await office.decide(mail, "bounced")
        await office.work()

        request = await office.one("requests", id=request.id)
        assert await office.state("notices", mail.id) == "bounced"
        assert (request.state, request.reason) == ("not_reached", "bounced")
        assert not request.carrying
        assert [c.state for c in await office.all("clocks", request_id=request.id)] == ["void"]
        # whoever stands behind it was asked
        above = await office.one("requests", takedown_id=mine, addressee="hosting")
        assert (above.state, above.rung) == ("asked", 2)
        assert len(host.messages) == 1
        # who had joined asks for itself now
        assert await office.trace(other.id) == ["plan", "join", "take_over", "asked"]
        assert (await office.one("requests", id=other.id)).carrying
        assert len(playground.mail.mails) == 2

        await office.days(8)
        assert "silence" not in await office.trace(request.id)


async def test_06_one_of_twenty_is_withdrawn_while_the_notice_is_out(store: Store) -> None:
    site, gate = Site("desk", settle=Settle.SAME_KEY, urls=20), Gate()
    site.meet(Uncertain("read_timeout"), taken=True, gate=gate)
    async with Office(store, adapters=(site.adapter,)) as office:
        urls = [site.url(f"film-{n}") for n in range(20)]
        regretted, *others = await office.take_in(await office.case(), *urls)
        sending = asyncio.create_task(office.work("send"))
        await gate.entered.wait()
        notice = await office.one("notices")
        assert notice.state == "sending"

        await office.withdraw(regretted, "consent")
        gate.opened.set()
        await sending

        request = await office.one("requests", takedown_id=regretted)
        assert request.state == "withdrawn"
        assert await office.state("notices", notice.id) == "perhaps_sent"
        # the same bytes would name what was withdrawn: the same key is forbidden now
        await office.later(hours=23)
        assert await office.state("notices", notice.id) == "perhaps_sent"
        await office.later(hours=2)
        assert await office.state("notices", notice.id) == "unconfirmed"
        assert len(site.sent(Purpose.FIRST)) == 1
        assert await office.states("requests") == {"withdrawn": 1, "asked": 19}
        (reminder,) = site.sent(Purpose.REMINDER)
        assert set(reminder.urls) == set(urls[1:])

        await office.answer(notice, AnswerKind.SAYS_REMOVED)

        assert await office.states("requests") == {"withdrawn": 1, "says_removed": 19}
        assert await office.state("notices", notice.id) == "sent"
        late = await office.one("answers", request_id=request.id)
        assert (late.kind, late.moved) == ("says_removed", False)
        assert await office.trace(request.id) == ["plan", "withdraw"]
        assert await office.states("takedowns") == {"withdrawn": 1, "open": len(others)}


async def test_06_a_doubt_about_what_nobody_withdrew_is_sent_again_under_the_same_key(
    store: Store,
) -> None:
    site = Site("desk", settle=Settle.SAME_KEY, urls=20)
    site.meet(Uncertain("read_timeout"), taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"), site.url("b"))
        await office.work()
        assert (await office.one("notices")).state == "perhaps_sent"

        await office.later(minutes=1)

        first, again = site.messages
        assert (first.key, first.notice) == (again.key, again.notice)
        assert len(site.reports) == 1
        notice = await office.one("notices")
        assert await office.trace(notice.id) == [
            "plan", "start", "uncertain", "resend", "accepted",
        ]  # fmt: skip
        attempts = await office.all("attempts")
        assert [a.state for a in attempts] == ["superseded", "accepted"]
        assert attempts[0].bytes_hash == attempts[1].bytes_hash


@pytest.mark.parametrize(
    "trouble",
    [
        NotSent("connect_refused"),
        Throttled("http_429"),
        Misconfigured("http_401"),
        NeedsPerson("captcha"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_repeat_that_did_not_leave_says_nothing_about_the_one_before(
    store: Store, trouble: PlatformError
) -> None:
    site = Site("desk", settle=Settle.SAME_KEY)
    site.meet(Uncertain("read_timeout"), taken=True)
    site.meet(trouble, taken=False)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        await office.later(minutes=1)
        notice = await office.one("notices")
        assert site.calls == 2
        assert notice.state == "perhaps_sent"  # due, it would be written anew, under another key

        if isinstance(trouble, Misconfigured):
            await office.platform("desk", {}, {})
        await office.later(hours=2)

        assert {m.key for m in site.messages} == {site.messages[0].key}
        assert len(site.reports) == 1
        assert await office.state("notices", notice.id) == "sent"
        states = [a.state for a in await office.all("attempts")]
        assert states == ["superseded", "superseded", "accepted"]


async def test_13_a_reply_shows_that_what_a_person_thought_lost_had_arrived(store: Store) -> None:
    site = Site("desk", settle=Settle.NOBODY)
    site.meet(Uncertain("read_timeout"), taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        notice = await office.one("notices")
        assert notice.state == "perhaps_sent"
        await office.later(hours=5)
        replied_at = office.time()  # nobody has read it yet
        await office.later(hours=1)
        await office.decide(notice, "not_sent")
        await office.later(minutes=2)
        assert await office.state("notices", notice.id) == "sent"
        assert len(site.messages) == 2

        await office.answer(notice, AnswerKind.ACKNOWLEDGED, said_at=replied_at)

        first, second = await office.all("attempts", notice_id=notice.id)
        assert (first.state, second.state) == ("not_sent", "accepted")
        assert first.evidence_sealed is not None
        request, clock = await office.one("requests"), await office.one("clocks")
        assert request.state == "acknowledged"
        assert request.asked_at == clock.starts_at == first.started_at
        assert clock.due_at == first.started_at + timedelta(days=7)
        # the second report is on record as that person's decision
        decided = await office.one("entries", subject_id=notice.id, event="not_sent")
        assert (decided.actor, decided.key_id) == ("case_worker", office.worker.key_id)
        assert await office.trace(notice.id) == [
            "plan", "start", "uncertain", "not_sent", "start", "accepted",
        ]  # fmt: skip


async def test_13_what_was_looked_for_in_vain_and_is_answered_is_not_sent_again(
    store: Store,
) -> None:
    site = Site("desk", settle=Settle.LOOK_UP)
    site.meet(Uncertain("read_timeout"), taken=False)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work("send")
        notice = await office.one("notices")
        await office.later(minutes=5, work=False)
        await office.work("poll")
        assert await office.state("notices", notice.id) == "due"

        await office.answer(notice, AnswerKind.ACKNOWLEDGED)
        await office.later(hours=3)

        assert site.calls == 1, "they have it"
        assert (await office.trace(notice.id))[-1] == "proven"
        attempt = await office.one("attempts", notice_id=notice.id)
        assert (attempt.state, attempt.evidence_sealed is None) == ("not_sent", False)
        request = await office.one("requests")
        assert (request.state, request.asked_at) == ("acknowledged", attempt.started_at)


async def test_17_a_form_that_nobody_files_was_not_silence_and_the_next_rung_may_start(
    store: Store, playground: Playground
) -> None:
    host = Site("hosting", stands_behind=("x",))
    url = playground.add("x", ignored())
    async with Office(store, playground=playground, adapters=(host.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), url)
        await office.work()
        form = await office.one("notices")
        assert form.state == "by_hand"
        await office.later(hours=23)
        assert host.calls == 0

        await office.later(hours=2)

        request = await office.one("requests", addressee="x")
        assert (request.state, request.reason) == ("not_reached", "nobody_filed")
        assert await office.state("notices", form.id) == "by_hand"  # it can still be filed
        assert (await office.one("notices", id=form.id)).priority < form.priority
        assert (await office.todo())["by_hand"] == [str(form.id)]
        assert (await office.one("requests", addressee="hosting")).state == "asked"
        assert len(host.messages) == 1

        await office.file(form)
        request = await office.one("requests", addressee="x")
        assert (request.state, request.reason) == ("asked", None)
        assert await office.trace(request.id) == ["plan", "not_reached", "asked"]
        clock = await office.one("clocks", request_id=request.id)
        assert (clock.state, clock.starts_at) == ("running", request.asked_at)
        assert len(await office.all("requests", takedown_id=takedown)) == 2


async def test_17_a_form_marked_as_filed_by_mistake_waits_again(
    store: Store, playground: Playground
) -> None:
    url = playground.add("x", ignored())
    async with Office(store, playground=playground) as office:
        await office.take_in(await office.case(), url)
        form = await office.one("notices")
        await office.file(form)
        request = await office.one("requests")
        assert request.state == "asked"
        await office.later(hours=1)

        done = await office.decide(form, "not_filed")

        assert (done.status, done.state) == ("done", "by_hand")
        again = await office.one("requests")
        assert (again.state, again.asked_at, again.reminders) == ("pending", None, 0)
        assert [c.state for c in await office.all("clocks")] == ["void"]
        assert [a.state for a in await office.all("attempts")] == ["undone"]

        await office.later(hours=1)
        assert (await office.file(form)).state == "sent"
        assert [a.state for a in await office.all("attempts")] == ["undone", "accepted"]
        voided, running = await office.all("clocks")
        assert (voided.state, running.state) == ("void", "running")
        assert running.starts_at - voided.starts_at >= timedelta(hours=2)
        assert await office.trace(form.id) == ["plan", "hand_over", "filed", "unfiled", "filed"]


async def test_17_a_form_marked_as_filed_by_mistake_was_no_asking_once_it_is_gone(
    store: Store, playground: Playground
) -> None:
    url = playground.add("x", ignored())
    async with Office(store, playground=playground) as office:
        (takedown,) = await office.take_in(await office.case(), url)
        form = await office.one("notices")
        await office.file(form)
        await office.see(takedown, Seen.GONE)
        assert (await office.one("requests")).asked_at is not None

        done = await office.decide(form, "not_filed")

        assert (done.status, done.state) == ("done", "cancelled")
        request = await office.one("requests")
        assert (request.state, request.asked_at) == ("removed_without_word", None)
        assert [c.state for c in await office.all("clocks")] == ["void"]
        (facts,) = await office.rows("SELECT * FROM takedown_facts WHERE id = :id", id=takedown)
        assert (facts.asked, facts.live) == (0, 0)
        with pytest.raises(Conflict):
            await answering.record_answer(
                office.ctx, office.worker, notice_id=None, request_ids=[request.id],
                answer=Answer(Scope.THESE, AnswerKind.SAYS_REMOVED), how="by phone",
            )  # fmt: skip
        assert await office.state("requests", request.id) == "removed_without_word"


async def test_18_a_doubt_that_nobody_can_settle_is_reminded_of_as_one(
    store: Store, playground: Playground
) -> None:
    url = playground.add("telegram", ignored().meeting(sends=(Fault.lost(),)))
    async with Office(store, playground=playground) as office:
        await office.take_in(await office.case(), url)
        await office.work()
        assert (await office.one("notices")).state == "perhaps_sent"
        assert (await office.one("requests")).state == "pending"

        await office.later(hours=23)
        assert len(playground.mail.mails) == 1
        await office.later(hours=2)

        first, reminder = await office.all("notices")
        attempt = await office.one("attempts", notice_id=first.id)
        request = await office.one("requests")
        assert (first.state, reminder.state) == ("unconfirmed", "sent")
        assert await office.trace(first.id) == ["plan", "start", "uncertain", "unconfirm"]
        assert (request.state, request.asked_at) == ("asked", attempt.started_at)
        assert reminder.purpose == Purpose.REMINDER
        assert len(playground.mail.mails) == 2
        assert "You may have received our first message" in playground.mail.mails[1].text


async def test_20_what_is_gone_before_its_form_is_filed_was_never_asked(
    store: Store, playground: Playground
) -> None:
    url = playground.add("x", vanishes(2 * HOUR_S))
    async with Office(store, playground=playground) as office:
        (takedown,) = await office.take_in(await office.case(), url)
        await office.work()
        form = await office.one("notices")
        assert form.state == "by_hand"

        await office.later(hours=3)
        assert await office.state("notices", form.id) == "by_hand"  # a page has to say it twice
        await office.later(minutes=3)

        request = await office.one("requests")
        assert await office.state("takedowns", takedown) == "gone"
        assert (request.state, request.asked_at) == ("removed_without_word", None)
        assert await office.state("notices", form.id) == "cancelled"
        assert (await office.file(form)).status == "failed"
        assert not await office.all("clocks")
        (facts,) = await office.rows("SELECT * FROM takedown_facts WHERE id = :id", id=takedown)
        assert (facts.asked, facts.live) == (0, 0)  # removed, but not because we asked
        assert await office.todo() == {}
