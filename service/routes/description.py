"""What the OpenAPI description says of every operation, so that no route need repeat it."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from service.access.keys import SCOPES
from service.errors import PROBLEMS
from service.routes.access import REFUSALS, needed
from service.routes.answers import header
from service.routes.problems import documented

_REQUEST_ID = header("This request's id, also in the service's log; the caller's own if it sent a plain one.", "a1b2c3")


def complete(app: FastAPI) -> None:
    """Has the description of `app` name the header that the middleware gives every response, and mark files as such.

    FastAPI marks them by contentMediaType, as JSON Schema wants it; most generators of clients look at `format`.
    """
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = describe()
            _add_access(made)
            for response in _responses(made):
                response.setdefault("headers", {})["X-Request-ID"] = _REQUEST_ID
            _mark_files(made["components"]["schemas"])
        return app.openapi_schema or describe()

    app.openapi = described  # type: ignore[method-assign]  # the way that FastAPI documents


def _responses(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in description["paths"].values():
        for operation in path.values():
            yield from operation["responses"].values()


def _add_access(description: dict[str, Any]) -> None:
    """What is asked for before a request reaches its route, and how it is refused."""
    kinds = {"bearer": {"type": "http", "scheme": "bearer"}}
    kinds["header"] = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    description["components"]["securitySchemes"] = kinds
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if scopes := needed(method.upper(), path):
                operation["security"] = [{}, {"bearer": []}, {"header": []}]
                named = " or ".join(scope for scope in SCOPES if scope in scopes)
                operation["description"] += f"\n\nAn API key needs the scope {named}."
                for code in REFUSALS:
                    _add_problem(operation["responses"], code)


def _add_problem(responses: dict[str, Any], code: str) -> None:
    status = PROBLEMS[code].status
    described = documented(code)[status]
    del described["model"]  # which FastAPI would have replaced by now
    described["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/ErrorBody"}
    response = responses.setdefault(str(status), described)
    response["content"]["application/json"]["examples"] |= described["content"]["application/json"]["examples"]


def _mark_files(schema: object) -> None:
    if isinstance(schema, list):
        for each in schema:
            _mark_files(each)
    elif isinstance(schema, dict):
        if schema.get("contentMediaType") == "application/octet-stream":
            schema["format"] = "binary"
        for each in schema.values():
            _mark_files(each)
