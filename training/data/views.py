"""What is taken from one decoded file: the photo itself, the two halves of a pair, or a photo and its edges."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from .table import View

Pictures = tuple[Image.Image, ...]

_SIDE = 256  # edges are drawn at this size, as pix2pix's are, so that lines are as thick whatever the photo's size
_BLUR = 1.5  # pixels, before the gradient is taken: texture and JPEG blocks are no edges
_LOW, _HIGH = 40, 100  # of the gradient, between neighbours in [0, 255]


def whole(photo: Image.Image) -> Pictures:
    """The photo."""
    return (photo,)


def halves(photo: Image.Image) -> Pictures:
    """The left and the right half of a pair side by side (pix2pix's AB files)."""
    middle = photo.width // 2
    return photo.crop((0, 0, middle, photo.height)), photo.crop((photo.width - middle, 0, photo.width, photo.height))


def edges(photo: Image.Image) -> Pictures:
    """The photo's edges, thin dark lines on white, and the photo; both with a shorter side of at most 256."""
    import cv2

    scale = _SIDE / min(photo.size)
    if scale < 1:
        size = (round(photo.width * scale), round(photo.height * scale))
        photo = photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    grey = cv2.GaussianBlur(np.asarray(photo.convert("L")), (0, 0), _BLUR)
    lines = 255 - cv2.Canny(grey, _LOW, _HIGH, L2gradient=True)
    return Image.fromarray(np.asarray(lines, np.uint8)).convert("RGB"), photo


VIEWS: dict[View, Callable[[Image.Image], Pictures]] = {"whole": whole, "halves": halves, "edges": edges}
