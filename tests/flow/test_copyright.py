"""Copyright notices: for whoever holds the rights and says so, address by address, and by a
person's hand alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from adapters.spec import AnswerKind, Field, Seen
from service.actions import accept_items, by_hand, cases, organisations
from service.actions.accept_items import Line, Result
from service.actions.by_hand import Done, Filing
from service.actions.context import Caller
from service.actions.matters import OpenCase
from service.actions.queries import disclosures, notices, previews, takedowns
from service.domain.states import Actor
from service.domain.wording import ENGLISH
from service.store import entries
from service.store.unit import Store
from tests.flow.adapters import Site, a_form
from tests.flow.office import CASE, Office

RIGHTS: Final = {"kind": "rights", "words": "I took it of myself.", "language": "en"}
SAID: Final = [*CASE["statements"], RIGHTS]
TOLD: Final = (
    *(Field.URLS, Field.STATEMENTS, Field.CENTRE_NAME, Field.CENTRE_EMAIL, Field.SIGNATORY),
)
READERS: Final = ("whoever posted it: the whole notice",)


@pytest.fixture
def desk() -> Site:
    return Site("desk")


def rows(desk: Site) -> tuple[Any, ...]:
    rights = {"publishes": True, "discloses": TOLD, "travels_to": READERS}
    return (
        desk.adapter,
        a_form("desk_copyright", rights_in=("desk",), **rights),
        a_form("engine", delists=True),
        a_form("engine_copyright", rights_in=("engine",), **rights),
        Site("host", stands_behind=("desk",), hosts=()).adapter,
        Site("plain").adapter,
    )


@pytest.fixture
async def office(store: Store, desk: Site) -> AsyncIterator[Office]:
    async with Office(store, adapters=rows(desk)) as office:
        yield office


def claimed(desk: Site, name: str = "a") -> Line:
    return Line(desk.url(name), rights_holder=True)


async def addressees(office: Office) -> dict[str, str]:
    return {r.addressee: r.state for r in await office.all("requests")}


async def packet(office: Office, addressee: str = "desk_copyright") -> Any:
    """The copyright notice that waits for a person."""
    return await office.one("notices", addressee=addressee, state="by_hand")


async def file(office: Office, notice: Any, *, said: bool = True) -> Done:
    filing = Filing(notice.id, office.time(), "their number 7", rights_holder=said)
    return (await by_hand.filed(office.ctx, office.worker, [filing]))[0]


async def facts(office: Office, case: OpenCase, event: str) -> list[tuple[Any, Any]]:
    """The lines of this event, each with its details."""
    found = await office.rows("SELECT * FROM entries WHERE event = :e ORDER BY id", e=event)
    return [(row, entries.facts_of(case.key, row.id, row.sealed)) for row in found]


async def hand_in(office: Office, by: Caller, case: OpenCase, *lines: Line) -> list[Result]:
    return (await accept_items.accept_items(office.ctx, by, case.id, lines))[1]


async def say(office: Office, case: OpenCase, statements: list[Any]) -> None:
    (row,) = await office.rows("SELECT version FROM cases WHERE id = :id", id=case.id)
    said = {"statements": statements}
    await cases.change(office.ctx, office.worker, case.id, row.version, said)


async def test_it_waits_for_a_person_beside_the_platform_s_own_desk(
    office: Office, desk: Site
) -> None:
    case = await office.case(statements=SAID)
    (result,) = await office.hand_in(case, claimed(desk))
    await office.work()

    assert (result.status, result.code) == ("accepted", None)
    assert await addressees(office) == {"desk": "asked", "desk_copyright": "pending"}
    assert [m.notice.basis for m in desk.messages] == ["terms"]
    notice = await packet(office)
    assert (notice.basis, str(notice.id)) == ("copyright", *(await office.todo())["by_hand"])
    shown = await notices.notice(office.ctx, office.worker, notice.id)
    assert "I took it of myself." in shown["text"]
    assert ENGLISH.copyright_what in shown["text"]
    assert "I took it of myself." not in desk.messages[0].notice.text


async def test_nobody_said_so_and_nobody_is_asked(office: Office, desk: Site) -> None:
    await office.take_in(await office.case(statements=SAID), desk.url("a"))
    await office.work()

    assert await addressees(office) == {"desk": "asked"}
    assert not (await office.one("takedowns")).rights_holder


async def test_who_said_so_and_when_is_on_record(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    (first, second) = await office.take_in(case, claimed(desk), desk.url("b"))
    await office.hand_in(case, claimed(desk, "b"))

    said, plain = await facts(office, case, "accept")
    assert (said[0].subject_id, said[0].actor, said[0].key_id) == (
        first, "case_worker", office.worker.key_id,
    )  # fmt: skip
    assert (said[1], plain[1]) == ({"rights_holder": True}, {})
    ((later, what),) = await facts(office, case, "rights_claimed")
    assert (later.actor, later.key_id) == ("case_worker", office.worker.key_id)
    assert what == {"takedown": str(second)}
    for takedown in (first, second):
        assert (await takedowns.one(office.ctx, office.worker, takedown))["rights_holder"]


async def test_handed_in_again_to_say_so_the_desk_joins(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    await office.take_in(case, desk.url("a"))
    await office.work()

    for _ in range(2):
        (again,) = await office.hand_in(case, claimed(desk))
        assert (again.status, again.code) == ("repeated", None)
    await office.work()

    assert await addressees(office) == {"desk": "asked", "desk_copyright": "pending"}
    assert len(desk.messages) == 1
    assert len(await facts(office, case, "rights_claimed")) == 1
    await packet(office)


async def test_one_of_two_lines_for_the_same_says_so(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    results = await office.hand_in(case, desk.url("a"), claimed(desk))

    assert [r.status for r in results] == ["accepted", "repeated"]
    assert "desk_copyright" in await addressees(office)


async def test_what_is_missing_is_named_and_nobody_else_waits_for_it(
    office: Office, desk: Site
) -> None:
    case = await office.case()
    (result,) = await office.hand_in(case, claimed(desk))
    await office.work()

    assert (result.status, result.code) == ("accepted", "no_copyright_notice")
    assert "lacks: rights." in str(result.detail)
    assert await addressees(office) == {"desk": "asked"}
    await say(office, case, SAID)
    (again,) = await office.hand_in(case, claimed(desk))
    assert (again.status, again.code) == ("repeated", None)
    assert "desk_copyright" in await addressees(office)


async def test_what_is_missing_for_one_handed_in_again_is_named_too(
    office: Office, desk: Site
) -> None:
    case = await office.case()
    await office.take_in(case, desk.url("a"))
    (again,) = await office.hand_in(case, claimed(desk))

    assert (again.status, again.code) == ("repeated", "no_copyright_notice")
    assert not (await office.one("takedowns")).rights_holder


@pytest.mark.parametrize("depicted_as", ["minor", "not_known"])
async def test_there_is_none_where_the_person_is_or_may_be_a_minor(
    office: Office, desk: Site, depicted_as: str
) -> None:
    case = await office.case(statements=SAID, depicted_as=depicted_as)
    (result,) = await office.hand_in(case, claimed(desk))

    assert result.code == "no_copyright_notice"
    assert "minor" in str(result.detail)
    assert await addressees(office) == {"desk": "pending"}


async def test_when_the_person_turns_out_to_be_a_minor_the_packet_is_gone(
    office: Office, desk: Site
) -> None:
    case = await office.case(statements=SAID)
    await office.hand_in(case, claimed(desk))
    notice = await packet(office)
    (row,) = await office.rows("SELECT version FROM cases WHERE id = :id", id=case.id)
    changed = {"depicted_as": "minor"}
    await cases.change(office.ctx, office.worker, case.id, row.version, changed)

    assert (await addressees(office))["desk_copyright"] == "not_reached"
    assert (await file(office, notice)).code == "conflict"


async def test_no_machine_says_who_holds_the_rights(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    machine = await office.key(Actor.INTEGRATOR)
    (result,) = await hand_in(office, machine, case, claimed(desk))

    assert (result.status, result.code) == ("accepted", "no_copyright_notice")
    assert "case worker" in str(result.detail)
    assert await addressees(office) == {"desk": "pending"}


async def test_where_no_desk_takes_it_the_line_says_so(office: Office) -> None:
    case = await office.case(statements=SAID)
    line = Line("https://plain.example/1", rights_holder=True)
    (result,) = await office.hand_in(case, line)

    assert (result.status, result.code) == ("accepted", "no_copyright_notice")
    assert "No copyright desk is known" in str(result.detail)


async def test_a_person_confirms_it_again_on_filing(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    await office.hand_in(case, claimed(desk))
    notice = await packet(office)

    refused = await file(office, notice, said=False)
    done = await file(office, notice)

    assert (refused.status, refused.code) == ("failed", "conflict")
    assert "rights_holder" in str(refused.detail)
    assert (done.status, done.state) == ("done", "sent")
    ((line, what),) = await facts(office, case, "filed")
    assert (line.key_id, what["rights_holder"]) == (office.worker.key_id, True)


async def test_it_is_not_filed_once_the_words_are_taken_back(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    await office.hand_in(case, claimed(desk))
    await say(office, case, CASE["statements"])
    await office.work()

    refused = await file(office, await packet(office))

    assert "lacks: rights." in str(refused.detail)
    assert (await addressees(office))["desk"] == "asked", "nobody else waits for it"


async def test_a_mistake_is_mended_by_cancelling_the_packet(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    await office.hand_in(case, claimed(desk))
    await office.work()
    assert (await office.decide(await packet(office), "cancel")).status == "done"
    await office.work()

    assert await addressees(office) == {"desk": "asked", "desk_copyright": "not_reached"}


async def test_what_they_answer_is_theirs_alone(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    (takedown,) = await office.take_in(case, claimed(desk))
    await office.work()
    notice = await packet(office)
    await file(office, notice)

    await office.answer(notice, AnswerKind.REFUSED)
    await office.work()
    assert await addressees(office) == {"desk": "asked", "desk_copyright": "refused"}
    await office.answer(notice, AnswerKind.SAYS_REMOVED)
    await office.later(hours=1)
    await office.see(takedown, Seen.UP)
    row = await takedowns.one(office.ctx, office.worker, takedown)
    assert row["derived"]["contradicted"]
    assert "says_removed" in row["answers"]
    assert "host" not in await addressees(office)


async def test_who_reads_it_is_among_the_disclosures(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    await office.hand_in(case, claimed(desk))
    await file(office, await packet(office))

    told = await disclosures.read(office.ctx, office.worker, case.id)

    (line,) = [line for line in told.told if line.addressee == "desk_copyright"]
    assert line.discloses == set(TOLD)
    assert told.specs["desk_copyright"].travels_to == READERS


async def previewed(office: Office, case: OpenCase, *lines: Line) -> list[dict[str, Any]]:
    found = await previews.of_items(office.ctx, office.worker, case.id, lines)
    return [dict(each) for each in found["items"]]


async def test_a_preview_shows_it_for_what_is_new_and_for_what_is_there(
    office: Office, desk: Site
) -> None:
    case = await office.case(statements=SAID)
    await office.take_in(case, desk.url("old"))
    plain = Line(desk.url("plain"))

    shown = await previewed(office, case, claimed(desk, "new"), claimed(desk, "old"), plain)

    for item in shown[:2]:
        (found,) = [n for n in item["preview"]["notices"] if n["addressee"] == "desk_copyright"]
        assert found["travels_to"] == list(READERS)
        assert found["basis"] == "copyright"
    assert [item["status"] for item in shown] == ["accepted", "repeated", "accepted"]
    names = [n["addressee"] for n in shown[2]["preview"]["notices"]]
    assert "desk_copyright" not in names
    assert [row.rights_holder for row in await office.all("takedowns")] == [False]


async def test_what_was_approved_without_it_waits_for_approval_again(
    store: Store, desk: Site
) -> None:
    async with Office(store, adapters=rows(desk), approval="every") as office:
        case = await office.case(statements=SAID)
        (takedown,) = await office.take_in(case, desk.url("a"))
        await office.approve(takedown)
        await office.work()
        await office.hand_in(case, claimed(desk))

        held = await takedowns.one(office.ctx, office.supervisor, takedown)
        assert (held["state"], [h["kind"] for h in held["holds"]]) == ("held", ["approval"])
        names = {n["addressee"] for n in held["preview"]["notices"]}
        assert names == {"desk", "desk_copyright", "host"}
        assert "desk_copyright" not in await addressees(office)
        await office.approve(takedown)
        assert await addressees(office) == {"desk": "asked", "desk_copyright": "pending"}


async def test_a_search_engine_s_desk_is_asked_where_the_centre_asks_the_engine(
    office: Office, desk: Site
) -> None:
    row = await organisations.read_organisation(office.ctx, office.supervisor)
    wanted = {"search_engines": ["engine"]}
    await organisations.change_organisation(office.ctx, office.supervisor, row.version, wanted)
    case = await office.case(statements=SAID)
    await office.hand_in(case, claimed(desk))
    notice = await packet(office, "engine_copyright")
    await file(office, notice)
    before = await office.one("takedowns")

    await office.answer(notice, AnswerKind.SAYS_REMOVED)

    after = await office.one("takedowns")
    assert notice.basis == "other"
    assert (after.look_at, after.waits_look) == (before.look_at, False), "the page is still there"


async def test_what_came_back_is_reported_again(office: Office, desk: Site) -> None:
    case = await office.case(statements=SAID)
    (takedown,) = await office.take_in(case, claimed(desk))
    await office.work()
    await office.see(takedown, Seen.GONE)
    await office.later(hours=1, work=False)
    await office.see(takedown, Seen.UP)

    rounds = [r.round for r in await office.all("requests") if r.addressee == "desk_copyright"]
    assert sorted(rounds) == [1, 2]
