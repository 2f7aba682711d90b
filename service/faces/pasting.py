"""An edit of a face put back into the photo, at the photo's own resolution.

What the model changed, the difference between its output and its view, is laid back over the photo where the face is.
It fades out towards the frame's border, so that no seam shows; the photo's own detail stays, and all pixels beyond
the frame stay as they were.
"""

import cv2
import numpy as np
from PIL import Image

from training.images import Picture, add_levels, difference

from . import frame
from .alignment import Aligned
from .finder import Face
from .networks import Floats

_WHOLE = 0.6  # of the way from the frame's middle to its border, the edit is whole; from there it fades out
_ROUNDNESS = 2.5  # of the curves that it fades along; 2: ellipses
_FINEST = 8  # times that the difference is enlarged smoothly; beyond, and to turn it, between neighbours linearly
_BAND = 256  # rows of the photo that are worked on at once
_DRIFT = 8.0  # levels of 255 that the whole picture may have drifted in colour; more than that is meant
# Where the frames of two faces overlap, each has what is nearer to it, in units of its own size.
_MIDDLE = (89.0, 118.0)  # of a face in CelebA's frame
_REACH = 40.0  # pixels of that frame: the less, the sharper the boundary between two faces


def paste(photo: Image.Image, aligned: Aligned, before: Picture, after: Picture) -> Image.Image:
    """The photo with the face that `aligned` shows edited.

    Args:
        photo: RGB, any size.
        before: what the model was given, a picture (H, W, 3).
        after: what it made of it, the same shape.
    """
    levels = difference(before, after)
    edit, to_photo = _enlarged(levels - _drift(levels), aligned.to_photo)
    height, width = edit.shape[:2]
    edit *= _fade(height, width)[..., None]
    if aligned.others:
        edit *= cv2.resize(_share(aligned), (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    return _add(photo, edit, to_photo)


def _drift(levels: Floats) -> Floats:
    """The colour that nearly everything at the border of the frame changed by: the model's, not the edit's. (3,)."""
    border = np.concatenate([levels[0], levels[-1], levels[1:-1, 0], levels[1:-1, -1]])
    drift: Floats = np.median(border, axis=0).clip(-_DRIFT, _DRIFT)
    return drift


def _enlarged(levels: Floats, to_photo: frame.Matrix) -> tuple[Floats, frame.Matrix]:
    """The difference at about the photo's resolution, and its map to the photo."""
    height, width = levels.shape[:2]
    scale = frame.scale_of(to_photo)
    times = min(_FINEST, np.ceil(scale)) if scale > 1 else scale
    size = max(1, round(width * times)), max(1, round(height * times))
    enlarged = cv2.resize(levels, size, interpolation=cv2.INTER_CUBIC if times > 1 else cv2.INTER_AREA)
    return enlarged, frame.join(to_photo, frame.scaling(width / size[0], height / size[1]))  # type: ignore[return-value]


def _share(aligned: Aligned) -> Floats:
    """How much of each place of the view is this face's, and not another's, (H, W) in [0, 1]."""
    height, width, _ = aligned.view.shape
    y, x = np.mgrid[0.5:height, 0.5:width]
    places = frame.apply(aligned.to_photo, np.stack([x, y], axis=-1))
    own = _nearness(places, aligned.face)
    every = own + sum(_nearness(places, other) for other in aligned.others)
    return np.asarray(own / every, np.float32)


def _nearness(places: frame.Matrix, face: Face) -> frame.Matrix:
    """How near places (..., 2) of the photo are to a face, as it is large; falls fast, and never to 0."""
    there = frame.apply(frame.invert(frame.to_photo(face.landmarks)), places)
    away = ((there - _MIDDLE) ** 2).sum(-1) / _REACH**2
    return np.asarray(np.exp(-np.minimum(away, 300.0)))


def _fade(height: int, width: int) -> Floats:
    """1 in the middle, falling smoothly to 0 at the border, along curves between an ellipse and the frame."""
    u = abs(2 * (np.arange(width) + 0.5) / width - 1)
    v = abs(2 * (np.arange(height) + 0.5) / height - 1)
    away = (u[None, :] ** _ROUNDNESS + v[:, None] ** _ROUNDNESS) ** (1 / _ROUNDNESS)
    ramp = ((1 - away) / (1 - _WHOLE)).clip(0, 1)
    ramp[[0, -1]] = ramp[:, [0, -1]] = 0
    return np.asarray(ramp * ramp * (3 - 2 * ramp), np.float32)


def _add(photo: Image.Image, edit: Floats, to_photo: frame.Matrix) -> Image.Image:
    """The photo plus the edit, (height, width, 3) in levels of 255, laid on it by `to_photo`."""
    left, top, right, bottom = frame.covered(to_photo, (edit.shape[1], edit.shape[0]), photo.size)
    result = photo.copy()
    for start in range(top, bottom, _BAND):
        end = min(bottom, start + _BAND)
        here = frame.join(frame.scaling(1, 1, -left, -start), to_photo)
        laid = cv2.warpAffine(edit, frame.centred(here), (right - left, end - start), flags=cv2.INTER_LINEAR)
        part = np.asarray(photo.crop((left, start, right, end)))
        result.paste(Image.fromarray(add_levels(part, np.asarray(laid, np.float32))), (left, start))
    return result
