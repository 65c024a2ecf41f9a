"""One route as the OpenAPI page describes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from service.api import sheets
from service.api.guards import ROLES, Permission
from service.api.problems import MEDIA_TYPE, TYPE
from service.api.routes import Operation
from service.api.schemas.plain import ProblemBody
from service.domain.errors import (
    AlreadyDone,
    Away,
    ConditionMissing,
    Forbidden,
    InFlight,
    Invalid,
    KeyReused,
    NotFound,
    Problem,
    Stale,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    UnsupportedMediaType,
)

JSON: Final = "application/json"
Page = dict[str, Any]
Refs = Mapping[type[BaseModel], Mapping[str, Any]]
"""Where each model is described."""


def operation_of(operation: Operation, name: str, path: str, refs: Refs) -> Page:
    """One operation, with everything it may be refused with."""
    needs = operation.permission
    who = "Needs no key."
    if needs is not Permission.PUBLIC:
        roles = ", ".join(f"`{role.value}`" for role in sorted(ROLES[needs]))
        who = f"Needs `{needs.value}`: {roles}."
    page: Page = {
        "operationId": name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.description}\n\n{who}",
        "security": [] if needs is Permission.PUBLIC else [{"key": []}],
        "parameters": _parameters(operation, path),
        "responses": _responses(operation, refs),
    }
    if operation.body:
        page["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": refs[operation.body], "examples": _examples(operation)}},
        }
    return page


def _examples(operation: Operation) -> Page:
    assert operation.body is not None
    given = operation.body.model_json_schema().get("examples", [])
    return {f"example_{n}": {"value": value} for n, value in enumerate(given, 1)}


def _parameters(operation: Operation, path: str) -> list[Page]:
    found = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "Which one.",
            "schema": {"type": "string", "format": "uuid"}
            if f"{{{name}:uuid}}" in operation.path
            else {"type": "string"},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]
    if operation.query:
        found += _query(operation.query)
    if operation.keyed:
        found.append(_header("Idempotency-Key", "Makes a repeat of this call harmless.", 255))
    if operation.changes_version:
        needed = _header("If-Match", "The ETag of the version that is changed.", 100)
        found.append({**needed, "required": True})
    if operation.tagged and operation.method == "GET":
        found.append(_header("If-None-Match", "An ETag: 304 when nothing is new.", 1000))
    return found


def _header(name: str, description: str, longest: int) -> Page:
    schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return {"name": name, "in": "header", "description": description, "schema": schema}


def _query(model: type[BaseModel]) -> list[Page]:
    schema = model.model_json_schema(ref_template="#/{model}")
    definitions = schema.get("$defs", {})
    found = []
    for name, described in schema["properties"].items():
        options = [o for o in described.get("anyOf", [described]) if o.get("type") != "null"]
        chosen = options[0]
        if "$ref" in chosen:
            chosen = definitions[chosen["$ref"].rpartition("/")[2]]
        kept = {k: v for k, v in chosen.items() if k not in ("title", "description")}
        if described.get("default") is not None:
            kept["default"] = described["default"]
        words = described.get("description") or f"Only with this {name.replace('_', ' ')}."
        found.append({"name": name, "in": "query", "description": words, "schema": kept})
    return found


def _responses(operation: Operation, refs: Refs) -> Page:
    found: dict[str, Page] = {str(operation.status): _answer(operation, refs, "Done.")}
    for status, words in operation.also:
        found[str(status)] = _answer(operation, refs, words)
    if operation.tagged and operation.method == "GET":
        found["304"] = {"description": "Nothing is new.", "headers": _HEADERS["ETag"]}
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in problems_of(operation):
        by_status.setdefault(problem.status, []).append(problem)
    for status, classes in by_status.items():
        if str(status) in found:
            continue
        words = "; ".join(f"`{p.code}`: {p.title.lower()}" for p in classes)
        found[str(status)] = {
            "description": f"{words}.",
            "content": {
                MEDIA_TYPE: {
                    "schema": refs[ProblemBody],
                    "examples": {
                        p.code: {"$ref": f"#/components/examples/{p.code}"} for p in classes
                    },
                }
            },
        }
    return dict(sorted(found.items()))


def problems_of(operation: Operation) -> tuple[type[Problem], ...]:
    """Everything that a call of this route may be refused with."""
    found: list[type[Problem]] = [Problem, *operation.raises]
    if operation.permission is not Permission.PUBLIC:
        found += [Invalid, Unauthenticated, Forbidden, TooMany, Away]
    if operation.keyed:
        found += [KeyReused, InFlight, *(() if operation.repeatable else (AlreadyDone,))]
    if operation.method not in ("GET", "DELETE"):
        found += [TooLarge, TooSlow]
    if operation.body:
        found += [UnsupportedMediaType]
    if operation.changes_version:
        found += [ConditionMissing, Stale]
    if "{" in operation.path:
        found += [NotFound]
    return tuple(sorted(set(found), key=lambda p: (p.status, p.code)))


def _problem(problem: type[Problem]) -> Page:
    return {
        "type": TYPE + problem.code,
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": "",
        "errors": [],
    }


def examples_of(operations: Iterable[Operation]) -> Page:
    """One example of every problem, by code."""
    found = {problem for operation in operations for problem in problems_of(operation)}
    return {p.code: {"value": _problem(p)} for p in sorted(found, key=lambda p: p.code)}


_HEADERS: Final[Mapping[str, Page]] = {
    "ETag": {
        "ETag": {"description": "Names this version.", "schema": {"type": "string"}},
    },
    "Link": {
        "Link": {"description": "The next page, if any.", "schema": {"type": "string"}},
    },
}


def _answer(operation: Operation, refs: Refs, words: str) -> Page:
    if operation.text:
        return {"description": words, "content": {"text/plain": {"schema": {"type": "string"}}}}
    if operation.answer is None:
        return {"description": words}
    found: Page = {
        "description": words,
        "content": {JSON: {"schema": refs[operation.answer]}},
    }
    if operation.sheet:
        found["content"][sheets.TYPE] = {"schema": {"type": "string"}}
    if operation.tagged:
        found["headers"] = _HEADERS["ETag"]
    elif operation.query and "cursor" in operation.query.model_fields:
        found["headers"] = _HEADERS["Link"]
    return found
