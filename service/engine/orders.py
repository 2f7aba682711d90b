"""What is asked of one photo. The same order for the same photo of the same release always gives the same bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Priority = Literal["interactive", "bulk"]


@dataclass(frozen=True)
class Order:
    """What is asked of one photo.

    Attributes:
        change: attribute name to wanted value; attributes that it does not name stay as the model sees them.
        strength: 0 the photo itself, 1 the edit as trained, up to 2.
        face: of a domain that aligns faces: which one, an index into what `find_faces` lists, largest first.
        aligned: takes the photo as framed like the training data; no face is looked for.
        format: of the result, a key of training.images.FORMATS; None: the photo's own.
        release: pins one by its digest, or at least 12 of that's first hexadecimal digits; None: the promoted one.
        priority: "bulk" waits for what somebody waits for.
    """

    change: Mapping[str, bool]
    strength: float = 1.0
    face: int | Literal["all"] = "all"
    aligned: bool = False
    format: str | None = None
    release: str | None = None
    priority: Priority = "interactive"
