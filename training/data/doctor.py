"""Says what a directory of photos is, what is wrong with it, and which presets fit.

python -m training doctor DIR
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..domains import SYNTHETIC, Domain, Kind
from ..presets import TrainConfig
from .findings import CHECKS, Evidence, Finding
from .folders import is_photo, walk_files
from .inspection import inspect
from .layouts import LAYOUTS, detect
from .table import DIVISIONS, DataError, Listing, nameless

_OTHER = (".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jfif")
_SMALL = 5  # per cent of the photos may be smaller than what a preset sees
_ORDER = ("unusable", "wrong", "note")
KINDS: dict[Kind, str] = {"attributes": "photos with labels", "unpaired": "unpaired folders", "paired": "pairs"}


@dataclass(frozen=True)
class Sizes:
    """(width, height) of the photos, each half of a pair for itself: the most common, its share, and the range.

    `small` is what 95 % of the photos reach on each side.
    """

    common: tuple[int, int]
    share: float
    small: tuple[int, int]
    largest: tuple[int, int]


@dataclass(frozen=True)
class Report:
    """What was found; `dataclasses.asdict` of it is JSON.

    Attributes:
        root: the directory.
        layout: a key of LAYOUTS, None where the directory is in none.
        kind: of the domains that can be trained on it.
        divisions: photos that each lists.
        split: how the divisions came about.
        attributes: the names, to the number of photos of train that have each.
        persons: how many are told apart, None where they are not known.
        sizes: None where no photo can be read.
        findings: the worst first.
    """

    root: str
    layout: str | None
    kind: Kind | None
    divisions: dict[str, int]
    split: str
    attributes: dict[str, int]
    persons: int | None
    sizes: Sizes | None
    findings: tuple[Finding, ...]

    @property
    def status(self) -> int:
        """The command's exit status: 0 fine, 1 something is wrong, 2 nothing can be trained on it."""
        severities = {finding.severity for finding in self.findings}
        return 2 if "unusable" in severities else int("wrong" in severities)


def examine(root: Path) -> Report:
    """Reads every file of a directory once. What is wrong is in the report; no error is raised for it."""
    try:
        layout = detect(root)
        listing = layout.photos(root)
    except DataError as error:
        finding = Finding("layout", "unusable", 0, str(error), "mend this first, then run doctor again")
        return Report(str(root), None, None, {}, "", {}, None, None, (finding,))
    seen = Evidence(listing, inspect(listing), *_others(listing))
    findings = sorted((found for check in CHECKS for found in check(seen)), key=lambda one: _ORDER.index(one.severity))
    train = listing.values[listing.divisions == 0].sum(0).tolist()
    return Report(
        root=str(root),
        layout=next(name for name, known in LAYOUTS.items() if known is layout),
        kind=listing.kind,
        divisions={name: int((listing.divisions == number).sum()) for number, name in enumerate(DIVISIONS)},
        split=listing.split,
        attributes=dict(zip(listing.attributes, train, strict=True)),
        persons=None if listing.identities is None else len(np.unique(listing.identities)),
        sizes=_sizes(seen),
        findings=tuple(findings),
    )


def _others(listing: Listing) -> tuple[list[str], list[str]]:
    """Photos that are not listed, and images that are not read."""
    listed = set(listing.names)
    unlisted, unread = [], []
    for name in walk_files(listing.root, listing.root):
        if is_photo(name) and name not in listed:
            unlisted.append(name)
        elif name.lower().endswith(_OTHER):
            unread.append(name)
    return sorted(unlisted), sorted(unread)


def _sizes(seen: Evidence) -> Sizes | None:
    sizes = seen.facts.sizes[seen.facts.usable] // ((2, 1) if seen.listing.view == "halves" else (1, 1))
    if not len(sizes):
        return None
    kinds, counts = np.unique(sizes, axis=0, return_counts=True)
    common, largest = kinds[counts.argmax()], kinds[kinds.prod(1).argmax()]
    small = np.percentile(sizes, _SMALL, axis=0)
    return Sizes(_pair(common), float(counts.max() / len(sizes)), _pair(small), _pair(largest))


def _pair(values: NDArray[Any]) -> tuple[int, int]:
    return int(values[0]), int(values[1])


@dataclass(frozen=True)
class Fit:
    """Whether a preset can be trained on a data set.

    Attributes:
        preset: its name.
        size: (H, W) of its model.
        problem: why not; "" where it can.
        own: whether --domain must name a domain of the data's own attributes.
        remark: what to mind; "" where nothing.
    """

    preset: str
    size: tuple[int, int]
    problem: str = ""
    own: bool = False
    remark: str = ""


def fits(report: Report, presets: Mapping[str, TrainConfig]) -> list[Fit]:
    """What speaks for and against each preset, in the presets' order."""
    return [_fit(report, name, config) for name, config in presets.items()]


def _fit(report: Report, name: str, config: TrainConfig) -> Fit:
    own = not _has(report, config.domain)
    small = report.sizes.small if report.sizes else (0, 0)
    enlarged = small[0] < config.size[1] or small[1] < config.size[0]
    return Fit(name, config.size, _problem(report, config), own, "photos are enlarged for it" if enlarged else "")


def _problem(report: Report, config: TrainConfig) -> str:
    if report.status == 2:
        return "nothing can be trained on this directory"
    if config.domain.name == SYNTHETIC.name:
        return "its scenes are drawn"
    if report.kind != config.domain.kind:
        return f"it is for {KINDS[config.domain.kind]}"
    if report.divisions["train"] < config.batch:
        return f"it takes {config.batch} photos at once"
    return ""


def _has(report: Report, domain: Domain) -> bool:
    """Whether the attributes of `domain` can be read without naming another."""
    given = tuple(report.attributes)
    if domain.kind != "attributes" and len(given) != len(domain.attributes):
        return False
    return set(domain.attributes) <= set(given) or (domain.kind != "attributes" and nameless(given))
