"""In which order an epoch shows the photos: a pure function of (seed, epoch), so a resumed run goes on as it would."""

import numpy as np
import torch
from torch import Tensor

from ..domains import Domain
from .photos import Photos
from .table import DataError


def order(photos: Photos, domain: Domain, batch: int, seed: int, epoch: int) -> Tensor:
    """The indices of an epoch; consecutive chunks of `batch` are its batches, a tail that fills none is dropped.

    Labelled photos come in random order. Folders alternate (A, B, A, B, ...): an epoch shows the largest once, and
    each smaller one again in new orders. Pairs stay together (2i, 2i + 1), the pairs in random order. Raises
    DataError where `batch` does not fit the photos.
    """
    random = torch.Generator().manual_seed(_mix(seed, epoch))
    sides = 1 if domain.kind == "attributes" else len(domain.attributes)
    if batch % sides:
        raise DataError(f"A batch of {batch} cannot hold as many photos of each of {sides} folders; use a multiple.")
    if domain.kind == "paired":
        indices = (torch.randperm(len(photos) // 2, generator=random)[:, None] * 2 + torch.arange(2)).flatten()
    elif domain.kind == "unpaired":
        indices = _alternate(photos.attributes.argmax(1), sides, random)
    else:
        indices = torch.randperm(len(photos), generator=random)
    if len(indices) < batch:
        raise DataError(f"{len(indices)} photos do not fill a batch of {batch}; use a smaller batch or more photos.")
    return indices[: len(indices) // batch * batch]


def _alternate(folder: Tensor, sides: int, random: torch.Generator) -> Tensor:
    """(largest * sides,) indices that go round the folders; `folder` (N,) says which one each photo is in."""
    members = [torch.nonzero(folder == side).flatten() for side in range(sides)]
    if not all(len(member) for member in members):
        raise DataError("A folder of the domain has no photos; a batch needs some of each.")
    most = max(len(member) for member in members)
    return torch.stack([_repeat(member, most, random) for member in members], 1).flatten()


def _repeat(member: Tensor, length: int, random: torch.Generator) -> Tensor:
    """(length,) of `member`: all of it in a new order, again and again."""
    rounds = -(-length // len(member))
    orders = [member[torch.randperm(len(member), generator=random)] for _ in range(rounds)]
    return torch.cat(orders)[:length]


def _mix(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> np.uint64(1))
