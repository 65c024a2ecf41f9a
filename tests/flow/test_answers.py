"""What did they say? Stories of answers that say little, come late, or never come."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from adapters.spec import Answer, AnswerKind, Purpose, Scope
from service.actions import answering
from service.actions.queries import notices, timeline
from service.domain.errors import Invalid
from service.playground.behaviours import HOUR_S, ignored, refused, removed
from service.playground.serve import Playground
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

DAY_S = 24 * HOUR_S


async def test_01_an_answer_that_names_nothing_makes_us_look_at_all_twenty(
    store: Store, playground: Playground
) -> None:
    acted = [playground.add("telegram", removed(2 * HOUR_S, says=False)) for _ in range(12)]
    left = [playground.add("telegram", ignored()) for _ in range(8)]
    seldom = {"look_first": timedelta(hours=12)}
    async with Office(store, playground=playground, pace=seldom) as office:
        await office.take_in(await office.case(), *acted, *left)
        await office.work()
        await office.later(minutes=1)
        (mail,) = playground.mail.mails
        assert set(mail.urls) == {*acted, *left}
        assert await office.states("requests") == {"asked": 20}

        await office.later(hours=3, work=False)
        looks = {t.id: t.looks for t in await office.all("takedowns")}
        notice = await office.one("notices")
        await office.answer(notice, AnswerKind.UNSPECIFIED, scope=Scope.UNSPECIFIED)
        assert await office.states("requests") == {"asked": 20}
        await office.work("look")
        assert all(t.looks == looks[t.id] + 1 for t in await office.all("takedowns"))
        assert await office.states("takedowns") == {"open": 20}  # a page has to say it twice
        await office.later(minutes=3)

        assert await office.states("takedowns") == {"gone": 12, "open": 8}
        assert await office.states("requests") == {"removed_without_word": 12, "asked": 8}
        answer = await office.one("answers")
        assert (answer.scope, answer.kind, answer.moved) == ("unspecified", "unspecified", False)
        assert answer.request_id is None

        await office.later(hours=22)
        assert len(playground.mail.mails) == 2
        assert set(playground.mail.mails[1].urls) == set(left)
        reminder = await office.one("notices", purpose="reminder")
        assert len(await office.carried(reminder)) == 8


async def test_an_answer_about_some_of_many_says_about_which(
    store: Store, playground: Playground
) -> None:
    urls = [playground.add("telegram", ignored()) for _ in range(2)]
    async with Office(store, playground=playground) as office:
        await office.take_in(await office.case(), *urls)
        await office.work()
        notice = await office.one("notices")

        with pytest.raises(Invalid):
            await office.answer(notice, AnswerKind.REFUSED, scope=Scope.THESE)

        assert await office.all("answers") == []
        assert await office.states("requests") == {"asked": 2}


async def test_one_answer_about_two_cases_is_readable_in_both(
    store: Store, playground: Playground
) -> None:
    urls = [playground.add("telegram", ignored()) for _ in range(2)]
    async with Office(store, playground=playground) as office:
        for n, url in enumerate(urls):
            await office.take_in(await office.case(f"ref-{n}"), url)
        await office.work()
        requests = await office.all("requests")

        await answering.record_answer(
            office.ctx, office.worker, notice_id=None, request_ids=[r.id for r in requests],
            answer=Answer(Scope.THESE, AnswerKind.ACKNOWLEDGED, words="both of them"), how="",
        )  # fmt: skip

        assert await office.states("requests") == {"acknowledged": 2}
        for request in requests:
            shown = await notices.request(office.ctx, office.worker, request.id)
            assert [a["words"] for a in shown["answers"]] == ["both of them"]
            lines, _ = await timeline.page(
                office.ctx, office.worker, request.takedown_id, 100, None, words=True
            )
            assert "both of them" in {line["words"] for line in lines}


async def test_an_answer_to_a_message_is_only_about_what_the_message_carried(
    store: Store, playground: Playground
) -> None:
    urls = [playground.add("telegram", ignored()) for _ in range(2)]
    async with Office(store, playground=playground) as office:
        for n, url in enumerate(urls):
            await office.take_in(await office.case(f"ref-{n}"), url)
        await office.work()
        first, second = await office.all("notices")
        (other,) = await office.all("requests", case_id=second.case_id)

        with pytest.raises(Invalid):
            await office.answer(first, AnswerKind.REFUSED, other)

        assert await office.states("requests") == {"asked": 2}


@pytest.mark.parametrize("away", [timedelta(days=-30), timedelta(minutes=5), timedelta(days=9000)])
async def test_an_answer_is_not_dated_before_it_could_be_given_nor_in_the_future(
    store: Store, playground: Playground, away: timedelta
) -> None:
    url = playground.add("telegram", ignored())
    async with Office(store, playground=playground) as office:
        await office.take_in(await office.case(), url)
        await office.work()
        notice = await office.one("notices")

        with pytest.raises(Invalid):
            await office.answer(notice, AnswerKind.REFUSED, said_at=office.time() + away)

        assert await office.all("answers") == []


async def test_what_was_never_sent_is_not_declared_sent(
    store: Store, playground: Playground
) -> None:
    url = playground.add("telegram", ignored())
    async with Office(store, playground=playground) as office:
        await office.take_in(await office.case(), url)
        notice = await office.one("notices", state="due")

        done = await office.decide(notice, "sent")

        assert (done.status, done.code) == ("failed", "conflict")
        assert await office.states("notices") == {"due": 1}


async def test_03_an_answer_after_the_silence_is_taken_and_stays_late(
    store: Store, playground: Playground
) -> None:
    url = playground.add("peertube", refused(8 * DAY_S))
    async with Office(store, playground=playground) as office:
        await office.take_in(await office.case(), url)
        await office.work()
        await office.days(7)
        await office.later(minutes=5)
        assert (await office.one("requests", addressee="peertube")).state == "no_answer"

        await office.days(2)

        request, clock = (
            await office.one("requests", addressee="peertube"),
            await office.one("clocks"),
        )
        assert request.state == "refused"
        assert (clock.state, clock.ends_on) == ("passed", "answer")
        assert clock.ended_at == clock.due_at
        assert request.said_at > clock.due_at
        assert await office.trace(request.id) == [
            "plan", "asked", "acknowledged", "silence", "refused",
        ]  # fmt: skip
        silence = await office.one("entries", event="silence")
        assert (silence.happened_at, silence.reason) == (clock.due_at, clock.rule)
        assert playground.sent("peertube") == 1 + len(
            await office.all("notices", purpose="reminder", state="sent")
        )
        assert len(playground.item(url).reports) == 1


async def test_14_a_reminder_is_a_new_notice_in_the_same_thread_and_starts_no_clock(
    store: Store, playground: Playground
) -> None:
    url = playground.add("telegram", ignored())
    async with Office(store, playground=playground) as office:
        await office.take_in(await office.case(), url)
        await office.work()
        clock = await office.one("clocks")
        await office.later(hours=23)
        assert len(playground.mail.mails) == 1

        await office.later(hours=2)

        first, reminder = await office.all("notices")
        request = await office.one("requests")
        assert (first.purpose, reminder.purpose) == (Purpose.FIRST, Purpose.REMINDER)
        assert (request.state, request.reminders, request.round) == ("asked", 1, 1)
        assert await office.one("clocks") == clock
        assert clock.starts_at == request.asked_at == first.sent_at
        sent, again = playground.mail.mails
        assert again.thread == (sent.message_id,)
        assert again.message_id != sent.message_id


async def test_26_a_messenger_that_never_answers_is_a_result_with_a_date_a_clock_and_a_count(
    store: Store, playground: Playground
) -> None:
    url = playground.add("telegram", ignored())
    async with Office(store, playground=playground) as office:
        (takedown,) = await office.take_in(await office.case(), url)
        await office.work()
        for _ in range(9):
            await office.later(days=1, minutes=1)

        mails = playground.mail.mails
        assert len(mails) == 8  # the first, and seven reminders
        assert _references(mails[0].raw) == []
        assert all(_references(mail.raw)[0] == mails[0].message_id for mail in mails[1:])
        assert len({mail.message_id for mail in mails}) == 8
        purposes = Counter(n.purpose for n in await office.all("notices", state="sent"))
        assert purposes == {"first": 1, "reminder": 7}

        request, clock = await office.one("requests", rung=1), await office.one("clocks")
        assert (request.state, request.reminders) == ("no_answer", 7)
        assert (clock.kind, clock.rule, clock.state) == ("own", "own_answer_1", "passed")
        silence = await office.one("entries", subject_id=request.id, event="silence")
        assert silence.happened_at == clock.due_at
        assert silence.reason == "own_answer_1"
        assert await office.state("takedowns", takedown) == "open"
        (facts,) = await office.rows("SELECT * FROM takedown_facts WHERE id = :id", id=takedown)
        assert (facts.asked, facts.contradicted) == (1, False)


async def test_a_deadline_that_has_come_ends_no_other(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.targets(removal_days=1)
        await office.take_in(await office.case(), site.url("a"))
        await office.work()

        await office.later(days=1, minutes=1)

        running = [c.ends_on for c in await office.all("clocks") if c.state == "running"]
        assert running == ["answer"]
        assert (await office.one("requests")).state == "asked"


def _references(raw: bytes) -> list[str]:
    """What a mail says it continues, oldest first."""
    parsed = message_from_bytes(raw, policy=policy.default)
    references = str(parsed.get("References", "")).split()
    assert references[-1:] == str(parsed.get("In-Reply-To", "")).split()
    return references
