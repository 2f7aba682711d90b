"""Reads the headers of JPEG, PNG and WebP files, and leaves out what pixels do not need.

Pillow reads all of a file's metadata when it opens it: texts that inflate a thousandfold, tags that point into each
other, previews. None of that reaches it from here; and work that grows without the image growing, such as
thousands of scans or of chunks, is counted and refused before it is done.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Literal

from .formats import Header, ImageError, Limits, animated, check_pixels, damaged, too_complex

# A progressive JPEG is refined scan by scan, and each scan goes over the whole image; encoders make about ten.
MOST_SCANS = 100
MOST_PARTS = 65_536  # segments or chunks of a file
MOST_PROFILE = 2**20  # bytes of a colour profile

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's SOF markers
_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
_ALONE = frozenset((0x00, 0x01, 0xD8, *range(0xD0, 0xD8)))  # markers without a length
# Within a scan, where 0xff is escaped. What is below 0xc0 or restarts has no length; a decoder may read on behind it.
_NEXT_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_PNG_NEEDS = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))


def read_jpeg(data: bytes, limits: Limits) -> Header:
    """The header of a JPEG. Raises ImageError."""
    kept, frame, exif, start = [data[:2]], b"", b"", len(data)
    for marker, begin, end in _segments(data):
        body = data[begin + 4 : end]
        if marker in _FRAMES:
            frame = _check_frame(body, again=bool(frame))
            height, width = struct.unpack(">HH", frame[1:5])
            check_pixels((width, height), limits)
            progressive = marker in _PROGRESSIVE
        elif marker == 0xDA:
            start = begin
            break
        elif marker == 0xE1 and body[:6] == b"Exif\0\0":
            exif = exif or body[6:]
        if _shapes_pixels(marker, body):
            kept.append(data[begin:end])
    if not frame or start + 4 >= len(data):
        raise damaged()
    if progressive or data[start + 4] < frame[5]:  # a scan of all the colours at once is the only one
        _count_scans(data, start)
    return Header((width, height), orientation(exif), b"".join((*kept, data[start:])))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, begin, end) of each segment up to the first scan's header, which is the last one."""
    place, parts = 2, 0
    while (place := data.find(b"\xff", place)) >= 0:
        while data[place + 1 : place + 2] == b"\xff":
            place += 1
        marker, length = data[place + 1 : place + 2], data[place + 2 : place + 4]
        if (parts := parts + 1) > MOST_PARTS:
            raise too_complex("is in too many parts")
        if marker and marker[0] in _ALONE:
            place += 2
            continue
        end = place + 2 + int.from_bytes(length, "big")
        if len(length) < 2 or end < place + 4 or end > len(data) or marker[0] == 0xD9:
            raise damaged()
        yield marker[0], place, end
        if marker[0] == 0xDA:
            return
        place = end


def _shapes_pixels(marker: int, body: bytes) -> bool:
    """Whether a segment says how pixels or colours are read: tables, JFIF's and Adobe's headers, colour profiles."""
    return (not 0xE1 <= marker <= 0xEF and marker != 0xFE) or marker == 0xEE or body[:12] == b"ICC_PROFILE\0"


def _check_frame(body: bytes, again: bool) -> bytes:
    if again or len(body) < 6:
        raise damaged()
    if body[0] != 8:
        raise ImageError("not_an_image", f"The JPEG has {body[0]} bits a colour; save it with 8 and send that.")
    return body


def _count_scans(data: bytes, place: int) -> None:
    scans = parts = 0
    while (found := _NEXT_MARKER.search(data, place)) and (marker := data[found.start() + 1]) != 0xD9:
        scans, parts = scans + (marker == 0xDA), parts + 1
        if scans > MOST_SCANS or parts > 16 * MOST_SCANS:
            raise too_complex(f"is a JPEG of more than {MOST_SCANS} scans")
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        place = found.end() + max(2, length)


def read_png(data: bytes, limits: Limits) -> Header:
    """The header of a PNG. Raises ImageError."""
    kept, exif, size, profiles = [data[:8]], b"", (0, 0), 0
    for kind, begin, end in _chunks(data, 8, "big"):
        if (kind == b"IHDR") != (begin == 8) or (begin == 8 and end != 8 + 25):
            raise damaged()
        if begin == 8:
            size = struct.unpack(">II", data[16:24])
            check_pixels(size, limits)
        elif kind == b"acTL" and int.from_bytes(data[begin + 8 : min(begin + 12, end - 4)], "big") > 1:
            raise animated()
        elif kind == b"eXIf":
            exif = exif or data[begin + 8 : end - 4]
        if (kind == b"iCCP" and not profiles and _is_small_profile(data[begin + 8 : end - 4])) or kind in _PNG_NEEDS:
            kept.append(data[begin:end])
        profiles += kind == b"iCCP"
        if kind == b"IEND":
            return Header(size, orientation(exif), b"".join(kept))
    raise damaged()


def _is_small_profile(body: bytes) -> bool:
    packed = body.partition(b"\0")[2][1:]
    inflate = zlib.decompressobj()
    try:
        inflate.decompress(packed, MOST_PROFILE)
    except zlib.error:
        return False
    return inflate.eof


def read_webp(data: bytes, limits: Limits) -> Header:
    """The header of a WebP. Raises ImageError."""
    exif, frames, whole = b"", 0, 8 + int.from_bytes(data[4:8], "little")
    size = _webp_size(data[12:16], data[20:30])
    check_pixels(size, limits)
    if whole > len(data):
        raise damaged()
    data = data[:whole]
    for kind, begin, end in _chunks(data, 12, "little"):
        if kind == b"EXIF":
            exif = exif or data[begin + 8 : end]
        elif kind == b"ANMF" and (frames := frames + 1) > 1:
            raise animated()
    return Header(size, orientation(exif), data)


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    """(width, height) by the first chunk, which is the canvas, or the image itself."""
    if kind == b"VP8X" and len(body) == 10:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and body[:1] == b"\x2f":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise damaged()


def _chunks(data: bytes, place: int, order: Literal["big", "little"]) -> Iterator[tuple[bytes, int, int]]:
    """(kind, begin, end) of each chunk, PNG's ("big") with their checksum or WebP's ("little") without padding."""
    for _ in range(MOST_PARTS):
        if place + 8 > len(data):
            return
        if order == "big":
            length, kind, rest = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8], 12
        else:
            length, kind, rest = int.from_bytes(data[place + 4 : place + 8], "little"), data[place : place + 4], 8
        end = place + rest + length
        if end > len(data):
            raise damaged()
        yield kind, place, end
        place = end + (length % 2 if order == "little" else 0)
    raise too_complex("is in too many parts")


def orientation(exif: bytes) -> int:
    """EXIF's orientation, 1 to 8; 1 where there is none that makes sense. Nothing else in there is looked at."""
    exif = exif.removeprefix(b"Exif\0\0")
    order: Literal["big", "little"] = "little" if exif[:2] == b"II" else "big"

    def number(place: int, length: int) -> int:
        return int.from_bytes(exif[place : place + length], order)

    first = number(4, 4) + 2
    for tag in range(first, min(first + 12 * number(first - 2, 2), len(exif)), 12):
        if number(tag, 2) == 0x0112:
            found = number(tag + 8, 4 if number(tag + 2, 2) == 4 else 2)  # a LONG, or as it should be, a SHORT
            return found if 1 <= found <= 8 else 1
    return 1
