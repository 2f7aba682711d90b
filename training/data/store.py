"""Photos at the model's size, decoded once for a set of files and a size and found again under the cache directory."""

import hashlib
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..domains import Domain
from ..images import normalise
from .layouts import read_table
from .photos import Photos
from .pixels import PixelFile, decode_files
from .synthetic import open_synthetic
from .table import DataError, Division, Table


class Pixels(Protocol):
    """(N, 3, H, W) uint8, in memory or on disk."""

    def __getitem__(self, indices: NDArray[np.int64], /) -> NDArray[np.uint8]:
        """(B, 3, H, W) for indices (B,)."""


class DecodedPhotos:
    """One division of a data directory at the model's size; see `Photos`.

    Attributes:
        attributes: (N, n) float32 in {0, 1}.
        identities: (N,) int64, or None.
        pairs: (N,) int64, each image's counterpart, or None.
        fingerprint: a digest of the photos' names, sizes and dates and of the labels, kept with what is trained.
    """

    def __init__(self, table: Table, pixels: Pixels, fingerprint: str) -> None:
        self.attributes = torch.from_numpy(table.attributes)
        self.identities = None if table.identities is None else torch.from_numpy(table.identities)
        self.pairs = None if table.pairs is None else torch.from_numpy(table.pairs)
        self.fingerprint = fingerprint
        self._pixels = pixels

    def __len__(self) -> int:
        return len(self.attributes)

    def images(self, indices: Tensor) -> Tensor:
        """(B, 3, H, W) float32 in [-1, 1] for indices (B,)."""
        return normalise(torch.from_numpy(self._pixels[indices.numpy()]))

    def truth(self, indices: Tensor, target: Tensor) -> Tensor | None:
        """Of pairs, the image of each pair (B,) that is in the folder `target` (B, n); else None."""
        if self.pairs is None:
            return None
        here = (self.attributes[indices] == target).all(1)
        return self.images(torch.where(here, indices, self.pairs[indices]))


def open_photos(root: Path | None, domain: Domain, division: Division, size: tuple[int, int], cache: Path) -> Photos:
    """Reads a data directory and decodes its photos, or finds them decoded; the synthetic domain needs no directory.

    Raises DataError.
    """
    if root is None:
        if domain.name != "synthetic":
            raise DataError(f"{domain.name} is trained on photos; name their directory with --data.")
        return open_synthetic(division, size)
    table = read_table(root, domain, division)
    files = _digest_files(table, root, size)
    path = cache / f"{division}-{size[0]}x{size[1]}-{files[:16]}.u8"
    decode_files(table.paths, table.view, size, path, f"{division} photos")
    fingerprint = hashlib.sha256(files.encode() + table.attributes.tobytes()).hexdigest()
    return DecodedPhotos(table, PixelFile(path, (len(table.attributes), 3, *size)), fingerprint)


def _digest_files(table: Table, root: Path, size: tuple[int, int]) -> str:
    digest = hashlib.sha256(f"{size} {table.view}".encode())
    for path in table.paths:
        stat = path.stat()
        digest.update(f"{path.relative_to(root)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
