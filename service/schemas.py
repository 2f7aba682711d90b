"""The bodies that the API takes and gives; its OpenAPI description, and with it the page's types, come from here."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from training.domains import Kind

Format = Literal["jpeg", "png", "webp"]
JobState = Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]
ItemState = Literal["queued", "done", "failed"]

_JOB_ID = "6f1c0b7e5d8c4c1f9a3e2b7d4f60a915"
_DIGEST = "9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de"
_RELEASE = {"name": "init-88x72", "digest": _DIGEST}


class Schema(BaseModel):
    """Base of all bodies. Defaults count as present in responses, so that generated types are not optional."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class ErrorDetail(Schema):
    code: str = Field(description="Stable, to be branched on.")
    message: str = Field(description="A sentence that says what to do.")
    request_id: str = Field(description="Also in the header X-Request-ID and in the service's log.")


class ErrorBody(Schema):
    """Every error has this body."""

    error: ErrorDetail


class ReleaseView(Schema):
    """Which trained model answered."""

    model_config = _example(_RELEASE)
    name: str
    digest: str = Field(description="SHA-256 of weights and configuration.")


class AttributeView(Schema):
    name: str
    label: str = Field(description="For people.")
    group: str | None = Field(description="Attributes of one group exclude each other.")


class DomainView(Schema):
    name: str
    kind: Kind = Field(description="Of a domain of kind unpaired or paired exactly one attribute is set.")
    ready: bool = Field(description="Whether photos can be translated now.")
    release: ReleaseView | None
    reason: str | None = Field(description="Why it is not ready, or why a newer release was not taken.")
    attributes: list[AttributeView]
    exclusive: list[list[str]]
    size: tuple[int, int] | None = Field(description="Height and width that the model sees.")
    formats: list[Format]
    max_bytes: int
    max_pixels: int


class DomainList(Schema):
    domains: list[DomainView]


class PhotoAttributes(Schema):
    """What a photo shows, as the model sees it."""

    model_config = _example(
        {
            "attributes": {"Black_Hair": True, "Smiling": False},
            "probabilities": {"Black_Hair": 0.93, "Smiling": 0.08},
            "width": 178,
            "height": 218,
            "release": _RELEASE,
        }
    )
    attributes: dict[str, bool]
    probabilities: dict[str, float]
    width: int = Field(description="Of the upright photo, in pixels.")
    height: int
    release: ReleaseView


class ItemView(Schema):
    """One photo of a job."""

    index: int
    filename: str = Field(description="As uploaded; for display only.")
    state: ItemState
    error: str | None = Field(description="Why this photo could not be edited.")


_JOB = {
    "id": _JOB_ID,
    "kind": "translation",
    "domain": "faces",
    "state": "succeeded",
    "attributes": {"Smiling": True},
    "format": "jpeg",
    "total": 2,
    "done": 1,
    "failed": 1,
    "created_at": "2026-11-23T14:00:00Z",
    "started_at": "2026-11-23T14:00:01Z",
    "finished_at": "2026-11-23T14:00:02Z",
    "error": None,
    "release": _RELEASE,
    "result_url": f"/v1/jobs/{_JOB_ID}/result",
}


class JobView(Schema):
    """A bulk job. `done` + `failed` of `total` photos are dealt with."""

    model_config = _example(_JOB)
    id: str
    kind: Literal["translation"]
    domain: str
    state: JobState
    attributes: dict[str, bool]
    format: Format | None = Field(description="Of the results; null: as uploaded.")
    total: int
    done: int
    failed: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    release: ReleaseView | None = Field(description="The release that began the job.")
    result_url: str | None = Field(description="Once the job has ended with at least one edited photo.")


class JobDetail(JobView):
    """A job with its photos."""

    model_config = _example(
        {
            **_JOB,
            "items": [
                {"index": 0, "filename": "ada.jpg", "state": "done", "error": None},
                {"index": 1, "filename": "notes.txt", "state": "failed", "error": "The file is not an image."},
            ],
        }
    )
    items: list[ItemView]


class JobList(Schema):
    jobs: list[JobView]
    total: int = Field(description="Of all jobs, not only of this part.")


class SampleView(Schema):
    name: str
    title: str
    credit: str
    url: str


class SampleList(Schema):
    samples: list[SampleView]


class Live(Schema):
    status: Literal["live"] = "live"


class Check(Schema):
    ok: bool
    detail: str | None = Field(description="What is wrong, or worth knowing.")


class Checks(Schema):
    database: Check
    broker: Check
    worker: Check = Field(description="Of bulk jobs. For information: single photos are edited without it.")
    domains: dict[str, Check]


class Readiness(Schema):
    status: Literal["ready", "not_ready"]
    checks: Checks
