"""Which files are the same, and which photos look the same."""

import numpy as np
from numpy.typing import NDArray

BITS = 2  # of 128 that two photos may differ in and still look the same: re-encoded or resized, not just alike
_CHUNKS = ((0, 5), (5, 10), (10, 16))  # bytes; of BITS differences in all, one chunk of three has none
_REACH = 64  # neighbours in a sorted chunk that a look is compared with, so that time stays bounded


def same_files(digests: NDArray[np.uint64]) -> list[NDArray[np.int64]]:
    """Groups of two or more indices with equal digests (F,), by their first index."""
    return _groups(np.unique(digests, return_inverse=True)[1].reshape(-1))


def same_looks(looks: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """Groups of two or more indices whose looks (F, 16) differ in at most BITS bits, each from another of the group.

    Looks that are equal in one of three chunks are compared: memory and time grow like F log F.
    """
    different, inverse = np.unique(looks, axis=0, return_inverse=True)
    links = np.concatenate([_near(different, *chunk) for chunk in _CHUNKS])
    return _groups(_components(len(different), links)[inverse.reshape(-1)])


def _near(looks: NDArray[np.uint8], start: int, stop: int) -> NDArray[np.int64]:
    """(L, 2) pairs of looks that are equal in bytes start..stop and near in all."""
    order = np.lexsort(looks[:, start:stop].T)
    ordered = looks[order]
    found = [np.empty((0, 2), np.int64)]
    for step in range(1, min(_REACH, len(looks) - 1) + 1):
        equal = np.flatnonzero((ordered[step:, start:stop] == ordered[:-step, start:stop]).all(1))
        if not len(equal):
            break
        bits = np.bitwise_count(ordered[equal] ^ ordered[equal + step]).sum(1)
        near = equal[bits <= BITS]
        found.append(np.stack([order[near], order[near + step]], 1))
    return np.concatenate(found)


def _components(count: int, links: NDArray[np.int64]) -> NDArray[np.int64]:
    """(count,) a number for each connected component."""
    parents = np.arange(count)
    for first, second in links.tolist():
        parents[_root(parents, first)] = _root(parents, second)
    return np.array([_root(parents, index) for index in range(count)], np.int64)


def _root(parents: NDArray[np.int64], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = int(parents[index])
    return index


def _groups(labels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The indices under each label that occurs twice or more."""
    again = np.flatnonzero(np.bincount(labels)[labels] > 1)
    if not len(again):
        return []
    order = again[np.argsort(labels[again], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return sorted(groups, key=lambda group: int(group[0]))
