"""Files to photos and back: every format, orientation and colour mode comes out as upright sRGB pixels.

How long decoding takes is bounded by `Limits` and by the header's own limits (see headers and heic), whatever a file
says: all that is left is work per pixel.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from .formats import DEFAULT_LIMITS, FORMATS, Header, ImageError, Limits, damaged, sniff
from .headers import MOST_PROFILE, read_jpeg, read_png, read_webp
from .heic import open_heic, read_heic

# Of Pillow's plugins themselves, not of Image.open, whose limit on pixels is a global setting that warns.
_OPENERS: dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
}
_READERS: dict[str, Callable[[bytes, Limits], Header]] = {
    "jpeg": read_jpeg,
    "png": read_png,
    "webp": read_webp,
    "heic": read_heic,
}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MOST_SIDE = {"jpeg": 65_500, "webp": 16_383}  # of the libraries that write them, and of WebP itself
_PROFILED = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}  # modes to the colour space of a profile that fits


def measure(data: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[int, int]:
    """(width, height) of the upright photo, from its header alone. Raises ImageError."""
    header = _read(data, sniff(data), limits)
    return header.size if header.orientation < 5 else header.size[::-1]


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS, at_least: tuple[int, int] | None = None) -> Image.Image:
    """The photo as an RGB image, turned upright, its colours sRGB, without any metadata.

    Size limits are checked before a pixel is decoded. Transparency is laid on white. Of several pictures in a HEIC
    file it is the primary one.

    Args:
        at_least: (height, width) that suffices: a JPEG is decoded at 1/2, 1/4 or 1/8 of its size if that is no
            smaller, which is faster and gives what averaging its pixels would; other formats come in their own size.

    Raises:
        ImageError: the photo cannot be used.
    """
    format = sniff(data)
    header = _read(data, format, limits)
    try:
        image = open_heic(header.data) if format == "heic" else _OPENERS[format](io.BytesIO(header.data))
        if image.size != header.size:
            raise damaged()
        if at_least is not None and isinstance(image, JpegImagePlugin.JpegImageFile):
            height, width = at_least if header.orientation < 5 else at_least[::-1]
            image.draft(None, (width, height))
        photo = _flat(image)
    except MemoryError:
        raise
    except Exception as error:  # Pillow does not say which: of damaged files come a dozen kinds
        raise damaged() from error
    turn = _UPRIGHT.get(header.orientation)
    return photo if turn is None else photo.transpose(turn)


def _read(data: bytes, format: str, limits: Limits) -> Header:
    if len(data) > limits.max_bytes:
        size = f"{limits.max_bytes / 2**20:g} MiB"
        raise ImageError("image_too_many_bytes", f"The file is larger than {size}; send a smaller one.")
    return _READERS[format](data, limits)


def _flat(image: Image.Image) -> Image.Image:
    """Pixels alone, RGB: no transparency, profile, palette or comment."""
    image.load()
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):
        image = _eight_bits(image)
    if not image.has_transparency_data:
        return _srgb(image if image.mode in _PROFILED else image.convert("RGB"), profile)
    flat, clear = Image.new("RGB", image.size, "white"), image.convert("RGBA")
    grey = image.mode in ("L", "LA")  # stays so: a profile of greys goes with nothing else
    flat.paste(_srgb(image.convert("L") if grey else clear.convert("RGB"), profile), mask=clear.getchannel("A"))
    return flat


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits as "L", or "LA" where one of its values stands for nothing."""
    grey = image.point(lambda value: value / 256).convert("L")
    nothing = grey.info.pop("transparency", None)
    if nothing is not None:
        grey.putalpha(Image.fromarray(np.asarray(image) != nothing).convert("L"))
    return grey


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In sRGB, as phones' Display P3 is not; a profile that does not fit or cannot be read is left aside."""
    # "mpet" is a chain of computations of any length; all else in a profile are tables and matrices.
    if profile and len(profile) <= MOST_PROFILE and b"mpet" not in profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            fits = source.profile.xcolor_space.strip() == _PROFILED[image.mode]
            if fits and "srgb" not in ImageCms.getProfileDescription(source).lower():
                converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
                image = converted or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    plain = image.copy() if image.mode == "RGB" else image.convert("RGB")
    plain.info.clear()
    return plain


def check_sides(size: tuple[int, int], format: str) -> None:
    """Raises ImageError where a file of `format` cannot hold an image of (width, height)."""
    most = _MOST_SIDE.get(format)
    if most and max(size) > most:
        raise ImageError(
            "image_too_many_pixels",
            f"{size[0]}x{size[1]} does not fit into a file of the format {format}, whose sides are at most {most} "
            "pixels; ask for png, or send a smaller photo.",
        )


def encode(image: Image.Image, format: str) -> bytes:
    """The file's bytes in `format`, a key of FORMATS. The same image always gives the same bytes.

    Raises ImageError where the format cannot hold it.
    """
    options: dict[str, dict[str, int | str]] = {
        "jpeg": {"quality": 93, "subsampling": "4:4:4"},
        "png": {"compress_level": 4},
        "webp": {"quality": 93, "method": 2},
    }
    if format not in options:
        raise ValueError(f"{format!r} is not an output format; use {', '.join(FORMATS)}.")
    check_sides(image.size, format)
    buffer = io.BytesIO()
    image.save(buffer, format.upper(), **options[format])
    return buffer.getvalue()
