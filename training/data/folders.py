"""Photos sorted into folders, unpaired: CycleGAN's trainA/, trainB/, testA/, testB/, in general trainX/ for any X; or
train/<folder>/, test/<folder>/; or the folders alone. Subfolders are looked through.

Where val and test are both there, they are used so. Where one of them is, it is the test, and about a tenth of train
is for validation; where neither is, a tenth each. What is held out is chosen by a hash of each name.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .table import DIVISIONS, DataError, Division, Listing, hold_out, split_by_hash

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

Folders = dict[Division, dict[str, Path]]
"""Division to a side's name to its folder."""


def is_folders(root: Path) -> bool:
    """Whether `root` has at least two folders of photos that could be the sides of a domain."""
    return len(_find(root)["train"]) >= 2


def list_folders(root: Path) -> Listing:
    """Every photo in the folders of `root`. Raises DataError."""
    folders = _find(root)
    sides = tuple(folders["train"])
    extra = sorted({side for division in folders.values() for side in division} - set(sides))
    if extra:
        raise DataError(f"{root}: {', '.join(extra)} has a folder held out but none for train; add or remove one.")
    names: list[str] = []
    divisions, columns = [], []
    for column, side in enumerate(sides):
        found = {
            division: photos_under(root, members[side]) for division, members in folders.items() if side in members
        }
        if not found["train"]:
            raise DataError(f"{folders['train'][side]}: no photo is in it; put some there ({', '.join(SUFFIXES)}).")
        here, numbers, split = divide(found)
        names += here
        divisions.append(numbers)
        columns += [column] * len(here)
    return Listing(
        root=root,
        kind="unpaired",
        names=tuple(names),
        divisions=np.concatenate(divisions),
        attributes=sides,
        values=np.eye(len(sides), dtype=np.uint8)[columns],
        origin=str(root),
        split=split,
    )


def divide(found: dict[Division, list[str]]) -> tuple[list[str], NDArray[np.int8], str]:
    """All of `found`, the division of each (F,), and how they came about, from photos by the folders they lie in."""
    train, val, test = (found.get(division, []) for division in DIVISIONS)
    if val and test:
        numbers = np.repeat(np.arange(3, dtype=np.int8), [len(train), len(val), len(test)])
        return train + val + test, numbers, "folders train, val and test"
    if not val and not test:
        return train, split_by_hash(train), "no folder val or test: 80/10/10 by a hash of each name"
    held_out = hold_out(train, "val").astype(np.int8)
    split = f"folders train and {'val, used as test' if val else 'test'}; val: a tenth of train, by a hash of each name"
    return train + val + test, np.append(held_out, np.full(len(val + test), 2, np.int8)), split


def photos_under(root: Path, folder: Path) -> list[str]:
    """The photos in a folder and its subfolders, relative to `root`, in order."""
    return sorted(walk(root, folder))


def walk(root: Path, folder: Path) -> Iterator[str]:
    """The photos in a folder and its subfolders, relative to `root`."""
    return (name for name in walk_files(root, folder) if is_photo(os.path.basename(name)))


def walk_files(root: Path, folder: Path) -> Iterator[str]:
    """The files in a folder and its subfolders, relative to `root`; hidden ones are passed over."""
    for place, inner, files in os.walk(folder):
        inner[:] = [name for name in inner if _counts(name)]
        yield from (os.path.relpath(os.path.join(place, name), root) for name in files if _counts(name))


def is_photo(name: str) -> bool:
    """Whether a file is meant to be a photo, by its name."""
    return name.lower().endswith(SUFFIXES) and _counts(name)


def subfolders(root: Path) -> list[Path]:
    """The folders in `root` that are not hidden, by name."""
    return sorted(path for path in root.iterdir() if _counts(path.name) and path.is_dir()) if root.is_dir() else []


def _counts(name: str) -> bool:
    return not name.startswith((".", "__MACOSX"))


def _find(root: Path) -> Folders:
    joined: Folders = {division: _named(root, division) for division in DIVISIONS}
    if len(joined["train"]) >= 2:
        return joined
    nested: Folders = {division: _filled(root, root / division) for division in DIVISIONS}
    if len(nested["train"]) >= 2:
        return nested
    alone = _filled(root, root)
    return {"train": {side: path for side, path in alone.items() if side not in (*DIVISIONS, "images")}}


def _named(root: Path, division: Division) -> dict[str, Path]:
    """trainA, train_A, train-A: A."""
    matches = ((re.fullmatch(f"{division}[_-]?(.+)", path.name), path) for path in subfolders(root))
    return {match[1]: path for match, path in matches if match}


def _filled(root: Path, folder: Path) -> dict[str, Path]:
    return {path.name: path for path in subfolders(folder) if next(walk(root, path), None)}
