"""Finds the faces in a photo.

A reduced copy of the photo gives candidates. Each is looked at again, upright and at one size, in the photo's own
pixels: that confirms it, and its landmarks are as exact for a small or a tilted face as for any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from PIL import Image

from training.compiled import usable_cores

from . import frame
from .networks import SIDE, Detections, Detector, Floats, Landmarker, distinct

# A photo is searched as large as it is, or reduced, on the first of these canvases (width, height) that holds it. They
# are few, because OpenVINO keeps what it compiled for each. The last are all about as large, for photos of any aspect.
_CANVASES = (
    (256, 256), (512, 384), (384, 512), (640, 640), (768, 576), (576, 768), (1024, 448), (448, 1024), (2048, 256),
    (256, 2048), (4096, 128), (128, 4096),
)  # fmt: skip
_CLOSE = _CANVASES[:1]  # it is searched on this too: large, a face that fills the photo is not seen
_CANDIDATE = 0.25  # the least score at which a candidate is looked at again
_CONFIRMED = 0.7  # the least score at the last look
_LOOKS = 2  # each starts from the landmarks of the one before
_MOST = 32  # candidates that are looked at again, largest first
_LEAST = 12.0  # pixels of the photo that a face is wide and high at least
_OVERLAP = 0.4  # boxes that share more than this of their union are of one face

# Of a face in CelebA's frame: the middle of the square that O-Net sees, that square's side, and the box that is told.
_MIDDLE = (89.0, 124.0)
_SQUARE = 115.0
_BOX = (102.0, 132.0)


Size = tuple[int, int]


@dataclass(frozen=True)
class Face:
    """A face in a photo, in its pixels.

    Attributes:
        box: left, top, right, bottom.
        landmarks: x, y of the eyes, the nose and the corners of the mouth; of pairs, the left in the picture first.
        score: how sure it is a face, in [0, 1].
    """

    box: tuple[float, float, float, float]
    landmarks: tuple[tuple[float, float], ...]
    score: float


class FaceFinder(Protocol):
    """Finds faces; may be used by several threads at once."""

    def find(self, photo: Image.Image) -> list[Face]:
        """The faces in an upright RGB photo of any size, the largest first."""


class CenterFaceFinder:
    """Finds faces, from any thread; the same photo always gives the same faces.

    Args:
        streams: photos that are searched at once, each by one thread; 0: as many as there are cores, but at most four.
    """

    def __init__(self, streams: int = 0) -> None:
        self._streams = streams or min(4, usable_cores())

    # Loaded when they are first used, which takes a second.
    @cached_property
    def _detector(self) -> Detector:
        return Detector(self._streams)

    @cached_property
    def _landmarker(self) -> Landmarker:
        return Landmarker(self._streams)

    def find(self, photo: Image.Image) -> list[Face]:
        """The faces in an upright RGB photo of any size, the largest first. Those on their side are not found."""
        looks = (self._look_again(photo, points) for points in self._candidates(photo).landmarks)
        faces = [face for face in looks if face is not None]
        boxes, scores = np.array([face.box for face in faces]).reshape(-1, 4), np.array([face.score for face in faces])
        once = [faces[index] for index in distinct(boxes, scores, _OVERLAP)]
        return sorted(once, key=lambda face: (-_area(face), face.box))

    def _candidates(self, photo: Image.Image) -> Detections:
        """What may be a face, the largest first."""
        fits = sorted({_fit(photo.size, canvases) for canvases in (_CLOSE, _CANVASES)})
        seen = [self._search(photo, *fit) for fit in fits]
        every = Detections(*(np.concatenate(values) for values in zip(*seen, strict=True)))
        once = every.take(distinct(every.boxes, every.scores, _OVERLAP))
        widths, heights = (once.boxes[:, 2:] - once.boxes[:, :2]).T
        return once.take(np.argsort(-widths * heights, kind="stable")[:_MOST])

    def _search(self, photo: Image.Image, canvas: Size, size: Size) -> Detections:
        small = photo if size == photo.size else photo.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        found = self._detector.detect(np.asarray(small), canvas, _CANDIDATE)
        enlarged = np.array([photo.width / size[0], photo.height / size[1]], np.float32)
        return Detections(found.boxes * np.tile(enlarged, 2), found.landmarks * enlarged, found.scores)

    def _look_again(self, photo: Image.Image, landmarks: Floats) -> Face | None:
        """A candidate's face; None where no face is there."""
        score = 0.0
        for _ in range(_LOOKS):
            to_photo = frame.join(frame.to_photo(landmarks), _square())
            if not _is_sensible(to_photo, photo.size):
                return None
            points, score = self._landmarker.locate(frame.sample(photo, to_photo, (SIDE, SIDE)))
            landmarks = frame.apply(to_photo, points).astype(np.float32)
        return _face(landmarks, score, photo.size) if score >= _CONFIRMED else None


def _square() -> frame.Matrix:
    """The map from O-Net's picture to CelebA's frame."""
    half = _SQUARE / 2
    return frame.scaling(_SQUARE / SIDE, _SQUARE / SIDE, _MIDDLE[0] - half, _MIDDLE[1] - half)


def _is_sensible(to_photo: frame.Matrix, photo: tuple[int, int]) -> bool:
    """Whether the middle of O-Net's picture is in the photo, and its side no less than a few pixels of it."""
    x, y = frame.apply(to_photo, np.array([SIDE / 2, SIDE / 2]))
    return bool(0 <= x <= photo[0] and 0 <= y <= photo[1] and frame.scale_of(to_photo) * SIDE >= _LEAST)


def _fit(photo: Size, canvases: Sequence[Size]) -> tuple[Size, Size]:
    """The canvas on which a photo of this size is shown largest, and its size there; sizes are (width, height)."""
    scales = [min(1.0, canvas[0] / photo[0], canvas[1] / photo[1]) for canvas in canvases]
    scale = max(scales)
    width, height = (max(1, round(length * scale)) for length in photo)
    return canvases[scales.index(scale)], (width, height)


def _face(landmarks: Floats, score: float, photo: tuple[int, int]) -> Face:
    to_photo = frame.to_photo(landmarks)
    middle, half = frame.apply(to_photo, np.array(_MIDDLE)), np.array(_BOX) / 2 * frame.scale_of(to_photo)
    left, top = (round(float(value), 2) for value in (middle - half).clip(0, photo))
    right, bottom = (round(float(value), 2) for value in (middle + half).clip(0, photo))
    points = tuple((round(float(x), 2), round(float(y), 2)) for x, y in landmarks)
    return Face((left, top, right, bottom), points, round(score, 4))


def _area(face: Face) -> float:
    left, top, right, bottom = face.box
    return (right - left) * (bottom - top)
