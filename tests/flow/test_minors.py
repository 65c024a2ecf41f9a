"""Who is asked and told when the person in the picture is, was, or turns out to be a minor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.errors import NeedsPerson
from adapters.spec import (
    IN_THREAD,
    AnswerKind,
    Field,
    Office,
    Purpose,
    Settle,
)
from service.actions import cases
from service.actions.holding import NewHold
from service.actions.queries import compliance, notices, takedowns
from service.domain.wording import ENGLISH
from service.store.unit import Store
from tests.flow.adapters import Gate, Site, a_form
from tests.flow.office import Office as Centre

TOLD = (Field.URLS, Field.CENTRE_NAME, Field.STATEMENTS, Field.DEPICTED_IS_MINOR)
SOON = {"undo": timedelta(minutes=5)}
GRANT = {"what": "removal", "given_by": "self"}


@pytest.fixture
def desk() -> Site:
    return Site("desk", purposes=IN_THREAD, settle=Settle.RECEIPT, urls=10, discloses=TOLD)


@pytest.fixture
def public() -> Site:
    """It publishes every notice."""
    return Site("public", publishes=True, stands_behind=("desk",))


@pytest.fixture
async def centre(store: Store, desk: Site, public: Site) -> AsyncIterator[Centre]:
    adapters = (
        desk.adapter, public.adapter,
        a_form("line_us", office=Office.HOTLINE, country="US"),
        a_form("line_any", office=Office.HOTLINE),
        a_form("board_us", office=Office.REGULATOR, country="US"),
        a_form("board_gb", office=Office.REGULATOR, country="GB"),
    )  # fmt: skip
    async with Centre(store, adapters=adapters, pace=SOON) as centre:
        yield centre


async def addressees(centre: Centre) -> dict[str, str]:
    return {r.addressee: r.state for r in await centre.all("requests")}


async def when(centre: Centre, addressee: str) -> tuple[str, str]:
    """The days on which it was asked, and on which it answered."""
    request = await centre.one("requests", addressee=addressee)
    return request.asked_at.date().isoformat(), request.said_at.date().isoformat()


async def test_09_half_way_the_person_turns_out_to_have_been_a_minor(
    centre: Centre, desk: Site, public: Site
) -> None:
    case = await centre.case(jurisdictions=["US"])
    await centre.take_in(case, desk.url("sent"))
    await centre.later(minutes=6)
    await centre.take_in(case, desk.url("unsent"))
    (first,) = desk.messages
    assert ENGLISH.minor not in first.notice.text

    await cases.change(
        centre.ctx, centre.worker, case.id, case.row.version, {"depicted_as": "minor"}
    )
    await centre.later(minutes=6)

    (told,) = desk.sent(Purpose.SUPPLEMENT)
    assert told.urls == (desk.url("sent"),)
    assert ENGLISH.minor in told.notice.text
    assert told.notice.thread == (first.notice.reference,)
    todo = await centre.todo()
    packets = [await centre.one("notices", id=n) for n in todo["by_hand"]]
    assert {p.addressee for p in packets} == {"line_us"}
    shown = await notices.notice(centre.ctx, centre.worker, packets[0].id)
    assert ENGLISH.tell[Office.HOTLINE].format(s="es") in shown["text"]
    assert "terms of service" not in shown["text"]
    assert ENGLISH.minor in desk.sent(Purpose.FIRST)[-1].notice.text
    await centre.days(30)
    assert await addressees(centre) == {
        "desk": "no_answer", "line_us": "not_reached", "board_us": "not_reached",
    }  # fmt: skip
    assert public.messages == [], "a desk that publishes notices is closed"


async def test_09_what_was_held_when_it_turned_out_is_told_once_it_is_released(
    centre: Centre, desk: Site
) -> None:
    case = await centre.case(jurisdictions=["US"], mandate={"kind": "self"}, consent=[GRANT])
    (takedown,) = await centre.take_in(case, desk.url("a"))
    await centre.later(minutes=6)
    minor = {"depicted_as": "minor", "person_now": "minor"}
    await cases.change(centre.ctx, centre.worker, case.id, case.row.version, minor)
    assert await centre.state("takedowns", takedown) == "held"
    await centre.later(hours=3)
    assert desk.sent(Purpose.SUPPLEMENT) == []

    await centre.consent(case, what="removal", given_by="guardian")
    await centre.later(minutes=11)

    (told,) = desk.sent(Purpose.SUPPLEMENT)
    assert ENGLISH.minor in told.notice.text
    assert (await addressees(centre))["line_us"] == "pending"
    await centre.days(1)
    assert len(desk.sent(Purpose.SUPPLEMENT)) == 1


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize("count", [1, 3])
async def test_what_is_held_keeps_nobody_else_from_hearing_of_it(
    centre: Centre, desk: Site, when: str, count: int
) -> None:
    case = await centre.case(jurisdictions=["US"])
    urls = [desk.url(name) for name in "abc"]
    held = (await centre.take_in(case, *urls))[:count]
    await centre.later(minutes=6)
    if when == "before":
        for takedown in held:
            await centre.hold(takedown, NewHold("paused"))
    await cases.change(
        centre.ctx, centre.worker, case.id, case.row.version, {"depicted_as": "minor"}
    )
    if when == "meanwhile":
        for takedown in held:
            await centre.hold(takedown, NewHold("paused"))

    await centre.later(minutes=6)

    told = [set(message.urls) for message in desk.sent(Purpose.SUPPLEMENT)]
    assert told == [set(urls[count:])] * (count < 3)
    for takedown in held:
        await centre.release(takedown, "paused")
    await centre.later(minutes=11)
    await centre.later(minutes=1)
    later = desk.sent(Purpose.SUPPLEMENT)[len(told) :]
    assert sorted(url for message in later for url in message.urls) == urls[:count]
    assert len(later) == 1 or when == "meanwhile"


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_packet_about_what_is_held_keeps_no_other_from_being_filed(
    store: Store, when: str
) -> None:
    site = Site("desk", urls=20, discloses=TOLD)  # it takes no supplement by machine
    async with Centre(store, adapters=(site.adapter,), pace=SOON) as centre:
        case = await centre.case()
        held, _ = await centre.take_in(case, site.url("a"), site.url("b"))
        await centre.later(minutes=6)
        minor = {"depicted_as": "minor"}
        if when == "before":
            await centre.hold(held, NewHold("paused"))
        await cases.change(centre.ctx, centre.worker, case.id, case.row.version, minor)
        if when == "meanwhile":
            await centre.hold(held, NewHold("paused"))

        assert await to_file(centre) == [site.url("b")]
        await centre.release(held, "paused")
        assert await to_file(centre) == [site.url("a"), site.url("b")]


async def to_file(centre: Centre) -> list[str]:
    """The addresses in the packets that wait for a person."""
    found = (await centre.todo()).get("by_hand", [])
    rows = [await notices.notice(centre.ctx, centre.worker, UUID(n)) for n in found]
    return sorted(item["url"] for row in rows for item in row["items"])


async def test_of_a_message_that_a_person_has_to_take_over_what_is_held_waits_alone(
    store: Store, desk: Site
) -> None:
    async with Centre(store, adapters=(desk.adapter,), pace=SOON) as centre:
        case = await centre.case()
        held, _ = await centre.take_in(case, desk.url("a"), desk.url("b"))
        await centre.later(minutes=6)
        minor = {"depicted_as": "minor"}
        await cases.change(centre.ctx, centre.worker, case.id, case.row.version, minor)
        gate = Gate()
        desk.meet(NeedsPerson("captcha"), taken=False, gate=gate)
        await centre.later(minutes=6, work=False)
        sending = asyncio.create_task(centre.work("send"))
        await gate.entered.wait()

        await centre.hold(held, NewHold("paused"))
        gate.opened.set()
        await sending

        assert await to_file(centre) == [desk.url("b")]
        await centre.release(held, "paused")
        assert await to_file(centre) == [desk.url("a"), desk.url("b")]


@pytest.mark.parametrize("how", ["held", "joined", "asked anew"])
async def test_a_desk_that_publishes_is_closed_for_a_minor_whatever_it_waited_for(
    store: Store, how: str
) -> None:
    public = Site("public", publishes=True)
    async with Centre(store, adapters=(public.adapter,), pace=SOON) as centre:
        (first,) = await centre.take_in(await centre.case("ref-1"), public.url("a"))
        case = await centre.case("ref-2", mandate={"kind": "centre_by_law"})
        (takedown,) = await centre.take_in(case, public.url("a" if how == "joined" else "b"))
        if how == "held":
            await centre.hold(takedown, NewHold("safety"))
        if how == "asked anew":
            await centre.later(minutes=6)
            notice = (await centre.all("notices", case_id=case.id))[0]
            await centre.decide(notice, "bounced")
        await cases.change(
            centre.ctx, centre.worker, case.id, case.row.version, {"depicted_as": "minor"}
        )

        if how == "held":
            await centre.release(takedown, "safety")
        elif how == "joined":
            await centre.withdraw(first, "other")
        else:
            await centre.decide(notice, "retry")
        await centre.later(minutes=6)
        made = len(await centre.all("notices", case_id=case.id))
        await centre.later(minutes=1)

        (request,) = await centre.all("requests", takedown_id=takedown)
        assert request.state == "not_reached"
        assert len(await centre.all("notices", case_id=case.id)) == made, "again and again"
        assert case.id not in {row.case_id for row in await centre.all("notices", state="sent")}


async def test_25_a_woman_consents_for_the_girl_that_she_was(centre: Centre, desk: Site) -> None:
    case = await centre.case(
        jurisdictions=["FR"], depicted_as="minor", person_now="adult",
        mandate={"kind": "self", "checked_how": "identity card seen"},
        consent=[{"what": "removal", "given_by": "self", "given_how": "on paper"}],
    )  # fmt: skip
    await centre.take_in(case, desk.url("a"))
    await centre.later(minutes=6)

    assert await addressees(centre) == {"desk": "asked", "line_any": "pending"}
    (packet,) = (await centre.todo())["by_hand"]
    await centre.file(await centre.one("notices", id=packet))
    await centre.days(9)
    assert (await addressees(centre))["line_any"] == "asked"
    assert not [
        c for c in await centre.all("clocks")
        if (await centre.one("requests", id=c.request_id)).addressee == "line_any"
    ]  # fmt: skip


async def test_an_adult_s_case_goes_to_no_hotline(centre: Centre, desk: Site) -> None:
    await centre.take_in(await centre.case(jurisdictions=["US"]), desk.url("a"))
    await centre.later(minutes=6)

    assert await addressees(centre) == {"desk": "asked"}


async def test_when_nobody_acts_a_person_gets_a_regulator_s_packet_with_the_proof(
    centre: Centre, desk: Site, public: Site
) -> None:
    case = await centre.case(jurisdictions=["US"])
    await centre.take_in(case, desk.url("a"))
    await centre.later(minutes=6)
    await centre.answer(await centre.one("notices", addressee="desk"), AnswerKind.REFUSED)
    await centre.later(minutes=6)
    assert "board_us" not in await addressees(centre)
    await centre.answer(await centre.one("notices", addressee="public"), AnswerKind.SAYS_REMOVED)
    await centre.later(minutes=30)

    assert await addressees(centre) == {
        "desk": "refused", "public": "says_removed", "board_us": "pending",
    }  # fmt: skip
    (packet,) = (await centre.todo())["by_hand"]
    text = (await notices.notice(centre.ctx, centre.worker, UUID(packet)))["text"]
    asked, answered = await when(centre, "desk")
    assert f"{desk.url('a')}\n  Desk was asked on {asked}. On {answered} it refused." in text
    asked, answered = await when(centre, "public")
    assert f"Public was asked on {asked}. On {answered} it said that the content was" in text
    shown = await takedowns.one(centre.ctx, centre.worker, (await centre.one("takedowns")).id)
    assert sorted(shown["answers"]) == ["refused", "says_removed"]
    assert not shown["derived"]["stuck"]
    await centre.file(await centre.one("notices", id=UUID(packet)))
    after = await takedowns.one(centre.ctx, centre.worker, (await centre.one("takedowns")).id)
    assert after["derived"]["stuck"], "a regulator that was told keeps nothing open"
    figures = await compliance.read(centre.ctx, centre.supervisor, None, None)
    assert {row.addressee for row in figures.rows} == {"desk", "public"}


async def test_a_desk_for_adults_alone_that_was_asked_is_followed_at_once_by_whoever_stands_behind(
    store: Store,
) -> None:
    account = Site("account", adults_only=True)
    mail = Site("mail", stands_behind=("account",), discloses=TOLD)
    async with Centre(store, adapters=(account.adapter, mail.adapter), pace=SOON) as centre:
        case = await centre.case()
        await centre.take_in(case, account.url("a"))
        await centre.later(minutes=6)
        assert (len(account.messages), len(mail.messages)) == (1, 0)

        await cases.change(
            centre.ctx, centre.worker, case.id, case.row.version, {"depicted_as": "minor"}
        )
        await centre.later(minutes=6)

        assert (len(account.messages), len(mail.messages)) == (1, 1)
        assert ENGLISH.minor in mail.messages[0].notice.text
