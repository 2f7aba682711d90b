"""One look at every file: whether it can be read, its size and mode, and what duplicates are known by."""

import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from ..images import ImageError, decode
from .pixels import LIMITS, threads
from .table import Listing, View
from .views import halves

_PIECE = 32  # files that a thread looks at in one go
_STEP = 3  # levels of 255 that neighbours must differ by: noise in flat parts is no feature
MISSING = "missing"


@dataclass(frozen=True)
class Facts:
    """What was seen of each file, in the order of the listing; about 40 bytes a file.

    Attributes:
        problems: index of a file that cannot be used, to the reason (MISSING where it is not there).
        sizes: (F, 2) int32, width and height as they are seen (turned upright); 0 where it cannot be used.
        modes: (F,) uint8, indices of `mode_names`, Pillow's names.
        mode_names: the modes that occur.
        digests: (F,) uint64, equal for equal files.
        looks: (F, 16) uint8, 128 bits that are near for photos that look alike.
    """

    problems: dict[int, str]
    sizes: NDArray[np.int32]
    modes: NDArray[np.uint8]
    mode_names: tuple[str, ...]
    digests: NDArray[np.uint64]
    looks: NDArray[np.uint8]

    @property
    def usable(self) -> NDArray[np.int64]:
        """The indices of files that can be used."""
        return np.flatnonzero(self.sizes[:, 0])


def inspect(listing: Listing) -> Facts:
    """Reads every file of a listing once, on all cores, at flat memory."""
    count = len(listing.names)
    facts = Facts({}, np.zeros((count, 2), np.int32), np.zeros(count, np.uint8), (), *_empty(count))
    names: dict[str, int] = {}
    for index, seen in enumerate(tqdm(_look_at_all(listing), "looking at", count, unit="photo")):
        if isinstance(seen, str):
            facts.problems[index] = seen
        else:
            facts.sizes[index] = seen.size
            facts.modes[index] = names.setdefault(seen.mode, len(names))
            facts.digests[index], facts.looks[index] = seen.digest, seen.look
    return Facts(facts.problems, facts.sizes, facts.modes, tuple(names), facts.digests, facts.looks)


def _empty(count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    return np.zeros(count, np.uint64), np.zeros((count, 16), np.uint8)


@dataclass(frozen=True)
class _Seen:
    size: tuple[int, int]
    mode: str
    digest: int
    look: NDArray[np.uint8]


def _look_at_all(listing: Listing) -> Iterator[_Seen | str]:
    def piece(start: int) -> list[_Seen | str]:
        return [_look_at(listing.root / name, listing.view) for name in listing.names[start : start + _PIECE]]

    with ThreadPoolExecutor(threads()) as pool:
        for seen in pool.map(piece, range(0, len(listing.names), _PIECE)):
            yield from seen


def _look_at(path: Path, view: View) -> _Seen | str:
    """What is seen of one file, or why it cannot be used: exactly what training would stop at."""
    try:
        data = path.read_bytes()
        photo = decode(data, LIMITS)
        with Image.open(io.BytesIO(data)) as header:
            mode = header.mode
    except FileNotFoundError:
        return MISSING
    except ImageError as error:
        return str(error)
    except OSError as error:
        return f"It cannot be read: {error.strerror}."
    digest = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
    return _Seen(photo.size, mode, digest, look(halves(photo)[1] if view == "halves" else photo))


def look(photo: Image.Image) -> NDArray[np.uint8]:
    """(16,) a difference hash: whether brightness rises from each of 8x8 places to the right, and downwards."""
    small = photo.convert("L").resize((9, 9), Image.Resampling.HAMMING)
    grey = np.asarray(small, np.int16)
    across, down = grey[:8, 1:] - grey[:8, :8], grey[1:, :8] - grey[:8, :8]
    return np.packbits(np.concatenate([across, down]).ravel() >= _STEP)
