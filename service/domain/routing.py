"""Whom to ask, in which order, on what basis. Pure: facts in, addressees by rung out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.spec import ContentClass, Office, Purpose, Regime, Spec
from service.domain.states import LIVE, NoticeState, RequestState
from service.domain.world import Case, Request, Takedown, World

EEA: Final = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
        "IS",
        "LI",
        "NO",
    ]
)
INTIMATE: Final = frozenset({ContentClass.NCII, ContentClass.DEEPFAKE, ContentClass.VOYEURISM})


@dataclass(frozen=True, slots=True)
class Planned:
    """One addressee to be asked, and what the notice relies on."""

    addressee: str
    basis: Regime
    rung: int


def applies(regime: Regime, case: Case, content_class: ContentClass) -> bool:
    """Whether a person of this case can rely on this regime for content of this class."""
    where = set(case.jurisdictions)
    if regime is Regime.EU_DSA_16:
        return bool(where & EEA)
    if regime is Regime.US_TAKE_IT_DOWN:
        return "US" in where and content_class in INTIMATE
    if regime is Regime.UK_20A:
        return "GB" in where and content_class in INTIMATE
    if regime is Regime.KR_22_5:
        return "KR" in where and content_class in INTIMATE
    return False


def basis(spec: Spec, case: Case, content_class: ContentClass) -> Regime:
    """What a notice by this channel relies on.

    The channel's own process comes first. A notice about a person in the EEA is worded as a notice
    under
    Article 16 of the DSA by whatever channel it goes; all others rely on the platform's terms.
    """
    for regime in (*spec.regimes, Regime.EU_DSA_16):
        if applies(regime, case, content_class):
            return regime
    return Regime.TERMS


def plan(takedown: Takedown, case: Case, specs: Mapping[str, Spec]) -> tuple[Planned, ...]:
    """The whole ladder: the platform that the registry matched, then rung by rung who stands
    behind it, and last the regulators of the case's countries. Beside the first stand the search
    engines that its centre asks, the hotlines where the person is or may be a minor, and otherwise
    the copyright desks where whoever holds the rights says so.

    Empty when nobody is known. `climbed` says how much of it is to be asked now.
    """
    found = _platforms(takedown, case, specs)
    last = max((planned.rung for planned in found), default=0) + 1
    beside = [name for name in _engines(takedown, specs) if not is_closed(specs[name], case)]
    beside += _offices(takedown, case, specs, Office.HOTLINE) if case.minor else []
    found += [Planned(name, Regime.OTHER, 1) for name in beside]
    if takedown.rights_holder and not case.minor:
        found += copyright_desks(takedown, specs)
    if last > 1:
        regulators = _offices(takedown, case, specs, Office.REGULATOR)
        found += [Planned(name, Regime.OTHER, last) for name in regulators]
    return tuple(found)


def is_closed(spec: Spec, case: Case) -> bool:
    """Whether nothing about this case goes there: some desks are closed for minors."""
    return case.minor and bool(spec.closed_for_minors)


def _engines(takedown: Takedown, specs: Mapping[str, Spec]) -> list[str]:
    """Not of what is a search result itself."""
    here = specs.get(takedown.platform or "")
    if here is not None and here.delists:
        return []
    wanted = (specs[name] for name in takedown.engines.split(",") if name in specs)
    return [spec.name for spec in wanted if takedown.content_class in spec.classes]


def copyright_desks(takedown: Takedown, specs: Mapping[str, Spec]) -> list[Planned]:
    """Those of the platform, which has the content, and of the search engines that its centre asks,
    which are beside the ladder. None for what is a search result itself: its address is about many
    works, and names people.
    """
    here, engines = specs.get(takedown.platform or ""), set(_engines(takedown, specs))
    platform = set() if here is None or here.delists else {here.name}
    return [
        Planned(spec.name, Regime.COPYRIGHT if platform & set(spec.rights_in) else Regime.OTHER, 1)
        for spec in specs.values()
        if takedown.content_class in spec.classes and (platform | engines) & set(spec.rights_in)
    ]


def _offices(
    takedown: Takedown, case: Case, specs: Mapping[str, Spec], office: Office
) -> list[str]:
    """Those of the case's countries; where there is none, those of any country."""
    able = [s for s in specs.values() if s.office is office and takedown.content_class in s.classes]
    near = [spec.name for spec in able if spec.country in case.jurisdictions]
    return sorted(near or [spec.name for spec in able if not spec.country])


def _platforms(takedown: Takedown, case: Case, specs: Mapping[str, Spec]) -> list[Planned]:
    found: list[Planned] = []
    rung, here = 1, {takedown.front or takedown.platform or ""}
    while here:
        named = [specs[name] for name in sorted(here) if name in specs]
        able = [
            spec
            for spec in named
            if takedown.content_class in spec.classes and not is_closed(spec, case)
        ]
        content_class = takedown.content_class
        found += [Planned(spec.name, basis(spec, case, content_class), rung) for spec in able]
        seen = {planned.addressee for planned in found} | here
        behind = {s.name for s in specs.values() if here & set(s.stands_behind)}
        if takedown.front in here:
            behind.add(takedown.platform or "")
        here = behind - seen
        rung += bool(able)
    return found


PASSED_BY: Final = frozenset(
    {
        RequestState.REFUSED,
        RequestState.WRONG_ADDRESSEE,
        RequestState.NOT_REACHED,
        RequestState.NO_ANSWER,
    }
)
"""Answers, and the want of one, after which whoever stands behind is asked too."""


def climbed(world: World, takedown: Takedown) -> int:
    """The highest rung to be asked: one above everybody who would not, could not or did not act."""
    passed = (r.rung for r in world.requests_of(takedown) if _is_passed_by(world, takedown, r))
    return max(passed, default=0) + 1


def _is_passed_by(world: World, takedown: Takedown, request: Request) -> bool:
    if request.is_beside or request.basis is Regime.COPYRIGHT:
        return False  # what they say of the rights says nothing about the person
    if request.state in PASSED_BY or contradicts(takedown, request):
        return True
    clocks = world.clocks_by_request[request.id]
    return request.state in LIVE and any(clock.state == "passed" for clock in clocks)


def may_complain(world: World, takedown: Takedown, request: Request) -> bool:
    """Whether there is something to complain of, a way to do it, and none was made."""
    spec = world.specs.get(request.addressee)
    if spec is None or Purpose.COMPLAINT not in spec.purposes or not request.carrying:
        return False
    if request.is_beside:
        return False
    if request.state is not RequestState.REFUSED and not contradicts(takedown, request):
        return False
    made = world.notices_of(request, tuple(NoticeState))
    return all(notice.purpose is not Purpose.COMPLAINT for notice in made)


def contradicts(takedown: Takedown, request: Request) -> bool:
    """They say removed, and it was seen up after they said so."""
    said_at, up_at = request.said_at or request.asked_at, takedown.up_at
    if request.state is not RequestState.SAYS_REMOVED or said_at is None or up_at is None:
        return False
    if request.is_beside:
        return False
    return up_at > said_at
