"""PNG: cut, lying, costly, and of every kind that the standard allows."""

import struct
import zlib

import numpy as np
from PIL import Image

from tests.service.corpus.case import HEIGHT, WIDTH, Case, Seen, exif, exif_pointing_to_itself, file, picture

GOOD = file(picture(), "PNG")
_SIGNATURE = GOOD[:8]


def cases() -> list[Case]:
    """All of them."""
    return [*_cut(), *_headers(), *_bombs(), *_colours(), *_around()]


def chunk(kind: bytes, body: bytes = b"", checksum: int | None = None) -> bytes:
    """A chunk; its checksum is right unless another is given."""
    checksum = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def chunks(data: bytes = GOOD) -> list[tuple[bytes, int, int]]:
    """(kind, begin, end) of each chunk."""
    found, place = [], 8
    while place < len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        found.append((data[place + 4 : place + 8], place, end))
        place = end
    return found


def header(width: int = WIDTH, height: int = HEIGHT, bits: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    """A chunk IHDR."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced))


def with_chunks(*added: bytes, data: bytes = GOOD) -> bytes:
    """The file with chunks put in behind its header."""
    return data[: 8 + 25] + b"".join(added) + data[8 + 25 :]


def of_rows(head: bytes, rows: bytes, *more: bytes) -> bytes:
    """A PNG of these bytes, row for row with the filter in front."""
    return _SIGNATURE + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND")


def _cut() -> list[Case]:
    cut = [
        Case(f"PNG cut before its chunk {kind.decode()}", GOOD[:begin], "truncated_image")
        for kind, begin, _ in chunks()
    ]
    inside = [
        Case(f"PNG cut inside its chunk {kind.decode()}", GOOD[: end - 1], "truncated_image")
        for kind, _, end in chunks()
    ]
    return [*cut, *inside]


def _headers() -> list[Case]:
    body = zlib.compress(b"")
    places = {kind: (begin, end) for kind, begin, end in chunks()}
    (_, head_end), (begin, end) = places[b"IHDR"], places[b"IDAT"]
    broken_head = GOOD[: head_end - 4] + b"\0\0\0\0" + GOOD[head_end:]
    broken_rows = GOOD[: end - 4] + b"\0\0\0\0" + GOOD[end:]
    too_few = GOOD[:begin] + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND")
    return [
        *(
            Case(f"PNG that claims {side}x{side}", of_rows(header(side, side), b""), "image_too_many_pixels")
            for side in (1200, 60_000, 2**31 - 1, 2**32 - 1)
        ),
        Case("PNG of no width", of_rows(header(width=0), b""), "truncated_image"),
        Case("PNG of 3 bits", of_rows(header(bits=3), bytes(999)), "truncated_image"),
        Case("PNG of colour type 5", of_rows(header(colour=5), bytes(9999)), "truncated_image"),
        Case("PNG with a wrong checksum in its header", broken_head, "truncated_image"),
        Case("PNG with a wrong checksum in its rows", broken_rows, ("truncated_image", Seen())),
        Case("PNG with a wrong checksum in a text", with_chunks(chunk(b"tEXt", b"a\0b", checksum=1)), Seen()),
        Case("PNG with too few rows", too_few, "truncated_image"),
        Case("PNG of no rows", _SIGNATURE + header() + chunk(b"IDAT", body) + chunk(b"IEND"), "truncated_image"),
        Case("PNG without rows", _SIGNATURE + header() + chunk(b"IEND"), "truncated_image"),
        Case("PNG with two headers", with_chunks(header(9, 9)), "truncated_image"),
        Case("PNG that begins with its rows", _SIGNATURE + GOOD[begin:], "truncated_image"),
        Case(
            "PNG whose palette is missing",
            of_rows(header(colour=3), bytes((1 + WIDTH) * HEIGHT)),
            ("truncated_image", Seen(corners="")),
        ),
        Case("PNG 1x1", file(picture(1, 1), "PNG"), Seen((1, 1), "")),
        Case("PNG 1x10000", file(picture(1, 10000), "PNG"), Seen((1, 10000), "")),
        Case("PNG 10000x1", file(picture(10000, 1), "PNG"), Seen((10000, 1), "")),
    ]


def _bombs() -> list[Case]:
    bomb = zlib.compress(bytes(50_000_000), 9)
    profile = b"a\0\0" + zlib.compress(bytes(900_000), 9)
    begin = next(begin for kind, begin, _ in chunks() if kind == b"IDAT")
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(picture()))
    much = GOOD[:begin] + chunk(b"IDAT", zlib.compress(rows + bytes(50_000_000), 9)) + chunk(b"IEND")
    return [
        Case("PNG with a bomb for a profile", with_chunks(chunk(b"iCCP", b"a\0\0" + bomb)), Seen()),
        Case("PNG with a bomb for a text", with_chunks(chunk(b"zTXt", b"a\0\0" + bomb)), Seen()),
        Case("PNG with a bomb for an international text", with_chunks(chunk(b"iTXt", b"a\0\1\0\0\0" + bomb)), Seen()),
        Case("PNG with a bomb for rows", much, ("truncated_image", Seen())),
        Case("PNG with two hundred profiles", with_chunks(chunk(b"iCCP", profile) * 200), Seen()),
        Case("PNG of 70,000 chunks", with_chunks(chunk(b"teXt") * 70_000), "image_too_complex"),
        Case(
            "PNG with EXIF whose tags all mean all of it",
            with_chunks(chunk(b"eXIf", exif_pointing_to_itself(250_000))),
            Seen(),
        ),
    ]


def _colours() -> list[Case]:
    sixteen = np.asarray(picture()).astype(">u2") * 257
    rows16 = b"".join(b"\0" + row.tobytes() for row in sixteen)
    alpha = np.dstack([np.asarray(picture()), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    alpha[: HEIGHT // 2, : WIDTH // 2, 3] = 0
    clear = Image.fromarray(alpha)
    rows_alpha = b"".join(b"\0" + row.tobytes() for row in alpha.astype(">u2") * 257)
    palette = picture().quantize(4)
    red = palette.getpixel((1, 1))
    ramp = Image.fromarray(np.full((HEIGHT, WIDTH), 65535, np.uint16))
    white = Image.new("L", (WIDTH, HEIGHT), 255)
    return [
        Case("PNG of 16 bits", of_rows(header(bits=16), rows16), Seen()),
        Case("PNG of 16 bits with alpha", of_rows(header(bits=16, colour=6), rows_alpha), Seen(corners="WGBY")),
        Case("PNG of 16 bits of grey", file(ramp, "PNG"), Seen(corners="WWWW")),
        Case("PNG of one bit", file(white.convert("1"), "PNG"), Seen(corners="WWWW")),
        Case("PNG of grey", file(white, "PNG"), Seen(corners="WWWW")),
        Case("PNG of grey with alpha", file(Image.new("LA", (WIDTH, HEIGHT), (0, 0)), "PNG"), Seen(corners="WWWW")),
        Case(
            "PNG of grey, one level clear",
            file(Image.new("L", (WIDTH, HEIGHT), 7), "PNG", transparency=7),
            Seen(corners="WWWW"),
        ),
        Case("PNG with alpha", file(clear, "PNG"), Seen(corners="WGBY")),
        Case("PNG of one clear colour", file(picture(), "PNG", transparency=(220, 40, 40)), Seen(corners="WGBY")),
        Case("PNG of a palette", file(palette, "PNG"), Seen()),
        Case("PNG of a palette with a clear colour", file(palette, "PNG", transparency=red), Seen(corners="WGBY")),
        Case("PNG of a palette with half-clear colours", file(palette, "PNG", transparency=bytes((255,) * 4)), Seen()),
        Case(
            "PNG of indices beyond its palette",
            of_rows(header(colour=3), (b"\0" + b"\xff" * WIDTH) * HEIGHT, chunk(b"PLTE", bytes(3))),
            Seen(corners=""),
        ),
    ]


def _around() -> list[Case]:
    still = [picture(), picture().transpose(Image.Transpose.ROTATE_180)]
    animation = file(still[0], "PNG", save_all=True, append_images=still[1:])
    page = chunk(b"tEXt", b"Comment\0<html><script>alert(1)</script></html>")
    return [
        Case("PNG, animated", animation, "animated_image"),
        Case("PNG that claims 2^32-1 frames", with_chunks(chunk(b"acTL", b"\xff" * 4 + bytes(4))), "animated_image"),
        Case("PNG animation of one frame", with_chunks(chunk(b"acTL", b"\0\0\0\1" + bytes(4))), Seen()),
        Case("PNG animation of no length", with_chunks(chunk(b"acTL")), Seen()),
        Case("PNG with a page in its text", with_chunks(page), Seen()),
        Case("PNG and a zip behind it", GOOD + b"PK\3\4" + bytes(99), Seen()),
        Case("PNG on its side", with_chunks(chunk(b"eXIf", exif(6))), Seen((HEIGHT, WIDTH), "BRYG")),
        Case("PNG of orientation 65535", with_chunks(chunk(b"eXIf", exif(65535))), Seen()),
        Case("PNG with a profile of nonsense", with_chunks(chunk(b"iCCP", b"a\0\0nonsense")), Seen()),
        Case("PNG with an empty profile", with_chunks(chunk(b"iCCP")), Seen()),
        Case("PNG with two signatures", _SIGNATURE + GOOD, "truncated_image"),
    ]
