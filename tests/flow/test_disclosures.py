"""Who received what about a case: by mail, in doubt, over time, and for another case."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from adapters.base import Adapter
from adapters.errors import NeedsPerson, Uncertain
from adapters.mail import Mailbox
from adapters.site import Site as OtherSite
from adapters.spec import (
    AnswerKind,
    ContentClass,
    Field,
    Item,
    Kind,
    Locator,
    Notice,
    Purpose,
    Regime,
    Sender,
)
from service.actions.context import Desk
from service.actions.holding import NewHold
from service.actions.matters import OpenCase
from service.actions.queries import disclosures
from service.domain.disclosures import Arrival, Disclosure, place_of
from service.playground.behaviours import ignored
from service.playground.script import Fault
from service.playground.serve import Playground
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office


async def told(office: Office, case: OpenCase) -> list[Disclosure]:
    return list((await disclosures.read(office.ctx, office.worker, case.id)).told)


def arrivals(line: Disclosure) -> dict[Arrival, tuple[int, int]]:
    """Messages and addresses, by how sure it is."""
    return {a: (s.messages, len(s.addresses)) for a, s in line.arrivals.items()}


async def test_a_mail_its_reminder_and_its_retraction_are_one_line(
    store: Store, playground: Playground
) -> None:
    urls = [playground.add("telegram", ignored()) for _ in range(2)]
    async with Office(store, playground=playground) as office:
        case = await office.case()
        first, _ = await office.take_in(case, *urls)
        await office.work()
        await office.later(minutes=1)
        (began,) = await told(office, case)
        await office.later(hours=25)
        await office.withdraw(first, "wrong_person")
        await office.work()

        (line,) = await told(office, case)

        assert len(playground.mail.mails) == 3
        assert line.purposes == {Purpose.FIRST: 1, Purpose.REMINDER: 1, Purpose.RETRACTION: 1}
        assert arrivals(line) == {Arrival.HANDED_TO_RELAY: (3, 2)}
        assert (line.addressee, line.sent_to) == ("telegram", "abuse@telegram.org")
        assert len(line.addresses) == 2
        assert began.first_at == began.last_at == line.first_at < line.last_at
        # an adult, and a centre without a status
        assert line.discloses == set(office.specs["telegram"].discloses) - {
            Field.DEPICTED_IS_MINOR, Field.AUTHORITY,
        }  # fmt: skip


async def test_a_doubt_stays_one_when_the_next_message_arrives(
    store: Store, playground: Playground
) -> None:
    url = playground.add("telegram", ignored().meeting(sends=(Fault.lost(),)))
    async with Office(store, playground=playground) as office:
        case = await office.case()
        await office.take_in(case, url)
        await office.work()

        (doubtful,) = await told(office, case)
        await office.later(hours=23)
        await office.later(hours=2)
        (reminded,) = await told(office, case)

        assert arrivals(doubtful) == {Arrival.PERHAPS_SENT: (1, 1)}
        assert Field.URLS in doubtful.discloses
        assert arrivals(reminded) == {
            Arrival.UNCONFIRMED: (1, 1), Arrival.HANDED_TO_RELAY: (1, 1),
        }  # fmt: skip
        assert len(reminded.addresses) == 1


async def test_what_was_thought_lost_counts_once_a_reply_shows_that_it_arrived(
    store: Store,
) -> None:
    site = Site("desk")
    site.meet(Uncertain("read_timeout"), taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        case = await office.case()
        await office.take_in(case, site.url("a"))
        await office.work()
        notice = await office.one("notices")
        await office.later(hours=5)
        replied_at = office.time()
        await office.later(hours=1)
        await office.decide(notice, "not_sent")
        await office.later(minutes=2)
        (thought,) = await told(office, case)

        await office.answer(notice, AnswerKind.ACKNOWLEDGED, said_at=replied_at)

        (known,) = await told(office, case)
        lost, sent = await office.all("attempts")
        assert (thought.first_at, known.first_at) == (sent.started_at, lost.started_at)
        assert arrivals(known) == {Arrival.SENT: (1, 1)}


async def test_a_case_that_joined_says_that_another_ones_message_told_its_address(
    store: Store,
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        first, second = await office.case("ref-1"), await office.case("ref-2")
        (mine,) = await office.take_in(first, site.url("a"))
        await office.take_in(second, site.url("a"))
        before = await disclosures.read(office.ctx, office.worker, second.id)
        await office.work()

        own = await disclosures.read(office.ctx, office.worker, first.id)
        joined = await disclosures.read(office.ctx, office.worker, second.id)

        await office.hold(mine, NewHold("safety"))
        await office.work()
        over = await office.one("requests", case_id=second.id)
        still = await disclosures.read(office.ctx, office.worker, first.id)

        assert ([line.addressee for line in own.told], own.by_other_cases) == (["desk"], {})
        assert (joined.told, joined.by_other_cases) == ([], {"desk": 1})
        assert before.by_other_cases == {}
        # the other one is asked by then, and the first learns nothing of it
        assert (over.state, still.by_other_cases) == ("asked", {})


async def test_where_a_person_sent_a_mail_is_not_guessed(store: Store) -> None:
    site = Site("desk")

    class Captcha(site.adapter, Mailbox):  # type: ignore[misc, name-defined]
        def recipient(self, notice: Notice) -> str:
            return "abuse@desk.example"

    site.meet(NeedsPerson("captcha"), taken=False)
    async with Office(store, adapters=(Captcha,)) as office:
        case = await office.case()
        await office.take_in(case, site.url("a"), site.url("b"))
        await office.work()
        waiting = await office.one("notices", state="by_hand")
        await office.file(waiting)

        lines = {line.sent_to: arrivals(line) for line in await told(office, case)}

        assert lines == {
            None: {Arrival.STATED_BY_PERSON: (1, 1)},
            "abuse@desk.example": {Arrival.SENT: (1, 1)},
        }


def test_a_mail_to_a_host_names_the_desk_that_was_found() -> None:
    def notice(**parts: str) -> Notice:
        at = Locator("site", Kind.POST, "a", "https://a.example/1", parts=parts)
        return Notice(
            "R", Purpose.FIRST, ContentClass.NCII, False, False, Regime.TERMS, "en", "", "", "",
            Sender("", ""), (), (Item("1", at),), datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip

    site = OtherSite({}, {}, None)
    one, other = (notice(host_email=f"abuse@{n}.example").items[0] for n in "xy")
    both = dataclasses.replace(notice(), items=(one, other))

    def place(adapter: Adapter, of: Notice) -> str | None:
        return place_of(Desk(adapter, enabled=True, version=0).addressed(of))

    assert isinstance(site, Mailbox)
    assert place(site, notice(host_email="abuse@x.example")) == "abuse@x.example"
    assert place(site, notice()) is None
    assert place(site, both) is None
    assert place(Site("desk").adapter({}, {}, None), notice()) is None
