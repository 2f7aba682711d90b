"""Jobs: how they stand, what became of them. Routes are plain functions, so FastAPI runs them in a worker thread."""

import shutil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response, status
from fastapi.responses import StreamingResponse
from pydantic.json_schema import SkipJsonSchema

from service.errors import ServiceError
from service.jobs.archive import member_name, stream_zip
from service.jobs.models import ACTIVE, ENDED, Job
from service.jobs.schemas import ItemList, ItemState, JobDetail, JobKind, JobList, JobState, JobView
from service.jobs.webhooks import last_call
from service.routes.answers import BINARY, IMAGES, in_header
from service.routes.dependencies import CallerDep, StudioDep, done
from service.routes.events import Board
from service.routes.problems import documented
from service.routes.views import call_view, item_view, job_view

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

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
OfKindQuery = Annotated[
    JobKind | SkipJsonSchema[None], Query(description="Only jobs of this kind.", examples=["translation"])
]
LastEventId = Annotated[
    int,
    Header(ge=0, le=2**31 - 1, description="The id of the last event that arrived; 0: from the first.", examples=[0]),
]
ItemStateQuery = Annotated[
    ItemState | SkipJsonSchema[None], Query(description="Only photos in this state.", examples=["failed"])
]

_FIND_PROBLEMS = ("invalid_request", "unknown_job")
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


def find_job(studio: StudioDep, caller: CallerDep, job_id: JobPath) -> Job:
    """The job of the path. Raises ServiceError, also where it is another's: that there is one is theirs to know."""
    job = studio.jobs.get(job_id)
    if not (caller.is_admin or job.owner == caller.id):
        raise ServiceError("unknown_job")
    return job


JobDep = Annotated[Job, Depends(find_job)]


@router.get("", operation_id="list_jobs", responses=documented("invalid_request"))
def list_jobs(
    studio: StudioDep,
    caller: CallerDep,
    limit: LimitQuery = 50,
    offset: OffsetQuery = 0,
    state: StatesQuery = [],  # noqa: B006 - FastAPI copies it
    domain: OfDomainQuery = None,
    kind: OfKindQuery = None,
) -> JobList:
    """All jobs, the newest first; with an API key those that were made with it.

    ```sh
    curl 'http://127.0.0.1:8000/v1/jobs?state=queued&state=running&limit=10'
    ```
    """
    jobs, total = studio.jobs.list(limit, offset, state, domain, None if caller.is_admin else caller.id, kind)
    return JobList(jobs=[job_view(job) for job in jobs], total=total)


@router.get("/{job_id}", operation_id="get_job", responses=documented(*_FIND_PROBLEMS))
def get_job(studio: StudioDep, job: JobDep) -> JobDetail:
    """A job, and where it stands. `GET /v1/jobs/{job_id}/events` tells of it as it goes on.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/$JOB
    ```
    """
    queue = studio.jobs.queue(job) if job.state in ACTIVE else None
    call = last_call(studio.jobs.database, job.id) if job.state in ENDED and "webhook" in job.options else None
    standing = {"ahead": queue and queue.ahead, "eta_seconds": queue and queue.seconds}
    return JobDetail(**job_view(job).model_dump(), **standing, webhook=call and call_view(call))


@router.get("/{job_id}/items", operation_id="list_job_items", responses=documented(*_FIND_PROBLEMS))
def list_job_items(
    studio: StudioDep, job: JobDep, after: AfterQuery = -1, limit: PhotosQuery = 200, state: ItemStateQuery = None
) -> ItemList:
    """A job's photos, a part at a time.

    ```sh
    curl "http://127.0.0.1:8000/v1/jobs/$JOB/items?state=failed"
    ```
    """
    items = studio.jobs.photos.list(job.id, after, limit, state)
    return ItemList(items=[item_view(item) for item in items], next=items[-1].index if len(items) == limit else None)


@router.get(
    "/{job_id}/items/{index}/result",
    operation_id="get_job_item_result",
    response_class=Response,
    responses=_PHOTO
    | documented(*_FIND_PROBLEMS, "unknown_photo", "photo_without_result", "folder_not_found", "folder_not_allowed"),
)
def get_job_item_result(studio: StudioDep, job: JobDep, index: IndexPath) -> Response:
    """An edited photo of a job, which may still run.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/$JOB/items/0/result -o edited.jpg
    ```
    """
    item = studio.jobs.photos.get(job.id, index)
    if not item.result:
        raise ServiceError("photo_without_result")
    headers = {
        "Content-Disposition": f'attachment; filename="{member_name(item)}"', "Cache-Control": "no-store",
        "X-Release": in_header(item.release or ""),
    }  # fmt: skip
    with studio.files.open(job, item) as file:
        data = file.read()
    return Response(data, media_type=f"image/{item.format}", headers=headers)


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
def cancel_job(studio: StudioDep, caller: CallerDep, job: JobDep) -> JobView:
    """Asks a job to stop. It ends after the photos in work, a few; what is already edited can be downloaded.

    ```sh
    curl -X POST http://127.0.0.1:8000/v1/jobs/$JOB/cancel
    ```
    """
    cancelled = studio.jobs.cancel(job.id)
    done(studio, caller, "cancel_job", job)
    return job_view(cancelled)


@router.post(
    "/{job_id}/retry",
    operation_id="retry_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented(*_FIND_PROBLEMS, "job_not_finished", "nothing_to_retry"),
)
def retry_job(studio: StudioDep, caller: CallerDep, job: JobDep) -> JobView:
    """Goes on with a job that has ended: with its photos that failed, or were not begun. What is edited stays.

    A training goes on from its last checkpoint.

    ```sh
    curl -X POST http://127.0.0.1:8000/v1/jobs/$JOB/retry
    ```
    """
    again = studio.jobs.retry(job.id)
    done(studio, caller, "retry_job", job)
    studio.enqueue(again)
    return job_view(again)


@router.delete(
    "/{job_id}",
    operation_id="delete_job",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented(*_FIND_PROBLEMS, "job_not_finished"),
)
def delete_job(studio: StudioDep, caller: CallerDep, job: JobDep) -> None:
    """Removes a job that has ended, with its photos, its results and its run, for good. A release stays.

    ```sh
    curl -X DELETE http://127.0.0.1:8000/v1/jobs/$JOB
    ```
    """
    studio.jobs.remove(job.id)
    studio.blobs.remove_group(job.id)
    shutil.rmtree(studio.settings.runs_dir / job.id, ignore_errors=True)
    done(studio, caller, "delete_job", job)


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
    zipped = stream_zip(job, studio.jobs, studio.files)
    return StreamingResponse(zipped, media_type="application/zip", headers=headers)
