"""Files that were good photos once: hypothesis draws what is done to them."""

import zlib

from hypothesis import strategies as st

from tests.service.corpus import heics, jpegs, pngs, webps
from tests.service.corpus.case import exif, exif_pointing_to_itself, file, picture

_EXTREMES = (
    b"\0",
    b"\xff",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\1\0\0\0",
)
_CHANGES = ("flip", "set", "cut", "drop", "repeat", "splice", "insert")


def good_files() -> list[bytes]:
    """Small photos of every format and most of their kinds."""
    small = picture(24, 16)
    return [
        file(small, "JPEG"),
        file(small, "JPEG", progressive=True, exif=exif(6)),
        file(small.convert("CMYK"), "JPEG", restart_marker_blocks=1),
        file(small, "MPO", save_all=True, append_images=[picture(8, 8)]),
        file(small, "PNG", exif=exif(6)),
        file(small.quantize(4), "PNG", transparency=0),
        file(small.convert("RGBA"), "PNG", save_all=True, append_images=[small.convert("RGBA")]),
        pngs.with_chunks(pngs.chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(500)))),
        file(small, "WEBP"),
        file(small.convert("RGBA"), "WEBP", lossless=True, exif=exif(6)),
        webps.animation(2),
        heics.heic((64, 64)),
        heics.heic((128, 64), tile_size=64, exif=exif(6)),
        jpegs.with_exif(exif_pointing_to_itself(2000)),
    ]


@st.composite
def damaged_files(draw: st.DrawFn, files: list[bytes]) -> bytes:
    """One of `files` after a few changes; a PNG's checksums are often made right again, so that they hide nothing."""
    data = draw(st.sampled_from(files))
    for _ in range(draw(st.integers(1, 6))):
        data = _changed(draw, data, files)
    if data[:8] == pngs.GOOD[:8] and draw(st.booleans()):
        data = with_right_checksums(data)
    return data


def _changed(draw: st.DrawFn, data: bytes, files: list[bytes]) -> bytes:
    at = draw(st.integers(0, len(data)))
    length = draw(st.integers(0, min(64, len(data) - at)))
    match draw(st.sampled_from(_CHANGES)):
        case "flip":
            return data[:at] + bytes((data[at] ^ 1 << draw(st.integers(0, 7)),)) + data[at + 1 :] if length else data
        case "set":
            value = draw(st.sampled_from(_EXTREMES))
            return data[:at] + value + data[at + len(value) :]
        case "cut":
            return data[:at]
        case "drop":
            return data[:at] + data[at + length :]
        case "repeat":
            return data[:at] + data[at : at + length] * draw(st.integers(2, 50)) + data[at + length :]
        case "splice":
            other = draw(st.sampled_from(files))
            start = draw(st.integers(0, len(other)))
            return data[:at] + other[start : start + draw(st.integers(0, 200))] + data[at + length :]
        case _:
            return data[:at] + draw(st.binary(max_size=16)) + data[at:]


def with_right_checksums(data: bytes) -> bytes:
    """A PNG whose chunks, as far as they can be told, have the checksums of what is in them."""
    result, place = data[:8], 8
    while place + 12 <= len(data) and (end := place + 12 + int.from_bytes(data[place : place + 4], "big")) <= len(data):
        result += data[place : end - 4] + zlib.crc32(data[place + 4 : end - 4]).to_bytes(4, "big")
        place = end
    return result + data[place:]
