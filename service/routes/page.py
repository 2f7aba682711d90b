"""The built page, and Swagger UI, both from local files: nothing is fetched from elsewhere."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from service.routes.dependencies import StudioDep
from service.routes.problems import on_error

router = APIRouter(include_in_schema=False)

NESTED = ("/bulk", "/train", "/releases", "/study")
VIEWS = ("/", "/seasons", "/edges", *NESTED, *(f"{path}/{{rest:path}}" for path in ("/edit", *NESTED)))
"""The addresses of the page's views (frontend/src/app/App.tsx), each answered with index.html, which does the rest."""
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


class Files(StaticFiles):
    """A folder of the built page, with one Cache-Control for all of it."""

    def __init__(self, directory: Path, cache: str) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._cache = cache

    async def check_config(self) -> None:
        """A folder that is not there yet is no fault; what is asked of it is not found."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """Starlette's, with the header."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = self._cache
        return response


def mount(app: FastAPI, folder: Path) -> None:
    """Serves the built page in `folder`. Not as one mount on /, which would answer in place of the API's own 405.

    A person who opens an address that there is not gets the page as well, which says so and leads on.
    """
    immutable = "public, max-age=31536000, immutable"  # names in assets/ carry a hash of their content
    app.mount("/assets", Files(folder / "assets", immutable))
    app.mount("/swagger", Files(folder / "swagger", "no-cache"))
    file = folder / "index.html"

    def missing(request: Request, error: Exception) -> Response:
        response = on_error(request, error)
        if not (_is_persons(request) and file.is_file()):
            return response
        return FileResponse(file, 404, headers={"Cache-Control": "no-cache"})

    app.add_exception_handler(404, missing)


def _is_persons(request: Request) -> bool:
    """Whether somebody has typed or followed an address, which is not one of the API's."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


async def index(studio: StudioDep) -> Response:
    """The page; a sentence where it is not built."""
    file = studio.settings.page_dir / "index.html"
    if not file.is_file():
        return PlainTextResponse(_NOT_BUILT, 503)
    return FileResponse(file, headers={"Cache-Control": "no-cache"})


for address in VIEWS:
    router.add_api_route(address, index, methods=["GET"])
