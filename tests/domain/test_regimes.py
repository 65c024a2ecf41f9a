"""Laws as data: what each sets, whom it binds, and that each says where it was read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from adapters.registry import ADAPTERS
from adapters.spec import Field, Regime, Spec
from service.domain import elements, regimes
from service.domain.elements import Element
from service.domain.regimes import LAWS, Law
from tests.domain.worlds import spec

ANY_DAY = date(2026, 11, 26)
BY_NAME = {cls.spec.name: cls.spec for cls in ADAPTERS}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_every_law_says_since_when_it_holds_and_where_that_was_read(law: Law) -> None:
    assert law.source.address.startswith("https://")
    assert law.in_force_since <= law.source.read_on
    assert law.words
    assert Element.LOCATION in law.requires
    assert law.name == f"{law.regime.value}_{law.version}"


def test_every_law_that_a_notice_may_rely_on_is_here_once_a_version() -> None:
    no_duty = {
        Regime.TERMS,
        Regime.OTHER,
        Regime.COPYRIGHT,
    }  # 512 shelters who acts, and binds nobody
    assert {law.regime for law in LAWS} == set(Regime) - no_duty
    assert len({law.name for law in LAWS}) == len(LAWS)


def test_only_what_gives_a_number_has_one() -> None:
    hours = {law.regime: law.hours for law in LAWS}

    assert hours == {
        Regime.EU_DSA_16: None,  # without undue delay
        Regime.US_TAKE_IT_DOWN: 48,
        Regime.UK_20A: 48,
        Regime.KR_22_5: None,  # no number was found
    }


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_a_law_holds_from_its_first_day(law: Law) -> None:
    assert regimes.law_of(law.regime, law.in_force_since) == law
    assert regimes.law_of(law.regime, law.in_force_since - timedelta(days=1)) is None


def test_no_law_stands_behind_terms() -> None:
    assert regimes.law_of(Regime.TERMS, ANY_DAY) is None
    assert regimes.binding(spec("s", regimes=()), Regime.TERMS, ANY_DAY) is None


@pytest.mark.parametrize("field", [Field.URLS, Field.SIGNATORY, Field.STATEMENTS])
def test_a_channel_that_does_not_carry_an_element_is_not_the_process(field: Field) -> None:
    whole = spec("s", discloses=tuple(Field), regimes=(Regime.US_TAKE_IT_DOWN,))
    part = spec("s", discloses=tuple(f for f in Field if f is not field), regimes=whole.regimes)

    assert regimes.binding(whole, Regime.US_TAKE_IT_DOWN, ANY_DAY)
    assert regimes.binding(part, Regime.US_TAKE_IT_DOWN, ANY_DAY) is None


@pytest.mark.parametrize("its_spec", BY_NAME.values(), ids=lambda s: s.name)
def test_every_channel_of_a_law_carries_what_the_law_asks_for(its_spec: Spec) -> None:
    assert [b for b in its_spec.regimes if not elements.carried(its_spec, b)] == []


@pytest.mark.parametrize("its_spec", BY_NAME.values(), ids=lambda s: s.name)
def test_every_promise_says_where_it_was_read(its_spec: Spec) -> None:
    names = [(promise.ends_on, promise.version) for promise in its_spec.promises]

    assert len(set(names)) == len(names)
    assert all(p.hours > 0 and p.source.address.startswith("https://") for p in its_spec.promises)
