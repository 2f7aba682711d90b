"""Photos to tensors and back: the only preprocessing there is, used by training and by serving alike.

A model sees a photo at its own small size. What it changes, the difference between its output and its input, is
enlarged and added to the photo, so that the result is as sharp and as large as the photo was. Of a pair, such as a
drawing and a photo, nothing need stay: there its output itself is enlarged.
"""

from .codec import check_sides, decode, encode, measure
from .formats import FORMATS, ImageError, Limits, result_format, sniff
from .views import (
    Picture,
    add_difference,
    add_levels,
    crop_box,
    difference,
    levels,
    normalise,
    picture_of,
    resize,
    to_image,
    to_pictures,
    to_tensor,
    to_tensors,
)

__all__ = [
    "FORMATS", "ImageError", "Limits", "Picture", "add_difference", "add_levels", "check_sides", "crop_box", "decode",
    "difference", "encode", "levels", "measure", "normalise", "picture_of", "resize", "result_format", "sniff",
    "to_image", "to_pictures", "to_tensor", "to_tensors",
]  # fmt: skip
