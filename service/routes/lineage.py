"""Where a release comes from, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Path

from service.errors import ServiceError
from service.jobs.lineage import outputs, promotions
from service.jobs.training_schemas import DeedView, LineageView
from service.routes.dependencies import StudioDep
from service.routes.forms import DomainPath
from service.routes.problems import documented
from service.routes.releases import mean_scores
from training.release import METRICS, read_config

router = APIRouter(prefix="/v1/{domain}", tags=["releases"])

ReleasePath = Annotated[
    str,
    Path(max_length=200, description="As GET /v1/{domain}/releases lists it.", examples=["init-88x72"]),
]


@router.get(
    "/releases/{name}/lineage",
    operation_id="get_release_lineage",
    responses=documented("invalid_request", "unknown_domain", "unknown_release"),
)
def get_release_lineage(studio: StudioDep, domain: DomainPath, name: ReleasePath) -> LineageView:
    """From the data to the photos: what a release was trained on, by which job, its scores, when it was served.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/releases/init-88x72/lineage
    ```
    """
    found = next((each.release for each in studio.engine.pool.releases(domain) if each.release.name == name), None)
    if found is None:
        known = f"GET /v1/{domain}/releases lists those that there are"
        raise ServiceError("unknown_release", f"There is no release {name!r} of {domain} that can be used; {known}.")
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
