"""Photos to tensors and back: the only preprocessing there is, used by training and by serving alike.

A model sees a photo at its own small size. What it changes, the difference between its output and its input, is
enlarged and added to the photo, so that the result is as sharp and as large as the photo was. Of a pair, such as a
drawing and a photo, nothing need stay: there its output itself is enlarged.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

FORMATS: dict[str, str] = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_SIGNATURES = {"jpeg": (b"\xff\xd8\xff", 0), "png": (b"\x89PNG\r\n\x1a\n", 0), "webp": (b"WEBP", 8)}
_ASPECT_TOLERANCE = 0.04  # a photo whose aspect is this near to the model's is squeezed whole, not cropped
_FEATHER = 0.08  # the share of a crop's side over which the edit fades out towards a border inside the photo


class ImageError(ValueError):
    """A photo that cannot be used; the message says why and what to do.

    `code` is one of: empty_image, not_an_image, truncated_image, animated_image, image_too_many_bytes,
    image_too_many_pixels.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Limits:
    """What is accepted: `max_bytes` of the file, `max_pixels` (width x height) read from its header."""

    max_bytes: int = 20 * 2**20
    max_pixels: int = 40_000_000


def sniff(data: bytes) -> str:
    """The format that the first bytes claim: a key of FORMATS. Raises ImageError."""
    if not data:
        raise ImageError("empty_image", "The file is empty; send a JPEG, PNG or WebP photo.")
    for name, (signature, offset) in _SIGNATURES.items():
        if data[offset : offset + len(signature)] == signature:
            return name
    raise ImageError("not_an_image", "The file is not an image that can be read; send a JPEG, PNG or WebP photo.")


def decode(data: bytes, limits: Limits = Limits()) -> Image.Image:
    """The photo as an RGB image, turned upright by its EXIF orientation, without any metadata.

    Size limits are checked before a pixel is decoded. Transparency is laid on white. Raises ImageError.
    """
    if len(data) > limits.max_bytes:
        size = f"{limits.max_bytes / 2**20:g} MiB"
        raise ImageError("image_too_many_bytes", f"The file is larger than {size}; send a smaller one.")
    with _open(data) as image:
        width, height = image.size
        if width * height > limits.max_pixels:
            most = f"{limits.max_pixels / 1e6:g} megapixels"
            raise ImageError("image_too_many_pixels", f"{width}x{height} is more than {most}; send a smaller photo.")
        # A phone's JPEG may carry depth maps and previews as further frames (MPO); its first is the photo.
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise ImageError("animated_image", "The image has several frames; send a still photo.")
        try:
            return _plain(ImageOps.exif_transpose(image))
        except (OSError, SyntaxError, ValueError, IndexError) as error:
            raise ImageError("truncated_image", "The image ends early or is damaged; send the whole file.") from error


def _open(data: bytes) -> Image.Image:
    format = sniff(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own, lower limit follows
            return Image.open(io.BytesIO(data), formats=[format])
    except Image.DecompressionBombError as error:
        raise ImageError("image_too_many_pixels", "The image has too many pixels; send a smaller photo.") from error
    except (OSError, SyntaxError, ValueError) as error:
        message = f"The file starts like a {format.upper()} image but cannot be read; send the whole file."
        raise ImageError("truncated_image", message) from error


def _plain(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        image = image.convert("RGBA")
        background = Image.new("RGB", image.size, "white")
        background.paste(image, mask=image.getchannel("A"))
        return background
    converted = image.convert("RGB")
    return Image.frombytes("RGB", converted.size, converted.tobytes())  # pixels alone: no EXIF, profile or comment


def encode(image: Image.Image, format: str) -> bytes:
    """The file's bytes in `format`, a key of FORMATS. The same image always gives the same bytes."""
    options: dict[str, dict[str, int | str]] = {
        "jpeg": {"quality": 93, "subsampling": "4:4:4"},
        "png": {"compress_level": 4},
        "webp": {"quality": 93, "method": 2},
    }
    if format not in options:
        raise ValueError(f"{format!r} is not an output format; use {', '.join(FORMATS)}.")
    buffer = io.BytesIO()
    image.save(buffer, format.upper(), **options[format])
    return buffer.getvalue()


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
    return normalise(torch.from_numpy(np.array(resize(photo, size))).permute(2, 0, 1))


def normalise(pixels: Tensor) -> Tensor:
    """uint8 in [0, 255] to float32 in [-1, 1], any shape."""
    return pixels.float().div_(127.5).sub_(1.0)


def to_image(tensor: Tensor) -> Image.Image:
    """(3, H, W) in [-1, 1] to an RGB image of W x H; values outside are clamped."""
    pixels = tensor.detach().float().cpu().clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())


def add_difference(
    photo: Image.Image, before: Tensor, after: Tensor, box: tuple[int, int, int, int] | None = None
) -> Image.Image:
    """The edit carried to the photo's own resolution: photo + enlarged (after - before).

    Args:
        photo: the RGB photo, any size.
        before: the model's view of it, `to_tensor(photo, size)`: (3, h, w) in [-1, 1].
        after: the model's output for that view, the same shape.
        box: the part of the photo that the view shows, as (left, top, right, bottom); default: `crop_box`.
    """
    import cv2  # several times faster at this than torch; not needed to train

    left, top, right, bottom = box or crop_box(photo.size, (before.shape[-2], before.shape[-1]))
    difference = (after - before).detach().float().cpu().mul_(127.5).permute(1, 2, 0).contiguous().numpy()
    width, height = right - left, bottom - top
    enlarged = cv2.resize(difference, (width, height), interpolation=cv2.INTER_CUBIC)
    if whole := (width, height) == photo.size:
        part = np.asarray(photo)
    else:
        part = np.asarray(photo.crop((left, top, right, bottom)))
        rows, columns = _fade(height, height < photo.height), _fade(width, width < photo.width)
        enlarged = enlarged * rows[:, None, None] * columns[:, None]
    edited = Image.fromarray(cv2.add(enlarged, part, dtype=cv2.CV_8U))  # rounded, and cut to the range
    if whole:
        return edited
    result = photo.copy()
    result.paste(edited, (left, top))
    return result


def at_photo_size(photo: Image.Image, after: Tensor) -> Image.Image:
    """The model's output itself, (3, h, w) in [-1, 1], as large as the part of the photo that the model saw."""
    left, top, right, bottom = crop_box(photo.size, (after.shape[-2], after.shape[-1]))
    return to_image(after).resize((right - left, bottom - top), Image.Resampling.BICUBIC)


def _fade(length: int, inside: bool) -> NDArray[np.float32]:
    """Weights (length,) that fall to 0 at both ends where those borders lie inside the photo, so no seam shows."""
    if not inside:
        return np.ones(length, np.float32)
    ramp = np.arange(1, length + 1, dtype=np.float32) / np.float32(max(1.0, length * _FEATHER))
    weights: NDArray[np.float32] = np.minimum(np.minimum(ramp, ramp[::-1]), np.float32(1))
    return weights
