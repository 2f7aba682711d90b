"""What a model sees of a photo, and how what it makes of that gets into the photo.

Of a face: the face, framed as in training. Of a domain whose photos are seen as they are, such as seasons: all of the
photo in its own aspect, its short side as long as the model's, because the networks are fully convolutional; or, where
the network takes one size alone (a U-Net down to one pixel), all of it on a canvas of its border's colour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from service.faces import Aligned, Face, align, paste
from training.domains import Domain
from training.images import Picture, add_difference, picture_of, resize

LONGEST = 64  # the most that a view's long side is, in short sides; a longer photo is squeezed
_ASPECT_TOLERANCE = 0.04  # a photo whose aspect is this near to the model's is seen at exactly its size
_COARSE = 4  # a network whose multiple is more than a side divided by this cannot follow a photo's aspect


class View(Protocol):
    """What a model sees.

    Attributes:
        image: (H, W, 3) uint8, to be translated.
        seen: (h, w, 3) uint8 of the release's size, to be classified.
    """

    @property
    def image(self) -> Tensor: ...
    @property
    def seen(self) -> Tensor: ...

    def put_back(self, photo: Image.Image, after: Picture) -> Image.Image:
        """The photo that the view was made of, with what the model made of the view, (H, W, 3)."""


@dataclass(frozen=True)
class FaceView:
    """A face, found in the photo and framed as in training; `others` are the photo's other faces."""

    image: Tensor
    aligned: Aligned
    face: Face
    others: tuple[Face, ...]

    @property
    def seen(self) -> Tensor:
        return self.image

    def on_smaller(self, photo: Image.Image, factor: float) -> "FaceView":
        """The same view, to be put back into a smaller copy of the photo, whose size is `factor` times the photo's."""
        height, width, _ = self.image.shape
        face = _scaled(self.face, factor)
        others = tuple(_scaled(other, factor) for other in self.others)
        return FaceView(self.image, align(photo, face, (height, width), others), face, others)

    def put_back(self, photo: Image.Image, after: Picture) -> Image.Image:
        """See View."""
        return paste(photo, self.aligned, self.image.numpy(), after)


@dataclass(frozen=True)
class FramedView:
    """The middle of a photo that is framed as in training."""

    image: Tensor

    @property
    def seen(self) -> Tensor:
        return self.image

    def put_back(self, photo: Image.Image, after: Picture) -> Image.Image:
        """See View; towards a border inside the photo the edit fades out."""
        return add_difference(photo, self.image.numpy(), after)


@dataclass(frozen=True)
class WholeView:
    """All of a photo in its own aspect."""

    image: Tensor
    seen: Tensor

    def put_back(self, photo: Image.Image, after: Picture) -> Image.Image:
        """See View."""
        return add_difference(photo, self.image.numpy(), after, (0, 0, *photo.size))


@dataclass(frozen=True)
class DrawnView:
    """All of a photo of a pair, somewhere in what the model sees. The result is the model's picture, not the photo's.

    Attributes:
        box: where in `image` the photo is: left, top, right, bottom.
        size: (width, height) of the photo.
    """

    image: Tensor
    seen: Tensor
    box: tuple[int, int, int, int]
    size: tuple[int, int]

    def put_back(self, photo: Image.Image, after: Picture) -> Image.Image:
        """See View; the photo's own pixels are not needed."""
        drawn = Image.fromarray(after.round().clip(0, 255).astype(np.uint8))
        return drawn.crop(self.box).resize(self.size, Image.Resampling.BICUBIC)


def view_face(photo: Image.Image, face: Face, found: Sequence[Face], size: tuple[int, int]) -> FaceView:
    """The view of a face at (height, width) = `size`; `found` are all of the photo, itself among them."""
    others = tuple(other for other in found if other is not face)
    aligned = align(photo, face, size, others)
    return FaceView(aligned.view, aligned, face, others)


def view_photo(photo: Image.Image, full: tuple[int, int], domain: Domain, size: tuple[int, int], multiple: int) -> View:
    """The view of a photo in which no face is looked for.

    Args:
        photo: may be reduced where its pixels are not needed but for the view.
        full: (width, height) of the photo that is not reduced.
        size: (height, width) of the release.
        multiple: that the network wants H and W to be divisible by.
    """
    follows = multiple * _COARSE <= min(size)
    if domain.align or not (follows or domain.kind == "paired"):
        return FramedView(picture_of(resize(photo, size)))
    if not follows:
        return _padded(photo, full, size)
    height, width = whole_size(photo.size, size, multiple)
    image = _at(photo, (width, height))
    seen = image if (height, width) == size else picture_of(resize(photo, size))
    if domain.kind == "paired":
        return DrawnView(image, seen, (0, 0, width, height), full)
    return WholeView(image, seen)


