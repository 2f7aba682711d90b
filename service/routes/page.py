"""The built page, and Swagger UI, both from local files: nothing is fetched from elsewhere."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)

_NOT_BUILT = "The page is not built yet: run `make run`, which builds it. The API works; /openapi.json describes it.\n"
_DOCS = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>INIT Studio: API</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/swagger/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/swagger/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
"""
_DOCS_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayOperationId: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""


@router.get("/docs")
async def docs() -> HTMLResponse:
    """The API explained, with forms to try it."""
    return HTMLResponse(_DOCS, headers={"Cache-Control": "no-cache"})


@router.get("/docs/start.js")
async def docs_start() -> Response:
    """Starts Swagger UI; a file of its own, because the page's policy allows no inline scripts."""
    return Response(_DOCS_START, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


class Page(StaticFiles):
    """Files of the built page. Those in assets/ have their content's hash in their name, so they never change."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """Starlette's, with cache headers; a sentence where nothing is built."""
        if path == "." and not Path(str(self.directory), "index.html").is_file():
            return PlainTextResponse(_NOT_BUILT, 503)
        response = await super().get_response(path, scope)
        immutable = path.startswith("assets/") and response.status_code == 200
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
        return response


def mount(app: FastAPI, folder: Path) -> None:
    """Serves the page at /; to be called last, because it takes every path that is left."""
    app.mount("/", Page(directory=folder, html=True, check_dir=False), name="page")
