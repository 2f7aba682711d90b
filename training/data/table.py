"""What every layout on disk is read into, and the split of photos whose layout states none."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..domains import Domain, Kind

Division = Literal["train", "val", "test"]
DIVISIONS: tuple[Division, ...] = ("train", "val", "test")

View = Literal["whole", "halves", "edges"]
"""What is taken from a file, see views.py: the photo; two pictures side by side; or a photo and its edges."""

PICTURES: dict[View, int] = {"whole": 1, "halves": 2, "edges": 2}
"""Images that a file gives."""

HALVES = ("Left", "Right")

HELD_OUT = 0.1


class DataError(ValueError):
    """A data directory that cannot be used; the message names the file, the line and the fix."""


@dataclass(frozen=True)
class Table:
    """The images of one division.

    Attributes:
        paths: the photos' files, (F,).
        attributes: (N, n) float32 in {0, 1}, in the order of the domain; N is F, or 2 F where a file gives a pair:
            then images 2i and 2i + 1 come from file i and are each other's counterparts.
        identities: (N,) person numbers from 0 up, or None where the layout names no persons.
        view: what is taken from each file.
    """

    paths: tuple[Path, ...]
    attributes: NDArray[np.float32]
    identities: NDArray[np.int64] | None
    view: View = "whole"

    @property
    def pairs(self) -> NDArray[np.int64] | None:
        """(N,) the index of each image's counterpart, or None where there are no pairs."""
        return None if self.view == "whole" else np.arange(len(self.attributes)) ^ 1


@dataclass(frozen=True)
class Listing:
    """Every photo that a directory lists, in all divisions, before it is known whether the files are there.

    Attributes:
        root: the directory.
        kind: of the domains that can be trained on it.
        names: the files, relative to `root`, (F,).
        divisions: (F,) indices of DIVISIONS.
        attributes: the names that the directory gives: label columns, or folders.
        values: (F, len(attributes)) uint8 in {0, 1}; of a pair, both columns are 1.
        origin: where the attributes' names stand, for messages: "file, line 2".
        split: how the divisions came about, for people.
        identities: (F,) person numbers, or None.
        lines: (F,) line numbers in `labels`, where a label file lists the photos.
        labels: that label file.
        view: what is taken from each file.
    """

    root: Path
    kind: Kind
    names: tuple[str, ...]
    divisions: NDArray[np.int8]
    attributes: tuple[str, ...]
    values: NDArray[np.uint8]
    origin: str
    split: str
    identities: NDArray[np.int64] | None = None
    lines: Sequence[int] = field(default=())
    labels: Path | None = None
    view: View = "whole"

    def where(self, index: int) -> str:
        """The place that lists photo `index`, for messages."""
        return f"{self.labels}, line {self.lines[index]}" if self.labels else str(self.root)


def select(listing: Listing, domain: Domain, division: Division) -> Table:
    """The images of a division with the attributes of `domain`. Raises DataError, also where a file is missing."""
    columns = _columns(listing, domain)
    chosen = np.flatnonzero(listing.divisions == DIVISIONS.index(division))
    if not len(chosen):
        raise DataError(f"{listing.root}: no photo is in the {division} division ({listing.split}).")
    paths = tuple(_photo(listing, index) for index in chosen.tolist())
    people = None
    if listing.identities is not None:
        people = np.unique(listing.identities[chosen], return_inverse=True)[1].astype(np.int64)
    if listing.view == "whole":
        return Table(paths, listing.values[chosen][:, columns].astype(np.float32), people)
    one_hot = np.tile(np.eye(2, dtype=np.float32), (len(paths), 1))
    return Table(paths, one_hot, None if people is None else people.repeat(2), listing.view)


def _photo(listing: Listing, index: int) -> Path:
    path = listing.root / listing.names[index]
    if not path.is_file():
        raise DataError(f"{listing.where(index)}: {path} is missing; add it or drop the line.")
    return path


def _columns(listing: Listing, domain: Domain) -> list[int]:
    """The column of each of the domain's attributes; sides without a name (A, B) are taken in their order."""
    wanted, given = domain.attributes, listing.attributes
    if listing.kind != domain.kind:
        raise DataError(
            f"{listing.root}: {domain.name} needs {_NEEDS[domain.kind]}, but here are {_HAS[listing.kind]}."
        )
    if set(wanted) <= set(given):
        return [given.index(name) for name in wanted]
    if domain.kind == "attributes":
        unknown = ", ".join(name for name in wanted if name not in given)
        raise DataError(f"{listing.origin}: no attribute {unknown}; the file has {', '.join(given)}.")
    if len(wanted) != len(given) or not nameless(given):
        sides = f"{len(given)} folders ({', '.join(given)}), but {domain.name} is of {', '.join(wanted)}"
        raise DataError(f"{listing.origin}: {sides}; name them so, or train with --domain and a name of your own.")
    return list(range(len(given)))


def nameless(sides: Sequence[str]) -> bool:
    """Whether sides are only told apart, by letters or as halves, so that a domain may name them."""
    return all(len(side) == 1 for side in sides) or tuple(sides) == HALVES


_NEEDS: dict[Kind, str] = {
    "attributes": "photos with labels",
    "unpaired": "a folder of photos for each of its sides",
    "paired": "pairs side by side in one file, or photos alone",
}
_HAS: dict[Kind, str] = {
    "attributes": "photos with labels",
    "unpaired": "folders of photos",
    "paired": "pairs, or photos alone",
}


def hold_out(keys: Sequence[str], salt: str) -> NDArray[np.bool_]:
    """(F,) which of `keys` belong to about a tenth that is kept apart: by a hash, so that each key stays where it is
    when others come and go. Equal keys stay together; at least one key is kept apart."""
    hashes = np.array([hash_share(f"{salt} {key}") for key in keys])
    limit = max(HELD_OUT, hashes.min(initial=1.0))
    kept: NDArray[np.bool_] = hashes <= limit
    return kept


def split_by_hash(keys: Sequence[str]) -> NDArray[np.int8]:
    """(F,) divisions for a layout that states none: about a tenth for test, a tenth of the rest for val."""
    divisions = np.zeros(len(keys), np.int8)
    divisions[hold_out(keys, "test")] = DIVISIONS.index("test")
    rest = np.flatnonzero(divisions == 0)
    divisions[rest[hold_out([keys[index] for index in rest.tolist()], "val")]] = DIVISIONS.index("val")
    return divisions


def hash_share(key: str) -> float:
    """A number in [0, 1) that is the same for a key on every machine."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=6).digest(), "big") / 2**48


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a text file that are not blank. Raises DataError where it is missing or no text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path} is missing; --data must name a directory in a layout that is known.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: it is not a text file (byte {error.start}); restore it.") from None
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())
