"""The OpenAPI page, made from what routes declare. `python -m service.api.openapi` writes it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.api.described import JSON, Page, Refs, examples_of, operation_of
from service.api.guards import SCOPES, Permission
from service.api.routes import Operation, route
from service.api.schemas.plain import ProblemBody

FILE: Final = Path(__file__).parents[2] / "openapi" / "openapi.json"

TAGS: Final[Mapping[str, str]] = {
    "cases": "One person's matter, under a pseudonym.",
    "takedowns": "One address in one case: is it still up?",
    "requests": "What one addressee was asked, and what they said.",
    "notices": "Messages: did they arrive?",
    "work": "What waits for a person, and what happened.",
    "compliance": "What platforms did with what they were asked.",
    "platforms": "Where can be asked, and what is set up.",
    "organisation": "The centre's profile and policy.",
    "keys": "Who may call.",
    "health": "Signs of life.",
    "contract": "This page.",
}
INTRODUCTION: Final = """
Gets intimate images and sexual deepfakes taken down, and keeps a record of who was asked, when, and
what they did.

Three questions are never mixed. Did our notice arrive: `notices`. What did they say: `requests`.
What is seen there: `takedowns`.

Times are RFC 3339 in UTC. Lists come in pages: `limit`, `cursor`, and `Link: rel="next"`. Every 4xx
and 5xx is `application/problem+json` with a stable `code`. `Idempotency-Key` on a POST makes a
repeat of the same call give the same answer for as long as the key is kept; a call that lists no
such header changes nothing, and is done again. An answer of more than 1 MB is not kept: a repeat is
then answered anew where the call knows its own repeats, else with `already_done`; nothing is done
twice. What belongs to another organisation does not exist.
""".strip()


def build(handlers: Iterable[tuple[str, str, HTTPRouteHandler]]) -> Page:
    """The whole page."""
    found = [(method, path, handler) for method, path, handler in handlers]
    operations = [handler.opt["operation"] for _, _, handler in found]
    refs, schemas = _schemas(operations)
    paths: dict[str, Page] = {}
    for method, path, handler in sorted(found, key=lambda f: (f[1], f[0])):
        described = operation_of(handler.opt["operation"], handler.handler_name, path, refs)
        paths.setdefault(path, {})[method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "efface",
            "version": "1",
            "summary": "Takedown of intimate images published without consent.",
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where this page was fetched from."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key. Its scopes may be narrowed to: "
                    + ", ".join(f"`{scope}`" for scope in SCOPES)
                    + ".",
                }
            },
            "examples": examples_of(operations),
            "schemas": schemas,
        },
    }


def _schemas(operations: Iterable[Operation]) -> tuple[Refs, Page]:
    """Where each model is described, and the descriptions: what comes in by what is accepted."""
    incoming = {o.body for o in operations if o.body}
    outgoing = {o.answer for o in operations if o.answer} | {ProblemBody}
    modes = [(m, "validation") for m in sorted(incoming, key=lambda m: m.__name__)]
    modes += [(m, "serialization") for m in sorted(outgoing, key=lambda m: m.__name__)]
    refs, schemas = models_json_schema(modes, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    described = {name: _plain(schema) for name, schema in sorted(schemas["$defs"].items())}
    return {cast("type[BaseModel]", m): ref for (m, _), ref in refs.items()}, described


def _plain(schema: Any) -> Any:
    """Leave out titles that only repeat a name."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: v for k, v in schema.items() if not (k == "title" and isinstance(v, str))}
    return {k: v if k in ("examples", "default") else _plain(v) for k, v in kept.items()}


@cache
def text() -> str:
    """The page as it is committed and served."""
    from service.api import application  # noqa: PLC0415 - it serves this page itself

    page = build(application.declared())
    return json.dumps(page, indent=1, ensure_ascii=False) + "\n"


class ContractBody(BaseModel):
    """An OpenAPI 3.1 page."""


@route("GET", "/openapi.json", may=Permission.PUBLIC, tag="contract")
async def read_contract() -> Response[ContractBody]:
    """Read this page.

    The contract of the API, as OpenAPI 3.1.
    """
    return cast("Response[ContractBody]", Response(text().encode(), media_type=JSON))


HANDLERS = (read_contract,)

if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text())
    sys.stdout.write(f"{FILE}\n")
