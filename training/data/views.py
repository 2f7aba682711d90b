"""What is taken from one decoded file: the photo itself, the two halves of a pair, or a photo and its edges."""

from collections.abc import Callable

from PIL import Image

from .table import View

Pictures = tuple[Image.Image, ...]


def whole(photo: Image.Image) -> Pictures:
    """The photo."""
    return (photo,)


def halves(photo: Image.Image) -> Pictures:
    """The left and the right half of a pair side by side (pix2pix's AB files)."""
    middle = photo.width // 2
    return photo.crop((0, 0, middle, photo.height)), photo.crop((photo.width - middle, 0, photo.width, photo.height))


VIEWS: dict[View, Callable[[Image.Image], Pictures]] = {"whole": whole, "halves": halves}
