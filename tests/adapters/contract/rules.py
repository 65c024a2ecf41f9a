"""The contract, one function for each rule: it takes a case and raises `AssertionError` only.

Functions, not tests, so that the suite's own test can hold them against platforms that break one.
"""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import errors as platform_errors
from adapters.base import Adapter
from adapters.errors import Misconfigured, NotSent, PlatformError, Refused, Throttled
from adapters.http import Api
from adapters.registry import ADAPTERS
from adapters.spec import (
    Ability,
    AnswerKind,
    Channel,
    Locator,
    Observation,
    Purpose,
    Secret,
    Seen,
    Setting,
    Settle,
    Spec,
    Url,
)
from tests.adapters.contract.case import KEY, Case, Routes, case_of, found, on_stage
from tests.adapters.contract.site import (
    CANARY,
    FAILURES,
    OF_THE_BODY,
    THROTTLES,
    hang,
    route_of,
)

__all__ = ["RULES", "Rule"]

Check = Callable[[Case], Awaitable[None]]
ANY = frozenset(Channel)
API = frozenset({Channel.API})
PUBLIC = frozenset(
    kind for kind in vars(platform_errors).values() if isinstance(kind, type) and kind.__module__
)


@dataclass(frozen=True)
class Rule:
    """`channels`: for whom it holds. `needs`: only where the platform can do this."""

    name: str
    channels: frozenset[Channel]
    check: Check
    needs: Ability | None = None

    def spares(self, case: Case) -> str:
        """Why this rule says nothing about this platform; "" when it does."""
        spec = case.adapter.spec
        if spec.channel not in self.channels:
            return f"{self.name} is about {', '.join(sorted(self.channels))}, not {spec.channel}"
        if self.needs and self.needs not in spec.can:
            return f"{self.name} is about what can {self.needs}: {spec.name} cannot"
        return ""


async def spec_is_true(case: Case) -> None:
    spec = case.adapter.spec
    assert case.adapter.verbs() == spec.can, "`can` is not what the class defines"
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,30}", spec.name), "name"
    assert spec.title, "title"
    assert (spec.channel is Channel.API) == issubclass(case.adapter, Api), "channel"
    assert spec.sources, "sources"
    for source in spec.sources:
        assert source.address.startswith("https://"), "source without an address"
        assert date(2026, 1, 1) <= source.read_on <= date.today(), "source without a true date"
    has_own_hosts = any(setting.required for setting in spec.settings)
    has_place = bool(spec.hosts or has_own_hosts or spec.stands_behind)
    assert has_place or spec.channel is Channel.FORM, "hosts"
    for host in (*(host.removeprefix("*.") for host in spec.hosts), *spec.api_hosts):
        assert host == "*" or re.fullmatch(r"([a-z0-9-]+\.)+[a-z][a-z0-9-]*", host), (
            f"no host: {host}"
        )
    assert bool(spec.samples) == has_place, "samples"
    assert spec.classes, "classes"
    assert spec.carries.urls >= 1, "carries"
    assert spec.carries.text_chars >= 1, "carries"
    assert (spec.perhaps_sent is Settle.LOOK_UP) == (Ability.FIND in spec.can), "perhaps_sent"
    assert (spec.remind is not None) == (Purpose.REMINDER in spec.purposes), "remind"
    assert Purpose.FIRST in spec.purposes, "purposes"
    assert spec.answers or Ability.POLL not in spec.can, "answers"
    assert re.fullmatch(r"([A-Z]{2})?", spec.country), "country"
    entered: tuple[Secret | Setting, ...] = (*spec.needs, *spec.settings)
    names = [each.name for each in entered]
    assert len(names) == len(set(names)), "two settings of one name"
    assert all(each.help for each in entered), "a setting without help"
    assert not case.built().missing(), "the case leaves something unset"


