"""Pictures of many edits at once, as the paper's Fig. 4: one row a photo, the input first, then one edit a column."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from .data.photos import Photos
from .domains import FACES, Domain, single_edit

Translate = Callable[[Tensor, Tensor, Tensor], Tensor]


def single_targets(attributes: Tensor, domain: Domain, attribute: str) -> Tensor:
    """The targets (B, n) of editing one attribute of each image, see `domains.single_edit`."""
    rows = [single_edit(domain, [bool(value) for value in row], attribute) for row in attributes.tolist()]
    return torch.tensor(rows, dtype=attributes.dtype, device=attributes.device)


def multiple_targets(attributes: Tensor, domain: Domain, edited: Sequence[str]) -> Tensor:
    """The targets (B, n) of several single edits at once, as in the paper's Fig. 5."""
    for name in edited:
        attributes = single_targets(attributes, domain, name)
    return attributes


def combinations(domain: Domain) -> list[tuple[str, ...]]:
    """Sets of attributes that are edited together in figures: of faces those of the paper's Fig. 1, of other domains
    three runs of neighbours, one attribute of a group."""
    if domain.name == FACES.name:
        return [
            ("No_Beard", "Smiling", "Black_Hair"),
            ("Bangs", "Eyeglasses", "Black_Hair"),
            ("Male", "Smiling", "Brown_Hair"),
        ]
    groups = list(dict.fromkeys(domain.group(name) for name in domain.attributes))
    if len(groups) < 2:
        return []
    runs = ([groups[(start + step) % len(groups)] for step in range(min(3, len(groups)))] for start in range(3))
    return list(dict.fromkeys(tuple(group[turn % len(group)] for group in run) for turn, run in enumerate(runs)))


def columns(domain: Domain) -> tuple[str, ...]:
    """The headings of a grid's edits: each attribute, each folder, or of two folders "translated" to the other."""
    return ("translated",) if _two_folders(domain) else domain.attributes


def column_targets(attributes: Tensor, domain: Domain) -> Iterator[Tensor]:
    """The targets (B, n) of each of `columns`."""
    if _two_folders(domain):
        yield 1 - attributes
    else:
        yield from (single_targets(attributes, domain, name) for name in domain.attributes)


def edit_grid(translate: Translate, images: Tensor, attributes: Tensor, domain: Domain) -> Tensor:
    """(3, H', W') in [-1, 1]: each image (B, 3, H, W) followed by its edits, see `columns`."""
    return lay_out([images, *(translate(images, attributes, target) for target in column_targets(attributes, domain))])


def lay_out(cells: Sequence[Tensor]) -> Tensor:
    """(3, H', W') in [-1, 1]: one column an entry (B, 3, H, W), one row an image."""
    from torchvision.utils import make_grid  # takes seconds to import, and those that serve have no use for it

    grid: Tensor = make_grid(torch.stack(list(cells), 1).flatten(0, 1), nrow=len(cells), padding=2, pad_value=1.0)
    return grid


def spread(photos: Photos, count: int) -> Tensor:
    """The indices (count,) of photos from first to last, so that every folder is among them."""
    return torch.linspace(0, len(photos) - 1, min(count, len(photos))).long()


def _two_folders(domain: Domain) -> bool:
    return domain.kind != "attributes" and len(domain.attributes) == 2
