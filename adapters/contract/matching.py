"""Rules about what an adapter declares, and about which addresses it takes as its own."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import declared
from adapters.base import Adapter
from adapters.contract.case import Case, found
from adapters.registry import ADAPTERS
from adapters.spec import Spec, Url

__all__ = ["match_is_pure_and_total", "samples_match_here_and_nowhere_else", "spec_is_true"]


async def spec_is_true(case: Case) -> None:
    said = declared.wrong(case.adapter)
    assert not said, "; ".join(said)
    for source in case.adapter.spec.sources:
        assert date(2026, 1, 1) <= source.read_on <= date.today(), "source without a true date"
    unset = case.built().missing()
    assert not unset, f"the case leaves something unset: {', '.join(unset)}"


async def match_is_pure_and_total(case: Case) -> None:
    adapter, name = case.built(), case.adapter.spec.name

    @settings(
        max_examples=50,
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
            raise AssertionError(f"match raised {type(error).__name__}: {url}") from error
        assert first == second, f"match gives two answers to one question: {url}"
        assert vars(adapter) == before, f"match changed its adapter: {url}"
        if first is not None:
            assert _claims(case.adapter.spec), f"match claims what is on no host of its own: {url}"
            assert first.platform == name, f"match speaks for another platform: {url}"
            again = adapter.match(Url(first.url))
            assert again is not None, f"match does not know the address it wrote: {url}"
            assert (again.kind, again.key) == (first.kind, first.key), f"match is not stable: {url}"

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
    """Set up for the place that its own samples are on, where that is a setting."""
    places = {s.name for s in adapter.spec.settings if s.required} & {"base_url"}
    return adapter({name: str(Url(adapter.spec.samples[0]).origin()) for name in places}, {}, None)


def _claims(spec: Spec) -> bool:
    """Whether any address is its own: not for who only stands behind others, and not for who is
    chosen by people, such as a regulator.
    """
    has_own_hosts = any(setting.required for setting in spec.settings)
    return bool(spec.hosts or (has_own_hosts and not spec.stands_behind))


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
