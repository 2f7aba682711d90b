"""What is asked of one photo, and what comes of it.

The same order for the same photo and the same release always gives the same bytes, whatever else is running.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from PIL import Image

from service.faces import Face
from training.release import Release

Priority = Literal["interactive", "bulk"]


@dataclass(frozen=True)
class Order:
    """What is asked of one photo.

    Attributes:
        change: attribute name to wanted value; attributes that it does not name stay as the model sees them.
        strength: 0 the photo itself, 1 the edit as trained, up to 2.
        strengths: of single attributes of `change`, in place of `strength`.
        face: of a domain that aligns faces: which one, an index into what `find_faces` lists, largest first.
        aligned: takes the photo as framed like the training data; no face is looked for.
        format: of the result, a key of training.images.FORMATS; None: the photo's own.
        release: pins one by its digest, or at least 12 of that's first hexadecimal digits; None: the promoted one.
        priority: "bulk" waits for what is interactive.
    """

    change: Mapping[str, bool]
    strength: float = 1.0
    strengths: Mapping[str, float] = field(default_factory=dict)
    face: int | Literal["all"] = "all"
    aligned: bool = False
    format: str | None = None
    release: str | None = None
    priority: Priority = "interactive"


@dataclass
class Timings:
    """Milliseconds spent on one photo.

    `queue` is the wait for a free thread and for the model; making the model's view of a photo counts as decoding, that
    of a face as finding.
    """

    decode: float = 0.0
    find: float = 0.0
    queue: float = 0.0
    forward: float = 0.0
    paste: float = 0.0
    encode: float = 0.0


@dataclass(frozen=True)
class Edit:
    """An edited photo: the file's bytes, and the faces that were edited in it (none where none were looked for)."""

    data: bytes
    format: str
    release: Release
    runtime: str
    timings: Timings = field(default_factory=Timings)
    faces: tuple[Face, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """What a photo, or a face in it, shows; `width` and `height` are the photo's."""

    attributes: dict[str, bool]
    probabilities: dict[str, float]
    width: int
    height: int
    release: Release
    runtime: str
    timings: Timings
    face: Face | None


@dataclass(frozen=True)
class Found:
    """The faces of a photo, the largest first; `width` and `height` are the photo's."""

    faces: tuple[Face, ...]
    width: int
    height: int
    timings: Timings


@dataclass(frozen=True)
class Sheet:
    """Several edits of one photo, all of one small size, in the order that they were asked for; and the photo so."""

    photo: Image.Image
    cells: tuple[Image.Image, ...]
    release: Release
    runtime: str
    timings: Timings
    faces: tuple[Face, ...]
