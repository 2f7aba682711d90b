"""JPEG: cut, lying, costly, and of every kind that the standard allows."""

import io
import struct
import zipfile

from PIL import Image

from tests.service.corpus.case import HEIGHT, WIDTH, Case, Seen, exif, exif_pointing_to_itself, file, picture

GOOD = file(picture(), "JPEG", quality=95, subsampling=0)


def cases() -> list[Case]:
    """All of them."""
    return [*_cut(), *_frames(), *_exif(), *_colours(), *_costly(), *_around()]


def segments(data: bytes = GOOD) -> list[tuple[int, int, int]]:
    """(marker, begin, end) of each segment of a JPEG, the first scan's header being the last."""
    found, place = list[tuple[int, int, int]](), 2
    while not found or found[-1][0] != 0xDA:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        found.append((data[place + 1], place, end))
        place = end
    return found


def segment(marker: int, body: bytes) -> bytes:
    """A segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(*added: bytes, data: bytes = GOOD) -> bytes:
    """The file with segments put in behind its first marker."""
    return data[:2] + b"".join(added) + data[2:]


def with_exif(block: bytes, data: bytes = GOOD) -> bytes:
    """The file with an EXIF block, and without JFIF's header, which has what Pillow would look up in EXIF."""
    bare = data[:2] + data[segments(data)[0][2] :]
    return with_segments(segment(0xE1, b"Exif\0\0" + block), data=bare)


def with_frame(height: int = HEIGHT, width: int = WIDTH, bits: int = 8, marker: int = 0xC0) -> bytes:
    """The file with another claim in its frame's header."""
    begin = next(begin for kind, begin, _ in segments() if kind == 0xC0)
    frame = struct.pack(">BBHBHH", 0xFF, marker, 17, bits, height, width)
    return GOOD[:begin] + frame + GOOD[begin + len(frame) :]


def without(marker: int) -> bytes:
    """The file without its segments of one kind."""
    return GOOD[:2] + b"".join(GOOD[a:b] for kind, a, b in segments() if kind != marker) + GOOD[segments()[-1][2] :]


