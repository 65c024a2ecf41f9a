"""The committed contract is what is served, reads well, and holds against strange calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from service.api import openapi
from service.api.application import declared
from service.api.routes import Operation

PAGE: Final[dict[str, Any]] = json.loads(openapi.FILE.read_text())


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in PAGE["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


EACH = pytest.mark.parametrize(
    "operation", [pytest.param(o, id=o["operationId"]) for _, _, o in operations()]
)


def test_the_committed_page_is_what_is_served() -> None:
    assert openapi.FILE.read_text() == openapi.text()


def test_it_names_its_licence_its_security_and_no_place_of_others() -> None:
    assert PAGE["openapi"].startswith("3.1")
    assert PAGE["info"]["license"]["identifier"] == "Apache-2.0"
    assert PAGE["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    text = json.dumps(PAGE)
    assert not [w for w in ("jsdelivr", "unpkg", "cdn.", "http://") if w in text]


@EACH
def test_every_operation_says_what_it_is(operation: dict[str, Any]) -> None:
    assert operation["operationId"]
    assert operation["tags"][0] in openapi.TAGS
    assert operation["summary"]
    assert not operation["summary"].endswith(".")
    assert operation["description"]
    assert "security" in operation


@EACH
def test_every_body_has_an_example_that_is_taken(operation: dict[str, Any]) -> None:
    if "requestBody" not in operation:
        return
    (media,) = operation["requestBody"]["content"].values()
    declaring = next(
        h.opt["operation"] for _, _, h in declared() if h.handler_name == operation["operationId"]
    )
    assert isinstance(declaring, Operation)
    assert declaring.body is not None
    assert media["examples"]
    for example in media["examples"].values():
        assert isinstance(declaring.body.model_validate(example["value"]), declaring.body)


@EACH
def test_every_refusal_is_a_problem(operation: dict[str, Any]) -> None:
    refusals = {s: r for s, r in operation["responses"].items() if s >= "400"}

    assert refusals
    for status, reply in refusals.items():
        if operation["tags"] == ["health"] and status == "503":
            continue
        assert set(reply["content"]) == {"application/problem+json"}, status
        schema = reply["content"]["application/problem+json"]["schema"]
        assert schema["$ref"].endswith("/ProblemBody")


def test_ids_are_unique_and_names_are_plain() -> None:
    ids = [o["operationId"] for _, _, o in operations()]

    assert len(ids) == len(set(ids))
    for _, path, operation in operations():
        assert path == path.lower()
        for parameter in operation["parameters"]:
            assert parameter["description"]


def test_every_property_is_snake_case() -> None:
    for name, schema in PAGE["components"]["schemas"].items():
        for known in schema.get("properties", {}):
            assert known == known.lower(), (name, known)
            assert known.replace("_", "").isalnum(), (name, known)


def test_every_reference_leads_somewhere() -> None:
    def refs(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, each in value.items():
                if key == "$ref":
                    yield each
                else:
                    yield from refs(each)
        elif isinstance(value, list):
            for each in value:
                yield from refs(each)

    for ref in set(refs(PAGE)):
        found: Any = PAGE
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_what_comes_in_takes_no_unknown_field() -> None:
    bodies = {
        o["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, o in operations()
        if "requestBody" in o
    }

    for name in bodies:
        assert PAGE["components"]["schemas"][name]["additionalProperties"] is False, name


def test_files_stay_short() -> None:
    folder = Path(openapi.__file__).parent
    long = [p.name for p in folder.rglob("*.py") if len(p.read_text().splitlines()) > 300]

    assert long == []
