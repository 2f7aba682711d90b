"""CelebA's layout: img_align_celeba/, list_attr_celeba.txt, list_eval_partition.txt and, for φ, identity_CelebA.txt.

Everything is checked before a step is run; an error names the file and the line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Division = Literal["train", "val", "test"]
_DIVISIONS: dict[str, Division] = {"0": "train", "1": "val", "2": "test"}


class DataError(ValueError):
    """A data directory that cannot be used; the message names the file, the line and the fix."""


@dataclass(frozen=True)
class Table:
    """The photos of one division.

    Attributes:
        paths: the photos' files.
        attributes: (N, n) float32 in {0, 1}, columns as asked for.
        identities: (N,) person numbers from 0 up, or None where the layout has no identity file.
    """

    paths: tuple[Path, ...]
    attributes: NDArray[np.float32]
    identities: NDArray[np.int64] | None


def read_table(root: Path, attributes: tuple[str, ...], division: Division) -> Table:
    """Reads the label files of `root` and checks that every photo of the division is there. Raises DataError."""
    labels = _read_attributes(root / "list_attr_celeba.txt", attributes)
    divisions = _read_pairs(root / "list_eval_partition.txt", "a file name and 0, 1 or 2")
    chosen = []
    for name, (line, values) in labels.items():
        if name not in divisions:
            raise DataError(f"{root / 'list_eval_partition.txt'}: {name} is missing; add a line `{name} 0`.")
        number, where = divisions[name]
        if number not in _DIVISIONS:
            raise DataError(f"{where}: the division is {number!r}; use 0 (train), 1 (val) or 2 (test).")
        if _DIVISIONS[number] == division:
            chosen.append((_photo(root, name, line), values))
    if not chosen:
        raise DataError(f"{root / 'list_eval_partition.txt'}: no photo is in the {division} division.")
    paths = tuple(path for path, _ in chosen)
    return Table(paths, np.array([values for _, values in chosen], np.float32), _read_identities(root, paths))


def _photo(root: Path, name: str, line: int) -> Path:
    path = root / "img_align_celeba" / name
    if not path.is_file():
        raise DataError(f"{root / 'list_attr_celeba.txt'}, line {line}: {path} is missing; add it or drop the line.")
    return path


def _read_attributes(path: Path, wanted: tuple[str, ...]) -> dict[str, tuple[int, list[int]]]:
    """File name to (line number, the wanted attributes in {0, 1})."""
    lines = list(_lines(path))
    if len(lines) < 3:
        raise DataError(
            f"{path}: it ends early; line 1 is the count, line 2 the attribute names, then one line a photo."
        )
    names = lines[1][1].split()
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise DataError(f"{path}, line 2: no attribute {', '.join(unknown)}; the file has {', '.join(names)}.")
    columns = [names.index(name) for name in wanted]
    rows = {}
    for number, line in lines[2:]:
        name, *values = line.split()
        if len(values) != len(names) or not set(values) <= {"1", "-1"}:
            raise DataError(f"{path}, line {number}: expected a file name and {len(names)} values of 1 or -1.")
        rows[name] = (number, [int(values[column] == "1") for column in columns])
    if lines[0][1].strip() != str(len(rows)):
        raise DataError(f"{path}, line 1: it counts {lines[0][1].strip()} photos, but {len(rows)} are listed; mend it.")
    return rows


def _read_pairs(path: Path, meaning: str) -> dict[str, tuple[str, str]]:
    """First word of each line to (second word, "file, line n")."""
    pairs = {}
    for number, line in _lines(path):
        words = line.split()
        if len(words) != 2:
            raise DataError(f"{path}, line {number}: expected {meaning}.")
        pairs[words[0]] = (words[1], f"{path}, line {number}")
    return pairs


def _read_identities(root: Path, paths: tuple[Path, ...]) -> NDArray[np.int64] | None:
    path = root / "identity_CelebA.txt"
    if not path.is_file():
        return None
    pairs = _read_pairs(path, "a file name and a person's number")
    missing = next((photo.name for photo in paths if photo.name not in pairs), None)
    if missing:
        raise DataError(f"{path}: {missing} is missing; add it, or remove the file to train φ on the attributes.")
    people = [pairs[photo.name][0] for photo in paths]
    numbers = {person: number for number, person in enumerate(sorted(set(people)))}
    return np.array([numbers[person] for person in people], np.int64)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"{path} is missing; --data must name a directory in CelebA's layout.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: it is not a text file (byte {error.start}); restore it.") from None
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())
