"""Setting up a study: what is asked for, the photos that come with it, and the job that makes its pictures."""

import hashlib
import json
import uuid
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Form, Response, UploadFile, status
from pydantic import StrictBool, TypeAdapter, ValidationError

from service.access.keys import Caller
from service.access.ledger import Bill
from service.errors import ServiceError
from service.jobs.deeds import record
from service.jobs.intake import Limits, from_uploads, from_zip
from service.jobs.models import Study
from service.jobs.wanted import Upload, Wanted
from service.routes.accepting import IdempotencyKey
from service.routes.answers import header
from service.routes.dependencies import CallerDep, Studio, StudioDep
from service.routes.forms import AlignedField
from service.routes.problems import documented
from service.routes.studies import study_view
from service.routes.translations import ArchiveField, DomainField, ImagesField
from service.routes.uploads import FormRoute
from service.storage import new_key
from service.studies.blinding import new_seed, new_token
from service.studies.intake import reduced
from service.studies.plan import items_of
from service.studies.schemas import QUESTION, StudyView
from service.studies.store import Found
from training import images as photos
from training.domains import check_change

FEWEST, MOST_CANDIDATES, MOST_EDITS = 2, 4, 32

router = APIRouter(prefix="/v1/studies", tags=["studies"], route_class=FormRoute)

NameField = Annotated[
    str,
    Form(
        min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$", description="For you; voters do not see it.",
        examples=["Old against new"],
    ),
]  # fmt: skip
QuestionField = Annotated[
    str,
    Form(
        min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]+$", description="That voters are asked.",
        examples=[QUESTION],
    ),
]  # fmt: skip
CandidatesField = Annotated[
    str,
    Form(
        description="JSON list of 2 to 4 releases of the domain, by their names, or by their digests or at least 12 of "
        "those's first digits.",
        examples=['["older", "newer"]'],
    ),
]
EditsField = Annotated[
    str,
    Form(
        description="JSON list of changes, each an object as for `translate`; every one is made in every photo.",
        examples=['[{"Smiling": true}]'],
    ),
]

_CREATE_PROBLEMS = (
    "malformed_request", "body_too_slow", "upload_too_large", "too_many_images", "invalid_request",
    "invalid_attributes", "unknown_attribute", "contradictory_attributes", "unknown_domain", "model_not_ready",
    "unknown_release", "invalid_candidates", "too_many_edits", "idempotency_conflict", "invalid_archive",
    "too_busy", "no_room",
)  # fmt: skip
_LOCATION = {"Location": header("The study's address.", "/v1/studies/6f1c0b7e5d8c4c1f9a3e2b7d4f60a915")}
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"description": "Accepted", "headers": _LOCATION}}
_NAMES = TypeAdapter(list[str])
_CHANGES = TypeAdapter(list[dict[str, StrictBool]])


@router.post(
    "",
    operation_id="create_study",
    status_code=status.HTTP_202_ACCEPTED,
    responses=_ACCEPTED | documented(*_CREATE_PROBLEMS),
)
def create_study(
    studio: StudioDep,
    caller: CallerDep,
    response: Response,
    name: NameField,
    candidates: CandidatesField,
    edits: EditsField,
    images: ImagesField = [],  # noqa: B006 - FastAPI copies it
    archive: ArchiveField = None,
    question: QuestionField = QUESTION,
    domain: DomainField = "faces",
    aligned: AlignedField = False,
    idempotency_key: IdempotencyKey = None,
) -> StudyView:
    """Sets up a blind study: people say which release's result is the best, as for Table 2 of the paper.

    Every candidate makes every edit of every photo first, as a job of the same id, so that nobody who votes waits.
    Photos are reduced to at most 1024 pixels a side. A photo that cannot be read or edited is left out. Give
    `vote_url` to those who are to vote; they need no API key.

    ```sh
    curl http://127.0.0.1:8000/v1/studies -F name='Old against new' \\
      -F 'candidates=["older", "newer"]' -F 'edits=[{"Smiling": true}]' -F images=@one.jpg -F images=@two.jpg
    ```
    """
    if bool(images) == (archive is not None):
        raise ServiceError("invalid_request", "Send either images or archive: where the photos are.")
    if len(images) > (most := studio.settings.max_job_files):
        raise ServiceError("too_many_images", f"A form takes at most {most} photos; send them as a zip.")
    changes = parse_edits(studio, domain, edits)
    named = parse_candidates(studio, domain, candidates)
    sent = [(file.filename, file.size) for file in (*images, *([archive] if archive else ()))]
    asked = json.dumps([name, question, domain, named, changes, aligned, sent])
    wanted = Wanted(
        domain, aligned=aligned, owner=caller.id, kind="study", idempotency_key=idempotency_key,
        fingerprint=hashlib.sha256(asked.encode()).hexdigest(),
        options={"candidates": [each["digest"] for each in named], "names": [each["name"] for each in named]},
    )  # fmt: skip
    if (made := studio.jobs.made_with(wanted)) is None:
        study = Study(name=name, question=question, candidates=named, edits=changes, token=new_token(), seed=new_seed())
        found = _create(studio, caller, wanted, study, images, archive)
    else:
        found = studio.studies.get(made.id)
    response.headers["Location"] = f"/v1/studies/{found.study.id}"
    return study_view(studio, found)


