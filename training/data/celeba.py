"""CelebA's layout: img_align_celeba/, list_attr_celeba.txt, list_eval_partition.txt and, for φ, identity_CelebA.txt.

Everything is checked before a step is run; an error names the file and the line. Without the partition file the
photos are split by a hash: of the person where identities are known, so that nobody is in two divisions, else of the
file's name.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .table import DIVISIONS, DataError, Listing, lines, split_by_hash

LABELS, PARTITION, IDENTITIES = "list_attr_celeba.txt", "list_eval_partition.txt", "identity_CelebA.txt"
FOLDER = "img_align_celeba"


def is_celeba(root: Path) -> bool:
    """Whether `root` looks like CelebA, whole or not."""
    return (root / LABELS).exists() or (root / FOLDER).exists()


def list_celeba(root: Path) -> Listing:
    """Every photo of CelebA. Raises DataError."""
    labels = Labels(root / LABELS)
    identities = _read_identities(root / IDENTITIES, labels.names)
    divisions, split = _read_divisions(root / PARTITION, labels.names), PARTITION
    if divisions is None:
        keys = labels.names if identities is None else [str(person) for person in identities]
        divisions = split_by_hash(keys)
        split = f"no {PARTITION}: 80/10/10 by a hash of each {'name' if identities is None else 'person'}"
    return labels.listing(FOLDER, divisions, split, identities)


class Labels:
    """A label file of CelebA's form: the count, the attributes' names, then a file name and values of ±1 a line.

    Attributes:
        path: the file.
        attributes: all names of line 2.
        names, lines: of the photos, and the lines that they stand on.
        values: (F, len(attributes)) uint8 in {0, 1}.
    """

    def __init__(self, path: Path) -> None:
        head = list(lines(path))
        if len(head) < 3:
            raise DataError(
                f"{path}: it ends early; line 1 is the count, line 2 the attribute names, then one line a photo."
            )
        self.path = path
        self.attributes = tuple(head[1][1].split())
        rows = {name: (number, values) for number, name, values in map(self._row, head[2:])}
        if head[0][1].strip() != str(len(rows)):
            counted = head[0][1].strip()
            raise DataError(f"{path}, line 1: it counts {counted} photos, but {len(rows)} are listed; mend it.")
        self.names = tuple(rows)
        self.lines = [number for number, _ in rows.values()]
        written = b"".join(values for _, values in rows.values())
        self.values = np.frombuffer(written, np.uint8).reshape(len(rows), -1).copy()

    def _row(self, numbered: tuple[int, str]) -> tuple[int, str, bytes]:
        number, line = numbered
        name, *values = line.split()
        if len(values) != len(self.attributes) or not set(values) <= {"1", "-1"}:
            wanted = f"a file name and {len(self.attributes)} values of 1 or -1"
            raise DataError(f"{self.path}, line {number}: expected {wanted}.")
        return number, name, bytes(map("1".__eq__, values))

    def listing(
        self, folder: str, divisions: NDArray[np.int8], split: str, identities: NDArray[np.int64] | None = None
    ) -> Listing:
        """The photos of these labels, found in `folder`."""
        return Listing(
            root=self.path.parent,
            kind="attributes",
            names=tuple(f"{folder}/{name}" for name in self.names),
            divisions=divisions,
            attributes=self.attributes,
            values=self.values,
            origin=f"{self.path}, line 2",
            split=split,
            identities=identities,
            lines=self.lines,
            labels=self.path,
        )


def _read_divisions(path: Path, names: tuple[str, ...]) -> NDArray[np.int8] | None:
    if not path.exists():
        return None
    pairs = _read_pairs(path, "a file name and 0, 1 or 2")
    missing = next((name for name in names if name not in pairs), None)
    if missing:
        raise DataError(f"{path}: {missing} is missing; add a line `{missing} 0`.")
    known = {str(number): number for number in range(len(DIVISIONS))}
    for number, where in pairs.values():
        if number not in known:
            raise DataError(f"{where}: the division is {number!r}; use 0 (train), 1 (val) or 2 (test).")
    return np.array([known[pairs[name][0]] for name in names], np.int8)


def _read_identities(path: Path, names: tuple[str, ...]) -> NDArray[np.int64] | None:
    if not path.exists():
        return None
    pairs = _read_pairs(path, "a file name and a person's number")
    missing = next((name for name in names if name not in pairs), None)
    if missing:
        raise DataError(f"{path}: {missing} is missing; add it, or remove the file to train φ on the attributes.")
    return np.unique([pairs[name][0] for name in names], return_inverse=True)[1].astype(np.int64)


def _read_pairs(path: Path, meaning: str) -> dict[str, tuple[str, str]]:
    """First word of each line to (second word, "file, line n")."""
    pairs = {}
    for number, line in lines(path):
        words = line.split()
        if len(words) != 2:
            raise DataError(f"{path}, line {number}: expected {meaning}.")
        pairs[words[0]] = (words[1], f"{path}, line {number}")
    return pairs
