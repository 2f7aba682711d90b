"""Rival (i): a plain FastAPI endpoint, torch eager in its threadpool. `python -m tools.rivals.plain RELEASE PORT`.

Threads, loop and parser are what FastAPI and uvicorn choose themselves.
"""

import sys
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Form, Response, UploadFile

from tools.rivals.work import Work


def create_app(release: Path) -> FastAPI:
    app, work = FastAPI(), Work(release)

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.post("/v1/{domain}/translate")
    def translate(domain: str, image: UploadFile, attributes: Annotated[str, Form()]) -> Response:
        order = work.open(image.file.read(), attributes)
        return Response(work.close(order, work.edit([order])[0]), media_type="image/jpeg")

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
