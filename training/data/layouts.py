"""Which layout a directory is in, and its photos whichever it is."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..domains import DOMAINS, Domain, folders
from .celeba import is_celeba, list_celeba
from .celebahq import is_celebahq, list_celebahq
from .folders import is_folders, list_folders
from .labels import is_labels, list_labels
from .pairs import is_pairs, is_photos, list_pairs, list_photos
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


# Asked in this order: what names more comes first.
LAYOUTS: dict[str, Layout] = {
    "celeba": Layout("CelebA (list_attr_celeba.txt, img_align_celeba/)", is_celeba, list_celeba),
    "celebahq": Layout("CelebA-HQ (CelebAMask-HQ-attribute-anno.txt, CelebA-HQ-img/)", is_celebahq, list_celebahq),
    "labels": Layout("a CSV file of binary attributes (labels.csv, images/)", is_labels, list_labels),
    "folders": Layout("a folder a side (trainA/, trainB/; or train/<folder>/; or <folder>/)", is_folders, list_folders),
    "pairs": Layout("pairs side by side in one file, twice as wide as high (train/)", is_pairs, list_pairs),
    "photos": Layout("photos alone, to be paired with their edges (train/, or no folder)", is_photos, list_photos),
}


def detect(root: Path) -> Layout:
    """The layout of a directory. Raises DataError where it is none that is known."""
    if not root.is_dir():
        raise DataError(f"{root} is no directory; name one that holds photos.")
    for layout in LAYOUTS.values():
        if layout.found(root):
            return layout
    known = "".join(f"\n  {layout.title}" for layout in LAYOUTS.values())
    raise DataError(f"{root}: no photos in a layout that is known; lay them out as one of{known}")


def read_table(root: Path, domain: Domain, division: Division) -> Table:
    """The images of one division with the attributes of `domain`, whatever the layout. Raises DataError."""
    return select(detect(root).photos(root), domain, division)


def domain_of(root: Path, name: str) -> Domain:
    """The domain called `name`; where it is none of the package's, that of the labels or folders in `root`.

    Groups that exclude each other are known of the folders, and of attributes that a domain of the package shares.
    Raises DataError.
    """
    if name in DOMAINS:
        return DOMAINS[name]
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", name):
        raise DataError(
            f"{name!r} cannot name a domain, which is a folder and an address; use up to 32 of a-z, 0-9, - and _."
        )
    listing = detect(root).photos(root)
    if listing.kind != "attributes":
        return folders(name, listing.attributes, listing.kind)
    groups = dict.fromkeys(group for domain in DOMAINS.values() for group in domain.exclusive)
    return Domain(name, listing.attributes, tuple(group for group in groups if set(group) <= set(listing.attributes)))
