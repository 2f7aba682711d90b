"""Bulk jobs: many photos, one change. Every route is a plain function, so FastAPI runs it in a worker thread."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Path, Query, Response, UploadFile, status
from fastapi.responses import StreamingResponse

from service.errors import ServiceError
from service.jobs.archive import stream_zip
from service.jobs.models import ENDED, Job
from service.jobs.schemas import ItemView, JobDetail, JobList, JobView
from service.jobs.store import Upload
from service.routes.answers import BINARY, header
from service.routes.dependencies import Studio, StudioDep
from service.routes.forms import AlignedField, AttributesField, FormatField, parse_change
from service.routes.problems import documented
from service.routes.uploads import FormRoute
from service.schemas import ReleaseView

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=FormRoute)

ImagesField = Annotated[list[UploadFile], File(description="The photos, at most as many as a job may have.")]
DomainField = Annotated[str, Form(description="What the photos show; see GET /v1/domains.", examples=["faces"])]
JobPath = Annotated[
    str,
    Path(
        pattern="^[0-9A-Za-z_-]+$",
        description="As the answer to POST /v1/jobs has it.",
        examples=["6f1c0b7e5d8c4c1f9a3e2b7d4f60a915"],
    ),
]
LimitQuery = Annotated[int, Query(ge=1, le=200, description="The most jobs to list.", examples=[50])]
OffsetQuery = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="How many of the newest to leave out.", examples=[0])
]

_CREATE_PROBLEMS = (
    "malformed_request", "body_too_slow", "upload_too_large", "too_many_images", "invalid_request",
    "invalid_attributes", "unknown_attribute", "contradictory_attributes", "unknown_domain", "model_not_ready",
)  # fmt: skip
_LOCATION = {"Location": header("The job's address.", "/v1/jobs/6f1c0b7e5d8c4c1f9a3e2b7d4f60a915")}
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"description": "Accepted", "headers": _LOCATION}}
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The edited photos, and manifest.json that says which file is which photo and what failed.",
        "content": {"application/zip": BINARY},
    }
}


@router.post(
    "",
    operation_id="create_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=_ACCEPTED | documented(*_CREATE_PROBLEMS),
)
def create_job(
    studio: StudioDep,
    response: Response,
    images: ImagesField,
    attributes: AttributesField,
    domain: DomainField = "faces",
    format: FormatField = None,
    aligned: AlignedField = False,
) -> JobView:
    """Starts the same edit on many photos. A photo that cannot be read fails alone; ask for the job to follow it.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs -F images=@one.jpg -F images=@two.jpg -F 'attributes={"Smiling": true}'
    ```

    Of another domain than faces:

    ```sh
    curl http://127.0.0.1:8000/v1/jobs -F domain=seasons -F images=@one.jpg -F 'attributes={"Winter": true}'
    ```
    """
    change = parse_change(attributes, studio.engine.pool.describe(domain))
    if len(images) > studio.settings.max_job_images:
        most = studio.settings.max_job_images
        raise ServiceError("too_many_images", f"A job takes at most {most} photos; split it into several jobs.")
    job = _create(studio, images, domain, dict(change), format, aligned)
    studio.enqueue(job.id)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job_view(job)


@router.get("", operation_id="list_jobs", responses=documented("invalid_request"))
def list_jobs(studio: StudioDep, limit: LimitQuery = 50, offset: OffsetQuery = 0) -> JobList:
    """All jobs, the newest first.

    ```sh
    curl 'http://127.0.0.1:8000/v1/jobs?limit=10'
    ```
    """
    jobs, total = studio.jobs.list(limit, offset)
    return JobList(jobs=[job_view(job) for job in jobs], total=total)


@router.get("/{job_id}", operation_id="get_job", responses=documented("invalid_request", "unknown_job"))
def get_job(studio: StudioDep, job_id: JobPath) -> JobDetail:
    """A job with its photos. Ask again each second or so until `state` is succeeded, failed or cancelled.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/$JOB
    ```
    """
    job = studio.jobs.get(job_id, items=True)
    items = [
        ItemView(index=item.index, filename=item.filename, state=item.state, error=item.error) for item in job.items
    ]
    return JobDetail(**job_view(job).model_dump(), items=items)


@router.post(
    "/{job_id}/cancel",
    operation_id="cancel_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented("invalid_request", "unknown_job", "job_finished"),
)
def cancel_job(studio: StudioDep, job_id: JobPath) -> JobView:
    """Asks a job to stop. It ends after the photos in work, a few; what is already edited can be downloaded.

    ```sh
    curl -X POST http://127.0.0.1:8000/v1/jobs/$JOB/cancel
    ```
    """
    return job_view(studio.jobs.cancel(job_id))


@router.get(
    "/{job_id}/result",
    operation_id="get_job_result",
    response_class=Response,
    responses=_ZIP | documented("invalid_request", "unknown_job", "job_not_finished", "job_without_result"),
)
def get_job_result(studio: StudioDep, job_id: JobPath) -> StreamingResponse:
    """The edited photos as a zip.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/$JOB/result -o edited.zip
    ```
    """
    job = studio.jobs.get(job_id, items=True)
    if job.state not in ENDED:
        raise ServiceError("job_not_finished")
    if not job.done:
        raise ServiceError("job_without_result")
    headers = {"Content-Disposition": f'attachment; filename="edited-{job.id[:8]}.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(stream_zip(job, studio.blobs), media_type="application/zip", headers=headers)


def job_view(job: Job) -> JobView:
    """A row as the API shows it."""
    release = job.release_name and job.release_digest
    fields = {name: getattr(job, name) for name in JobView.model_fields if name not in ("release", "result_url")}
    return JobView.model_validate(
        {
            **fields,
            "release": ReleaseView(name=job.release_name or "", digest=job.release_digest or "") if release else None,
            "result_url": f"/v1/jobs/{job.id}/result" if job.state in ENDED and job.done else None,
        }
    )


def _create(
    studio: Studio,
    images: list[UploadFile],
    domain: str,
    change: dict[str, bool],
    format: str | None,
    aligned: bool,
) -> Job:
    job_id = uuid.uuid4().hex
    try:
        uploads = [_store(studio, job_id, image) for image in images]
        return studio.jobs.create(job_id, domain, change, format, uploads, aligned)
    except BaseException:
        studio.blobs.remove_group(job_id)
        raise


def _store(studio: Studio, job_id: str, image: UploadFile) -> Upload:
    filename = (image.filename or "").replace("\0", "") or "photo"  # PostgreSQL's texts may hold anything but that
    most = studio.settings.max_bytes
    if (image.size or 0) > most:
        return Upload(filename, None, f"The file is larger than {most / 2**20:g} MiB; send a smaller one.")
    key = studio.blobs.new_key(job_id)
    studio.blobs.write(key, image.file)
    return Upload(filename, key)
