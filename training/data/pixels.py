"""Decoded images of one size in one file, read by position.

Unlike a memory map, a file that is cut short or goes away while it is read gives an error that can be told, and what
was read does not count as this process's memory.
"""

import errno
import fcntl
import os
import shutil
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..images import ImageError, Limits, decode, resize
from .table import PICTURES, DataError, View
from .views import VIEWS, Pictures

LIMITS = Limits(max_bytes=2**30)
_PIECE = 32  # files that a thread decodes at a time


class PixelFile:
    """(N, 3, H, W) uint8 on disk; indexed by an array of indices like an array."""

    def __init__(self, path: Path, shape: tuple[int, int, int, int]) -> None:
        self.path, self.shape = path, shape
        self._descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)

    def __getitem__(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(B, 3, H, W) for indices (B,) in [0, N). Raises DataError where the file was damaged meanwhile."""
        images = np.empty((len(indices), *self.shape[1:]), np.uint8)
        for image, index in zip(images, indices.tolist(), strict=True):
            assert 0 <= index < self.shape[0]
            self._read(image, index)
        return images

    def _read(self, image: NDArray[np.uint8], index: int) -> None:
        try:
            length = os.preadv(self._descriptor, [image.data], index * image.nbytes)
        except OSError as error:
            raise DataError(f"{self.path}: {error.strerror}; run the same command again to decode anew.") from error
        if length != image.nbytes:
            raise DataError(f"{self.path} was cut short while it was read; run the same command again to decode anew.")


def decode_files(paths: tuple[Path, ...], view: View, size: tuple[int, int], target: Path, what: str) -> None:
    """Writes what `view` takes from each photo at `size` (H, W) into `target`, which appears only when it is whole.

    A process that comes while another is at it waits and finds the file made. Raises DataError where a photo cannot
    be read or the disk is too small.
    """
    length = len(paths) * PICTURES[view] * 3 * size[0] * size[1]
    if _is_whole(target, length):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent / ".lock"):
        if _is_whole(target, length):
            return
        part = target.with_suffix(".part")
        try:
            _check_space(target.parent, length)
            _write(paths, view, size, part, what)
            os.replace(part, target)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DataError(_no_space(target.parent, length)) from error
            raise
        finally:
            part.unlink(missing_ok=True)


def threads() -> int:
    """How many threads decode: one a core that this process may use."""
    return len(os.sched_getaffinity(0))


def _is_whole(target: Path, length: int) -> bool:
    return target.exists() and target.stat().st_size == length


def _write(paths: tuple[Path, ...], view: View, size: tuple[int, int], part: Path, what: str) -> None:
    """Decodes on all cores: Pillow lets go of the interpreter while it decodes and resamples."""
    pool = ThreadPoolExecutor(threads())
    with part.open("wb", buffering=0) as file, tqdm(total=len(paths), desc=f"decoding {what}", unit="photo") as bar:
        try:
            starts = range(0, len(paths), _PIECE)
            for done in pool.map(lambda start: _write_piece(file.fileno(), paths, start, view, size), starts):
                bar.update(done)
        finally:
            pool.shutdown(cancel_futures=True)
        os.fsync(file.fileno())


def _write_piece(descriptor: int, paths: tuple[Path, ...], start: int, view: View, size: tuple[int, int]) -> int:
    piece = paths[start : start + _PIECE]
    place = start * PICTURES[view] * 3 * size[0] * size[1]
    for path in piece:
        for picture in _pictures(path, view):
            pixels = np.asarray(resize(picture, size)).transpose(2, 0, 1).tobytes()
            if os.pwrite(descriptor, pixels, place) != len(pixels):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            place += len(pixels)
    return len(piece)


def _pictures(path: Path, view: View) -> Pictures:
    try:
        return VIEWS[view](decode(path.read_bytes(), LIMITS))
    except ImageError as error:
        raise DataError(f"{path}: {error} Or drop it from the data; `doctor` finds all such files.") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; is the data still there?") from error


def _check_space(folder: Path, length: int) -> None:
    if shutil.disk_usage(folder).free < length:
        raise DataError(_no_space(folder, length))


def _no_space(folder: Path, length: int) -> str:
    free = shutil.disk_usage(folder).free
    return (
        f"{folder}: the decoded photos need {length / 2**30:.1f} GiB, {free / 2**30:.1f} GiB are free; "
        "make room there or name another --cache."
    )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that holds it."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
