"""What the OpenAPI description says of every operation, so that no route need repeat it."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from service.routes.answers import header

_REQUEST_ID = header("This request's id, also in the service's log; the caller's own if it sent a plain one.", "a1b2c3")


def complete(app: FastAPI) -> None:
    """Has the description of `app` name the header that the middleware gives every response, and mark files as such.

    FastAPI marks them by contentMediaType, as JSON Schema wants it; most generators of clients look at `format`.
    """
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = describe()
            for response in _responses(made):
                response.setdefault("headers", {})["X-Request-ID"] = _REQUEST_ID
            _mark_files(made["components"]["schemas"])
        return app.openapi_schema or describe()

    app.openapi = described  # type: ignore[method-assign]  # the way that FastAPI documents


def _responses(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in description["paths"].values():
        for operation in path.values():
            yield from operation["responses"].values()


def _mark_files(schema: object) -> None:
    if isinstance(schema, list):
        for each in schema:
            _mark_files(each)
    elif isinstance(schema, dict):
        if schema.get("contentMediaType") == "application/octet-stream":
            schema["format"] = "binary"
        for each in schema.values():
            _mark_files(each)
