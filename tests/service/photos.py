"""Photos for tests, made here: good ones, and every kind of bad one."""

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 178, 218


def portrait(seed: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Soft random colours: no face, but something that a model changes."""
    coarse = np.random.default_rng(seed).integers(40, 216, (7, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def encoded(image: Image.Image, format: str = "JPEG", **options: object) -> bytes:
    """The file's bytes."""
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def decoded(data: bytes) -> NDArray[np.uint8]:
    """The pixels of a file, (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def jpeg(seed: int = 0) -> bytes:
    """A good photo."""
    return encoded(portrait(seed))


def turned() -> bytes:
    """A photo that lies on its side, with EXIF that says so and names a person."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x013B] = "the photographer"
    return encoded(portrait().transpose(Image.Transpose.ROTATE_90), exif=exif)


def animated() -> bytes:
    """A WebP of two frames."""
    return encoded(portrait(), "WEBP", save_all=True, append_images=[portrait(1)])


def huge_header(side: int) -> bytes:
    """A PNG of a few bytes that claims to be of side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
