"""Figures on how platforms complied: about what was asked, never about whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from service.actions.queries import compliance
from service.actions.queries.compliance import Figures
from service.api import sheets
from service.api.guards import Permission
from service.api.routes import Call, Here, answer, route, sheet
from service.api.schemas.compliance import (
    ClockFigures,
    FiguresBody,
    FindFigures,
    Form,
    PlatformFigures,
)
from service.domain import cells, figures
from service.domain.figures import Row

P = Permission
JSON: Final = "application/json"
COLUMNS: Final = (
    "platform", "title", "channel", "figure", "requests", "cases", "lower_hours", "upper_hours",
    "suppressed", "from", "until", "as_of", "note",
)  # fmt: skip


@route("GET", "/compliance/platforms", may=P.READ_COMPLIANCE, tag="compliance", sheet=True)
async def read_compliance(
    call: Here, find: NamedDependency[SkipValidation[FindFigures]]
) -> Response[FiguresBody]:
    """Read how platforms complied.

    What was asked in a window of days, and what came of it up to now. Platforms come by name, never
    by a rate. A number about fewer than five cases is not shown, nor one that would give it away.
    """
    found = await compliance.read(call.ctx, call.caller, find.first, find.until)
    body = _body(found)
    if _form(call, find.format) == "csv":
        name = f"compliance-{body.from_}-{body.until}.csv"
        return sheet(sheets.text(COLUMNS, _lines(body)), name)
    return answer(body, headers={"Vary": "Accept"})


def _form(call: Call, wanted: Form | None) -> Form:
    best = call.request.accept.best_match([JSON, sheets.TYPE])
    return wanted or ("csv" if best == sheets.TYPE else "json")


def _body(found: Figures) -> FiguresBody:
    return FiguresBody(
        note=figures.SENTENCE,
        from_=found.window.first,
        until=found.window.until,
        as_of=found.as_of,
        items=[_platform(row, found) for row in found.rows],
    )


def _platform(row: Row, found: Figures) -> PlatformFigures:
    spec = found.specs.get(row.addressee)
    clocks = [
        ClockFigures.model_validate(
            {"kind": k, "met": row.cells[f"{k}_met"], "passed": row.cells[f"{k}_passed"]}
        )
        for k in cells.KINDS
    ]
    values: dict[str, Any] = {
        "platform": row.addressee,
        "title": spec.title if spec else row.addressee,
        "channel": spec.channel.value if spec else "not_known",
        "takes_answers": spec.answers if spec else True,
        "answer_clocks": clocks,
        "to_answer": row.to_answer,
        "to_gone": row.to_gone,
    }
    return PlatformFigures.model_validate({**row.cells, **values})


def _lines(body: FiguresBody) -> Iterator[list[sheets.Value]]:
    """One line for each number, so that a line that is taken out still says what it is."""
    plain = body.model_dump(mode="json", by_alias=True)
    last = [plain[name] for name in ("from", "until", "as_of", "note")]
    for item in plain["items"]:
        first = [item[name] for name in ("platform", "title", "channel")]
        for clock in item.pop("answer_clocks"):
            ends = ("met", "passed")
            item |= {f"answer_clock_{clock['kind']}_{end}": clock[end] for end in ends}
        for name, value in item.items():
            if isinstance(value, dict):
                numbers = [value.get(column) for column in COLUMNS[4:9]]
                yield [*first, name, *numbers, *last]


HANDLERS = (read_compliance,)
