"""The stories that a healthy record comes from."""

from __future__ import annotations

from datetime import timedelta

from adapters.errors import NeedsPerson, NotSent, Refused, Uncertain
from adapters.spec import Answer, AnswerKind, Scope, Seen
from service.actions.holding import NewHold
from service.actions.queries import takedowns, timeline
from service.store.unit import Store
from tests.flow.adapters import GONE, Site
from tests.flow.office import Office

LATER = {"undo": timedelta(minutes=5)}


async def tell(store: Store) -> None:
    """Two centres whose cases come to every end: asked, joined, held, refused, doubtful, by hand,
    gone, closed, seen again, withdrawn; a notice that has not left yet, and a short address that
    nobody has followed yet.
    """
    desk, host = Site("desk"), Site("hosting", stands_behind=("desk",))
    async with Office(store, adapters=(desk.adapter, host.adapter)) as office:
        await _many_ends(office, desk)
        await _seen_again(office, desk)
    async with Office(store, adapters=(desk.adapter,), name="Other", pace=LATER) as office:
        await office.take_in(await office.case("elsewhere"), desk.url("unsent"))
        await office.work()
        desk.short = NotSent("connect_lost")
        nobody_agreed = await office.case("alone", mandate={"kind": "self"})
        (waits,) = await office.take_in(nobody_agreed, desk.url("short"))
        assert await office.state("takedowns", waits) == "resolving"
        assert await office.all("holds", takedown_id=waits)


async def _many_ends(office: Office, desk: Site) -> None:
    first, second = await office.case("ref-1"), await office.case("ref-2", urgent=True)
    for error in (Refused("http_400"), Uncertain("body_timeout"), NeedsPerson("captcha")):
        desk.meet(error, taken=isinstance(error, Uncertain))
        await office.take_in(first, desk.url(type(error).__name__))
        await office.work()
    (asked, withdrawn) = await office.take_in(first, desk.url("a"), desk.url("b"))
    await office.work()
    (joined, held) = await office.take_in(second, desk.url("a"), desk.url("c"))
    await office.take_in(second, "https://nobody.example/z")
    await office.work()
    await office.hold(held, NewHold("disputed", detail={"words": "it is theirs"}))
    await office.withdraw(withdrawn, "wrong_url")
    await office.work()
    desk.says(desk.messages[-1], Answer(Scope.ALL, AnswerKind.REFUSED, words="No."), ended=True)
    await office.later(minutes=10)
    await office.see(asked, Seen.UP)
    await takedowns.one(office.ctx, office.worker, joined)
    await timeline.page(office.ctx, office.worker, asked, 100, None, words=True)


async def _seen_again(office: Office, desk: Site) -> None:
    url = desk.url("again")
    (takedown,) = await office.take_in(await office.case("ref-3"), url)
    await office.work()
    desk.sights[url] = GONE
    await office.days(9)
    assert await office.state("takedowns", takedown) == "closed"
    del desk.sights[url]
    await office.days(8)
    assert (await office.one("takedowns", id=takedown)).reappeared == 1
