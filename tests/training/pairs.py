"""Networks and batches that are small enough to work out a loss between two folders by hand."""

import torch
from torch import Tensor, nn

from training.methods import Batch
from training.networks.pairs import ByTarget

FIRST, SECOND = 0.0, 0.2
"""Every pixel of a photo of the first folder, and of the second."""


class Line(nn.Module):
    """Images (B, c, H, W) to slope · images + offset; a discriminator's map is of one channel, their mean."""

    def __init__(self, slope: float, offset: float, judge: bool = False) -> None:
        super().__init__()
        self.slope, self.offset, self.judge = nn.Parameter(torch.tensor(slope)), offset, judge

    def forward(self, images: Tensor) -> Tensor:
        values = self.slope * images + self.offset
        return values.mean(1, keepdim=True) if self.judge else values


def lines(*networks: tuple[float, float], judge: bool = False) -> ByTarget:
    """A network of (slope, offset) for each folder."""
    return ByTarget([Line(slope, offset, judge) for slope, offset in networks])


def batch(folders: list[int], truth: bool = False) -> Batch:
    """Photos of these folders, each of one grey."""
    attributes = torch.eye(2)[folders]
    images = (attributes @ torch.tensor([FIRST, SECOND]))[:, None, None, None].expand(-1, 3, 4, 2).clone()
    counterparts = FIRST + SECOND - images
    return Batch(images, attributes, attributes, truth=counterparts if truth else None)
