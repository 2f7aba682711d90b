"""pix2pix's generator, a U-Net (Isola et al. 2017; junyanz/pytorch-CycleGAN-and-pix2pix networks.py)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .pairs import start_normal


class UNet(nn.Module):
    """One direction of pix2pix: 54.4 M parameters at width 64 with eight levels ("unet_256"), 41.8 M with seven.

    Every level halves the image; the levels outside the innermost are joined by skips, which carry the features as the
    next level sees them, after its LeakyReLU (the ReLU behind the join makes them one with the bare features).

    Norms take the statistics of each image alone: at the original's batch of one these are its batch norms, in training
    and (as it runs them) at test time, and at any other batch a translation does not depend on its neighbours.

    Input (B, 3, H, W) in [-1, 1] with H, W divisible by 2^levels; output (B, 3, H, W) in (-1, 1).

    Args:
        dropout: of the decoder's blocks at full width (8 x `width`) but the innermost: three with eight levels, two
            with seven, none with five or less.
    """

    def __init__(self, width: int = 64, levels: int = 8, dropout: float = 0.5) -> None:
        super().__init__()
        self.multiple = 2**levels
        widths = [min(width * 2**level, width * 8) for level in range(levels)]
        self.down = nn.ModuleList(
            _down(before, after, normed=0 < level < levels - 1)
            for level, (before, after) in enumerate(zip([3, *widths], widths, strict=False))
        )
        self.up = nn.ModuleList(
            _up(
                widths[level] * (1 if level == levels - 1 else 2),
                widths[level - 1],
                dropout if 4 <= level < levels - 1 else 0.0,
            )
            for level in range(levels - 1, 0, -1)
        )
        self.out = nn.ConvTranspose2d(2 * width, 3, 4, 2, 1)
        start_normal(self)

    def forward(self, images: Tensor) -> Tensor:
        features, skips = self.down[0](images), []
        for down in self.down[1:]:
            skips.append(F.leaky_relu(features, 0.2))
            features = down(skips[-1])
        for up in self.up:
            features = torch.cat([skips.pop(), up(F.relu(features))], 1)
        return torch.tanh(self.out(F.relu(features)))


def _down(inputs: int, outputs: int, normed: bool) -> nn.Sequential:
    norm = [nn.InstanceNorm2d(outputs, affine=True)] if normed else []
    return nn.Sequential(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), *norm)


def _up(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False),
        nn.InstanceNorm2d(outputs, affine=True),
        *([nn.Dropout(dropout)] if dropout else []),
    )
