"""Schemathesis over the committed contract, in process: no 5xx, nothing undocumented.

`tests/prove/test_fuzz.py` makes many more calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import pytest
import schemathesis
from schemathesis.core.failures import FailureGroup

from service.domain.states import Actor
from service.embedded.postgres import EmbeddedPostgres
from tests.api.fuzz import CHECKS, PAGE, WAYS, Running, Way, call_strangely, running_on

EXAMPLES: Final = 4
"""For each operation and each way of making calls: together fewer than 500."""


@pytest.fixture(scope="module")
def running(migrated: EmbeddedPostgres) -> Iterator[Running]:
    with running_on(migrated) as made:
        yield made


def test_there_are_fewer_than_five_hundred_calls() -> None:
    assert len(WAYS) * EXAMPLES < 500


def test_an_answer_that_is_not_documented_is_noticed(running: Running) -> None:
    page = json.loads(json.dumps(PAGE))
    page["paths"]["/api/v1/cases"]["get"]["responses"].pop("200")
    case = schemathesis.openapi.from_dict(page)["/api/v1/cases"]["get"].Case()
    reply = running.call(case, Actor.SUPERVISOR)

    with pytest.raises(FailureGroup):
        case.validate_response(reply, checks=CHECKS)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_strange_call_gets_a_documented_answer(running: Running, way: Way) -> None:
    assert call_strangely(running, way, EXAMPLES)
