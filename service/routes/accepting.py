"""What all kinds of jobs have in common when they are asked for: an answer of 202, a key of one's own, an urgency."""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic.json_schema import SkipJsonSchema

from service.access.keys import Caller
from service.jobs.models import Job
from service.jobs.schemas import JobView
from service.jobs.wanted import Wanted
from service.jobs.webhooks import check_url
from service.routes.answers import header
from service.routes.dependencies import Studio, done
from service.routes.views import job_view

PRIORITIES = {"low": -1, "normal": 0, "high": 1}

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

_LOCATION = {"Location": header("The job's address.", "/v1/jobs/6f1c0b7e5d8c4c1f9a3e2b7d4f60a915")}
ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"description": "Accepted", "headers": _LOCATION}}


def fingerprint(asked: object) -> str:
    """What tells a request from another with the same key: a digest of all that is asked, given as JSON has it."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def check_webhook(studio: Studio, url: str | None) -> None:
    """Raises ServiceError where the webhook that a job asks for would never be called."""
    if url is not None:
        check_url(url, studio.settings.webhook_secret, studio.settings.webhook_private)


def accept(studio: Studio, caller: Caller, response: Response, wanted: Wanted, make: Callable[[str], Job]) -> JobView:
    """The job that was made with the same key before, or a new one, handed to the workers.

    Args:
        make: makes the job of an id, or finds another's that was made with the same key at the same time.
    """
    job = studio.jobs.made_with(wanted)
    if job is None:
        job_id = uuid.uuid4().hex
        job = make(job_id)
        if job.id == job_id:
            done(studio, caller, "create_job", job)
            studio.enqueue(job)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job_view(job)
