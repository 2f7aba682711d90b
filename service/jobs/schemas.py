"""The bodies of the API that tell of bulk jobs; see service.schemas."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from service.schemas import EXAMPLE_RELEASE, Format, ReleaseView, Schema, example

JobKind = Literal["translation", "training", "evaluation", "study"]
JobState = Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]
ItemState = Literal["queued", "done", "failed"]

_JOB_ID = "6f1c0b7e5d8c4c1f9a3e2b7d4f60a915"


class ItemView(Schema):
    """One photo of a job."""

    model_config = example(
        {
            "index": 0,
            "filename": "ada.jpg",
            "state": "done",
            "error": None,
            "result_url": f"/v1/jobs/{_JOB_ID}/items/0/result",
        }
    )
    index: int = Field(description="Its place in the upload, from 0.")
    filename: str = Field(description="As uploaded; for display only.")
    state: ItemState = Field(description="How far it is.")
    error: str | None = Field(description="Why this photo could not be edited.")
    result_url: str | None = Field(description="Where the edited photo is, once there is one.")


_JOB = {
    "id": _JOB_ID,
    "kind": "translation",
    "options": {},
    "progress": None,
    "outcome": None,
    "domain": "faces",
    "state": "succeeded",
    "attributes": {"Smiling": True},
    "format": "jpeg",
    "aligned": False,
    "priority": 0,
    "total": 2,
    "done": 1,
    "failed": 1,
    "created_at": "2026-11-23T14:00:00Z",
    "started_at": "2026-11-23T14:00:01Z",
    "finished_at": "2026-11-23T14:00:02Z",
    "error": None,
    "release": EXAMPLE_RELEASE,
    "result_url": f"/v1/jobs/{_JOB_ID}/result",
}


class JobView(Schema):
    """A job. `done` + `failed` of `total` photos are dealt with."""

    model_config = example(_JOB)
    id: str = Field(description="For the job's address.")
    kind: JobKind = Field(description="What is done.")
    options: dict[str, Any] = Field(description="What was asked beside the fields below; by kind.")
    progress: dict[str, Any] | None = Field(description="How far a job without photos is; by kind.")
    outcome: dict[str, Any] | None = Field(description="What a job without photos brought about; by kind.")
    domain: str = Field(description="What the photos show.")
    state: JobState = Field(description="The last three are final.")
    attributes: dict[str, bool] = Field(description="The change, as it was asked for.")
    format: Format | None = Field(description="Of the results; null: as uploaded.")
    aligned: bool = Field(description="Whether its photos are taken as framed, and no faces looked for.")
    priority: int = Field(description="Jobs of a higher one go first; those of the same take turns.")
    total: int = Field(description="Its photos.")
    done: int = Field(description="Photos that are edited.")
    failed: int = Field(description="Photos that could not be edited.")
    created_at: datetime = Field(description="When it was accepted.")
    started_at: datetime | None = Field(description="When a worker first took it.")
    finished_at: datetime | None = Field(description="When it ended.")
    error: str | None = Field(description="Why it failed as a whole.")
    release: ReleaseView | None = Field(description="The release that began the job.")
    result_url: str | None = Field(description="Once the job has ended with at least one edited photo.")


class WebhookCall(Schema):
    """How far the call of a job's webhook is."""

    model_config = example({"state": "due", "attempts": 2, "error": "it answered 503"})
    state: Literal["due", "delivered", "given_up"] = Field(description="due: it is made, or made again, in a while.")
    attempts: int = Field(description="Calls so far, 8 at most.")
    error: str | None = Field(description="Why the last one failed.")


class JobDetail(JobView):
    """A job, and where it stands."""

    model_config = example(
        {**_JOB, "state": "running", "done": 0, "ahead": 0, "eta_seconds": 4.5, "result_url": None, "webhook": None}
    )
    ahead: int | None = Field(description="Jobs whose turn comes before; null once it has ended.")
    eta_seconds: float | None = Field(
        description="Until it has ended, if photos are edited as fast as in the last minutes; null if none were."
    )
    webhook: WebhookCall | None = Field(description="How far its call is, once the job has ended; null if it has none.")


class JobList(Schema):
    """A part of all jobs."""

    jobs: list[JobView] = Field(description="The newest first.")
    total: int = Field(description="Of all jobs, not only of this part.", examples=[1])


class ItemList(Schema):
    """A part of a job's photos."""

    items: list[ItemView] = Field(description="In the order of the upload.")
    next: int | None = Field(description="`after` for the next part; null: this is the last.", examples=[None])
