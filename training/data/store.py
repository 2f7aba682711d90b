"""Decoded photos at the model's size in one memory-mapped file: read at random without decoding, at flat memory.

Decoding is done once for a set of photos and a size; the file is kept under the cache directory and found again.
"""

import hashlib
import os
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from ..domains import Domain
from ..images import ImageError, Limits, decode, normalise, resize
from .celeba import DataError, Division, Table, read_table


class Photos:
    """The photos of one division at the model's size, with their attributes.

    Attributes:
        attributes: (N, n) float32 in {0, 1}.
        identities: (N,) int64, or None.
        fingerprint: a digest of the photos' names, sizes and dates and of the labels, kept with what is trained.
    """

    def __init__(self, table: Table, pixels: NDArray[np.uint8], fingerprint: str) -> None:
        self.attributes = torch.from_numpy(table.attributes)
        self.identities = None if table.identities is None else torch.from_numpy(table.identities)
        self.fingerprint = fingerprint
        self._pixels = pixels

    def __len__(self) -> int:
        return len(self.attributes)

    def images(self, indices: Tensor) -> Tensor:
        """(B, 3, H, W) float32 in [-1, 1] for indices (B,)."""
        return normalise(torch.from_numpy(self._pixels[indices.numpy()]))


def open_photos(root: Path, domain: Domain, division: Division, size: tuple[int, int], cache: Path) -> Photos:
    """Reads the labels of a data directory and decodes its photos, or finds them decoded. Raises DataError."""
    table = read_table(root, domain.attributes, division)
    fingerprint = _fingerprint(table, size)
    path = cache / f"{division}-{size[0]}x{size[1]}-{fingerprint[:16]}.u8"
    shape = (len(table.paths), 3, *size)
    if not path.is_file() or path.stat().st_size != int(np.prod(shape)):
        _decode_all(table, shape, path, division)
    return Photos(table, np.memmap(path, np.uint8, "r", shape=shape), fingerprint)


def _fingerprint(table: Table, size: tuple[int, int]) -> str:
    digest = hashlib.sha256(repr(size).encode())
    for path, attributes in zip(table.paths, table.attributes, strict=True):
        stat = path.stat()
        digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}".encode() + attributes.tobytes())
    return digest.hexdigest()


def _decode_all(table: Table, shape: tuple[int, ...], path: Path, division: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".part{os.getpid()}")
    pixels = np.memmap(part, np.uint8, "w+", shape=shape)
    limits = Limits(max_bytes=2**30)
    try:
        for index, photo in enumerate(tqdm(table.paths, f"decoding {division} photos", unit="photo")):
            image = resize(decode(photo.read_bytes(), limits), (shape[2], shape[3]))
            pixels[index] = np.asarray(image).transpose(2, 0, 1)
    except ImageError as error:
        part.unlink()
        raise DataError(f"{photo}: {error} Replace it, or drop its line from list_attr_celeba.txt.") from None
    pixels.flush()
    os.replace(part, path)
