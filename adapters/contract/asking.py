"""Rules about what an adapter asks: where something is, whether a report is known, what became of
it, and what is seen.
"""

from __future__ import annotations

from adapters.contract.case import KEY, Case, Routes, Scene, found, on_stage
from adapters.contract.failing import PUBLIC, error_of
from adapters.contract.site import OF_THE_BODY, route_of
from adapters.errors import Misconfigured, NotSent, Throttled, Uncertain
from adapters.spec import AnswerKind, Locator, Observation, Scope, Seen

__all__ = [
    "finding_is_sure",
    "looking_never_guesses_and_keeps_a_wait",
    "polling_never_invents",
    "resolving_ends",
]


async def resolving_ends(case: Case) -> None:
    assert case.resolves, "the case resolves nothing"
    for address, key in case.resolves:
        scene = on_stage(case)
        locator = await scene.adapter.resolve(found(case, address))
        assert locator.final, "resolve gave a provisional locator"
        assert locator.key == key, "resolve gave another thing"
        assert locator.platform == case.adapter.spec.name, "resolve speaks for another platform"
        for route in {route_of(request) for request in scene.site.seen}:
            for failure in case.wire.failures:
                broken = on_stage(case)
                broken.site.failing[route] = failure.answer
                error = await error_of(broken.adapter.resolve(found(case, address)))
                assert type(error) is not Uncertain, f"{failure.name} in doubt"
                assert type(error) in PUBLIC, f"{failure.name}: {type(error).__name__}"


async def finding_is_sure(case: Case) -> None:
    scene = on_stage(case)
    receipt = await scene.adapter.find(case.notice, KEY)
    assert receipt is not None, "did not find what is there"
    assert case.receipt is not None
    assert receipt.reference == case.receipt.reference, "found another report"
    assert case.absent, "the case knows no world without our report"
    for world in case.absent:
        without = on_stage(case, world)
        assert await without.adapter.find(case.notice, KEY) is None, "found what is not there"
    for route in {route_of(request) for request in scene.site.seen}:
        for failure in case.wire.failures:
            broken = on_stage(case)
            broken.site.failing[route] = failure.answer
            error = await error_of(broken.adapter.find(case.notice, KEY))
            assert type(error) in (NotSent, Throttled, Misconfigured), f"{failure.name}: guessed"


async def polling_never_invents(case: Case) -> None:
    assert case.receipt is not None
    assert case.polls, "the case polls nothing"
    for world, kinds, ended in case.polls:
        scene = on_stage(case, world)
        answers = await scene.adapter.poll(case.receipt)
        assert tuple(answer.kind for answer in answers.answers) == kinds, "another answer"
        assert answers.ended is ended, "not when it ends"
        for answer in answers.answers:
            alone = case.adapter.spec.carries.urls == 1
            known = alone or answer.ref is not None or answer.scope is Scope.ALL
            assert known, "of many addresses, nobody can tell which it is about"
    unknown = await on_stage(case, case.unknown).adapter.poll(case.receipt)
    assert {answer.kind for answer in unknown.answers} <= {AnswerKind.UNSPECIFIED}, "guessed"
    assert not unknown.ended, "an unknown word ends nothing"
    happy = on_stage(case)
    await happy.adapter.poll(case.receipt)
    for route in {route_of(request) for request in happy.site.seen}:
        for failure in case.wire.failures:
            broken = on_stage(case)
            broken.site.failing[route] = failure.answer
            error = await error_of(broken.adapter.poll(case.receipt))
            assert type(error) in (NotSent, Throttled, Misconfigured), f"{failure.name}: answered"


async def looking_never_guesses_and_keeps_a_wait(case: Case) -> None:
    assert {seen for _, _, seen in case.looks} >= {Seen.UP, Seen.GONE}, "too few looks"
    for locator, world, seen in case.looks:
        scene = on_stage(case, world)
        assert (await _seen(scene, locator)).seen is seen, f"not {seen}"
        for route in {route_of(request) for request in scene.site.seen}:
            await _keeps_a_wait(case, locator, world, route)
            if seen is Seen.UP:
                await _is_blind(case, locator, world, route)


async def _keeps_a_wait(case: Case, locator: Locator, world: Routes, route: str) -> None:
    for answer, until in case.wire.throttles:
        scene = on_stage(case, {**world, route: answer})
        error = await error_of(scene.adapter.look(locator))
        assert isinstance(error, Throttled), f"{type(error).__name__} for 429"
        assert error.until == until, "not the moment that the platform named"
        assert scene.site.calls(route) == 1, "called again at once"


async def _is_blind(case: Case, locator: Locator, world: Routes, route: str) -> None:
    for failure in case.wire.failures:
        of_the_body = route.startswith("HEAD ") and failure.name in OF_THE_BODY
        if of_the_body or failure.question is Throttled:
            continue
        blind = await _seen(on_stage(case, {**world, route: failure.answer}), locator)
        assert blind.seen is Seen.CANNOT_SEE, f"{failure.name}: {blind.seen}"
        assert not blind.proof, f"{failure.name}: a proof"


async def _seen(scene: Scene, locator: Locator) -> Observation:
    try:
        return await scene.adapter.look(locator)
    except Exception as error:
        raise AssertionError(f"look raised {type(error).__name__}") from error
