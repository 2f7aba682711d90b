"""What methods and the training loop share."""

from dataclasses import dataclass

from torch import Tensor

Terms = dict[str, Tensor]
"""Named scalars, each already multiplied by its weight; the trainer sums, logs and steps."""


@dataclass(frozen=True)
class Batch:
    """Real `images` (B, 3, H, W) in [-1, 1] and their `attributes` (B, n) in {0, 1}."""

    images: Tensor
    attributes: Tensor
