"""One bad or odd file, and what must come of it; and the picture that all of the good ones show."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 48, 32
COLOURS = {"R": (220, 40, 40), "G": (40, 180, 60), "B": (40, 60, 220), "Y": (230, 210, 50), "W": (255, 255, 255)}
UPRIGHT = "RGBY"


@dataclass(frozen=True)
class Seen:
    """The photo is read.

    Attributes:
        size: (width, height).
        corners: letters of COLOURS at top left, top right, bottom left, bottom right; "" where that is not looked at.
    """

    size: tuple[int, int] = (WIDTH, HEIGHT)
    corners: str = UPRIGHT


@dataclass(frozen=True)
class Case:
    """A file.

    Attributes:
        name: says what is wrong or odd.
        data: the file's bytes.
        expected: what is seen, or the code of the error; several where either is right.
    """

    name: str
    data: bytes
    expected: Seen | str | tuple[Seen | str, ...]


def picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Four quarters, each of its own colour, so that every way to turn it looks different."""
    quarters = np.array([[COLOURS["R"], COLOURS["G"]], [COLOURS["B"], COLOURS["Y"]]], np.uint8)
    return Image.fromarray(quarters).resize((width, height), Image.Resampling.NEAREST)


def file(image: Image.Image, format: str, **options: Any) -> bytes:
    """The image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def corners(image: Image.Image) -> str:
    """The letters of the nearest of COLOURS a quarter in from each corner."""
    width, height = image.size
    columns, rows = (width // 4, 3 * width // 4), (height // 4, 3 * height // 4)
    places = [(column, row) for row in rows for column in columns]
    return "".join(_nearest(np.asarray(image)[row, column]) for column, row in places)


def _nearest(pixel: np.ndarray[Any, Any]) -> str:
    distance = {letter: int(np.abs(pixel.astype(int) - colour).max()) for letter, colour in COLOURS.items()}
    letter = min(distance, key=lambda each: distance[each])
    return letter if distance[letter] < 50 else "?"


def exif(orientation: int = 1, order: str = "big", entries: int = 1, first: int = 8) -> bytes:
    """An EXIF block whose first directory says `orientation`; it claims `entries` and to begin at `first`."""

    def number(value: int, length: int) -> bytes:
        return value.to_bytes(length, "big" if order == "big" else "little")

    tag = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + bytes(2)
    head = (b"MM" if order == "big" else b"II") + number(42, 2) + number(first, 4)
    return head + number(entries, 2) + tag + number(8, 4)  # the next directory is this one: a loop


def exif_pointing_to_itself(length: int) -> bytes:
    """An EXIF block of about `length` bytes, each of its tags meaning all of it: read naively, a bomb."""
    count = length // 24
    tags = b"".join(
        (0x8000 + tag).to_bytes(2, "big") + b"\0\7" + (length - 16).to_bytes(4, "big") + b"\0\0\0\10"
        for tag in range(min(count, 0x7FFF))
    )
    block = b"MM\0*\0\0\0\10" + (len(tags) // 12).to_bytes(2, "big") + tags + bytes(4)
    return block + bytes(max(0, length - len(block)))
