"""Bulk jobs: many photos, one change. Every route is a plain function, so FastAPI runs it in a worker thread."""

import hashlib
import json
import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Header, Path, Query, Request, Response, UploadFile, status
from fastapi.responses import StreamingResponse
from pydantic.json_schema import SkipJsonSchema

from service.errors import ServiceError
from service.jobs.archive import member_name, stream_zip
from service.jobs.models import ACTIVE, ENDED, Job
from service.jobs.schemas import ItemList, ItemState, JobDetail, JobList, JobState, JobView
from service.jobs.store import Upload, Wanted
from service.routes.answers import BINARY, IMAGES, header
from service.routes.dependencies import Studio, StudioDep
from service.routes.events import Board
from service.routes.forms import AlignedField, AttributesField, FormatField, parse_change
from service.routes.problems import documented
from service.routes.uploads import FormRoute
from service.routes.views import item_view, job_view

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=FormRoute)

PRIORITIES = {"low": -1, "normal": 0, "high": 1}

ImagesField = Annotated[list[UploadFile], File(description="The photos, at most as many as a job may have.")]
DomainField = Annotated[str, Form(description="What the photos show; see GET /v1/domains.", examples=["faces"])]
UrgencyField = Annotated[
    Literal["low", "normal", "high"],
    Form(description="Jobs of a higher one go first; those of the same take turns.", examples=["high"]),
]
IdempotencyKey = Annotated[
    str | SkipJsonSchema[None],
    Header(
        min_length=1,
        max_length=200,
        pattern="^[ -~]+$",
        description="Any text of your own: a request that is sent again with it, because its answer was lost, makes no "
        "second job.",
        examples=["holiday-photos-1"],
    ),
]
JobPath = Annotated[
    str,
    Path(
        pattern="^[0-9A-Za-z_-]+$",
        description="As the answer to POST /v1/jobs/translations has it.",
        examples=["6f1c0b7e5d8c4c1f9a3e2b7d4f60a915"],
    ),
]
IndexPath = Annotated[
    int, Path(ge=0, le=2**31 - 1, description="The photo's place in the upload, from 0.", examples=[0])
]
LimitQuery = Annotated[int, Query(ge=1, le=200, description="The most jobs to list.", examples=[50])]
PhotosQuery = Annotated[int, Query(ge=1, le=1000, description="The most photos to list.", examples=[200])]
OffsetQuery = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="How many of the newest to leave out.", examples=[0])
]
AfterQuery = Annotated[
    int,
    Query(
        ge=-1, le=2**31 - 1, description="Lists what comes after this photo: `next` of the part before.", examples=[-1]
    ),
]
StatesQuery = Annotated[list[JobState], Query(description="Only jobs in one of these states.", examples=[["running"]])]
OfDomainQuery = Annotated[
    str | SkipJsonSchema[None], Query(description="Only jobs of this domain.", examples=["faces"], max_length=32)
]
LastEventId = Annotated[
    int,
    Header(ge=0, le=2**31 - 1, description="The id of the last event that arrived; 0: from the first.", examples=[0]),
]
ItemStateQuery = Annotated[
    ItemState | SkipJsonSchema[None], Query(description="Only photos in this state.", examples=["failed"])
]

_CREATE_PROBLEMS = (
    "malformed_request", "body_too_slow", "upload_too_large", "too_many_images", "invalid_request",
    "invalid_attributes", "unknown_attribute", "contradictory_attributes", "unknown_domain", "model_not_ready",
    "idempotency_conflict",
)  # fmt: skip
_FIND_PROBLEMS = ("invalid_request", "unknown_job")
_LOCATION = {"Location": header("The job's address.", "/v1/jobs/6f1c0b7e5d8c4c1f9a3e2b7d4f60a915")}
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"description": "Accepted", "headers": _LOCATION}}
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The edited photos, and manifest.json that says which file is which photo and what failed.",
        "content": {"application/zip": BINARY},
    }
}
_PHOTO: dict[int | str, dict[str, Any]] = {200: {"description": "The edited photo.", "content": IMAGES}}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The events.", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    204: {"description": "The job has ended, and all of it has been told."},
}


def find_job(studio: StudioDep, job_id: JobPath) -> Job:
    """The job of the path. Raises ServiceError."""
    return studio.jobs.get(job_id)


JobDep = Annotated[Job, Depends(find_job)]


