"""Which files are taken for photos, what limits them, and how one that cannot be used is told."""

from dataclasses import dataclass

FORMATS: dict[str, str] = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_SIGNATURES = {"jpeg": (b"\xff\xd8\xff", 0), "png": (b"\x89PNG\r\n\x1a\n", 0), "webp": (b"WEBP", 8)}
_HEIC_STILLS = (b"heic", b"heix", b"heim", b"heis", b"mif1")
_HEIC_SEQUENCES = (b"hevc", b"hevx", b"hevm", b"hevs", b"msf1")


class ImageError(ValueError):
    """A photo that cannot be used; the message says why and what to do.

    `code` is one of: empty_image, not_an_image, truncated_image, animated_image, image_too_many_bytes,
    image_too_many_pixels, image_too_complex.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Limits:
    """What is accepted: `max_bytes` of the file, `max_pixels` (width x height) read from its header."""

    max_bytes: int = 20 * 2**20
    max_pixels: int = 40_000_000


DEFAULT_LIMITS = Limits()
MOST_SIDE = 65_535  # JPEG has no longer ones; to work row by row takes memory for each column


@dataclass(frozen=True)
class Header:
    """What a file says of itself before a pixel is decoded.

    Attributes:
        size: (width, height) as it is stored.
        orientation: EXIF's, 1 to 8: how what is stored is turned upright.
        data: the file with nothing in it but what its pixels need.
    """

    size: tuple[int, int]
    orientation: int
    data: bytes


def sniff(data: bytes) -> str:
    """The format that the first bytes claim: a key of FORMATS, or "heic", which is read alone. Raises ImageError."""
    if not data:
        raise ImageError("empty_image", "The file is empty; send a JPEG, PNG, WebP or HEIC photo.")
    for name, (signature, offset) in _SIGNATURES.items():
        if data[offset : offset + len(signature)] == signature:
            return name
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_SEQUENCES:
        raise animated()
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_STILLS:
        return "heic"
    raise ImageError("not_an_image", "The file is not an image that can be read; send a JPEG, PNG, WebP or HEIC photo.")


def result_format(data: bytes) -> str:
    """The format, a key of FORMATS, in which a photo comes back: its own, JPEG for HEIC. Raises ImageError."""
    format = sniff(data)
    return format if format in FORMATS else "jpeg"


def animated() -> ImageError:
    """Of a file with more than one frame."""
    return ImageError("animated_image", "The image has several frames; send a still photo.")


def damaged() -> ImageError:
    """Of a file that ends early or contradicts itself."""
    return ImageError("truncated_image", "The image ends early or is damaged; send the whole file.")


def too_complex(what: str) -> ImageError:
    """Of a file that is small and would yet keep a processor busy for long."""
    return ImageError("image_too_complex", f"The image {what}; save it anew and send that.")


def check_pixels(size: tuple[int, int], limits: Limits) -> None:
    """Raises ImageError where (width, height) is none, or too large."""
    width, height = size
    if width < 1 or height < 1:
        raise damaged()
    if width * height > limits.max_pixels:
        most = f"{limits.max_pixels / 1e6:g} megapixels"
        raise ImageError("image_too_many_pixels", f"{width}x{height} is more than {most}; send a smaller photo.")
    if max(size) > MOST_SIDE:
        sentence = f"{width}x{height} is longer than {MOST_SIDE} pixels; send a smaller photo."
        raise ImageError("image_too_many_pixels", sentence)
