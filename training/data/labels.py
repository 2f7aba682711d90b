"""Photos with a table of binary attributes: one CSV file, and the photos under images/ or beside it.

The first line names the columns: the file name first, then the attributes. Values are 0 or 1, -1 or 1, false or true.
Two columns may stand among the attributes: `division` (train, val or test; or CelebA's 0, 1 or 2) and `identity`
(anything that tells persons apart). Without divisions the photos are split by a hash of the person, else of the name.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .table import DIVISIONS, DataError, Listing, lines, split_by_hash

NAME = "labels.csv"
FOLDER = "images"
_VALUES = {"1": 1, "1.0": 1, "true": 1, "0": 0, "0.0": 0, "-1": 0, "-1.0": 0, "false": 0}
_DIVISIONS = {name: number for number, name in enumerate(DIVISIONS)} | {"0": 0, "1": 1, "2": 2}
_OTHERS = ("division", "identity")


def is_labels(root: Path) -> bool:
    """Whether `root` has a CSV file."""
    return any(root.glob("*.csv"))


def list_labels(root: Path) -> Listing:
    """Every photo of the CSV file in `root`. Raises DataError."""
    sheet = _read(_find(root))
    names, people = sheet.columns[0], sheet.column("identity")
    divisions, split = _divisions(sheet), "column division"
    if divisions is None:
        divisions = split_by_hash(people or names)
        split = f"no column division: 80/10/10 by a hash of each {'identity' if people else 'name'}"
    kept = [index for index, name in enumerate(sheet.header) if index and name.lower() not in _OTHERS]
    folder = f"{FOLDER}/" if any((root / FOLDER / name).is_file() for name in names[:100]) else ""
    return Listing(
        root=root,
        kind="attributes",
        names=tuple(folder + name for name in names),
        divisions=divisions,
        attributes=tuple(sheet.header[index] for index in kept),
        values=np.stack([_values(sheet, index) for index in kept], 1),
        origin=f"{sheet.path}, line 1",
        split=split,
        identities=np.unique(people, return_inverse=True)[1].astype(np.int64) if people else None,
        lines=sheet.lines,
        labels=sheet.path,
    )


@dataclass(frozen=True)
class _Sheet:
    """A table as text: `columns[i]` (F,) stands under `header[i]`, and row j on line `lines[j]` of the file."""

    path: Path
    header: list[str]
    columns: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str] | None:
        found = [column for title, column in zip(self.header, self.columns, strict=True) if title.lower() == name]
        return found[0] if found else None


def _find(root: Path) -> Path:
    found = sorted(root.glob("*.csv"))
    if len(found) == 1:
        return found[0]
    if root / NAME in found:
        return root / NAME
    raise DataError(f"{root}: there are {', '.join(path.name for path in found)}; name the one to read {NAME}.")


def _read(path: Path) -> _Sheet:
    numbered = list(lines(path))
    if len(numbered) < 2:
        raise DataError(f"{path}: it ends early; line 1 names the columns, then comes one line a photo.")
    separator = max(",;\t", key=numbered[0][1].count)
    header, *rows = (
        [cell.strip() for cell in row] for row in csv.reader((line for _, line in numbered), delimiter=separator)
    )
    numbers = [number for number, _ in numbered[1:]]
    if len(set(header)) != len(header) or "" in header or len(set(header) - set(_OTHERS)) < 2:
        raise DataError(f"{path}, line 1: name each column once: the file name, then one attribute or more.")
    for number, row in zip(numbers, rows, strict=True):
        if len(row) != len(header):
            raise DataError(f"{path}, line {number}: {len(row)} values for {len(header)} columns; mend it.")
    sheet = _Sheet(path, header, [list(column) for column in zip(*rows, strict=True)], numbers)
    _check_names(sheet)
    return sheet


def _check_names(sheet: _Sheet) -> None:
    seen: dict[str, int] = {}
    for name, number in zip(sheet.columns[0], sheet.lines, strict=True):
        if name in seen:
            raise DataError(f"{sheet.path}, line {number}: {name} stands in line {seen[name]} already; drop one.")
        seen[name] = number


def _values(sheet: _Sheet, index: int) -> NDArray[np.uint8]:
    column = [_VALUES.get(text.lower()) for text in sheet.columns[index]]
    if None in column:
        row = column.index(None)
        where = f"{sheet.path}, line {sheet.lines[row]}, column {sheet.header[index]}"
        raise DataError(
            f"{where}: {sheet.columns[index][row]!r} is not 0 or 1; an attribute is set or not. Only the columns "
            "`division` and `identity` may hold anything else."
        )
    return np.array(column, np.uint8)


def _divisions(sheet: _Sheet) -> NDArray[np.int8] | None:
    column = sheet.column("division")
    if column is None:
        return None
    for text, number in zip(column, sheet.lines, strict=True):
        if text.lower() not in _DIVISIONS:
            raise DataError(f"{sheet.path}, line {number}: the division is {text!r}; use train, val or test.")
    return np.array([_DIVISIONS[text.lower()] for text in column], np.int8)
