"""Photos to tensors and back: the only preprocessing there is, used by training and by serving alike.

A model sees a photo at its own small size. What it changes, the difference between its output and its input, is
enlarged and added to the photo, so that the result is as sharp and as large as the photo was. Of a pair, such as a
drawing and a photo, nothing need stay: there its output itself is enlarged.
"""

from .codec import decode, encode, measure
from .formats import FORMATS, ImageError, Limits, result_format, sniff
from .views import (
    add_difference,
    add_levels,
    at_photo_size,
    crop_box,
    normalise,
    pixels_to_tensor,
    resize,
    to_image,
    to_tensor,
)

__all__ = [
    "FORMATS", "ImageError", "Limits", "add_difference", "add_levels", "at_photo_size", "crop_box", "decode", "encode",
    "measure", "normalise", "pixels_to_tensor", "resize", "result_format", "sniff", "to_image", "to_tensor",
]  # fmt: skip
