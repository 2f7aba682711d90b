"""The bodies of the API that tell of studies, and of the ballots that voters get; see service.schemas."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from service.schemas import EXAMPLE_RELEASE, ReleaseView, Schema, example

StudyState = Literal["preparing", "open", "failed", "cancelled"]

_ID, _TOKEN = "6f1c0b7e5d8c4c1f9a3e2b7d4f60a915", "q7Zk1vXcT0y8mWJrPn5sLd2hBf9GaE4u"
_OTHER = {"name": "older", "digest": "1c0b7e5d8c4c1f9a3e2b7d4f60a9156f1c0b7e5d8c4c1f9a3e2b7d4f60a9156f"}
_EDIT = {"attributes": {"Smiling": True}, "words": "Smiling"}
QUESTION = "Which picture is the best result?"

VOTER = r"^[0-9A-Za-z_-]{8,64}$"
EXAMPLE_VOTER = "f3a91c5e7b2d4860"


class EditView(Schema):
    """A change that candidates were asked for."""

    model_config = example(_EDIT)
    attributes: dict[str, bool] = Field(description="As it was asked for.")
    words: str = Field(description="For people.")


class StudyView(Schema):
    """A study, and how far it is."""

    model_config = example(
        {
            "id": _ID,
            "name": "Old against new",
            "question": QUESTION,
            "domain": "faces",
            "candidates": [_OTHER, EXAMPLE_RELEASE],
            "edits": [_EDIT],
            "photos": 2,
            "aligned": False,
            "state": "open",
            "error": None,
            "pictures": 4,
            "done": 4,
            "failed": 0,
            "questions": 2,
            "voters": 3,
            "votes": 6,
            "vote_url": f"/study/vote/{_TOKEN}",
            "created_at": "2026-11-26T14:00:00Z",
            "expires_at": "2027-02-24T14:00:00Z",
        }
    )
    id: str = Field(description="For the study's address; that of the job which makes its pictures, too.")
    name: str = Field(description="For those who made it; voters do not see it.")
    question: str = Field(description="That voters are asked.")
    domain: str = Field(description="What the photos show.")
    candidates: list[ReleaseView] = Field(description="The releases that are compared.")
    edits: list[EditView] = Field(description="What is changed in each photo, one at a time.")
    photos: int = Field(description="That were sent.")
    aligned: bool = Field(description="Whether its photos are taken as framed, and no faces looked for.")
    state: StudyState = Field(description="Votes can be given while it is `open`.")
    error: str | None = Field(description="Why its pictures could not be made.")
    pictures: int = Field(description="Photos times edits times candidates.")
    done: int = Field(description="Pictures that are made.")
    failed: int = Field(description="Pictures that could not be made; what they were for is not asked.")
    questions: int = Field(description="That a voter is asked: photos times edits, of which all pictures are there.")
    voters: int = Field(description="Who have answered at least one.")
    votes: int = Field(description="Answers.")
    vote_url: str = Field(description="The page for voters, on this service. Who has this address can vote.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime = Field(description="When it is removed, with its pictures and votes.")


class StudyList(Schema):
    """A part of all studies."""

    studies: list[StudyView] = Field(description="The newest first.")
    total: int = Field(description="Of all studies, not only of this part.", examples=[1])


class ShareView(Schema):
    """A candidate's part of the votes."""

    model_config = example({"release": EXAMPLE_RELEASE, "votes": 4, "percent": 66.67, "low": 30.0, "high": 90.32})
    release: ReleaseView = Field(description="The candidate.")
    votes: int = Field(description="For it.")
    percent: float | None = Field(description="Of all votes; null where there are none.")
    low: float | None = Field(description="Lower end of its 95 % interval, in percent.")
    high: float | None = Field(description="Upper end.")


_SHARES = [
    {"release": _OTHER, "votes": 2, "percent": 33.33, "low": 9.68, "high": 70.0},
    {"release": EXAMPLE_RELEASE, "votes": 4, "percent": 66.67, "low": 30.0, "high": 90.32},
]


class TallyView(Schema):
    """The votes on one edit, or on all."""

    model_config = example({"edit": _EDIT, "voters": 3, "votes": 6, "shares": _SHARES})
    edit: EditView | None = Field(description="Null: on all.")
    voters: int = Field(description="Who gave them.")
    votes: int = Field(description="How many there are.")
    shares: list[ShareView] = Field(description="In the order of the study's candidates.")


class StudyResults(Schema):
    """What came out of a study so far."""

    model_config = example(
        {
            "questions": 2,
            "finished": 3,
            "overall": {"edit": None, "voters": 3, "votes": 6, "shares": _SHARES},
            "edits": [{"edit": _EDIT, "voters": 3, "votes": 6, "shares": _SHARES}],
        }
    )
    questions: int = Field(description="That a voter is asked.")
    finished: int = Field(description="Voters who have answered all of them.")
    overall: TallyView = Field(description="All votes.")
    edits: list[TallyView] = Field(description="By edit, in the study's order, as the paper's Table 2 has it.")


_QUESTION = {
    "number": 1,
    "edit": "Smiling",
    "photo": f"/v1/ballots/{_TOKEN}/pictures/1-0b7e5d8c4c1f9a3e2b7d4f60a9156f1c",
    "choices": [
        f"/v1/ballots/{_TOKEN}/pictures/1-5d8c4c1f9a3e2b7d4f60a9156f1c0b7e",
        f"/v1/ballots/{_TOKEN}/pictures/1-9a3e2b7d4f60a9156f1c0b7e5d8c4c1f",
    ],
}


class QuestionView(Schema):
    """One question: a photo, what was to be changed in it, and the results, in this voter's own order."""

    model_config = example(_QUESTION)
    number: int = Field(description="For the vote.")
    edit: str = Field(description="What was to be changed, for people.")
    photo: str = Field(description="Where the photo is.")
    choices: list[str] = Field(description="Where the results are. Their names say nothing of who made them.")


class BallotView(Schema):
    """What a voter sees of a study: how far they are, and what to answer next. Nothing of who made what."""

    model_config = example({"question": QUESTION, "total": 2, "voted": 0, "last": None, "upcoming": [_QUESTION]})
    question: str = Field(description="The same for all photos.")
    total: int = Field(description="How many answers are wanted.")
    voted: int = Field(description="How many are given.")
    last: int | None = Field(description="What was answered last, so that it can be taken back.")
    upcoming: list[QuestionView] = Field(
        description="What is to be answered next, and what after that, to be fetched in time; empty once all is done."
    )


class VoteWanted(Schema):
    """A voter's answer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"voter": EXAMPLE_VOTER, "question": 0, "choice": 1}]}
    )
    voter: str = Field(pattern=VOTER, description="As in the ballot that is answered.")
    question: int = Field(ge=0, le=999_999, description="Its `number`.")
    choice: int = Field(ge=1, le=4, description="The place of the best in its `choices`, from 1.")