async def match_is_pure_and_total(case: Case) -> None:
    adapter, name = case.built(), case.adapter.spec.name

    @settings(
        max_examples=100,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(_addresses(case.adapter.spec.samples or _everybodys_samples()))
    def hold(url: Url) -> None:
        before = dict(vars(adapter))
        try:
            first, second = adapter.match(url), adapter.match(url)
        except Exception as error:
            raise AssertionError(f"match raised {type(error).__name__}") from error
        assert first == second, "match gives two answers to one question"
        assert vars(adapter) == before, "match changed its adapter"
        if first is not None:
            assert _claims(case.adapter.spec), "match claims what is on no host of its own"
            assert first.platform == name, "match speaks for another platform"
            again = adapter.match(Url(first.url))
            assert again is not None, "match does not know the address it wrote"
            assert (again.kind, again.key) == (first.kind, first.key), "match is not stable"

    hold()
    if not _claims(case.adapter.spec):  # chance may miss the few that it takes
        claimed = [s for s in _everybodys_samples() if adapter.match(Url(s)) is not None]
        assert claimed == [], "match claims what is on no host of its own"


async def samples_match_here_and_nowhere_else(case: Case) -> None:
    """Who takes any host comes last, which another test holds; who has none claims nothing."""
    spec, adapter = case.adapter.spec, case.built()
    others = [_bare(other) for other in ADAPTERS if other is not case.adapter]
    some = [other for other in others if "*" not in other.spec.hosts]
    for sample in spec.samples if _claims(spec) else ():
        locator = found(case, sample)
        assert Url(locator.url).host, "a locator without an address"
        for other in some:
            assert other.match(Url(sample)) is None, f"{other.spec.name} too"
    is_last = "*" in spec.hosts
    for other in () if is_last else others:
        for sample in other.spec.samples:
            assert adapter.match(Url(sample)) is None, "matches what is another's"
    for stranger in (*(() if is_last else _STRANGERS), *case.others):
        assert adapter.match(Url(stranger)) is None, f"matches {stranger}"


async def send_happy(case: Case) -> None:
    scene = on_stage(case)
    receipt = await scene.adapter.send(case.notice, KEY)
    assert receipt == case.receipt, "not the receipt that the platform gave"
    assert scene.site.calls(case.report) == 1, "not exactly one report"
    allowed = {*case.adapter.spec.api_hosts, *(Url(a).host for a in case.settings.values())}
    allowed |= {Url(s.default).host for s in case.adapter.spec.settings if "://" in s.default}
    for request in scene.site.seen:
        assert request.url.host in allowed, "called a host that its spec does not name"
        for secret in case.secrets.values():
            assert secret not in str(request.url), "a credential in an address"
    reports = [request for request in scene.site.seen if route_of(request) == case.report]
    assert case.notice.reference.encode() in reports[0].content, "our reference did not go out"


async def before_a_byte_it_is_not_sent(case: Case) -> None:
    for failure in FAILURES[:4]:
        scene = on_stage(case)
        scene.site.failing[case.report] = failure.answer
        assert type(await _error(scene.adapter.send(case.notice, KEY))) is NotSent, failure.name
        assert scene.site.calls(case.report) <= 2, "tried too often"


async def after_a_byte_doubt_is_kept(case: Case) -> None:
    for failure in FAILURES[4:]:
        if failure.report is not platform_errors.Uncertain:
            continue
        scene = on_stage(case)
        scene.site.failing[case.report] = failure.answer
        error = await _error(scene.adapter.send(case.notice, KEY))
        assert type(error) is failure.report, f"{failure.name}: {type(error).__name__}"
        assert scene.site.calls(case.report) == 1, f"{failure.name}: a second report"


async def a_whole_answer_counts_by_its_status(case: Case) -> None:
    for failure in FAILURES[4:]:
        if failure.report in (platform_errors.Uncertain, Throttled):
            continue
        scene = on_stage(case)
        scene.site.failing[case.report] = failure.answer
        error = await _error(scene.adapter.send(case.notice, KEY))
        assert type(error) is failure.report, f"{failure.name}: {type(error).__name__}"
        assert not any(r.url.host == "elsewhere.example" for r in scene.site.seen), "followed"


async def slowing_down_is_never_undercut(case: Case) -> None:
    for answer, until in THROTTLES:
        scene = on_stage(case)
        scene.site.failing[case.report] = answer
        error = await _error(scene.adapter.send(case.notice, KEY))
        assert isinstance(error, Throttled), type(error).__name__
        assert error.until == until, "not the moment that the platform named"
        assert scene.site.calls(case.report) == 1, "called again at once"


async def before_the_report_nothing_is_in_doubt(case: Case) -> None:
    """Signing in, or asking what to report: whatever fails there, no report has left."""
    happy = on_stage(case)
    await happy.adapter.send(case.notice, KEY)
    called = [route_of(request) for request in happy.site.seen]
    for route in set(called[: called.index(case.report)]):
        for failure in FAILURES:
            scene = on_stage(case)
            scene.site.failing[route] = failure.answer
            error = await _error(scene.adapter.send(case.notice, KEY))
            allowed = {failure.question}
            if failure.report is Refused and route.startswith("POST "):
                allowed = {Misconfigured}  # what they refuse there is our credential
            assert type(error) in allowed, f"{failure.name} at {route}: {type(error).__name__}"
            assert scene.site.calls(case.report) == 0, "a report went out all the same"


async def documented_refusals_are_kept_apart(case: Case) -> None:
    for answer, expected in case.refusals:
        scene = on_stage(case)
        scene.site.failing[case.report] = answer
        error = await _error(scene.adapter.send(case.notice, KEY))
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
        scene.site.failing[route] = hang
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


async def resolving_ends(case: Case) -> None:
    assert case.resolves, "the case resolves nothing"
    for address, key in case.resolves:
        scene = on_stage(case)
        locator = await scene.adapter.resolve(found(case, address))
        assert locator.final, "resolve gave a provisional locator"
        assert locator.key == key, "resolve gave another thing"
        assert locator.platform == case.adapter.spec.name, "resolve speaks for another platform"
        for route in {route_of(request) for request in scene.site.seen}:
            for failure in FAILURES:
                broken = on_stage(case)
                broken.site.failing[route] = failure.answer
                error = await _error(broken.adapter.resolve(found(case, address)))
                assert type(error) is not platform_errors.Uncertain, f"{failure.name} in doubt"
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
        for failure in FAILURES:
            broken = on_stage(case)
            broken.site.failing[route] = failure.answer
            error = await _error(broken.adapter.find(case.notice, KEY))
            assert type(error) in (NotSent, Throttled, Misconfigured), f"{failure.name}: guessed"


async def polling_never_invents(case: Case) -> None:
    assert case.receipt is not None
    assert case.polls, "the case polls nothing"
    for world, kinds, ended in case.polls:
        scene = on_stage(case, world)
        answers = await scene.adapter.poll(case.receipt)
        assert tuple(answer.kind for answer in answers.answers) == kinds, "another answer"
        assert answers.ended is ended, "not when it ends"
    unknown = await on_stage(case, case.unknown).adapter.poll(case.receipt)
    assert {answer.kind for answer in unknown.answers} <= {AnswerKind.UNSPECIFIED}, "guessed"
    assert not unknown.ended, "an unknown word ends nothing"
    happy = on_stage(case)
    await happy.adapter.poll(case.receipt)
    for route in {route_of(request) for request in happy.site.seen}:
        for failure in FAILURES:
            broken = on_stage(case)
            broken.site.failing[route] = failure.answer
            error = await _error(broken.adapter.poll(case.receipt))
            assert type(error) in (NotSent, Throttled, Misconfigured), f"{failure.name}: answered"


async def looking_never_raises_nor_guesses(case: Case) -> None:
    assert {seen for _, _, seen in case.looks} >= {Seen.UP, Seen.GONE}, "too few looks"
    for locator, world, seen in case.looks:
        assert (await _look(case, locator, world)).seen is seen, f"not {seen}"
        if seen is not Seen.UP:
            continue
        scene = on_stage(case, world)
        await scene.adapter.look(locator)
        for route in {route_of(request) for request in scene.site.seen}:
            for failure in FAILURES:
                if route.startswith("HEAD ") and failure.name in OF_THE_BODY:
                    continue
                blind = await _look(case, locator, {**world, route: failure.answer})
                assert blind.seen is Seen.CANNOT_SEE, f"{failure.name}: {blind.seen}"
                assert not blind.proof, f"{failure.name}: a proof"


async def nothing_leaks(case: Case) -> None:
    assert case.locator is not None
    secrets = [*case.secrets.values(), *case.marks, CANARY, "Canary", case.locator.url]
    with _overheard() as lines:
        errors = [error async for error in _everything_that_fails(case)]
    said = [_told_by(error) for error in errors]
    said += [*lines, repr(case.adapter(case.settings, case.secrets, None))]
    for words in said:
        for secret in secrets:
            assert secret not in words, f"leaked: {words[:60]!r}"


RULES = (
    Rule("R01_spec_is_true", ANY, spec_is_true),
    Rule("R02_match_is_pure_and_total", ANY, match_is_pure_and_total),
    Rule("R03_samples_match_here_and_nowhere_else", ANY, samples_match_here_and_nowhere_else),
    Rule("R04_send_happy", API, send_happy),
    Rule("R05_before_a_byte_it_is_not_sent", API, before_a_byte_it_is_not_sent),
    Rule("R06_after_a_byte_doubt_is_kept", API, after_a_byte_doubt_is_kept),
    Rule("R07_a_whole_answer_counts_by_its_status", API, a_whole_answer_counts_by_its_status),
    Rule("R08_slowing_down_is_never_undercut", API, slowing_down_is_never_undercut),
    Rule("R09_before_the_report_nothing_is_in_doubt", API, before_the_report_nothing_is_in_doubt),
    Rule("R10_documented_refusals_are_kept_apart", API, documented_refusals_are_kept_apart),
    Rule("R11_the_same_notice_gives_the_same_bytes", API, the_same_notice_gives_the_same_bytes),
    Rule("R12_cancelling_is_clean", API, cancelling_is_clean),
    Rule("R13_resolving_ends", ANY, resolving_ends, Ability.RESOLVE),
    Rule("R14_finding_is_sure", API, finding_is_sure, Ability.FIND),
    Rule("R15_polling_never_invents", API, polling_never_invents, Ability.POLL),
    Rule(
        "R16_looking_never_raises_nor_guesses", ANY, looking_never_raises_nor_guesses, Ability.LOOK
    ),
    Rule("R17_nothing_leaks", API, nothing_leaks),
)


_STRANGERS = (
    "https://example.org/",
    "https://example.org/w/1",
    "https://example.org/profile/example.com/post/1",
    "https://notbsky.app/profile/example.com",
    "https://t.me.example.org/examplechannel/1",
    "ftp://example.org/x",
    "mailto:someone@example.org",
    "/relative",
)


def _everybodys_samples() -> tuple[str, ...]:
    return tuple(sample for adapter in ADAPTERS for sample in adapter.spec.samples)


def _bare(adapter: type[Adapter]) -> Adapter:
    """As its case sets it up; with its defaults while it has none, which another test tells."""
    try:
        return case_of(adapter).built()
    except ModuleNotFoundError:
        return adapter({}, {}, None)


def _claims(spec: Spec) -> bool:
    """Whether any address is its own: not for who only stands behind others, and not for who is
    chosen by people, such as a regulator.
    """
    has_own_hosts = any(setting.required for setting in spec.settings)
    return bool(spec.hosts or (has_own_hosts and not spec.stands_behind))


async def _error(doing: Awaitable[object]) -> PlatformError:
    """The platform error that this ends in. Anything else is the rule broken."""
    try:
        await doing
    except PlatformError as error:
        raised = error
    except Exception as error:
        raise AssertionError(f"raised {type(error).__name__}") from error
    else:
        raise AssertionError("succeeded")
    assert type(raised) in PUBLIC, f"a private error: {type(raised).__name__}"
    return raised


async def _look(case: Case, locator: Locator, world: Routes) -> Observation:
    try:
        return await on_stage(case, world).adapter.look(locator)
    except Exception as error:
        raise AssertionError(f"look raised {type(error).__name__}") from error


async def _everything_that_fails(case: Case) -> AsyncIterator[BaseException]:
    happy = on_stage(case)
    await happy.adapter.send(case.notice, KEY)
    for route in {route_of(request) for request in happy.site.seen}:
        for failure in FAILURES:
            scene = on_stage(case)
            scene.site.failing[route] = failure.answer
            try:
                await scene.adapter.send(case.notice, KEY)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not tell
                yield error


def _told_by(error: BaseException) -> str:
    """All that printing this error, or anything it holds on to, would show."""
    parts, chain = [], [error]
    while chain:
        each = chain.pop()
        parts += [str(each), repr(each), repr(vars(each)), *traceback.format_exception(each)]
        chain += [other for other in (each.__cause__, each.__context__) if other is not None]
    return "\n".join(parts)


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, by whomever, at any level."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {vars(record)!r}")

    root, ear = logging.getLogger(), Ear(level=0)
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(ear)
        root.setLevel(level)


@st.composite
def _addresses(draw: st.DrawFn, samples: tuple[str, ...]) -> Url:
    """Addresses of any kind, most of them near to what the platform's own look like."""
    piece = st.one_of(
        st.text(max_size=12),
        st.sampled_from(["", "0", "-1", "%", "%zz", "..", ";threadId=", "@", "a" * 600, "٣", "İ"]),
    )
    sample = draw(st.sampled_from(samples))
    kind = draw(st.sampled_from(["as_is", "segment", "query", "fragment", "host", "port", "text"]))
    if kind == "segment":
        steps = sample.split("/")
        steps[draw(st.integers(3, max(3, len(steps) - 1))) % len(steps)] = draw(piece)
        sample = "/".join(steps)
    elif kind in ("query", "fragment"):
        sample += ("?" if kind == "query" else "#") + draw(piece)
    elif kind == "host":
        sample = sample.replace("//", "//" + draw(piece), 1)
    elif kind == "port":
        host = sample.split("/")[2]
        sample = sample.replace(host, f"{host}:{draw(st.integers(0, 99_999))}", 1)
    elif kind == "text":
        sample = draw(st.text(max_size=60))
    try:
        return Url(sample)
    except ValueError:
        return Url(samples[0])
