"""Where a release comes from, what became of it, and what lies beside its weights for people to read."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from fastapi.responses import FileResponse

from service.errors import ServiceError
from service.jobs.lineage import outputs, promotions
from service.jobs.training_schemas import DeedView, LineageView
from service.routes.answers import BINARY
from service.routes.dependencies import Studio, StudioDep
from service.routes.forms import DomainPath
from service.routes.problems import documented
from service.routes.releases import mean_scores
from training.release import CARD, CONFIG, GRID, METRICS, Release, read_config

router = APIRouter(prefix="/v1/{domain}", tags=["releases"])

ReleasePath = Annotated[
    str,
    Path(max_length=200, description="As GET /v1/{domain}/releases lists it.", examples=["newer"]),
]
FilePath = Annotated[
    Literal["MODEL_CARD.md", "metrics.json", "config.json", "grid.jpg"],
    Path(description="Which; the weights are not sent.", examples=["MODEL_CARD.md"]),
]
_MEDIA = {CARD: "text/markdown", METRICS: "application/json", CONFIG: "application/json", GRID: "image/jpeg"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            "text/markdown": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
            "image/jpeg": BINARY,
        },
    }
}


@router.get(
    "/releases/{name}/lineage",
    operation_id="get_release_lineage",
    responses=documented("invalid_request", "unknown_domain", "unknown_release"),
)
def get_release_lineage(studio: StudioDep, domain: DomainPath, name: ReleasePath) -> LineageView:
    """From the data to the photos: what a release was trained on, by which job, its scores, when it was served.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/releases/newer/lineage
    ```
    """
    found = find_release(studio, domain, name)
    config, database = read_config(found.path), studio.jobs.database
    return LineageView(
        name=found.name,
        digest=found.digest,
        data=config.data,
        job=config.job or None,
        method=config.method,
        step=config.step,
        evaluation=mean_scores(found.path / METRICS),
        promotions=[DeedView.model_validate(deed, from_attributes=True) for deed in promotions(database, domain, name)],
        outputs=outputs(database, found.name, found.digest),
    )


@router.get(
    "/releases/{name}/files/{file}",
    operation_id="get_release_file",
    response_class=Response,
    responses=_FILE | documented("invalid_request", "unknown_domain", "unknown_release", "unknown_release_file"),
)
def get_release_file(studio: StudioDep, domain: DomainPath, name: ReleasePath, file: FilePath) -> FileResponse:
    """What a release says of itself: its model card, its scores with their intervals, its options, a grid of edits.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/releases/newer/files/MODEL_CARD.md
    ```
    """
    path = find_release(studio, domain, name).path / file
    if not path.is_file():
        raise ServiceError("unknown_release_file")
    return FileResponse(path, media_type=_MEDIA[file], headers={"Cache-Control": "no-cache"})


def find_release(studio: Studio, domain: str, name: str) -> Release:
    """A release by its name. Raises ServiceError."""
    found = next((each.release for each in studio.engine.pool.releases(domain) if each.release.name == name), None)
    if found is None:
        known = f"GET /v1/{domain}/releases lists those that there are"
        raise ServiceError("unknown_release", f"There is no release {name!r} of {domain} that can be used; {known}.")
    return found
