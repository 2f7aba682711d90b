"""Faces in photos: what is found of them, how one is framed as in training, and how its edit gets into the photo.

Only the contract so far: the engine takes photos of faces as framed like the training data until this finds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image
from torch import Tensor


@dataclass(frozen=True)
class Face:
    """A face in a photo, in pixels of the upright photo.

    Attributes:
        box: left, top, right, bottom.
        landmarks: five (x, y): eyes (image-left first), nose, mouth corners (image-left first).
        score: in [0, 1].
    """

    box: tuple[float, float, float, float]
    landmarks: tuple[tuple[float, float], ...]
    score: float


class FaceFinder(Protocol):
    """Finds faces; may be used by several threads at once."""

    def find(self, photo: Image.Image) -> list[Face]:
        """The faces of a photo, the largest first."""


@dataclass(frozen=True)
class Aligned:
    """A face framed as in training: (3, H, W) in [-1, 1]."""

    view: Tensor


def align(photo: Image.Image, face: Face, size: tuple[int, int], others: Sequence[Face] = ()) -> Aligned:
    """A face framed as CelebA's aligned photos, (height, width) = `size`; `others` are the photo's other faces."""
    raise NotImplementedError


def paste(photo: Image.Image, aligned: Aligned, before: Tensor, after: Tensor) -> Image.Image:
    """The edit of a face at the photo's own resolution; it keeps off the photo's other faces."""
    raise NotImplementedError
