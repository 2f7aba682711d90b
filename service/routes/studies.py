"""Studies: looked at, counted, removed. What sets one up is in new_studies, what voters see of it in ballots."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response, status

from service.engine.orders import Order
from service.errors import ServiceError
from service.jobs.deeds import record
from service.jobs.models import ENDED, Study
from service.routes.dependencies import CallerDep, Studio, StudioDep
from service.routes.grids import caption
from service.routes.jobs import OffsetQuery
from service.routes.problems import documented
from service.schemas import ReleaseView
from service.studies.results import Results, Tally, results_of
from service.studies.schemas import (
    EditView,
    ShareView,
    StudyList,
    StudyResults,
    StudyState,
    StudyView,
    TallyView,
)
from service.studies.store import Found, Turnout
from service.studies.tables import results_table, votes_table

router = APIRouter(prefix="/v1/studies", tags=["studies"])

StudyPath = Annotated[
    str,
    Path(
        pattern="^[0-9A-Za-z_-]+$", max_length=64, description="As the answer to POST /v1/studies has it.",
        examples=["6f1c0b7e5d8c4c1f9a3e2b7d4f60a915"],
    ),
]  # fmt: skip

LimitQuery = Annotated[int, Query(ge=1, le=200, description="The most studies to list.", examples=[50])]

_FIND_PROBLEMS = ("invalid_request", "unknown_study")
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The table.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}
_STATES: dict[str, StudyState] = {"succeeded": "open", "failed": "failed", "cancelled": "cancelled"}


def find_study(studio: StudioDep, caller: CallerDep, study_id: StudyPath) -> Found:
    """The study of the path. Raises ServiceError, also where it is another's: that there is one is theirs to know."""
    found = studio.studies.get(study_id)
    if not (caller.is_admin or found.job.owner == caller.id):
        raise ServiceError("unknown_study")
    return found


StudyDep = Annotated[Found, Depends(find_study)]


@router.get("", operation_id="list_studies", responses=documented("invalid_request"))
def list_studies(studio: StudioDep, caller: CallerDep, limit: LimitQuery = 50, offset: OffsetQuery = 0) -> StudyList:
    """All studies, the newest first; with an API key those that were made with it.

    ```sh
    curl http://127.0.0.1:8000/v1/studies
    ```
    """
    found, total = studio.studies.list(limit, offset, None if caller.is_admin else caller.id)
    turnouts = studio.studies.turnouts([each.study.id for each in found])
    return StudyList(studies=[study_view(studio, each, turnouts[each.study.id]) for each in found], total=total)


@router.get("/{study_id}", operation_id="get_study", responses=documented(*_FIND_PROBLEMS))
def get_study(studio: StudioDep, found: StudyDep) -> StudyView:
    """A study, and how far it is. The job of the same id tells of its pictures: `GET /v1/jobs/{job_id}/events`.

    ```sh
    curl http://127.0.0.1:8000/v1/studies/$STUDY
    ```
    """
    return study_view(studio, found)


@router.delete(
    "/{study_id}",
    operation_id="delete_study",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented(*_FIND_PROBLEMS, "job_not_finished"),
)
def delete_study(studio: StudioDep, caller: CallerDep, found: StudyDep) -> None:
    """Removes a study for good, with its photos, its pictures and all votes. One that is still being prepared is
    cancelled first: `POST /v1/jobs/{job_id}/cancel`.

    ```sh
    curl -X DELETE http://127.0.0.1:8000/v1/studies/$STUDY
    ```
    """
    studio.jobs.remove(found.job.id)
    studio.blobs.remove_group(found.job.id)
    record(studio.jobs.database, caller.who, "delete_study", found.job.domain, found.job.id)


