"""Pairs of pictures: pix2pix's files, whose left half is one side and right half the other, and photos alone, whose
edges are computed. Both lie in train/, val/ and test/, or in the directory itself.

The left half, and the edges, are the domain's first folder; the right half, and the photo, its second.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from .folders import divide, is_photo, photos_under
from .table import DIVISIONS, HALVES, DataError, Division, Listing, View

_LOOKED_AT = 8


def is_pairs(root: Path) -> bool:
    """Whether the first photos in `root` are all exactly twice as wide as they are high."""
    first = _first(root)
    return bool(first) and all(_is_double(path) for path in first)


def is_photos(root: Path) -> bool:
    """Whether there are photos in `root`, or in its train/."""
    return bool(_first(root))


def list_pairs(root: Path) -> Listing:
    """Every file of pairs in `root`. Raises DataError."""
    return _list(root, HALVES, "halves")


def list_photos(root: Path) -> Listing:
    """Every photo in `root`, each to be paired with its edges. Raises DataError."""
    return _list(root, ("Edges", "Photo"), "edges")


def _list(root: Path, sides: tuple[str, str], view: View) -> Listing:
    folders: dict[Division, Path] = {division: root / division for division in DIVISIONS}
    if not folders["train"].is_dir():
        folders = {"train": root}
    found = {division: photos_under(root, folder) for division, folder in folders.items()}
    if not found["train"]:
        raise DataError(f"{folders['train']}: no photo is in it; put some there.")
    names, divisions, split = divide(found)
    return Listing(
        root=root,
        kind="paired",
        names=tuple(names),
        divisions=divisions,
        attributes=sides,
        values=np.ones((len(names), 2), np.uint8),
        origin=str(root),
        split=split,
        view=view,
    )


def _first(root: Path) -> list[Path]:
    folder = root / "train" if (root / "train").is_dir() else root
    names = sorted(path.name for path in folder.iterdir() if is_photo(path.name)) if folder.is_dir() else []
    return [folder / name for name in names[:_LOOKED_AT]]


def _is_double(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            return image.width == 2 * image.height
    except OSError:
        return False
