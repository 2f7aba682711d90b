"""HEIC: cut, lying, costly, and what phones write."""

import io
from collections.abc import Iterator
from functools import cache

import pillow_heif

from tests.service.corpus.case import Case, Seen, exif, picture

SIDE = 64  # x265 makes none smaller


def cases() -> list[Case]:
    """All of them."""
    return [*_cut(), *_headers(), *_kinds()]


@cache
def heic(*sizes: tuple[int, int], primary: int = 0, **options: object) -> bytes:
    """A HEIC file of the picture in these sizes."""
    buffer = io.BytesIO()
    container = pillow_heif.from_pillow(picture(*sizes[0]))
    for size in sizes[1:]:
        container.add_from_pillow(picture(*size))
    container.save(buffer, quality=90, chroma=444, primary_index=primary, **options)
    return buffer.getvalue()


def boxes(data: bytes, begin: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """(kind, begin, end) of every box, those inside of others too."""
    inside = {b"meta": 12, b"iprp": 8, b"ipco": 8, b"iref": 12, b"iinf": 14}
    while begin < (len(data) if end is None else end):
        stop = begin + int.from_bytes(data[begin : begin + 4], "big")
        kind = data[begin + 4 : begin + 8]
        yield kind, begin, stop
        if kind in inside:
            yield from boxes(data, begin + inside[kind], stop)
        begin = stop


def place(data: bytes, kind: bytes) -> int:
    """Where the body of the first box of a kind begins."""
    return next(begin for name, begin, _ in boxes(data) if name == kind) + 8


def put(data: bytes, at: int, new: bytes) -> bytes:
    """The file with other bytes at a place."""
    return data[:at] + new + data[at + len(new) :]


def _good() -> bytes:
    return heic((96, SIDE))


def _number(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def _cut() -> list[Case]:
    data = _good()
    return [
        Case(f"HEIC cut {where} its box {kind.decode()}", data[:at], _refusal(at))
        for kind, begin, end in boxes(data)
        for where, at in (("in the head of", begin + 6), ("at the end of", end - 1))
    ]


def _refusal(at: int) -> str:
    return "truncated_image" if at >= 12 else "not_an_image"


def _headers() -> list[Case]:
    data, tiled = _good(), heic((192, 192), tile_size=SIDE)
    size, lengths, items, kinds = (place(data, kind) for kind in (b"ispe", b"iloc", b"iinf", b"infe"))
    tile = b"ispe" + bytes(4) + _number(SIDE, SIDE)
    references = place(tiled, b"dimg")
    return [
        Case("HEIC that claims 60000x60000", put(data, size + 4, _number(60_000, 60_000)), "image_too_many_pixels"),
        Case("HEIC that claims 2^32-1 pixels a side", put(data, size + 4, b"\xff" * 8), "image_too_many_pixels"),
        Case("HEIC of no size", put(data, size + 4, bytes(8)), "truncated_image"),
        Case(
            "HEIC of other pixels than it says",
            put(heic((400, 400)), place(heic((400, 400)), b"ispe") + 4, _number(SIDE, SIDE)),
            "truncated_image",
        ),
        Case(
            "HEIC of tiles that claim to be large",
            tiled.replace(tile, tile[:8] + _number(900, 900)),
            "image_too_complex",
        ),
        Case("HEIC laid over itself", tiled.replace(b"grid", b"iovl", 1), "image_too_complex"),
        Case(
            "HEIC of a tile that is the whole",
            put(tiled, references + 4, tiled[references : references + 2]),
            "image_too_complex",
        ),
        Case("HEIC that lists 65535 items", put(data, items + 4, b"\xff\xff"), ("truncated_image", Seen((96, SIDE)))),
        Case("HEIC that places 65535 items", put(data, lengths + 6, b"\xff\xff"), "image_too_complex"),
        Case("HEIC whose items are all of it", _all_of_it(tiled), "image_too_complex"),
        Case("HEIC of an unknown coding", put(data, kinds + 8, b"none"), "truncated_image"),
        Case("HEIC whose box has no length", put(data, place(data, b"iprp") - 8, _number(4)), "truncated_image"),
        Case("HEIC whose box is 2^64 long", put(data, place(data, b"hdlr") - 8, _number(1)), "truncated_image"),
        Case("HEIC of a file type alone", data[: int.from_bytes(data[:4], "big")], "truncated_image"),
        Case("HEIC of 70,000 boxes", data[:28] + (_number(8) + b"free") * 70_000, "image_too_complex"),
        Case("HEIC of damaged pixels", data[:-300] + b"\xff" * 300, ("truncated_image", Seen((96, SIDE), ""))),
    ]


def _all_of_it(data: bytes) -> bytes:
    """The file with items of no length, which means: to the end of the file."""
    begin = place(data, b"iloc")
    assert data[begin] in (0, 1)
    wide, count = data[begin + 4 : begin + 6], int.from_bytes(data[begin + 6 : begin + 8], "big")
    entry = 2 + 2 * data[begin] + 2 + (wide[1] >> 4) + 2 + (wide[0] >> 4) + (wide[0] & 15)
    for item in range(count):
        end = begin + 8 + (item + 1) * entry
        data = put(data, end - (wide[0] & 15), bytes(wide[0] & 15))
    return data


def _kinds() -> list[Case]:
    data = _good()
    return [
        Case("HEIC", data, Seen((96, SIDE))),
        Case("HEIC of tiles", heic((192, 192), tile_size=SIDE), Seen((192, 192))),
        Case("HEIC on its side", heic((96, SIDE), exif=exif(6)), Seen((SIDE, 96), "BRYG")),
        Case("HEIC of orientation 65535", heic((96, SIDE), exif=exif(65535)), Seen((96, SIDE))),
        Case(
            "HEIC whose second picture is the primary one", heic((SIDE, SIDE), (96, SIDE), primary=1), Seen((96, SIDE))
        ),
        Case("HEIC with alpha", _clear(), Seen((96, SIDE), "WGBY")),
        Case("HEIC sequence", put(data, 8, b"msf1"), "animated_image"),
        Case("HEIC sequence of HEVC's brand", put(data, 8, b"hevc"), "animated_image"),
        Case("HEIC of AVIF's brand", put(data, 8, b"avif"), "not_an_image"),
        Case("HEIC and a zip behind it", data + b"PK\3\4" + bytes(99), Seen((96, SIDE))),
    ]


def _clear() -> bytes:
    clear = picture(96, SIDE).convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 48, 32))
    buffer = io.BytesIO()
    pillow_heif.from_pillow(clear).save(buffer, quality=95, chroma=444)
    return buffer.getvalue()
