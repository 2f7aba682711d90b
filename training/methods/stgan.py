"""STGAN (Liu et al., CVPR 2019): AttGAN told only what is to change, its skips filtered by selective transfer units.

After csmliu/STGAN (models.py, train.py): discriminator, losses and schedule are AttGAN's; the condition is the
difference of the attributes, in {-1, 0, 1} at the default scale of 0.5, so a reconstruction is asked for by zeros.

Where this differs from the original:
- Its fixed crop of CelebA is not made: images are as this package reads them. Gates have no norm and pass on the reset
  state, as is its default; its other variants are not here.
- `intensity` scales every entry of the target that differs from the source. Its figures need `--test_int 2`, which its
  test script applies to the target before the difference: the edited entry becomes ±1.5, not ±2. So here.
"""

import torch
from pydantic import Field
from torch import Tensor

from ..networks.stgan import STGANGenerator
from .attgan import AttGAN, AttGANConfig


class STGANConfig(AttGANConfig):
    """The options; the defaults are the original's at 128 x 128. Sizes and layers go together as AttGANConfig says."""

    shortcut_layers: int = Field(4, ge=0, description="decoder layers that see a transfer unit's output")
    inject_layers: int = Field(4, ge=0, description="decoder layers after which the condition is told again")
    scale: float = Field(0.5, gt=0, description="thres_int: attributes are plus or minus this before the difference")

    def condition(self, source: Tensor, target: Tensor, intensity: float = 1.0) -> Tensor:
        """scale · (intensity · (2b - 1) - (2a - 1)) where b differs from a, else 0; (B, n)."""
        difference = intensity * (2 * target - 1) - (2 * source - 1)
        return self.scale * torch.where(target == source, 0.0, difference)


class STGAN(AttGAN):
    """STGAN's generator and condition in AttGAN's training."""

    Config = STGANConfig
    network = STGANGenerator
