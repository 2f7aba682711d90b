"""Portraits to try the page with: public-domain JPEGs in service/samples, described by its CREDITS.json."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from pydantic import BaseModel, TypeAdapter

from service.errors import ServiceError
from service.routes.answers import BINARY
from service.routes.dependencies import StudioDep
from service.routes.problems import documented
from service.schemas import SampleList, SampleView

router = APIRouter(prefix="/v1/samples", tags=["samples"])

SamplePath = Annotated[str, PathParameter(description="As GET /v1/samples lists it.", examples=["collins"])]

_PORTRAIT: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": BINARY}, "description": "The portrait."}}


class Sample(BaseModel):
    """One portrait; `name` is its file's name without the ending."""

    name: str
    title: str
    credit: str
    licence: str


@router.get("", operation_id="list_samples", responses=documented())
def list_samples(studio: StudioDep) -> SampleList:
    """Public-domain portraits that come with the service.

    ```sh
    curl http://127.0.0.1:8000/v1/samples
    ```
    """
    samples = read_samples(studio.settings.samples_dir)
    return SampleList(
        samples=[
            SampleView(name=sample.name, title=sample.title, credit=sample.credit, url=f"/v1/samples/{sample.name}.jpg")
            for sample in samples
        ]
    )


@router.get(
    "/{name}.jpg",
    operation_id="get_sample",
    response_class=FileResponse,
    responses=_PORTRAIT | documented("not_found", "invalid_request"),
)
def get_sample(studio: StudioDep, name: SamplePath) -> FileResponse:
    """One of the portraits.

    ```sh
    curl http://127.0.0.1:8000/v1/samples/collins.jpg -o portrait.jpg
    ```
    """
    folder = studio.settings.samples_dir
    if name not in {sample.name for sample in read_samples(folder)}:
        raise ServiceError("not_found", "There is no sample of that name; GET /v1/samples lists them.")
    return FileResponse(folder / f"{name}.jpg", headers={"Cache-Control": "public, max-age=86400"})


def read_samples(folder: Path) -> list[Sample]:
    """The samples of a folder; none where it has no CREDITS.json."""
    credits = folder / "CREDITS.json"
    return TypeAdapter(list[Sample]).validate_json(credits.read_bytes()) if credits.exists() else []