def _cut() -> list[Case]:
    ends = [(f"{marker:02X}", end) for marker, _, end in segments()]
    cut = [Case(f"JPEG cut behind marker {name} at byte {end}", GOOD[:end], "truncated_image") for name, end in ends]
    inside = [
        Case(f"JPEG cut inside marker {name} at byte {end}", GOOD[: end - 1], "truncated_image") for name, end in ends
    ]
    scan = segments()[-1][2]
    return [
        *cut,
        *inside,
        Case("JPEG of its first marker alone", GOOD[:2] + b"\xff", "truncated_image"),
        Case("JPEG cut in the middle of its scan", GOOD[: (scan + len(GOOD)) // 2], "truncated_image"),
        Case("JPEG without its end marker", GOOD[:-2], ("truncated_image", Seen())),
        Case("JPEG that ends before its scan", GOOD[: segments()[-1][1]] + b"\xff\xd9", "truncated_image"),
    ]


def _frames() -> list[Case]:
    frame = next(GOOD[begin:end] for kind, begin, end in segments() if kind == 0xC0)
    return [
        Case("JPEG that claims 65500x65500", with_frame(65500, 65500), "image_too_many_pixels"),
        Case("JPEG that claims more rows than it has", with_frame(HEIGHT + 64), Seen((WIDTH, HEIGHT + 64), "")),
        Case("JPEG of no height", with_frame(height=0), "truncated_image"),
        Case("JPEG of no width", with_frame(width=0), "truncated_image"),
        Case("JPEG of 12 bits", with_frame(bits=12), "not_an_image"),
        Case("JPEG, lossless", with_frame(marker=0xC3), "truncated_image"),
        Case("JPEG, hierarchical", with_frame(marker=0xC5), "truncated_image"),
        Case("JPEG with two frames", with_segments(frame), "truncated_image"),
        Case("JPEG without a frame", without(0xC0), "truncated_image"),
        Case("JPEG without its quantisation", without(0xDB), "truncated_image"),
        Case("JPEG without its Huffman tables", without(0xC4), ("truncated_image", Seen())),
        Case("JPEG 1x1", file(picture(1, 1), "JPEG"), Seen((1, 1), "")),
        Case("JPEG 1x10000", file(picture(1, 10000), "JPEG"), Seen((1, 10000), "")),
        Case("JPEG 10000x1", file(picture(10000, 1), "JPEG"), Seen((10000, 1), "")),
    ]


def _exif() -> list[Case]:
    turned = Seen((HEIGHT, WIDTH), "BRYG")
    return [
        Case("JPEG on its side", with_exif(exif(6)), turned),
        Case("JPEG on its side, by EXIF of the other byte order", with_exif(exif(6, "little")), turned),
        *(Case(f"JPEG of orientation {number}", with_exif(exif(number)), Seen()) for number in (0, 9, 65535)),
        Case("JPEG with EXIF that claims 65535 tags", with_exif(exif(entries=65535)), Seen()),
        Case("JPEG with EXIF that begins at itself", with_exif(exif(first=0)), Seen()),
        Case("JPEG with EXIF that begins behind its end", with_exif(exif(first=2**32 - 1)), Seen()),
        Case("JPEG with EXIF cut short", with_exif(exif(6)[:13]), Seen()),
        Case("JPEG with EXIF of one byte", with_exif(b"M"), Seen()),
        Case("JPEG with EXIF whose tags all mean all of it", with_exif(exif_pointing_to_itself(65000)), Seen()),
        Case("JPEG with a hundred EXIF blocks", _many_exif(), Seen()),
        Case("JPEG with XMP that is not XML", with_segments(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<")), Seen()),
        Case("JPEG with Photoshop's block cut short", with_segments(segment(0xED, b"Photoshop 3.0\x008BIM")), Seen()),
    ]


def _many_exif() -> bytes:
    block = exif_pointing_to_itself(100 * 2500)
    pieces = [segment(0xE1, b"Exif\0\0" + block[place : place + 2500]) for place in range(0, len(block), 2500)]
    return with_segments(*pieces, data=GOOD[:2] + GOOD[segments()[0][2] :])


def _colours() -> list[Case]:
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
    cmyk = file(_cmyk(), "JPEG", quality=95)
    return [
        Case("JPEG, progressive", file(picture(), "JPEG", quality=95, subsampling=0, progressive=True), Seen()),
        Case("JPEG of CMYK", cmyk, Seen()),
        Case("JPEG of CMYK by Adobe, inverted", cmyk, Seen()),
        Case("JPEG of YCCK", _ycck(cmyk), Seen(corners="")),
        Case("JPEG of grey", file(picture().convert("L"), "JPEG"), Seen(corners="")),
        Case("JPEG of RGB by Adobe", file(picture(), "JPEG", quality=95, keep_rgb=True), Seen()),
        Case("JPEG that says it is RGB and is not", with_segments(adobe), Seen(corners="")),
        Case("JPEG with a profile of nonsense", file(picture(), "JPEG", quality=95, icc_profile=b"x" * 999), Seen()),
        Case("JPEG with the second half of a profile", with_segments(segment(0xE2, b"ICC_PROFILE\0\2\2abc")), Seen()),
    ]


def _cmyk() -> Image.Image:
    return picture().convert("CMYK")


def _ycck(cmyk: bytes) -> bytes:
    place = cmyk.index(b"Adobe\0\x64") + 11
    return cmyk[:place] + b"\2" + cmyk[place + 1 :]


def _costly() -> list[Case]:
    progressive = file(picture(), "JPEG", progressive=True)
    last = progressive.rindex(b"\xff\xda")
    scans = progressive[:-2] + progressive[last:-2] * 3000 + b"\xff\xd9"
    hidden = progressive[:-2] + b"\xff\x01\xff\xff" + progressive[last:-2] * 500 + bytes(0xFFFF) + b"\xff\xd9"
    tables = progressive[:-2] + segment(0xFE, b"") * 3000 + b"\xff\xd9"
    return [
        Case("JPEG of three thousand scans", scans, "image_too_complex"),
        Case("JPEG of scans behind a marker without a length", hidden, "image_too_complex"),
        Case("JPEG with thousands of comments between its scans", tables, "image_too_complex"),
        Case("JPEG of 70,000 empty comments", with_segments(segment(0xFE, b"") * 70_000), "image_too_complex"),
        Case("JPEG with 64 KiB of comment", with_segments(segment(0xFE, b"c" * 65_533)), Seen()),
    ]


def _around() -> list[Case]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("run.sh", "echo never")
    script = segment(0xFE, b"<script>alert(1)</script>")
    several = file(picture(), "MPO", quality=95, subsampling=0, save_all=True, append_images=[picture(16, 16)])
    return [
        Case("JPEG and a zip behind it", GOOD + archive.getvalue(), Seen()),
        Case("JPEG and another behind it", GOOD + file(picture(16, 16), "JPEG"), Seen()),
        Case("JPEG and a script in its comment", with_segments(script), Seen()),
        Case("JPEG with a preview behind it, as phones write them", several, Seen()),
        Case("JPEG with a page in front of it", b"<html>" + GOOD, "not_an_image"),
        Case("JPEG with two first markers", GOOD[:2] + GOOD, Seen()),
        Case("JPEG with rubbish between its segments", GOOD[:20] + b"rubbish" + GOOD[20:], Seen()),
        Case("JPEG with filled markers", with_segments(b"\xff" * 99), Seen()),
    ]
