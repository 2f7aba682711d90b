"""WebP: cut, lying, costly, and of every kind that the standard allows."""

import struct

from PIL import Image

from tests.service.corpus.case import HEIGHT, WIDTH, Case, Seen, exif, file, picture

LOSSLESS = file(picture(), "WEBP", lossless=True)
LOSSY = file(picture(), "WEBP", quality=95)
TURNED = file(picture(), "WEBP", lossless=True, exif=b"Exif\0\0" + exif(6))


def cases() -> list[Case]:
    """All of them."""
    return [*_cut(), *_headers(), *_kinds()]


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk, padded."""
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def riff(*parts: bytes) -> bytes:
    """A WebP of these chunks."""
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def chunks(data: bytes) -> list[tuple[bytes, int, int]]:
    """(kind, begin, end) of each chunk."""
    found, place = [], 12
    while place < len(data):
        end = place + 8 + int.from_bytes(data[place + 4 : place + 8], "little")
        found.append((data[place : place + 4], place, end))
        place = end + (end - place) % 2
    return found


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    """A chunk VP8X."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes((flags, 0, 0, 0)) + size)


def animation(frames: int) -> bytes:
    """An animation of one picture many times over."""
    frame = bytes(6) + struct.pack("<I", WIDTH - 1)[:3] + struct.pack("<I", HEIGHT - 1)[:3] + bytes(4) + LOSSLESS[12:]
    return riff(canvas(WIDTH, HEIGHT, 2), chunk(b"ANIM", bytes(6)), chunk(b"ANMF", frame) * frames)


def _cut() -> list[Case]:
    return [
        Case(f"WebP {name} cut {where} its chunk {kind.decode().strip()}", data[:place], "truncated_image")
        for name, data in (("of one chunk", LOSSY), ("of several chunks", TURNED))
        for kind, begin, end in chunks(data)
        for where, place in (("before", begin), ("in the head of", begin + 8), ("inside", end - 2))
    ]


def _headers() -> list[Case]:
    wide = struct.pack("<I", 16383 | 16383 << 14)
    lossless = LOSSLESS[:21] + wide + LOSSLESS[25:]
    lossy = LOSSY[:26] + struct.pack("<HH", 16383, 16383) + LOSSY[30:]
    return [
        Case(
            "WebP whose canvas is 16777216x16777216", riff(canvas(2**24, 2**24), LOSSLESS[12:]), "image_too_many_pixels"
        ),
        Case("WebP whose canvas is larger than its picture", riff(canvas(99, 99), LOSSLESS[12:]), "truncated_image"),
        Case("WebP whose canvas is smaller than its picture", riff(canvas(9, 9), LOSSLESS[12:]), "truncated_image"),
        Case("WebP, lossless, that claims 16384x16384", lossless, "image_too_many_pixels"),
        Case("WebP, lossy, that claims 16383x16383", lossy, "image_too_many_pixels"),
        Case("WebP, lossy, of no size", LOSSY[:26] + bytes(4) + LOSSY[30:], "truncated_image"),
        Case("WebP of a canvas alone", riff(canvas(WIDTH, HEIGHT)), "truncated_image"),
        Case("WebP of nothing", riff(), "truncated_image"),
        Case("WebP of an unknown chunk", riff(chunk(b"NONE", b"x" * 64)), "truncated_image"),
        Case("WebP whose length is none", LOSSLESS[:4] + bytes(4) + LOSSLESS[8:], "truncated_image"),
        Case("WebP whose length is 4 GiB", LOSSLESS[:4] + b"\xff" * 4 + LOSSLESS[8:], "truncated_image"),
        Case("WebP whose chunk is 4 GiB", LOSSLESS[:16] + b"\xff" * 4 + LOSSLESS[20:], "truncated_image"),
        Case("WebP of damaged pixels", LOSSY[:40] + b"\xff" * 40 + LOSSY[80:], ("truncated_image", Seen(corners=""))),
        Case("WebP of 70,000 chunks", riff(LOSSLESS[12:], chunk(b"NONE", b"") * 70_000), "image_too_complex"),
    ]


def _kinds() -> list[Case]:
    clear = picture().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, WIDTH // 2, HEIGHT // 2))
    upside_down = picture().transpose(Image.Transpose.ROTATE_180)
    animated = file(picture(), "WEBP", save_all=True, append_images=[upside_down])
    return [
        Case("WebP, lossless", LOSSLESS, Seen()),
        Case("WebP, lossy", LOSSY, Seen()),
        Case("WebP with alpha", file(clear, "WEBP", lossless=True), Seen(corners="WGBY")),
        Case("WebP, lossy, with alpha", file(clear, "WEBP", quality=95), Seen(corners="WGBY")),
        Case("WebP on its side", TURNED, Seen((HEIGHT, WIDTH), "BRYG")),
        Case("WebP of orientation 9", file(picture(), "WEBP", lossless=True, exif=exif(9)), Seen()),
        Case("WebP, animated", animated, "animated_image"),
        Case("WebP of 900 frames", animation(900), "animated_image"),
        Case("WebP animation of one frame", animation(1), Seen()),
        Case("WebP and a zip behind it", LOSSLESS + b"PK\3\4" + bytes(99), Seen()),
        Case("WebP with a profile of nonsense", file(picture(), "WEBP", lossless=True, icc_profile=b"x" * 99), Seen()),
        Case("WebP 1x1", file(picture(1, 1), "WEBP"), Seen((1, 1), "")),
        Case("WebP 1x10000", file(picture(1, 10000), "WEBP"), Seen((1, 10000), "")),
    ]
