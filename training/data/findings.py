"""What can be wrong with a data set: one function each, from what was listed and seen to a finding or none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..domains import DOMAINS
from .duplicates import same_files, same_looks
from .inspection import MISSING, Facts
from .table import DIVISIONS, Listing

Severity = Literal["unusable", "wrong", "note"]

RARE = 0.03  # an attribute that fewer photos have, or lack, is hardly learnt
LEAK = 0.01  # of the held-out photos may look like photos of train, such as one bag in two colours
FEW = 200  # photos of a side, or in all, below which only an experiment can be expected
UNEVEN = 5  # times that one folder holds more than another
ODD = 1.5  # times that an aspect differs from the most common one
_EXAMPLES = 20


@dataclass(frozen=True)
class Finding:
    """One thing to know.

    Attributes:
        code: short and fixed, for programs.
        severity: "unusable" (nothing can be trained), "wrong" (mend it first) or "note" (it does no harm).
        count: how many photos it is about.
        message: what there is.
        advice: what to do about it.
        examples: of the photos, at most 20.
    """

    code: str
    severity: Severity
    count: int
    message: str
    advice: str
    examples: tuple[str, ...] = ()


class Evidence:
    """A listing, what was seen of its files, and which of them are the same or look the same."""

    def __init__(self, listing: Listing, facts: Facts, unlisted: list[str], unread: list[str]) -> None:
        self.listing, self.facts, self.unlisted, self.unread = listing, facts, unlisted, unread
        usable = facts.usable
        self.files = [usable[group] for group in same_files(facts.digests[usable])]
        self.looks = [usable[group] for group in same_looks(facts.looks[usable])]

    def names(self, indices: NDArray[np.int64] | list[int]) -> tuple[str, ...]:
        return tuple(self.listing.names[index] for index in indices[:_EXAMPLES])

    def groups(self, groups: list[NDArray[np.int64]]) -> tuple[str, ...]:
        """The first of each group with its twin."""
        return tuple(" = ".join(self.names(group[:3])) for group in groups[:_EXAMPLES])

    @property
    def train(self) -> NDArray[np.bool_]:
        mask: NDArray[np.bool_] = self.listing.divisions == 0
        return mask


def missing(seen: Evidence) -> Iterator[Finding]:
    gone = [index for index, why in seen.facts.problems.items() if why == MISSING]
    if gone:
        message = f"{_many(len(gone), 'photo')} listed but not there"
        advice = "training refuses to start: add them, or drop their lines"
        yield Finding("missing", "wrong", len(gone), message, advice, seen.names(gone))


def unreadable(seen: Evidence) -> Iterator[Finding]:
    bad = {index: why for index, why in seen.facts.problems.items() if why != MISSING}
    if bad:
        examples = tuple(f"{seen.listing.names[index]}: {why}" for index, why in list(bad.items())[:_EXAMPLES])
        message = f"{_many(len(bad), 'file')} cannot be read"
        yield Finding("unreadable", "wrong", len(bad), message, "training refuses them: replace or drop them", examples)


def empty(seen: Evidence) -> Iterator[Finding]:
    usable = seen.listing.divisions[seen.facts.usable]
    for number, division in enumerate(DIVISIONS):
        if not (usable == number).any():
            severity: Severity = "wrong" if number else "unusable"
            message = f"no photo that can be used is in the {division} division ({seen.listing.split})"
            yield Finding(f"no_{division}", severity, 0, message, f"give {division} some photos")


def leaks(seen: Evidence) -> Iterator[Finding]:
    """Photos that are held out and trained on: the scores of such a model are too good."""
    held_out = ~seen.train
    groups = [group for group in seen.looks if len(set(seen.listing.divisions[group].tolist())) > 1]
    trained = [group for group in groups if seen.train[group].any()]
    if trained:
        count = int(sum(held_out[group].sum() for group in trained))
        copied = any(len(set(seen.listing.divisions[group].tolist())) > 1 for group in seen.files)
        severity: Severity = "wrong" if copied or count > LEAK * held_out.sum() else "note"
        message = f"{_many(count, 'photo')} of val or test much like photos of train"
        advice = "scores will be too good: of each group, keep the photos of one division"
        yield Finding("leak", severity, count, message, advice, seen.groups(trained))


def shared_persons(seen: Evidence) -> Iterator[Finding]:
    people = seen.listing.identities
    if people is None:
        return
    shared = np.intersect1d(people[seen.train], people[~seen.train])
    if len(shared):
        photos = np.flatnonzero(np.isin(people, shared) & ~seen.train)
        message = f"{_many(len(shared), 'person')} of train also in val or test, with {_many(len(photos), 'photo')}"
        advice = "fine for judging edits; for judging how well persons are kept, give each to one division"
        yield Finding("shared_persons", "note", len(photos), message, advice, seen.names(photos))


def contradictions(seen: Evidence) -> Iterator[Finding]:
    """The same photo with other labels, or in two folders."""
    values = seen.listing.values
    groups = [group for group in seen.looks if (values[group] != values[group[0]]).any()]
    if groups and seen.listing.kind != "paired":
        count = sum(map(len, groups))
        folders = seen.listing.kind == "unpaired"
        severity: Severity = "wrong" if folders else "note"  # people label the same photo differently, here and there
        message = f"{_many(count, 'photo')} much like others {'of another folder' if folders else 'labelled otherwise'}"
        yield Finding("contradictions", severity, count, message, "keep one of each, in its place", seen.groups(groups))


def conflicts(seen: Evidence) -> Iterator[Finding]:
    """Two of a group of attributes that exclude each other."""
    names = seen.listing.attributes
    groups = dict.fromkeys(
        group for domain in DOMAINS.values() if domain.kind == "attributes" for group in domain.exclusive
    )
    for group in groups:
        if seen.listing.kind == "attributes" and set(group) <= set(names):
            both = np.flatnonzero(seen.listing.values[:, [names.index(name) for name in group]].sum(1) > 1)
            if len(both):
                message = f"{_many(len(both), 'photo')} labelled with two of {', '.join(group)}"
                yield Finding(
                    "conflicts", "note", len(both), message, "set one, or none where it is unclear", seen.names(both)
                )


def copies(seen: Evidence) -> Iterator[Finding]:
    """Photos that are there twice in one division."""
    same = [group for group in seen.files if _is_within(seen, group)]
    if same:
        count = sum(len(group) - 1 for group in same)
        message = f"{_many(count, 'exact copy', 'exact copies')} of files of the same division"
        yield Finding("copies", "note", count, message, "they count double; drop them", seen.groups(same))
    files = {int(index) for group in same for index in group}
    alike = [group for group in seen.looks if _is_within(seen, group) and not files.issuperset(group.tolist())]
    if alike:
        count = sum(len(group) - 1 for group in alike)
        message = f"{_many(count, 'photo')} much like others of the same division"
        yield Finding(
            "look_alikes",
            "note",
            count,
            message,
            "saved again, or the same in another colour? look at a few",
            seen.groups(alike),
        )


def _is_within(seen: Evidence, group: NDArray[np.int64]) -> bool:
    return len(set(seen.listing.divisions[group].tolist())) == 1


def rare(seen: Evidence) -> Iterator[Finding]:
    if seen.listing.kind != "attributes" or not seen.train.any():
        return
    shares = seen.listing.values[seen.train].mean(0)
    scarce = [
        index for index in np.argsort(np.minimum(shares, 1 - shares)) if min(shares[index], 1 - shares[index]) < RARE
    ]
    if scarce:
        examples = tuple(f"{seen.listing.attributes[index]}: {shares[index]:.1%}" for index in scarce)
        message = f"{len(scarce)} of {_many(len(shares), 'attribute')} too rare, or too common, to be learnt well"
        advice = f"leave them out of the domain, or find photos until {RARE:.0%} have (or lack) each"
        yield Finding("rare", "note", len(scarce), message, advice, examples)


def few(seen: Evidence) -> Iterator[Finding]:
    counts = seen.listing.values[seen.train].sum(0) if seen.listing.kind == "unpaired" else [seen.train.sum()]
    names = seen.listing.attributes if seen.listing.kind == "unpaired" else ["train"]
    small = [f"{name}: {int(count):,}" for name, count in zip(names, counts, strict=True) if count < FEW]
    if small:
        message = f"few photos to train on ({', '.join(small)})"
        yield Finding(
            "few", "note", len(small), message, "expect an experiment, not a model: some hundreds are the least"
        )


def uneven(seen: Evidence) -> Iterator[Finding]:
    if seen.listing.kind == "unpaired" and seen.train.any():
        counts = seen.listing.values[seen.train].sum(0)
        if counts.max() > UNEVEN * counts.min():
            less, more = (seen.listing.attributes[int(index)] for index in (counts.argmin(), counts.argmax()))
            message = f"{more} has {counts.max() / max(1, counts.min()):.0f} times the photos of {less}"
            yield Finding("uneven", "note", 0, message, f"photos of {less} are shown as many times as often; find more")


def odd_shapes(seen: Evidence) -> Iterator[Finding]:
    sizes = seen.facts.sizes[seen.facts.usable].astype(float)
    if not len(sizes):
        return
    aspects = np.log(sizes[:, 0] / sizes[:, 1])
    odd = seen.facts.usable[np.abs(aspects - np.median(aspects)) > np.log(ODD)]
    if len(odd):
        message = f"{_many(len(odd), 'photo')} of quite another shape than most"
        examples = tuple(f"{seen.listing.names[index]}: {_size(seen, index)}" for index in odd[:_EXAMPLES])
        yield Finding(
            "odd_shapes", "note", len(odd), message, "their sides or ends are cropped off; see a few", examples
        )


def small(seen: Evidence) -> Iterator[Finding]:
    usable = seen.facts.usable
    shorter = seen.facts.sizes[usable].min(1)
    tiny = usable[shorter < np.median(shorter) / 2] if len(usable) else usable
    if len(tiny):
        message = f"{_many(len(tiny), 'photo')} less than half as large as most"
        examples = tuple(f"{seen.listing.names[index]}: {_size(seen, index)}" for index in tiny[:_EXAMPLES])
        yield Finding("small", "note", len(tiny), message, "they are enlarged and look soft; drop them", examples)


def _size(seen: Evidence, index: int) -> str:
    return "x".join(map(str, seen.facts.sizes[index]))


def modes(seen: Evidence) -> Iterator[Finding]:
    kinds = seen.facts.modes[seen.facts.usable]
    counts = {name: int((kinds == number).sum()) for number, name in enumerate(seen.facts.mode_names) if name != "RGB"}
    if counts:
        said = ", ".join(f"{count:,} {_MODES.get(name, name)}" for name, count in counts.items())
        advice = "they are converted, what is transparent is laid on white; nothing to do if they look right so"
        yield Finding("modes", "note", sum(counts.values()), f"not plain RGB: {said}", advice)


_MODES = {"L": "grey", "LA": "grey with transparency", "RGBA": "with transparency", "P": "of a palette", "CMYK": "CMYK"}


def unlisted(seen: Evidence) -> Iterator[Finding]:
    if seen.unlisted:
        advice = "list them, or take them away" if seen.listing.labels else "put them into a folder of the layout"
        message = f"{_many(len(seen.unlisted), 'photo')} there but not part of the data set"
        yield Finding("unlisted", "note", len(seen.unlisted), message, advice, tuple(seen.unlisted[:_EXAMPLES]))


def unread(seen: Evidence) -> Iterator[Finding]:
    if seen.unread:
        message = f"{_many(len(seen.unread), 'image')} of a kind that is not read"
        advice = "save them as JPEG, PNG or WebP"
        yield Finding("unread", "note", len(seen.unread), message, advice, tuple(seen.unread[:_EXAMPLES]))


# The worst first.
CHECKS: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    empty,
    missing,
    unreadable,
    leaks,
    contradictions,
    few,
    rare,
    uneven,
    conflicts,
    shared_persons,
    copies,
    small,
    odd_shapes,
    modes,
    unlisted,
    unread,
)


def _many(count: int, thing: str, things: str = "") -> str:
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"