@router.post(
    "/translations",
    operation_id="create_translation_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=_ACCEPTED | documented(*_CREATE_PROBLEMS),
)
def create_translation_job(
    studio: StudioDep,
    response: Response,
    images: ImagesField,
    attributes: AttributesField,
    domain: DomainField = "faces",
    format: FormatField = None,
    aligned: AlignedField = False,
    priority: UrgencyField = "normal",
    idempotency_key: IdempotencyKey = None,
) -> JobView:
    """Starts the same edit on many photos. A photo that cannot be read fails alone; ask for the job to follow it.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/translations \\
      -F images=@one.jpg -F images=@two.jpg -F 'attributes={"Smiling": true}'
    ```

    Of another domain than faces, before others, and safe to be sent twice:

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/translations -H 'Idempotency-Key: meadows-1' \\
      -F domain=seasons -F images=@one.jpg -F 'attributes={"Winter": true}' -F priority=high
    ```
    """
    change = parse_change(attributes, studio.engine.pool.describe(domain))
    if len(images) > studio.settings.max_job_images:
        most = studio.settings.max_job_images
        raise ServiceError("too_many_images", f"A job takes at most {most} photos; split it into several jobs.")
    asked = [
        domain,
        sorted(change.items()),
        format,
        aligned,
        priority,
        [(image.filename, image.size) for image in images],
    ]
    wanted = Wanted(
        domain, dict(change), format, aligned, PRIORITIES[priority],
        idempotency_key=idempotency_key, fingerprint=hashlib.sha256(json.dumps(asked).encode()).hexdigest(),
    )  # fmt: skip
    job = studio.jobs.made_with(wanted) or _create(studio, images, wanted)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job_view(job)


@router.get("", operation_id="list_jobs", responses=documented("invalid_request"))
def list_jobs(
    studio: StudioDep,
    limit: LimitQuery = 50,
    offset: OffsetQuery = 0,
    state: StatesQuery = [],  # noqa: B006 - FastAPI copies it
    domain: OfDomainQuery = None,
) -> JobList:
    """All jobs, the newest first.

    ```sh
    curl 'http://127.0.0.1:8000/v1/jobs?state=queued&state=running&limit=10'
    ```
    """
    jobs, total = studio.jobs.list(limit, offset, state, domain)
    return JobList(jobs=[job_view(job) for job in jobs], total=total)


@router.get("/{job_id}", operation_id="get_job", responses=documented(*_FIND_PROBLEMS))
def get_job(studio: StudioDep, job: JobDep) -> JobDetail:
    """A job, and where it stands. `GET /v1/jobs/{job_id}/events` tells of it as it goes on.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/$JOB
    ```
    """
    queue = studio.jobs.queue(job) if job.state in ACTIVE else None
    return JobDetail(**job_view(job).model_dump(), ahead=queue and queue.ahead, eta_seconds=queue and queue.seconds)


@router.get("/{job_id}/items", operation_id="list_job_items", responses=documented(*_FIND_PROBLEMS))
def list_job_items(
    studio: StudioDep, job: JobDep, after: AfterQuery = -1, limit: PhotosQuery = 200, state: ItemStateQuery = None
) -> ItemList:
    """A job's photos, a part at a time.

    ```sh
    curl "http://127.0.0.1:8000/v1/jobs/$JOB/items?state=failed"
    ```
    """
    items = studio.jobs.items(job.id, after, limit, state)
    return ItemList(items=[item_view(item) for item in items], next=items[-1].index if len(items) == limit else None)


@router.get(
    "/{job_id}/items/{index}/result",
    operation_id="get_job_item_result",
    response_class=Response,
    responses=_PHOTO | documented(*_FIND_PROBLEMS, "unknown_photo", "photo_without_result"),
)
def get_job_item_result(studio: StudioDep, job: JobDep, index: IndexPath) -> Response:
    """An edited photo of a job, which may still run.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/$JOB/items/0/result -o edited.jpg
    ```
    """
    item = studio.jobs.item(job.id, index)
    if not item.result:
        raise ServiceError("photo_without_result")
    headers = {
        "Content-Disposition": f'attachment; filename="{member_name(item)}"', "Cache-Control": "no-store",
        "X-Release": item.release or "",
    }  # fmt: skip
    return Response(studio.blobs.read(item.result), media_type=f"image/{item.format}", headers=headers)


