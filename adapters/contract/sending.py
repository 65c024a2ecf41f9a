"""Rules about a report by API: what leaves, and what every way to fail makes of it."""

from __future__ import annotations

import asyncio

from adapters import errors
from adapters.contract.case import KEY, Case, on_stage
from adapters.contract.failing import error_of
from adapters.contract.site import route_of
from adapters.errors import Misconfigured, NotSent, Refused, Throttled

__all__ = [
    "a_whole_answer_counts_by_its_status",
    "after_a_byte_doubt_is_kept",
    "before_a_byte_it_is_not_sent",
    "before_the_report_nothing_is_in_doubt",
    "cancelling_is_clean",
    "documented_refusals_are_kept_apart",
    "send_happy",
    "slowing_down_is_never_undercut",
    "the_same_notice_gives_the_same_bytes",
]


async def send_happy(case: Case) -> None:
    scene = on_stage(case)
    receipt = await scene.adapter.send(case.notice, KEY)
    assert receipt == case.receipt, "not the receipt that the platform gave"
    assert scene.site.calls(case.report) == 1, "not exactly one report"
    allowed = case.wire.allowed(case)
    for request in scene.site.seen:
        assert request.url.host in allowed, "called a host that its spec does not name"
        for secret in case.secrets.values():
            assert secret not in str(request.url), "a credential in an address"
    reports = [request for request in scene.site.seen if route_of(request) == case.report]
    assert case.notice.reference.encode() in reports[0].content, "our reference did not go out"


async def before_a_byte_it_is_not_sent(case: Case) -> None:
    for failure in case.wire.failures[: case.wire.unsent]:
        scene = on_stage(case)
        scene.site.failing[case.report] = failure.answer
        assert type(await error_of(scene.adapter.send(case.notice, KEY))) is NotSent, failure.name
        assert scene.site.calls(case.report) <= 2, "tried too often"


async def after_a_byte_doubt_is_kept(case: Case) -> None:
    for failure in case.wire.failures[case.wire.unsent :]:
        if failure.report is not errors.Uncertain:
            continue
        scene = on_stage(case)
        scene.site.failing[case.report] = failure.answer
        error = await error_of(scene.adapter.send(case.notice, KEY))
        assert type(error) is failure.report, f"{failure.name}: {type(error).__name__}"
        assert scene.site.calls(case.report) == 1, f"{failure.name}: a second report"


async def a_whole_answer_counts_by_its_status(case: Case) -> None:
    for failure in case.wire.failures[case.wire.unsent :]:
        if failure.report in (errors.Uncertain, Throttled):
            continue
        scene = on_stage(case)
        scene.site.failing[case.report] = failure.answer
        error = await error_of(scene.adapter.send(case.notice, KEY))
        assert type(error) is failure.report, f"{failure.name}: {type(error).__name__}"
        assert not any(r.url.host == "elsewhere.example" for r in scene.site.seen), "followed"


async def slowing_down_is_never_undercut(case: Case) -> None:
    for answer, until in case.wire.throttles:
        scene = on_stage(case)
        scene.site.failing[case.report] = answer
        error = await error_of(scene.adapter.send(case.notice, KEY))
        assert isinstance(error, Throttled), type(error).__name__
        assert error.until == until, "not the moment that the platform named"
        assert scene.site.calls(case.report) == 1, "called again at once"


async def before_the_report_nothing_is_in_doubt(case: Case) -> None:
    """Signing in, or asking what to report: whatever fails there, no report has left."""
    happy = on_stage(case)
    await happy.adapter.send(case.notice, KEY)
    called = [route_of(request) for request in happy.site.seen]
    for route in set(called[: called.index(case.report)]):
        for failure in case.wire.failures:
            scene = on_stage(case)
            scene.site.failing[route] = failure.answer
            error = await error_of(scene.adapter.send(case.notice, KEY))
            allowed = {failure.question}
            if failure.report is Refused and route.startswith("POST "):
                allowed = {Misconfigured}  # what they refuse there is our credential
            assert type(error) in allowed, f"{failure.name} at {route}: {type(error).__name__}"
            assert scene.site.calls(case.report) == 0, "a report went out all the same"


async def documented_refusals_are_kept_apart(case: Case) -> None:
    for answer, expected in case.refusals:
        scene = on_stage(case)
        scene.site.failing[case.report] = answer
        error = await error_of(scene.adapter.send(case.notice, KEY))
        assert type(error) is expected, type(error).__name__


async def the_same_notice_gives_the_same_bytes(case: Case) -> None:
    bodies = set()
    for _ in range(2):
        scene = on_stage(case)
        await scene.adapter.send(case.notice, KEY)
        bodies |= {r.content for r in scene.site.seen if route_of(r) == case.report}
    assert len(bodies) == 1, "two different messages"


async def cancelling_is_clean(case: Case) -> None:
    happy = on_stage(case)
    await happy.adapter.send(case.notice, KEY)
    for route in {route_of(request) for request in happy.site.seen}:
        scene = on_stage(case)
        scene.site.failing[route] = case.wire.hang
        before = asyncio.all_tasks()
        sending = asyncio.create_task(scene.adapter.send(case.notice, KEY))
        while not scene.site.calls(route):
            await asyncio.sleep(0)
            assert not sending.done(), "did not get as far as it should"
        sending.cancel()
        await asyncio.wait({sending}, timeout=10)
        assert sending.cancelled(), "swallowed the cancellation"
        assert asyncio.all_tasks() == before, "left a task behind"
        scene.site.failing.clear()
        assert await scene.adapter.send(case.notice, KEY) == case.receipt, "unfit afterwards"