@router.get("/{study_id}/results", operation_id="get_study_results", responses=documented(*_FIND_PROBLEMS))
def get_study_results(studio: StudioDep, found: StudyDep) -> StudyResults:
    """Each candidate's percent of the votes, over all edits and for each, with an interval of 95 %.

    ```sh
    curl http://127.0.0.1:8000/v1/studies/$STUDY/results
    ```
    """
    questions, results = _results(studio, found)
    edits = [tally_view(found.study, tally, edit) for edit, tally in zip(found.study.edits, results.edits, strict=True)]
    return StudyResults(
        questions=len(questions),
        finished=results.finished,
        overall=tally_view(found.study, results.overall),
        edits=edits,
    )


@router.get(
    "/{study_id}/results.csv",
    operation_id="get_study_table",
    response_class=Response,
    responses=_CSV | documented(*_FIND_PROBLEMS),
)
def get_study_table(studio: StudioDep, found: StudyDep) -> Response:
    """The results as a table: a row for each edit and candidate, then one for each candidate over all edits.

    ```sh
    curl http://127.0.0.1:8000/v1/studies/$STUDY/results.csv -o results.csv
    ```
    """
    _, results = _results(studio, found)
    return _csv(results_table(found.study, results, words), f"study-{found.study.id[:8]}-results.csv")


@router.get(
    "/{study_id}/votes.csv",
    operation_id="get_study_votes",
    response_class=Response,
    responses=_CSV | documented(*_FIND_PROBLEMS),
)
def get_study_votes(studio: StudioDep, found: StudyDep) -> Response:
    """Every vote: when, which of the voters (numbered), on which photo and edit, for whom, and at which place that was.

    ```sh
    curl http://127.0.0.1:8000/v1/studies/$STUDY/votes.csv -o votes.csv
    ```
    """
    study, edits = found.study, len(found.study.edits)
    items = studio.jobs.photos.list(study.id, -1, study.photos * edits)  # those of the first candidate
    names = [item.filename for item in items[::edits]]
    table = votes_table(study, studio.studies.votes(study.id), names, words)
    return _csv(table, f"study-{study.id[:8]}-votes.csv")


def words(change: Mapping[str, bool]) -> str:
    """A change for people."""
    return caption(Order(change))


def study_view(studio: Studio, found: Found, turnout: Turnout | None = None) -> StudyView:
    """A study as the API shows it."""
    study, job = found.study, found.job
    counted = turnout or studio.studies.turnouts([study.id])[study.id]
    fields = {name: getattr(study, name) for name in ("id", "name", "question", "candidates", "photos", "created_at")}
    return StudyView.model_validate(
        {
            **fields,
            **{name: getattr(job, name) for name in ("domain", "aligned", "error", "done", "failed")},
            "edits": [edit_view(edit) for edit in study.edits],
            "state": _STATES.get(job.state, "preparing"),
            "pictures": job.total,
            "questions": len(studio.studies.questions(study)) if job.state in ENDED else 0,
            "voters": counted.voters,
            "votes": counted.votes,
            "vote_url": f"/study/vote/{study.token}",
            "expires_at": study.created_at + timedelta(days=studio.settings.study_days),
        }
    )


def edit_view(change: Mapping[str, bool]) -> EditView:
    """An edit as the API shows it."""
    return EditView(attributes=dict(change), words=words(change))


def tally_view(study: Study, tally: Tally, edit: Mapping[str, bool] | None = None) -> TallyView:
    """Votes as the API shows them, in percent to two places, as the paper does."""
    shares = []
    for candidate, share in zip(study.candidates, tally.shares, strict=True):
        percent, low, high = (
            None if each is None else round(100 * each, 2) for each in (share.part, share.low, share.high)
        )
        release = ReleaseView.model_validate(candidate)
        shares.append(ShareView(release=release, votes=share.votes, percent=percent, low=low, high=high))
    shown = None if edit is None else edit_view(edit)
    return TallyView(edit=shown, voters=tally.voters, votes=tally.votes, shares=shares)


def _results(studio: Studio, found: Found) -> tuple[Sequence[int], Results]:
    questions = studio.studies.questions(found.study)
    return questions, results_of(found.study, studio.studies.votes(found.study.id), questions)


def _csv(table: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(table, media_type="text/csv", headers=headers)
