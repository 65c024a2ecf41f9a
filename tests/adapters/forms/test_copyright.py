"""Copyright notices: what their packets hold and leave to people, and who gets to read them."""

from __future__ import annotations

import pytest

from adapters.forms.copyright import COPYRIGHT
from adapters.forms.filed import Form
from adapters.registry import ADAPTERS
from adapters.spec import Channel, Field, Statement
from tests.adapters.forms.notices import notice

NAMES = {adapter.spec.name: adapter.spec for adapter in ADAPTERS}
EACH = pytest.mark.parametrize("form", COPYRIGHT, ids=lambda form: form.spec.name)


def test_each_platform_has_one_at_most_and_it_is_a_platform_that_is_known() -> None:
    about = [name for form in COPYRIGHT for name in form.spec.rights_in]

    assert len(about) == len(set(about)) == len(COPYRIGHT)
    assert set(about) <= NAMES.keys()
    assert not [name for name in about if NAMES[name].rights_in or not NAMES[name].samples]


def test_nobody_else_takes_copyright_notices() -> None:
    assert {s.name for s in NAMES.values() if s.rights_in} == {f.spec.name for f in COPYRIGHT}


@EACH
def test_it_is_closed_for_minors_and_says_who_else_reads_it(form: type[Form]) -> None:
    spec = form.spec

    assert spec.publishes
    assert spec.channel is Channel.FORM
    readers = "; ".join(spec.travels_to)
    assert "whoever posted it" in readers or "archive" in readers


@EACH
def test_it_discloses_no_claim_about_the_picture(form: type[Form]) -> None:
    of_the_picture = {Field.CONTENT_CLASS, Field.DEPICTED_IS_MINOR, Field.AUTHORITY}

    assert not of_the_picture & set(form.spec.discloses)
    assert {Field.URLS, Field.STATEMENTS, Field.CENTRE_EMAIL} <= set(form.spec.discloses)


@EACH
def test_what_only_people_can_give_is_left_to_them(form: type[Form]) -> None:
    said = (Statement("rights", "canary-rights", "en"),)

    steps = form({}, {}, None).packet(notice(statements=said)).steps

    values = {step.label: step.value for step in steps if step.copyable}
    by_people = [step.label for step in steps if not step.copyable]
    assert values["The work whose rights are held"] == "canary-rights"
    assert [label for label in by_people if "Name of whoever holds the rights" in label]
    assert [label for label in by_people if "penalty of perjury" in label]
    assert [label for label in by_people if "Telephone" in label]
    assert "canary-summary of what is wrong." not in values.values()


@EACH
def test_whoever_files_is_told_for_whom_alone(form: type[Form]) -> None:
    never = " ".join(form({}, {}, None).packet(notice()).never)

    assert "who did not say that they hold the rights" in never
    assert "before that person knows who gets to read it" in never
