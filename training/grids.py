"""Pictures of many edits at once, as the paper's Fig. 4: one row a photo, the input first, then one edit a column."""

from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.utils import make_grid

from .domains import Domain, single_edit

Translate = Callable[[Tensor, Tensor, Tensor], Tensor]


def single_targets(attributes: Tensor, domain: Domain, attribute: str) -> Tensor:
    """The targets (B, n) of editing one attribute of each image, see `domains.single_edit`."""
    rows = [single_edit(domain, [bool(value) for value in row], attribute) for row in attributes.tolist()]
    return torch.tensor(rows, dtype=attributes.dtype, device=attributes.device)


def edit_grid(translate: Translate, images: Tensor, attributes: Tensor, domain: Domain) -> Tensor:
    """(3, H', W') in [-1, 1]: each image (B, 3, H, W) followed by its single edits in the domain's order."""
    columns = [images]
    columns += [translate(images, attributes, single_targets(attributes, domain, name)) for name in domain.attributes]
    cells = torch.stack(columns, 1).flatten(0, 1)
    grid: Tensor = make_grid(cells, nrow=len(columns), padding=2, pad_value=1.0)
    return grid
