"""A photo as a model sees it, and what the model made of that carried back to the photo's own resolution.

A picture is (H, W, 3) in levels of 255, Pillow's order: bytes, or floats where levels lie between. What a network works
on is (3, H, W) float32 in [-1, 1].
"""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

Floats = NDArray[np.float32]
Picture = NDArray[np.uint8] | Floats
"""(H, W, 3) in levels of 255."""

_ASPECT_TOLERANCE = 0.04  # a photo whose aspect is this near to the model's is squeezed whole, not cropped
_BAND = 256  # rows that are added at once
_FEATHER = 0.08  # the share of a crop's side over which the edit fades out towards a border inside the photo


def crop_box(photo: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of a photo that the model sees, as (left, top, right, bottom).

    The whole photo where its aspect is near the model's, otherwise the largest centred box of the model's aspect.

    Args:
        photo: (width, height) of the photo, Pillow's order.
        size: (height, width) of the model.
    """
    width, height = photo
    aspect = size[1] / size[0]
    if abs(width / height / aspect - 1) <= _ASPECT_TOLERANCE:
        return 0, 0, width, height
    box_width, box_height = min(width, max(1, round(height * aspect))), min(height, max(1, round(width / aspect)))
    left, top = (width - box_width) // 2, (height - box_height) // 2
    return left, top, left + box_width, top + box_height


def resize(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The model's view of a photo: `crop_box` of it at `size` (height, width), filtered without aliasing."""
    box = crop_box(photo.size, size)
    return photo.resize((size[1], size[0]), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def to_tensor(photo: Image.Image, size: tuple[int, int]) -> Tensor:
    """The model's view of a photo as (3, H, W) float32 in [-1, 1]; `size` is (H, W)."""
    return to_tensors(picture_of(resize(photo, size))[None])[0]


def picture_of(photo: Image.Image) -> Tensor:
    """All of an RGB photo as a picture (H, W, 3), uint8."""
    return torch.from_numpy(np.array(photo))


def to_tensors(pictures: Tensor) -> Tensor:
    """Pictures (B, H, W, 3), uint8, as (B, 3, H, W) float32 in [-1, 1], one channel after the other in memory."""
    import cv2  # it looks values up faster than they are computed; not needed to train

    count, height, width, _ = pictures.shape
    result = torch.empty(count, 3, height, width)
    for picture, places in zip(pictures.numpy(), result.numpy(), strict=True):
        # In this order while they are bytes: whoever works on floats, of which there are four times as many, goes
        # through them as they lie.
        for channel, place in zip(cv2.split(picture), places, strict=True):
            cv2.LUT(channel, _VALUES, dst=place)
    return result


def to_pictures(tensors: Tensor) -> Tensor:
    """(B, 3, H, W) in [-1, 1] as pictures (B, H, W, 3), uint8; values outside are clamped."""
    import cv2  # as above

    result = torch.empty(len(tensors), *tensors.shape[2:], 3, dtype=torch.uint8)
    for channels, place in zip(tensors.detach().float().cpu().numpy(), result.numpy(), strict=True):
        # The same as `levels`, in one turn instead of five.
        cv2.merge([cv2.addWeighted(each, 127.5, each, 0, 127.5, dtype=cv2.CV_8U) for each in channels], dst=place)
    return result


def normalise(pixels: Tensor) -> Tensor:
    """uint8 in [0, 255] to float32 in [-1, 1], any shape; the same bits on a GPU as on a CPU."""
    # By a tensor: by a number a GPU does not divide, it multiplies with the reciprocal; the last bit may differ.
    return pixels.float().div_(torch.full((), 127.5, device=pixels.device)).sub_(1.0)


_VALUES = normalise(torch.arange(256, dtype=torch.uint8)).numpy()  # of each byte


def levels(tensor: Tensor) -> Tensor:
    """[-1, 1] to the nearest uint8 in [0, 255], any shape; values outside are clamped."""
    return tensor.float().add(1.0).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def to_image(tensor: Tensor) -> Image.Image:
    """(3, H, W) in [-1, 1] to an RGB image of W x H; values outside are clamped."""
    return Image.fromarray(levels(tensor.detach()).cpu().permute(1, 2, 0).contiguous().numpy())


def add_difference(
    photo: Image.Image, before: Picture, after: Picture, box: tuple[int, int, int, int] | None = None
) -> Image.Image:
    """The edit carried to the photo's own resolution: photo + enlarged (after - before).

    Args:
        photo: the RGB photo, any size.
        before: the model's view of it, `resize(photo, size)`: a picture (h, w, 3).
        after: the model's output for that view, the same shape.
        box: the part of the photo that the view shows, as (left, top, right, bottom); default: `crop_box`.
    """
    import cv2  # several times faster at this than torch; not needed to train

    left, top, right, bottom = box or crop_box(photo.size, (before.shape[0], before.shape[1]))
    width, height = right - left, bottom - top
    if (width, height) == photo.size == before.shape[1::-1] and after.dtype == np.uint8:
        return Image.fromarray(after)  # the view is the photo, and with the difference it is the output
    enlarged = cv2.resize(difference(before, after), (width, height), interpolation=cv2.INTER_CUBIC)
    if whole := (width, height) == photo.size:
        part = np.asarray(photo)
    else:
        part = np.asarray(photo.crop((left, top, right, bottom)))
        rows, columns = _fade(height, height < photo.height), _fade(width, width < photo.width)
        enlarged = enlarged * rows[:, None, None] * columns[:, None]
    edited = Image.fromarray(add_levels(part, np.asarray(enlarged, np.float32)))
    if whole:
        return edited
    result = photo.copy()
    result.paste(edited, (left, top))
    return result


def difference(before: Picture, after: Picture) -> Floats:
    """What was changed of a picture (H, W, 3), in levels of 255."""
    import cv2  # as above

    return np.asarray(cv2.subtract(after, before, dtype=cv2.CV_32F), np.float32)


def add_levels(pixels: NDArray[np.uint8], levels: Floats) -> NDArray[np.uint8]:
    """The sum of pixels and levels of 255, both (H, W, 3), rounded and cut to the range; a band at a time."""
    import cv2

    result = np.empty_like(pixels)
    for start in range(0, len(pixels), _BAND):
        rows = slice(start, start + _BAND)
        # cv2 adds floats to bytes three times slower than floats to floats.
        cv2.add(levels[rows], pixels[rows].astype(np.float32), dst=result[rows], dtype=cv2.CV_8U)
    return result


def _fade(length: int, inside: bool) -> NDArray[np.float32]:
    """Weights (length,) that fall to 0 at both ends where those borders lie inside the photo, so no seam shows."""
    if not inside:
        return np.ones(length, np.float32)
    ramp = np.arange(1, length + 1, dtype=np.float32) / np.float32(max(1.0, length * _FEATHER))
    weights: NDArray[np.float32] = np.minimum(np.minimum(ramp, ramp[::-1]), np.float32(1))
    return weights
