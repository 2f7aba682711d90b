"""Which layout a directory is in, and its photos whichever it is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..domains import Domain
from .celeba import is_celeba, list_celeba
from .table import DataError, Division, Listing, Table, select


@dataclass(frozen=True)
class Layout:
    """One way of laying out photos on disk.

    Attributes:
        title: for people.
        found: whether a directory looks like it.
        photos: every photo that the directory lists; raises DataError.
    """

    title: str
    found: Callable[[Path], bool]
    photos: Callable[[Path], Listing]


LAYOUTS: dict[str, Layout] = {
    "celeba": Layout("CelebA: list_attr_celeba.txt and img_align_celeba/", is_celeba, list_celeba),
}


def detect(root: Path) -> Layout:
    """The layout of a directory. Raises DataError where it is none that is known."""
    if not root.is_dir():
        raise DataError(f"{root} is missing; --data must name a directory of photos.")
    for layout in LAYOUTS.values():
        if layout.found(root):
            return layout
    known = "; ".join(layout.title for layout in LAYOUTS.values())
    raise DataError(f"{root}: no photos in a layout that is known; lay them out as one of: {known}.")


def read_table(root: Path, domain: Domain, division: Division) -> Table:
    """The images of one division with the attributes of `domain`, whatever the layout. Raises DataError."""
    return select(detect(root).photos(root), domain, division)