def whole_size(photo: tuple[int, int], size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """(height, width) of the view of all of a photo: its aspect, the model's short side, sides that are multiples.

    Args:
        photo: (width, height), Pillow's order.
        size: (height, width) of the release.
    """
    width, height = photo
    if abs(width / height * size[0] / size[1] - 1) <= _ASPECT_TOLERANCE:
        return size
    short = min(size)
    aspect = min(max(width / height, height / width), LONGEST)
    long = max(short, round(short * aspect / multiple) * multiple)
    return (short, long) if width > height else (long, short)


def _padded(photo: Image.Image, full: tuple[int, int], size: tuple[int, int]) -> DrawnView:
    height, width = size
    scale = min(width / photo.width, height / photo.height)
    inner = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    small = _at(photo, inner)
    border = torch.cat([small[0], small[-1], small[:, 0], small[:, -1]])
    image = border.median(0).values.repeat(height, width, 1)
    image[top : top + inner[1], left : left + inner[0]] = small
    return DrawnView(image, image, (left, top, left + inner[0], top + inner[1]), full)


def _at(photo: Image.Image, size: tuple[int, int]) -> Tensor:
    """All of a photo at (width, height), (H, W, 3) uint8."""
    return picture_of(photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def _scaled(face: Face, factor: float) -> Face:
    left, top, right, bottom = (factor * side for side in face.box)
    return Face((left, top, right, bottom), tuple((factor * x, factor * y) for x, y in face.landmarks), face.score)


@dataclass(frozen=True)
class Tiles:
    """A view cut into overlapping pieces along its longer side, so that memory is bounded; all are equally large.

    Attributes:
        starts: where each begins.
        length: of each along the longer side.
        dim: the longer side: 0 for the height, 1 for the width of (H, W, 3).
    """

    starts: tuple[int, ...]
    length: int
    dim: int

    def __len__(self) -> int:
        return len(self.starts)

    def cut(self, image: Tensor) -> list[Tensor]:
        """The pieces of (H, W, 3)."""
        return [image.narrow(self.dim, start, self.length) for start in self.starts]

    def join(self, pieces: Sequence[Tensor]) -> Tensor:
        """(H, W, 3) of what was made of the pieces, each fading into the next over all of their overlap."""
        if len(pieces) == 1:
            return pieces[0]
        shape = list(pieces[0].shape)
        shape[self.dim] = self.starts[-1] + self.length
        result, total = torch.zeros(shape), torch.zeros(shape[self.dim])
        for index, (start, piece) in enumerate(zip(self.starts, pieces, strict=True)):
            weights = self._weights(index)
            total[start : start + self.length] += weights
            result.narrow(self.dim, start, self.length).add_(piece * _along(weights, self.dim))
        return result.div_(_along(total, self.dim))

    def _weights(self, index: int) -> Tensor:
        weights = torch.ones(self.length)
        if index > 0:
            overlap = self.starts[index - 1] + self.length - self.starts[index]
            weights[:overlap] *= _rise(overlap)
        if index + 1 < len(self.starts):
            overlap = self.starts[index] + self.length - self.starts[index + 1]
            weights[self.length - overlap :] *= _rise(overlap).flip(0)
        return weights


def tile(image: Tensor, multiple: int, most: int) -> Tiles:
    """How a view (H, W, 3) is cut into pieces of at most `most` pixels, but no shorter than its short side.

    Neighbours overlap by at least half of the short side, where that leaves each something of its own.
    """
    height, width, _ = image.shape
    short, long, dim = (height, width, 1) if width >= height else (width, height, 0)
    length = min(long, max(short, most // short // multiple * multiple))
    overlap = min(math.ceil(short / 2 / multiple) * multiple, length - multiple)
    count = 1 + math.ceil((long - length) / (length - overlap))
    starts = (round(index * (long - length) / max(1, count - 1) / multiple) * multiple for index in range(count))
    return Tiles(tuple(starts), length, dim)


def _rise(length: int) -> Tensor:
    """Weights (length,) from 0 to 1, level at both ends; together with themselves reversed they are 1."""
    return torch.sin(math.pi / 2 * (torch.arange(length) + 0.5) / length).square()


def _along(weights: Tensor, dim: int) -> Tensor:
    return weights[:, None, None] if dim == 0 else weights[:, None]
