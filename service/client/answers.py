"""What the service answers: its JSON bodies by their own names (service/schemas.py says what each field is), photos."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypedDict
from urllib.parse import unquote

import httpx

from service.client.failures import api_error

ENDED = ("succeeded", "failed", "cancelled")


class Release(TypedDict):
    """A trained model; to pin one, give its digest as `release`. Of a Result the digest's first 12 digits alone."""

    name: str
    digest: str


class ReleaseDetail(Release):
    """One release of a domain; `loaded`: to pin it costs no wait."""

    size: list[int]
    promoted: bool
    loaded: bool
    runtime: str | None
    metrics: dict[str, float] | None


class Attribute(TypedDict):
    """Something that can be changed; those of one group exclude each other."""

    name: str
    label: str
    group: str | None


class Domain(TypedDict):
    """What photos of one kind can be asked for; `reason` says why it is not ready."""

    name: str
    kind: Literal["attributes", "unpaired", "paired"]
    ready: bool
    release: Release | None
    runtime: str | None
    reason: str | None
    attributes: list[Attribute]
    exclusive: list[list[str]]
    size: list[int] | None
    aligns: bool
    adjustable: bool
    formats: list[str]
    input_formats: list[str]
    max_bytes: int
    max_pixels: int


class Face(TypedDict):
    """A face in a photo, its box (left, top, right, bottom) and landmarks in pixels of the upright photo."""

    box: list[float]
    landmarks: list[list[float]]
    score: float


class Faces(TypedDict):
    """The faces of a photo, the largest first; the place in this list is what the option `face` names."""

    faces: list[Face]
    width: int
    height: int


class Shown(TypedDict):
    """What a photo shows, as the model sees it; `face`: whose attributes they are, where faces are looked for."""

    attributes: dict[str, bool]
    probabilities: dict[str, float]
    width: int
    height: int
    face: Face | None
    release: Release


class Item(TypedDict):
    """One photo of a job."""

    index: int
    filename: str
    state: Literal["queued", "done", "failed"]
    error: str | None
    result_url: str | None


class Items(TypedDict):
    """A part of a job's photos; `next`: `after` of the next part."""

    items: list[Item]
    next: int | None


class Job(TypedDict):
    """A bulk job; `done` + `failed` of `total` photos are dealt with. Times are in ISO 8601."""

    id: str
    kind: Literal["translation", "training", "evaluation", "study"]
    options: dict[str, Any]
    progress: dict[str, Any] | None
    outcome: dict[str, Any] | None
    domain: str
    state: Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]
    attributes: dict[str, bool]
    format: str | None
    aligned: bool
    priority: int
    total: int
    done: int
    failed: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    error: str | None
    release: Release | None
    result_url: str | None


class WebhookCall(TypedDict):
    """How far the call of a job's webhook is."""

    state: Literal["due", "delivered", "given_up"]
    attempts: int
    error: str | None


class JobDetail(Job):
    """A job, and where it stands: jobs whose turn comes before, seconds until it has ended, its webhook's call."""

    ahead: int | None
    eta_seconds: float | None
    webhook: WebhookCall | None


@dataclass(frozen=True)
class Result:
    """An edited photo, or a grid of them.

    Attributes:
        data: the file's bytes.
        media_type: such as "image/jpeg".
        release: that edited it.
        runtime: that ran it, such as "openvino-int8".
        faces: how many faces were edited; 0 where none were looked for.
        timings: milliseconds that the service spent, by stage.
        request_id: under which its log has the details.
    """

    data: bytes
    media_type: str
    release: Release
    runtime: str
    faces: int
    timings: Mapping[str, float]
    request_id: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the photo to `path`, whole or not at all."""
        with whole_file(Path(path)) as file:
            file.write(self.data)
        return Path(path)


def body(response: httpx.Response) -> Any:
    """The JSON of an answer. Raises ApiError where it is none, as of another kind of server."""
    try:
        return response.json()
    except ValueError:
        raise api_error(response) from None


def result(response: httpx.Response) -> Result:
    """The edited photo of an answer."""
    headers = response.headers
    name, _, digest = unquote(headers.get("X-Release", "")).rpartition("@")
    return Result(
        data=response.content,
        media_type=headers.get("Content-Type", ""),
        release=Release(name=name, digest=digest),
        runtime=headers.get("X-Runtime", ""),
        faces=int(headers.get("X-Faces", "0")),
        timings=timings(headers.get("Server-Timing", "")),
        request_id=headers.get("X-Request-ID", ""),
    )


def timings(header: str) -> dict[str, float]:
    """Server-Timing, "decode;dur=1.5, forward;dur=20", as milliseconds by name."""
    entries = (entry.strip().partition(";dur=") for entry in header.split(","))
    return {name: float(milliseconds) for name, _, milliseconds in entries if milliseconds}


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to be written that has its name only once it is whole; if the block fails nothing is left of it."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
