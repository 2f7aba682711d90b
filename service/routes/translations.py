"""Jobs that edit many photos: how they are asked for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, File, Form, Response, UploadFile, status
from pydantic.json_schema import SkipJsonSchema

from service.access.keys import Caller
from service.access.ledger import Bill
from service.engine.translate import check_order
from service.errors import ServiceError
from service.jobs.files import result_names
from service.jobs.intake import (
    Limits,
    from_folder,
    from_uploads,
    from_zip,
    read_targets,
    with_names_of_their_own,
    with_targets,
)
from service.jobs.models import Job
from service.jobs.schemas import JobView
from service.jobs.translation import photo_order
from service.jobs.wanted import Wanted
from service.routes.accepting import ACCEPTED, PRIORITIES, IdempotencyKey, accept, check_webhook, fingerprint
from service.routes.dependencies import CallerDep, Studio, StudioDep
from service.routes.forms import (
    AlignedField,
    FormatField,
    StrengthField,
    StrengthsField,
    parse_change,
    parse_strengths,
)
from service.routes.problems import documented
from service.routes.uploads import FormRoute
from service.storage import new_key
from training.domains import Domain

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=FormRoute)

ImagesField = Annotated[list[UploadFile], File(description="The photos, at most as many as a job may have.")]
ArchiveField = Annotated[
    UploadFile | SkipJsonSchema[None], File(description="In place of `images`: a zip of photos, in folders or not.")
]
FolderField = Annotated[
    str | SkipJsonSchema[None],
    Form(
        description="In place of `images`: a folder of the service's machine, with all folders in it. Only what "
        "INIT_FOLDERS allows.",
        examples=["/photos/holiday"],
    ),
]
IntoField = Annotated[
    str | SkipJsonSchema[None],
    Form(
        description="A folder of the service's machine where results go, as they come, by their photos' names. Only "
        "what INIT_FOLDERS allows.",
        examples=["/edited/holiday"],
    ),
]
TargetsField = Annotated[
    UploadFile | SkipJsonSchema[None],
    File(
        description="A table that says what each photo is to become: CSV with a column `filename` and one for each "
        'attribute, or lines of JSON, {"filename": "a.jpg", "attributes": {"Smiling": true}}. Photos that it leaves '
        "out are changed as `attributes` says."
    ),
]
WebhookField = Annotated[
    str | SkipJsonSchema[None],
    Form(
        description="Address that is sent a POST once the job has ended, signed by X-INIT-Signature, again and again "
        "until it is answered with 2xx. Only a public one, and only where INIT_WEBHOOK_SECRET is set.",
        examples=["https://example.org/done"],
    ),
]
JobAttributesField = Annotated[
    str | SkipJsonSchema[None],
    Form(
        description="JSON object of the attributes to change in every photo, true or false.",
        examples=['{"Smiling": true}'],
    ),
]
DomainField = Annotated[str, Form(description="What the photos show; see GET /v1/domains.", examples=["faces"])]
UrgencyField = Annotated[
    Literal["low", "normal", "high"],
    Form(description="Jobs of a higher one go first; those of the same take turns.", examples=["high"]),
]
_CREATE_PROBLEMS = (
    "malformed_request", "body_too_slow", "upload_too_large", "too_many_images", "invalid_request",
    "invalid_attributes", "unknown_attribute", "contradictory_attributes", "unknown_domain", "model_not_ready",
    "idempotency_conflict", "invalid_archive", "invalid_targets", "folder_not_allowed", "folder_not_found",
    "webhook_not_allowed", "invalid_strength", "too_busy", "no_room",
)  # fmt: skip
_MOST_TABLE = 2**25  # bytes of a table of targets that are read


@router.post(
    "/translations",
    operation_id="create_translation_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=ACCEPTED | documented(*_CREATE_PROBLEMS),
)
def create_translation_job(
    studio: StudioDep,
    caller: CallerDep,
    response: Response,
    images: ImagesField = [],  # noqa: B006 - FastAPI copies it
    archive: ArchiveField = None,
    folder: FolderField = None,
    attributes: JobAttributesField = None,
    targets: TargetsField = None,
    strength: StrengthField = 1.0,
    strengths: StrengthsField = None,
    domain: DomainField = "faces",
    format: FormatField = None,
    aligned: AlignedField = False,
    into: IntoField = None,
    webhook: WebhookField = None,
    priority: UrgencyField = "normal",
    idempotency_key: IdempotencyKey = None,
) -> JobView:
    """Starts an edit of many photos. A photo that cannot be read fails alone; ask for the job to follow it.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/translations \\
      -F images=@one.jpg -F images=@two.jpg -F 'attributes={"Smiling": true}'
    ```

    Of another domain than faces, before others, and safe to be sent twice:

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/translations -H 'Idempotency-Key: meadows-1' \\
      -F domain=seasons -F images=@one.jpg -F 'attributes={"Winter": true}' -F priority=high
    ```

    A zip, and for each photo in it something else:

    ```sh
    printf 'filename,Smiling,Eyeglasses\\none.jpg,true,\\ntwo.jpg,,false\\n' > targets.csv
    curl http://127.0.0.1:8000/v1/jobs/translations -F archive=@photos.zip -F targets=@targets.csv
    ```
    """
    described = studio.engine.pool.describe(domain)
    change = parse_change(attributes) if attributes is not None else {}
    if not change and targets is None:
        raise ServiceError("invalid_request", "Send attributes, or targets: what the photos are to become.")
    if [bool(images), archive is not None, folder is not None].count(True) != 1:
        raise ServiceError("invalid_request", "Send one of images, archive and folder: where the photos are.")
    if len(images) > (most := studio.settings.max_job_files):
        raise ServiceError("too_many_images", f"A form takes at most {most} photos; send them as a zip.")
    files = [*images, *(file for file in (archive, targets) if file is not None)]
    sent = [(file.filename, file.size) for file in files]
    options: dict[str, Any] = {"strength": strength, "folder": folder, "into": into, "webhook": webhook}
    options |= {"strengths": dict(parse_strengths(strengths)) or None}
    asked = [domain, sorted(change.items()), format, aligned, priority, sent, options]
    wanted = Wanted(
        domain, dict(change), format, aligned, PRIORITIES[priority], caller.id,
        idempotency_key=idempotency_key, fingerprint=fingerprint(asked),
        options={name: value for name, value in options.items() if value is not None},
    )  # fmt: skip
    check_webhook(studio, webhook)
    studio.files.check(folder, into)
    table = read_targets(targets.file.read(_MOST_TABLE), described.attributes) if targets else {}
    _check_orders(described, [*([change] if change else []), *table.values()], wanted.options)

    def make(job_id: str) -> Job:
        return _create(studio, caller, job_id, wanted, images, archive, folder, table)

    return accept(studio, caller, response, wanted, make)


def _check_orders(domain: Domain, changes: Sequence[Mapping[str, bool]], options: Mapping[str, Any]) -> None:
    """Raises ServiceError or AttributeChangeError where a photo could not be edited so, or a strength is of nothing."""
    for change in changes:
        check_order(domain, photo_order(change, options))
    for name in options.get("strengths", ()):
        if not any(name in change for change in changes):
            raise ServiceError("invalid_strength", f"strengths names {name!r}, which no photo of the job changes.")


def _create(
    studio: Studio,
    caller: Caller,
    job_id: str,
    wanted: Wanted,
    images: list[UploadFile],
    archive: UploadFile | None,
    folder: str | None,
    table: Mapping[str, Mapping[str, bool]],
) -> Job:
    settings = studio.settings
    limits = Limits(settings.max_job_images, settings.max_bytes, settings.max_job_bytes)

    def keep(file: BinaryIO) -> str:
        key = new_key(job_id)
        studio.blobs.write(key, file)
        return key

    if folder is not None:
        uploads = from_folder(studio.files.folder(folder), limits)
    elif archive is not None:
        uploads = from_zip(archive.file, keep, limits)
    else:
        uploads = from_uploads([(image.filename or "", image.size or 0, image.file) for image in images], keep, limits)
    uploads = with_targets(uploads, table, wanted.attributes) if table else uploads
    if "into" in wanted.options:
        uploads = with_names_of_their_own(uploads, lambda name, place: result_names(name, place, wanted.format))
    job, bill = None, Bill(studio.ledger, caller)
    try:
        job = studio.jobs.create(job_id, wanted, bill.each(uploads))
    finally:
        if job is None or job.id != job_id:  # nothing half-made remains, nor what another request has made already
            studio.blobs.remove_group(job_id)
            bill.cancel()
    return job
