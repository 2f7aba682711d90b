"""Where a face is in CelebA's aligned photos, and the maps between that frame and a photo.

Coordinates are continuous: a picture of width w reaches from 0 to w, and the middle of its first pixel is 0.5.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .networks import Pixels

Matrix = NDArray[np.float64]
"""(2, 3): an affine map of points."""

WIDTH, HEIGHT = 178, 218  # of CelebA's aligned photos

# The mean of what FaceFinder finds in CelebA's aligned photos: in 750 of 755 drawn from the training division. The
# standard deviation was 1 to 3 pixels; of the nose 6 across and 4 along, since heads turn.
LANDMARKS = ((69.5, 111.6), (108.6, 111.6), (89.0, 136.0), (71.5, 152.9), (106.5, 152.9))


def to_photo(landmarks: Sequence[Sequence[float]] | NDArray[np.float32]) -> Matrix:
    """The map from the frame to the photo in which a face has these five landmarks: a turn, a scale and a shift."""
    source, target = np.array(LANDMARKS), np.array(landmarks, np.float64)
    middle, there = source.mean(0), target.mean(0)
    source, target = source - middle, target - there
    size = (source**2).sum()
    along = (source * target).sum() / size
    across = (source[:, 0] * target[:, 1] - source[:, 1] * target[:, 0]).sum() / size
    linear = np.array([[along, -across], [across, along]])
    return np.column_stack([linear, there - linear @ middle])


def invert(map: Matrix) -> Matrix:
    """The map back."""
    linear = np.linalg.inv(map[:, :2])
    return np.column_stack([linear, -linear @ map[:, 2]])


def join(second: Matrix, first: Matrix) -> Matrix:
    """`first`, then `second`."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])


def scaling(x: float, y: float, left: float = 0.0, top: float = 0.0) -> Matrix:
    """(x, y) times the point, plus (left, top)."""
    return np.array([[x, 0.0, left], [0.0, y, top]])


def apply(map: Matrix, points: NDArray[np.floating]) -> Matrix:
    """Points (..., 2) mapped."""
    mapped: Matrix = points @ map[:, :2].T + map[:, 2]
    return mapped


def scale_of(map: Matrix) -> float:
    """How much longer lengths get, as the mean over directions."""
    return float(np.sqrt(abs(np.linalg.det(map[:, :2]))))


def covered(
    map: Matrix, size: tuple[float, float], photo: tuple[int, int], margin: int = 0
) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) of the photo's pixels that a picture of `size` (width, height) is mapped to.

    It has `margin` pixels more on each side, and ends with the photo, of which it keeps at least one pixel.
    """
    corners = apply(map, np.array([(x, y) for x in (0, size[0]) for y in (0, size[1])], np.float64))
    low, high = np.floor(corners.min(0)) - margin, np.ceil(corners.max(0)) + margin
    left, top = (int(np.clip(low[axis], 0, photo[axis] - 1)) for axis in (0, 1))
    right, bottom = (int(np.clip(high[axis], start + 1, photo[axis])) for axis, start in ((0, left), (1, top)))
    return left, top, right, bottom


def centred(map: Matrix) -> Matrix:
    """The same map as OpenCV counts: the middle of the first pixel is 0."""
    shifted: Matrix = join(scaling(1, 1, -0.5, -0.5), join(map, scaling(1, 1, 0.5, 0.5)))
    return shifted


def sample(photo: Image.Image, map: Matrix, size: tuple[int, int]) -> Pixels:
    """What a picture of `size` (width, height) that `map` lays on the photo shows, (height, width, 3).

    The photo is first made so small that the picture has at least its resolution: without aliasing, and as fast for
    a face of 3,000 pixels as for one of 300. Beyond the photo's borders its last pixels go on, as in CelebA's photos.
    """
    factor = max(1, int(np.ceil(scale_of(map) - 1e-9)))
    box = covered(map, size, photo.size, margin=4 * factor)
    part = np.asarray(photo.reduce(factor, box))
    into_part = join(scaling(1 / factor, 1 / factor, -box[0] / factor, -box[1] / factor), map)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(part, centred(into_part), size, flags=flags, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]