def parse_candidates(studio: Studio, domain: str, text: str) -> list[dict[str, str]]:
    """The releases that the field `candidates` names. Raises ServiceError."""
    try:
        named = _NAMES.validate_json(text)
    except ValidationError:
        named = []
    if not FEWEST <= len(named) <= MOST_CANDIDATES:
        raise ServiceError("invalid_candidates")
    releases = [each.release for each in studio.engine.pool.releases(domain)]
    found = []
    for name in named:
        fits = [each for each in releases if each.name == name or (len(name) >= 12 and each.digest.startswith(name))]
        if not fits:
            known = ", ".join(each.name for each in releases) or "none"
            raise ServiceError("unknown_release", f"There is no release {name!r} of {domain}; there are: {known}.")
        found.append({"name": fits[0].name, "digest": fits[0].digest})
    if len({each["name"] for each in found}) < len(found):
        raise ServiceError("invalid_candidates", "A release is named twice; name 2 to 4 that differ.")
    return found


def parse_edits(studio: Studio, domain: str, text: str) -> list[dict[str, bool]]:
    """The changes that the field `edits` asks for. Raises ServiceError or AttributeChangeError."""
    described = studio.engine.pool.describe(domain)
    try:
        edits = _CHANGES.validate_json(text)
    except ValidationError:
        edits = []
    if not edits or not all(edits):
        sentence = 'edits must be a JSON list of objects of true and false, such as [{"Smiling": true}].'
        raise ServiceError("invalid_attributes", sentence)
    if len(edits) > MOST_EDITS:
        raise ServiceError("too_many_edits", f"A study has at most {MOST_EDITS} edits, and these are {len(edits)}.")
    for edit in edits:
        check_change(described, edit)
    return [dict(each) for each in dict.fromkeys(tuple(sorted(edit.items())) for edit in edits)]


def _create(
    studio: Studio, caller: Caller, wanted: Wanted, study: Study, images: list[UploadFile], archive: UploadFile | None
) -> Found:
    job_id, bill, found = uuid.uuid4().hex, Bill(studio.ledger, caller), None
    edits, candidates = len(study.edits), len(study.candidates)
    try:
        taken = _photos(studio, job_id, edits * candidates, images, archive)
        job = studio.jobs.create(job_id, wanted, bill.each(items_of(taken, study.edits, candidates)))
        study.id, study.photos = job_id, len(taken)
        found = studio.studies.add(study) if job.id == job_id else studio.studies.get(job.id)
    finally:
        if found is None or found.study.id != job_id:  # nothing half-made remains, nor what another request has made
            studio.blobs.remove_group(job_id)
            bill.cancel()
    if found.study.id == job_id:
        numbers = {"photos": len(taken), "edits": edits, "candidates": candidates}
        record(studio.jobs.database, caller.who, "create_study", wanted.domain, job_id, data=numbers)
        studio.enqueue(found.job)
    return found


def _photos(
    studio: Studio, job_id: str, each: int, images: list[UploadFile], archive: UploadFile | None
) -> list[Upload]:
    """The photos, reduced and kept; `each` is how many pictures one is to have. Raises ServiceError."""
    settings = studio.settings
    most = settings.max_job_images // each
    limits = Limits(most, settings.max_bytes, settings.max_job_bytes)

    def keep(file: BinaryIO) -> str:
        key = new_key(job_id)
        studio.blobs.write(key, file)
        return key

    if archive is not None:
        uploads = from_zip(archive.file, keep, limits)
    else:
        uploads = from_uploads([(image.filename or "", image.size or 0, image.file) for image in images], keep, limits)
    try:
        taken = list(reduced(uploads, studio.blobs, photos.Limits(settings.max_bytes, settings.max_pixels)))
    except ServiceError as error:
        if error.problem.code != "too_many_images":
            raise
        sentence = f"With these edits and candidates a study takes at most {most} photos; leave some out."
        raise ServiceError("too_many_images", sentence) from None
    if not any(photo.source for photo in taken):
        why = taken[0].error if taken else "there is none"
        raise ServiceError("invalid_request", f"No photo can be used: {why}")
    return taken
