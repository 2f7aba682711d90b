"""Jobs that train, and what they leave to look at."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response, status
from fastapi.responses import FileResponse

from service.errors import ServiceError
from service.jobs.artifacts import artifact
from service.jobs.models import Job
from service.jobs.recipes import Bounds, Ordered, check_recipe
from service.jobs.schemas import JobView
from service.jobs.training_schemas import TrainingOrder
from service.jobs.wanted import Wanted
from service.routes.accepting import ACCEPTED, PRIORITIES, IdempotencyKey, accept, check_webhook, fingerprint
from service.routes.answers import BINARY
from service.routes.dependencies import CallerDep, Studio, StudioDep
from service.routes.jobs import JobDep
from service.routes.problems import documented

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

ArtifactPath = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-z-]{1,60}\.(jpg|json)$",
        description="As the job's events `samples` and `mined` have it, or `grid.jpg` once it is evaluated.",
        examples=["samples-0000500.jpg"],
    ),
]
_ARTIFACT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A picture, or a table.",
        "content": {"image/jpeg": BINARY, "application/json": {"schema": {"type": "array", "items": {}}}},
    }
}
_CREATE_PROBLEMS = (
    "body_too_slow", "upload_too_large", "invalid_request", "invalid_training", "folder_not_allowed",
    "folder_not_found", "idempotency_conflict", "webhook_not_allowed", "too_busy", "no_room",
)  # fmt: skip


@router.post(
    "/trainings",
    operation_id="create_training_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=ACCEPTED | documented(*_CREATE_PROBLEMS),
)
def create_training_job(
    studio: StudioDep,
    caller: CallerDep,
    response: Response,
    order: TrainingOrder,
    idempotency_key: IdempotencyKey = None,
) -> JobView:
    """Trains a preset on a folder of photos, evaluates it, and makes a release, which is not promoted by itself.

    The folder is examined first, as `python -m training doctor` does. `GET /v1/jobs/{job_id}/events` tells of `stage`,
    `losses`, `samples` and `mined`. Cancelling keeps the last checkpoint, and trying again goes on from it.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/trainings \\
      --json '{"domain": "synthetic", "preset": "synthetic/init", "overrides": {"steps": 100, "options.hops": 2}}'
    ```
    """
    check_webhook(studio, order.webhook)
    wanted = Wanted(
        order.domain, priority=PRIORITIES[order.priority], owner=caller.id, idempotency_key=idempotency_key,
        fingerprint=fingerprint(order.model_dump(mode="json")), kind="training",
    )  # fmt: skip

    def make(job_id: str) -> Job:
        name = order.release or f"{order.preset.replace('/', '-')}-{job_id[:8]}"
        _check_release(studio, order.domain, name)
        ordered = Ordered(order.domain, order.preset, order.overrides, order.data)
        options = check_recipe(ordered, bounds(studio)) | {"release": name, "int8": order.int8}
        options |= {"webhook": order.webhook} if order.webhook else {}
        return studio.jobs.create(job_id, replace(wanted, options=options), [])

    return accept(studio, caller, response, wanted, make)


@router.get(
    "/{job_id}/artifacts/{name}",
    operation_id="get_job_artifact",
    response_class=Response,
    responses=_ARTIFACT | documented("invalid_request", "unknown_job", "unknown_artifact"),
)
def get_job_artifact(studio: StudioDep, job: JobDep, name: ArtifactPath) -> FileResponse:
    """A grid of edits of held-out photos, or what was mined: the samples that count most and least in the losses.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/$JOB/artifacts/samples-0000500.jpg -o samples.jpg
    ```
    """
    path = artifact(studio.settings.runs_dir / job.id, name)
    if path is None:
        raise ServiceError("unknown_artifact")
    return FileResponse(path, headers={"Cache-Control": "no-store"})


def _check_release(studio: Studio, domain: str, name: str) -> None:
    """Early: the job fails in its end where the name is taken by then."""
    if (studio.settings.releases_dir / domain / name).exists():
        sentence = f"{domain} has a release {name!r} already, and none is overwritten; choose another name."
        raise ServiceError("invalid_training", sentence)


def bounds(studio: Studio) -> Bounds:
    """Where data may lie, and how much of them is examined."""
    settings = studio.settings
    return Bounds(settings.training_folders, settings.training_photos, settings.doctor_seconds)
