"""What the answers to photos have in common: their headers, and how both are documented."""

from typing import Any, Protocol
from urllib.parse import quote

from service.engine.orders import Timings
from service.faces import Face
from service.schemas import FaceView
from training.images import FORMATS
from training.release import Release

IMAGE_PROBLEMS = (
    "malformed_request", "body_too_slow", "empty_image", "truncated_image", "image_too_many_bytes",
    "image_too_many_pixels", "image_too_complex", "not_an_image", "animated_image", "invalid_request",
    "unknown_domain", "model_not_ready", "too_busy", "deadline_exceeded", "shutting_down",
)  # fmt: skip
FACE_PROBLEMS = ("no_face", "unknown_face")
RELEASE_PROBLEMS = ("unknown_release", "release_not_usable")
CHANGE_PROBLEMS = ("invalid_attributes", "unknown_attribute", "contradictory_attributes", "invalid_strength")


class Worked(Protocol):
    """What the engine says of how it worked."""

    @property
    def release(self) -> Release: ...
    @property
    def runtime(self) -> str: ...
    @property
    def timings(self) -> Timings: ...


def headers_of(worked: Worked) -> dict[str, str]:
    """Which release answered, what ran it, and where the time went."""
    return {
        "X-Release": in_header(f"{worked.release.name}@{worked.release.digest[:12]}"),
        "X-Runtime": worked.runtime,
        "Server-Timing": server_timing(worked.timings),
        "Cache-Control": "no-store",
    }


def in_header(release: str) -> str:
    """A release as a header can name it: one that was promoted by hand may have any name."""
    return quote(release, safe="@")


def server_timing(timings: Timings) -> str:
    """Where the time went, as the header Server-Timing has it."""
    return ", ".join(f"{stage};dur={milliseconds:.1f}" for stage, milliseconds in vars(timings).items())


def face_view(face: Face) -> FaceView:
    """A face as the API shows it, to a tenth of a pixel."""
    left, top, right, bottom = (round(side, 1) for side in face.box)
    landmarks = [(round(x, 1), round(y, 1)) for x, y in face.landmarks]
    return FaceView(box=(left, top, right, bottom), landmarks=landmarks, score=round(face.score, 4))


def header(description: str, example: str | int) -> dict[str, Any]:
    """The documentation of a header."""
    kind = "integer" if isinstance(example, int) else "string"
    return {"description": description, "schema": {"type": kind}, "example": example}


HEADERS = {
    "X-Release": header("The release that answered: name@digest.", "newer@9b74c9897bac"),
    "X-Runtime": header("What ran it.", "openvino-int8"),
    "Server-Timing": header(
        "Milliseconds: decode, find (faces), queue, forward, paste, encode.",
        "decode;dur=4.1, find;dur=9.8, queue;dur=0.2, forward;dur=21.5, paste;dur=3.0, encode;dur=5.2",
    ),
}
FACES_HEADER = {"X-Faces": header("How many faces were edited; 0 where none were looked for.", 1)}
BINARY = {"schema": {"type": "string", "format": "binary"}}
IMAGES: dict[str, Any] = {media: BINARY for media in FORMATS.values()}
