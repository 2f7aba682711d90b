"""A face as the model saw faces in training: framed as in CelebA's aligned photos."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from torch import Tensor

from training.images import crop_box, picture_of, resize

from . import frame
from .finder import Face

_FINER = 3  # the picture that the model's view is reduced from has at least so many times its resolution


@dataclass(frozen=True)
class Aligned:
    """A face framed for the model.

    Attributes:
        view: (H, W, 3) uint8, what the model is given.
        face: which.
        to_photo: the map from the view's pixels, (0, 0) to (W, H), to the photo's; see service.faces.frame.
        others: the photo's other faces, which an edit of this one keeps off.
    """

    view: Tensor
    face: Face
    to_photo: frame.Matrix
    others: tuple[Face, ...] = ()


def align(photo: Image.Image, face: Face, size: tuple[int, int], others: Sequence[Face] = ()) -> Aligned:
    """The view of a face at `size` (height, width), turned upright, of the photo's full resolution.

    A model that is not of the shape of CelebA's photos sees what it saw of those in training, their middle.

    Args:
        photo: upright, RGB, any size.
        others: the photo's other faces, whether they are edited or not.
    """
    height, width = size
    left, top, right, bottom = crop_box((frame.WIDTH, frame.HEIGHT), size)
    times = int(np.ceil(_FINER * max(width / (right - left), height / (bottom - top))))
    to_photo = frame.to_photo(face.landmarks)
    framed = frame.sample(
        photo, frame.join(to_photo, frame.scaling(1 / times, 1 / times)), (frame.WIDTH * times, frame.HEIGHT * times)
    )
    to_frame = frame.scaling((right - left) / width, (bottom - top) / height, left, top)
    view = picture_of(resize(Image.fromarray(framed), size))
    return Aligned(view, face, frame.join(to_photo, to_frame), tuple(others))