@router.get(
    "/{job_id}/events",
    operation_id="watch_job",
    response_class=Response,
    responses=_EVENTS | documented(*_FIND_PROBLEMS),
)
async def watch_job(request: Request, studio: StudioDep, job: JobDep, last_event_id: LastEventId = 0) -> Response:
    """Tells of a job until it has ended, as server-sent events.

    `photo` has one of its photos that has just ended, as in `GET /v1/jobs/{job_id}/items`; `job` how the job stands, as
    in the list of jobs: at first, and whenever that changes. Who was cut off sends `Last-Event-ID`, as browsers do by
    themselves, and misses nothing; a job that has ended, and of which all has been told, is answered with 204.

    ```sh
    curl -N http://127.0.0.1:8000/v1/jobs/$JOB/events
    ```
    """
    if job.state in ENDED and last_event_id >= job.events:
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    board: Board = request.app.state.board
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # proxies pass each event on at once
    return StreamingResponse(board.watch(job.id, last_event_id), media_type="text/event-stream", headers=headers)


@router.post(
    "/{job_id}/cancel",
    operation_id="cancel_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented(*_FIND_PROBLEMS, "job_finished"),
)
def cancel_job(studio: StudioDep, job: JobDep) -> JobView:
    """Asks a job to stop. It ends after the photos in work, a few; what is already edited can be downloaded.

    ```sh
    curl -X POST http://127.0.0.1:8000/v1/jobs/$JOB/cancel
    ```
    """
    return job_view(studio.jobs.cancel(job.id))


@router.post(
    "/{job_id}/retry",
    operation_id="retry_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented(*_FIND_PROBLEMS, "job_not_finished", "nothing_to_retry"),
)
def retry_job(studio: StudioDep, job: JobDep) -> JobView:
    """Goes on with a job that has ended: with its photos that failed, or were not begun. What is edited stays.

    ```sh
    curl -X POST http://127.0.0.1:8000/v1/jobs/$JOB/retry
    ```
    """
    again = studio.jobs.retry(job.id)
    studio.enqueue(job.id)
    return job_view(again)


@router.delete(
    "/{job_id}",
    operation_id="delete_job",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented(*_FIND_PROBLEMS, "job_not_finished"),
)
def delete_job(studio: StudioDep, job: JobDep) -> None:
    """Removes a job that has ended, with its photos and its results, for good.

    ```sh
    curl -X DELETE http://127.0.0.1:8000/v1/jobs/$JOB
    ```
    """
    studio.jobs.remove(job.id)
    studio.blobs.remove_group(job.id)


@router.get(
    "/{job_id}/result",
    operation_id="get_job_result",
    response_class=Response,
    responses=_ZIP | documented(*_FIND_PROBLEMS, "job_not_finished", "job_without_result"),
)
def get_job_result(studio: StudioDep, job: JobDep) -> StreamingResponse:
    """The edited photos as a zip.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/$JOB/result -o edited.zip
    ```
    """
    if job.state not in ENDED:
        raise ServiceError("job_not_finished")
    if not job.done:
        raise ServiceError("job_without_result")
    headers = {"Content-Disposition": f'attachment; filename="edited-{job.id[:8]}.zip"', "Cache-Control": "no-store"}
    zipped = stream_zip(job, studio.jobs, studio.blobs)
    return StreamingResponse(zipped, media_type="application/zip", headers=headers)


def _create(studio: Studio, images: list[UploadFile], wanted: Wanted) -> Job:
    job_id = uuid.uuid4().hex
    job = None
    try:
        job = studio.jobs.create(job_id, wanted, [_store(studio, job_id, image) for image in images])
    finally:
        if job is None or job.id != job_id:  # nothing half-made remains, nor what another request has made already
            studio.blobs.remove_group(job_id)
    studio.enqueue(job.id)
    return job


def _store(studio: Studio, job_id: str, image: UploadFile) -> Upload:
    filename = (image.filename or "").replace("\0", "") or "photo"  # PostgreSQL's texts may hold anything but that
    most = studio.settings.max_bytes
    if (image.size or 0) > most:
        return Upload(filename, None, f"The file is larger than {most / 2**20:g} MiB; send a smaller one.")
    key = studio.blobs.new_key(job_id)
    studio.blobs.write(key, image.file)
    return Upload(filename, key)
