"""What voters see of a study: pictures under names that say nothing, in an order of their own. No API key is needed.

Blind: no answer names a candidate, in its body, its headers (there is no X-Release, no Server-Timing and no ETag) or an
address, and none has to be worked for, so that the time that it takes says nothing either.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from service.errors import ServiceError
from service.routes.answers import IMAGES
from service.routes.dependencies import Studio, StudioDep
from service.routes.problems import documented
from service.routes.studies import words
from service.studies.blinding import named_picture, order_of_candidates, order_of_questions, picture_name
from service.studies.plan import plan_of
from service.studies.schemas import EXAMPLE_VOTER, VOTER, BallotView, QuestionView, VoteWanted
from service.studies.store import Found
from training.images import sniff

_AHEAD = 2  # questions that are told of at once, so that the page can fetch what comes next


router = APIRouter(prefix="/v1/ballots", tags=["studies"])

TokenPath = Annotated[
    str,
    Path(
        pattern="^[0-9A-Za-z_-]+$", max_length=64, description="The end of the study's `vote_url`.",
        examples=["q7Zk1vXcT0y8mWJrPn5sLd2hBf9GaE4u"],
    ),
]  # fmt: skip
PicturePath = Annotated[
    str,
    Path(
        pattern="^[0-9]{1,6}-[0-9a-f]{32}$", description="As the ballot has it.",
        examples=["1-0b7e5d8c4c1f9a3e2b7d4f60a9156f1c"],
    ),
]  # fmt: skip
QuestionPath = Annotated[int, Path(ge=0, le=999_999, description="Its `number` in the ballot.", examples=[0])]
VoterQuery = Annotated[
    str,
    Query(
        pattern=VOTER,
        description="Who votes: random, made and kept by the voter's browser. The same goes on where they were.",
        examples=[EXAMPLE_VOTER],
    ),
]

_PROBLEMS = ("invalid_request", "unknown_ballot", "study_not_ready", "rate_limited")
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"description": "The picture.", "content": IMAGES}}


def find_ballot(studio: StudioDep, token: TokenPath) -> Found:
    """The study that the link leads to, once it can be voted on. Raises ServiceError."""
    found = studio.studies.of_token(token)
    if found.job.state != "succeeded":
        raise ServiceError("study_not_ready")
    return found


BallotDep = Annotated[Found, Depends(find_ballot)]


@router.get("/{token}", operation_id="get_ballot", responses=documented(*_PROBLEMS))
def get_ballot(studio: StudioDep, found: BallotDep, voter: VoterQuery, response: Response) -> BallotView:
    """What a voter is to answer next. The order of questions, and of the results in each, is this voter's own.

    ```sh
    curl "http://127.0.0.1:8000/v1/ballots/$TOKEN?voter=f3a91c5e7b2d4860"
    ```
    """
    return _ballot(studio, found, voter, response)


@router.get(
    "/{token}/pictures/{picture}",
    operation_id="get_ballot_picture",
    response_class=Response,
    responses=_PICTURE | documented(*_PROBLEMS, "unknown_picture"),
)
def get_ballot_picture(studio: StudioDep, found: BallotDep, picture: PicturePath) -> Response:
    """A photo of the study, or what a candidate made of it: which, its name does not say.

    ```sh
    curl http://127.0.0.1:8000/v1/ballots/$TOKEN/pictures/$PICTURE -o picture.jpg
    ```
    """
    plan, named = plan_of(found.study), named_picture(found.study.seed, picture, len(found.study.candidates))
    if named is None or named[0] not in range(plan.questions):
        raise ServiceError("unknown_picture")
    question, candidate = named
    item = studio.jobs.photos.get(found.study.id, plan.picture(question, candidate or 0))
    key = item.source if candidate is None else item.result
    if key is None:
        raise ServiceError("unknown_picture")
    data = studio.blobs.read(key)
    return Response(data, media_type=f"image/{sniff(data)}", headers={"Cache-Control": "private, max-age=86400"})


@router.post(
    "/{token}/votes",
    operation_id="cast_vote",
    responses=documented(*_PROBLEMS, "body_too_slow", "upload_too_large", "unknown_question"),
)
def cast_vote(studio: StudioDep, found: BallotDep, vote: VoteWanted, response: Response) -> BallotView:
    """Answers a question. One vote for each voter and question: the same again changes nothing, another replaces it.

    ```sh
    curl http://127.0.0.1:8000/v1/ballots/$TOKEN/votes \\
      --json '{"voter": "f3a91c5e7b2d4860", "question": 0, "choice": 1}'
    ```
    """
    study = found.study
    if vote.question not in studio.studies.questions(study) or vote.choice > len(study.candidates):
        raise ServiceError("unknown_question")
    shown = order_of_candidates(study.seed, vote.voter, vote.question, len(study.candidates))
    studio.studies.vote(study.id, vote.voter, vote.question, shown[vote.choice - 1], vote.choice)
    return _ballot(studio, found, vote.voter, response)


@router.delete("/{token}/votes/{question}", operation_id="withdraw_vote", responses=documented(*_PROBLEMS))
def withdraw_vote(
    studio: StudioDep, found: BallotDep, question: QuestionPath, voter: VoterQuery, response: Response
) -> BallotView:
    """Takes a voter's answer back, so that it is asked again; nothing happens where there is none.

    ```sh
    curl -X DELETE "http://127.0.0.1:8000/v1/ballots/$TOKEN/votes/0?voter=f3a91c5e7b2d4860"
    ```
    """
    studio.studies.withdraw(found.study.id, voter, question)
    return _ballot(studio, found, voter, response)


def _ballot(studio: Studio, found: Found, voter: str, response: Response) -> BallotView:
    study = found.study
    questions = set(studio.studies.questions(study))
    answered = [vote.question for vote in studio.studies.votes(study.id, voter) if vote.question in questions]
    left = order_of_questions(study.seed, voter, questions - set(answered))
    response.headers["Cache-Control"] = "no-store"
    return BallotView(
        question=study.question,
        total=len(questions),
        voted=len(answered),
        last=answered[-1] if answered else None,
        upcoming=[_question(found, voter, each) for each in left[:_AHEAD]],
    )


def _question(found: Found, voter: str, question: int) -> QuestionView:
    study = found.study
    address = f"/v1/ballots/{study.token}/pictures/"
    shown = order_of_candidates(study.seed, voter, question, len(study.candidates))
    return QuestionView(
        number=question,
        edit=words(study.edits[plan_of(study).edit_of(question)]),
        photo=address + picture_name(study.seed, question, None),
        choices=[address + picture_name(study.seed, question, each) for each in shown],
    )
