"""What the training loop asks of a method."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

Terms = dict[str, Tensor]
"""Named scalars, each already multiplied by its weight; the trainer sums, logs and steps."""


@dataclass(frozen=True)
class Batch:
    """Real `images` (B, 3, H, W) in [-1, 1] and their `attributes` (B, n) in {0, 1}."""

    images: Tensor
    attributes: Tensor


Fakes = TypeVar("Fakes")


class Method(Protocol[Fakes]):
    """The maths of one method. An iteration is: fakes, generator_loss, a step of G, discriminator_loss, a step of D."""

    generator: nn.Module
    discriminator: nn.Module

    def fakes(self, batch: Batch, random: torch.Generator) -> Fakes: ...

    def generator_loss(self, batch: Batch, fakes: Fakes) -> Terms: ...

    def discriminator_loss(self, batch: Batch, fakes: Fakes) -> Terms: ...

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor: ...
