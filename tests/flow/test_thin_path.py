"""The thin path: one case, one address, one notice, one answer, one look."""

from __future__ import annotations

from adapters.spec import Answer, AnswerKind, Scope
from service.store.unit import Store
from tests.flow.adapters import GONE, Site
from tests.flow.office import Office


async def test_one_address_goes_all_the_way(store: Store) -> None:
    site = Site("example")
    async with Office(store, adapters=(site.adapter,)) as office:
        results = await office.hand_in(
            await office.case(),
            "https://example.example/a",
            "hxxps://example[.]example/a",
            "javascript:1",
            "https://nobody.example/z",
        )
        await office.work()
        (message,) = site.messages
        site.says(message, Answer(Scope.ALL, AnswerKind.SAYS_REMOVED, status="done"), ended=True)
        site.sights[site.url("a")] = GONE
        await office.later(hours=1, work=False)
        await office.work("poll")
        await office.work()

        assert [r.status for r in results] == ["accepted", "repeated", "invalid", "by_hand"]
        assert [r.code for r in results][2:] == ["url_scheme", "no_addressee"]
        takedown, nowhere = await office.all("takedowns")
        notice, request = await office.one("notices"), await office.one("requests")
        assert (takedown.state, nowhere.state) == ("gone", "open")
        assert (notice.state, request.state) == ("sent", "says_removed")
        assert await office.trace(takedown.id) == ["accept", "resolved", "seen_gone"]
        assert await office.trace(request.id) == ["plan", "asked", "says_removed"]
        assert await office.trace(notice.id) == ["plan", "start", "accepted"]
        assert len(site.messages) == 1
