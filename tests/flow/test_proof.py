"""Proof that a message arrived, whenever and however it comes: it is never thrown away, and nothing
is sent again after it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.errors import NotSent, PlatformError, Uncertain
from adapters.spec import Answer, AnswerKind, Grade, Scope, Settle
from service.actions import poll_notice, send_notice
from service.domain.states import Event
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office


async def in_doubt(office: Office, site: Site, *, taken: bool = True) -> str:
    """One notice that nobody knows about, due to be searched for. Returns its lane."""
    site.meet(Uncertain("read_timeout"), taken=taken)
    await office.take_in(await office.case(), site.url("a"))
    await office.work("send")
    notice = await office.one("notices")
    assert notice.state == "perhaps_sent"
    await office.later(hours=1, work=False)
    lane: str = notice.lane
    return lane


async def search(office: Office, lane: str) -> poll_notice.Said:
    """What a worker finds and has not written down yet."""
    (asking,) = await poll_notice.take(office.ctx, lane, 4)
    return await poll_notice.call(office.ctx, asking)


async def test_an_answer_to_what_is_due_again_shows_that_it_arrived(store: Store) -> None:
    site = Site("desk", settle=Settle.NOBODY)
    async with Office(store, adapters=(site.adapter,)) as office:
        await in_doubt(office, site)
        notice, attempt = await office.one("notices"), await office.one("attempts")
        await office.decide(notice, "not_sent")

        await office.answer(notice, AnswerKind.ACKNOWLEDGED)
        await office.later(days=1)

        assert await office.trace(notice.id) == ["plan", "start", "uncertain", "not_sent", "proven"]
        assert len(site.sent()) == 1
        request, clock = await office.one("requests"), await office.one("clocks")
        assert request.state == "acknowledged"
        assert request.asked_at == clock.starts_at == attempt.started_at
        late = await office.one("attempts", notice_id=notice.id)
        assert (late.state, late.evidence_sealed is not None) == ("not_sent", True)


async def test_an_answer_to_what_never_left_proves_nothing(store: Store) -> None:
    site = Site("desk", settle=Settle.NOBODY)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        notice = await office.one("notices")

        await office.answer(notice, AnswerKind.ACKNOWLEDGED)

        assert await office.state("notices", notice.id) == "due"
        assert (await office.one("requests")).state == "pending"


LATE_RESULTS = [
    (None, "accepted", True),
    (Uncertain("read_timeout"), "perhaps", False),
    (NotSent("connect_refused"), "not_sent", False),
]


@pytest.mark.parametrize(("trouble", "attempt_state", "with_receipt"), LATE_RESULTS)
async def test_an_answer_while_the_call_is_out_settles_it_and_the_call_s_own_end_only_itself(
    store: Store, trouble: PlatformError | None, attempt_state: str, with_receipt: bool
) -> None:
    site = Site("desk", settle=Settle.NOBODY)
    site.meet(trouble, taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        notice = await office.one("notices")
        (started,) = await send_notice.start(office.ctx, notice.lane, 1)
        result = await send_notice.call(office.ctx, started)

        await office.answer(notice, AnswerKind.ACKNOWLEDGED)
        meanwhile = await office.one("attempts")
        await send_notice.record_results(office.ctx, [result])
        await office.later(days=2)

        assert meanwhile.state == "perhaps"
        assert await office.trace(notice.id) == ["plan", "start", "proven"]
        attempt = await office.one("attempts", notice_id=notice.id)
        assert (attempt.state, attempt.receipt_sealed is not None) == (attempt_state, with_receipt)
        assert (await office.one("requests")).state == "acknowledged"
        assert len(site.sent()) == 1


async def test_a_report_that_is_found_after_a_person_gave_it_up_is_not_sent_again(
    store: Store,
) -> None:
    site = Site("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        found = await search(office, await in_doubt(office, site))
        notice = await office.one("notices")
        await office.decide(notice, "not_sent")

        await poll_notice.record_said(office.ctx, [found])
        site.says(site.messages[0], Answer(Scope.ALL, AnswerKind.REFUSED))
        await office.later(hours=1)

        assert await office.trace(notice.id) == ["plan", "start", "uncertain", "not_sent", "proven"]
        assert len(site.messages) == 1
        attempt, request = await office.one("attempts"), await office.one("requests")
        assert (attempt.state, attempt.evidence_sealed is not None) == ("not_sent", True)
        assert request.asked_at == attempt.started_at
        assert request.state == "refused"  # what was found says what to ask by
        assert (await office.one("notices")).grade == Grade.ACCEPTED_BY_ADDRESSEE


async def test_a_report_that_is_found_while_the_next_one_is_out_settles_both(store: Store) -> None:
    site = Site("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        lane = await in_doubt(office, site)
        found = await search(office, lane)
        notice = await office.one("notices")
        await office.decide(notice, "not_sent")
        await office.later(hours=1, work=False)
        (started,) = await send_notice.start(office.ctx, lane, 1)

        await poll_notice.record_said(office.ctx, [found])
        settled = await office.state("notices", notice.id)
        site.meet(Uncertain("read_timeout"), taken=False)
        result = await send_notice.call(office.ctx, started)
        await send_notice.record_results(office.ctx, [result])
        await office.later(hours=1)

        assert (settled, result.event) == ("sent", Event.UNCERTAIN)
        assert (await office.trace(notice.id))[-2:] == ["start", "proven"]
        first, second = await office.all("attempts", notice_id=notice.id)
        assert (first.state, second.state) == ("not_sent", "perhaps")
        assert site.calls == 2


async def test_a_stale_search_says_nothing_about_the_next_attempt(store: Store) -> None:
    """Two workers searched; the one that found nothing writes it down when all has moved on."""
    site = Site("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        lane = await in_doubt(office, site, taken=False)
        stale = await search(office, lane)
        site.meet(Uncertain("read_timeout"), taken=True)
        await office.later(minutes=10, work=False)
        for kind in ("poll", "send"):
            await office.work(kind)
            await office.later(minutes=10, work=False)
        notice = await office.one("notices")
        first, second = await office.all("attempts")
        assert (notice.state, first.state, second.state) == ("perhaps_sent", "not_sent", "perhaps")

        await poll_notice.record_said(office.ctx, [stale])

        assert await office.state("notices", notice.id) == "perhaps_sent"
        assert (await office.all("attempts"))[1].state == "perhaps"
        await office.later(hours=2)
        assert await office.state("notices", notice.id) == "sent"
        assert len(site.messages) == 1


async def test_a_stale_search_that_found_the_first_report_settles_the_doubt_about_the_next(
    store: Store,
) -> None:
    site = Site("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        lane = await in_doubt(office, site)
        found = await search(office, lane)
        notice = await office.one("notices")
        await office.decide(notice, "not_sent")
        site.meet(Uncertain("read_timeout"), taken=False)
        await office.later(hours=1, work=False)
        await office.work("send")
        assert await office.state("notices", notice.id) == "perhaps_sent"

        await poll_notice.record_said(office.ctx, [found])
        await office.later(hours=2)

        assert await office.state("notices", notice.id) == "sent"
        first, second = await office.all("attempts")
        assert (first.state, first.evidence_sealed is not None) == ("not_sent", True)
        assert (second.state, second.receipt_sealed) == ("perhaps", None)
        assert site.calls == 2
        assert site.polls > 0


async def test_a_search_that_could_not_ask_delays_no_later_one(store: Store) -> None:
    site = Site("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        lane = await in_doubt(office, site)
        said = await search(office, lane)
        notice = await office.one("notices")
        await office.decide(notice, "not_sent")
        site.meet(Uncertain("read_timeout"), taken=True)
        await office.later(hours=1, work=False)
        await office.work("send")
        before = await office.one("notices")

        nothing = poll_notice.Said(said.asking, office.time(), reason="http_503")
        await poll_notice.record_said(office.ctx, [nothing])

        after = await office.one("notices")
        assert (after.settle_step, after.settle_at) == (before.settle_step, before.settle_at)


async def test_the_late_answer_of_the_first_call_settles_the_doubt_about_the_second(
    store: Store,
) -> None:
    site = Site("desk", settle=Settle.NOBODY)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        notice = await office.one("notices")
        (started,) = await send_notice.start(office.ctx, notice.lane, 1)
        late = await send_notice.call(office.ctx, started)
        await office.later(seconds=91, work=False)
        await office.work("none")
        await office.decide(notice, "not_sent")
        site.meet(Uncertain("read_timeout"), taken=False)
        await office.later(hours=1)
        assert await office.state("notices", notice.id) == "perhaps_sent"

        await send_notice.record_results(office.ctx, [late])

        assert await office.state("notices", notice.id) == "sent"
        assert (await office.one("requests")).asked_at < office.time() - timedelta(minutes=30)
        await office.later(days=2)
        assert len(site.sent()) == 1
