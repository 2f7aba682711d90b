"""Evaluations: jobs that score a release, the schedules that ask for them, and what they found."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response, status
from pydantic.json_schema import SkipJsonSchema

from service.errors import ServiceError
from service.jobs.deeds import newest
from service.jobs.models import Deed, Schedule, Score
from service.jobs.references import no_reference, reference_folder
from service.jobs.schemas import JobView
from service.jobs.score_schemas import (
    EvaluationWanted,
    PromotionList,
    PromotionNote,
    ScheduleList,
    ScheduleView,
    ScheduleWanted,
    ScoreList,
    ScoreView,
)
from service.jobs.wanted import Wanted
from service.routes.accepting import ACCEPTED, PRIORITIES, IdempotencyKey, accept, check_webhook, fingerprint
from service.routes.dependencies import CallerDep, StudioDep
from service.routes.forms import DomainPath
from service.routes.problems import documented
from training.data.layouts import detect
from training.data.table import DataError

router = APIRouter(tags=["releases"])

ScheduledPath = Annotated[str, Path(max_length=32, description="Whose; see GET /v1/domains.", examples=["faces"])]
PartQuery = Annotated[int, Query(ge=1, le=200, description="The most to list.", examples=[50])]
BeforeQuery = Annotated[
    int | SkipJsonSchema[None],
    Query(ge=1, le=2**31 - 1, description="Lists what is older: `next` of the part before.", examples=[2**31 - 1]),
]


@router.post(
    "/v1/jobs/evaluations",
    operation_id="create_evaluation_job",
    status_code=status.HTTP_202_ACCEPTED,
    responses=ACCEPTED
    | documented(
        "body_too_slow", "upload_too_large", "invalid_request", "unknown_domain", "unknown_release", "no_reference",
        "invalid_reference", "folder_not_allowed", "folder_not_found", "idempotency_conflict", "webhook_not_allowed",
        "too_busy", "no_room",
    ),
)  # fmt: skip
def create_evaluation_job(
    studio: StudioDep,
    caller: CallerDep,
    response: Response,
    wanted: EvaluationWanted,
    idempotency_key: IdempotencyKey = None,
) -> JobView:
    """Scores a release on photos that it was not trained on: accuracy, preservation and a Fréchet distance.

    Each with its interval. The job's `progress` has how many edits are made, its `outcome` the scores.

    ```sh
    curl http://127.0.0.1:8000/v1/jobs/evaluations --json '{"domain": "faces", "release": "newer"}'
    ```
    """
    check_webhook(studio, wanted.webhook)
    names = [each.release.name for each in studio.engine.pool.releases(wanted.domain)]
    if wanted.release is not None and wanted.release not in names:
        known = ", ".join(names) or "none"
        raise ServiceError(
            "unknown_release", f"There is no release {wanted.release!r} of {wanted.domain}; there are: {known}."
        )
    try:
        detect(reference_folder(wanted.domain, wanted.reference, studio.files, studio.settings.references))
    except DataError as error:
        raise ServiceError("invalid_reference") from error
    job = Wanted(
        wanted.domain, priority=PRIORITIES[wanted.priority], owner=caller.id, kind="evaluation",
        idempotency_key=idempotency_key, fingerprint=fingerprint(wanted.model_dump(mode="json")),
        options=wanted.model_dump(include={"release", "reference", "webhook"}, exclude_none=True),
    )  # fmt: skip
    return accept(studio, caller, response, job, lambda job_id: studio.jobs.create(job_id, job, []))


@router.get("/v1/schedules", operation_id="list_schedules", responses=documented())
def list_schedules(studio: StudioDep) -> ScheduleList:
    """When the promoted releases are evaluated.

    ```sh
    curl http://127.0.0.1:8000/v1/schedules
    ```
    """
    return ScheduleList(schedules=[schedule_view(each) for each in studio.schedules.all()])


@router.put(
    "/v1/schedules/{domain}",
    operation_id="put_schedule",
    responses=documented(
        "body_too_slow", "upload_too_large", "invalid_request", "unknown_domain", "no_reference", "invalid_schedule"
    ),
)
def put_schedule(studio: StudioDep, domain: ScheduledPath, wanted: ScheduleWanted) -> ScheduleView:
    """Has a domain's promoted release evaluated again and again, on the photos that INIT_REFERENCES sets.

    What comes due while the service is down is made up for once.

    ```sh
    curl -X PUT http://127.0.0.1:8000/v1/schedules/faces --json '{"cron": "0 3 * * *"}'
    ```
    """
    studio.engine.pool.known(domain)
    if domain not in studio.settings.references:
        raise ServiceError("no_reference", no_reference(domain))
    return schedule_view(studio.schedules.put(domain, wanted.cron, wanted.enabled))


@router.delete(
    "/v1/schedules/{domain}",
    operation_id="delete_schedule",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented("invalid_request", "unknown_schedule"),
)
def delete_schedule(studio: StudioDep, domain: ScheduledPath) -> None:
    """Ends a schedule. Evaluations that it has asked for go on.

    ```sh
    curl -X DELETE http://127.0.0.1:8000/v1/schedules/faces
    ```
    """
    studio.schedules.remove(domain)


@router.get(
    "/v1/{domain}/scores", operation_id="list_scores", responses=documented("invalid_request", "unknown_domain")
)
def list_scores(studio: StudioDep, domain: DomainPath, limit: PartQuery = 50, before: BeforeQuery = None) -> ScoreList:
    """What evaluations found of a domain's releases, and what has dropped.

    ```sh
    curl 'http://127.0.0.1:8000/v1/faces/scores?limit=10'
    ```
    """
    studio.engine.pool.known(domain)
    found = studio.scores.list(domain, limit, before)
    return ScoreList(scores=[score_view(each) for each in found], next=found[-1].id if len(found) == limit else None)


@router.get(
    "/v1/{domain}/promotions",
    operation_id="list_promotions",
    responses=documented("invalid_request", "unknown_domain"),
)
def list_promotions(
    studio: StudioDep, domain: DomainPath, limit: PartQuery = 50, before: BeforeQuery = None
) -> PromotionList:
    """Who promoted what over HTTP, when and why; what was refused, and what was taken back.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/promotions
    ```
    """
    studio.engine.pool.known(domain)
    found = newest(studio.jobs.database, limit, before, ["promote", "refuse", "rollback"], domain)
    return PromotionList(
        promotions=[deed_view(each) for each in found], next=found[-1].id if len(found) == limit else None
    )


def schedule_view(schedule: Schedule) -> ScheduleView:
    """A row as the API shows it."""
    return ScheduleView.model_validate({name: getattr(schedule, name) for name in ScheduleView.model_fields})


def score_view(score: Score) -> ScoreView:
    """A row as the API shows it."""
    fields: dict[str, Any] = {name: getattr(score, name) for name in ScoreView.model_fields if name != "job"}
    return ScoreView.model_validate({**fields, "job": score.job_id})


def deed_view(deed: Deed) -> PromotionNote:
    """A row as the API shows it."""
    fields: dict[str, Any] = {name: getattr(deed, name) for name in PromotionNote.model_fields if name != "release"}
    return PromotionNote.model_validate({**fields, "release": deed.subject})
