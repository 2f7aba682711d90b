"""HEIC photos: how large one is and what decoding it would cost, read from its boxes, and its pixels by libheif.

The size of what libheif gives back is limited by the sizes that the boxes name. What it does on the way is not: a
picture may be laid together of a thousand others, and items may all point to the same bytes. So this adds up first.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pillow_heif
from PIL import Image

from .formats import Header, Limits, check_pixels, damaged, too_complex

MOST_ITEMS = 1000  # libheif's own limit; tiles are items
MOST_COPIES = 64 * 2**20  # bytes: libheif keeps the metadata of every item apart
# Of a photo of the largest size: its tiles, those of its gain map, and both again for the picture that joins them.
MOST_TIMES = 4


class _Bytes:
    """Big-endian numbers, read one after the other. Raises ImageError at the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        taken = self._data[self._place : self._place + count]
        if len(taken) < count:
            raise damaged()
        self._place += count
        return taken

    def number(self, count: int) -> int:
        """The number in the next `count` bytes."""
        return int.from_bytes(self.take(count), "big")

    def left(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._place


@dataclass
class _Items:
    """What the box `meta` lists, by item: kinds, bytes in the file, pixels, and what is made of or about what."""

    kinds: dict[int, bytes] = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)
    areas: dict[int, int] = field(default_factory=dict)
    made_of: list[tuple[int, int]] = field(default_factory=list)
    about: list[tuple[int, int]] = field(default_factory=list)


def read_heic(data: bytes, limits: Limits) -> Header:
    """The header of a HEIC photo. libheif turns it upright by itself, so nothing is left to turn. Raises ImageError."""
    meta = next((body for kind, body in _boxes(data) if kind == b"meta"), None)
    if meta is None:
        raise damaged()
    _check_cost(_read_items(meta, len(data), limits), len(meta), len(data), limits)
    try:
        size = pillow_heif.open_heif(data).size
    except (OSError, ValueError, EOFError, SyntaxError, RuntimeError, IndexError) as error:
        raise damaged() from error
    check_pixels(size, limits)
    return Header(size, 1, data)


def open_heic(data: bytes) -> Image.Image:
    """The primary picture of a HEIC file, 8 bits a colour. Raises what pillow_heif does."""
    return pillow_heif.open_heif(data).to_pillow()


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of the boxes in `data`; the last may be cut off."""
    place = 0
    for _ in range(4 * MOST_ITEMS):
        if place + 8 > len(data):
            return
        length, kind, begin = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8], place + 8
        if length == 1:
            length, begin = int.from_bytes(data[begin : begin + 8], "big"), begin + 8
        end = place + length if length else len(data)
        if end < begin:
            raise damaged()
        yield kind, data[begin:end]
        place = end
    raise too_complex("is in too many parts")


def _read_items(meta: bytes, size: int, limits: Limits) -> _Items:
    items, properties = _Items(), list[int]()
    for kind, body in _boxes(meta[4:]):
        if kind == b"iinf":
            _read_kinds(items, body)
        elif kind == b"iloc":
            _read_lengths(items, _Bytes(body), size)
        elif kind == b"iref":
            _read_references(items, body)
        elif kind == b"iprp":
            for kind, inner in _boxes(body):
                if kind == b"ipco":
                    properties += [_area(*each, limits) for each in _boxes(inner)]
                elif kind == b"ipma":
                    _read_areas(items, _Bytes(inner), properties)
    return items


def _read_kinds(items: _Items, body: bytes) -> None:
    for kind, entry in _boxes(body[6 if body[:1] == b"\0" else 8 :]):
        if kind == b"infe" and entry[:1] in (b"\2", b"\3"):
            reader = _Bytes(entry[4:])
            item = reader.number(2 if entry[0] == 2 else 4)
            reader.take(2)
            items.kinds[item] = reader.take(4)


def _read_lengths(items: _Items, reader: _Bytes, size: int) -> None:
    version, _, sizes, more = reader.number(1), reader.take(3), reader.number(1), reader.number(1)
    wide = 4 if version == 2 else 2
    for _ in range(_count(reader.number(wide))):
        item = reader.number(wide)
        reader.take((2 if version else 0) + 2 + (more >> 4))
        for _ in range(reader.number(2)):
            reader.take((more & 15 if version else 0) + (sizes >> 4))
            length = reader.number(sizes & 15)
            items.lengths[item] = items.lengths.get(item, 0) + (min(length, size) or size)


def _read_references(items: _Items, body: bytes) -> None:
    wide = 4 if body[:1] == b"\1" else 2
    for kind, entry in _boxes(body[4:]):
        reader = _Bytes(entry)
        source = reader.number(wide)
        pairs = [(source, reader.number(wide)) for _ in range(_count(reader.number(2)))]
        if kind == b"dimg":
            items.made_of += pairs
        elif kind == b"cdsc":
            items.about += pairs


def _read_areas(items: _Items, reader: _Bytes, properties: list[int]) -> None:
    version, flags = reader.number(1), reader.number(3)
    for _ in range(_count(reader.number(4))):
        item = reader.number(4 if version else 2)
        for _ in range(reader.number(1)):
            index = reader.number(2) & 0x7FFF if flags & 1 else reader.number(1) & 0x7F
            if 0 < index <= len(properties):
                items.areas[item] = max(items.areas.get(item, 0), properties[index - 1])


def _area(kind: bytes, body: bytes, limits: Limits) -> int:
    """The pixels that a property names, 0 where it is not about the size."""
    if kind != b"ispe" or len(body) < 12:
        return 0
    width, height = struct.unpack(">II", body[4:12])
    check_pixels((width, height), limits)
    return int(width * height)


def _count(count: int) -> int:
    if count > MOST_ITEMS:
        raise too_complex("is in too many parts")
    return count


def _check_cost(items: _Items, meta: int, size: int, limits: Limits) -> None:
    """Raises ImageError where decoding would take far more work or memory than the file's bytes and pixels say."""
    _count(max(len(items.kinds), len(items.made_of)))
    parts = defaultdict(set)
    for whole, part in items.made_of:
        parts[items.kinds.get(whole)].add(part)
    nested = {whole for whole, _ in items.made_of} & set().union(*(parts[kind] for kind in parts if kind != b"tmap"))
    bytes_read = sum(items.lengths.values())
    described = sum(items.lengths.get(item, 0) for item, _ in items.about)
    decoded = sum(items.areas.get(part, limits.max_pixels) for _, part in items.made_of)
    if b"iovl" in items.kinds.values() or nested or decoded > MOST_TIMES * limits.max_pixels:
        raise too_complex("is laid together of too many others")
    if bytes_read > 2 * size or described > MOST_COPIES or meta * len(items.kinds) > MOST_COPIES:
        raise too_complex("uses its bytes too many times over")
