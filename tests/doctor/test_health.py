"""In good health: nothing is said against it."""

from __future__ import annotations

from service.doctor.chart import CHECKS, Level
from tests.doctor.patient import Patient


async def test_a_record_of_real_stories_is_well(in_earnest: Patient) -> None:
    found = await in_earnest.chart()

    ill = [f for f in found.findings if f.level is not Level.OK]
    assert ill == []
    assert {f.check for f in found.findings} == set(CHECKS)
    assert found.figures["entries"] > 100
