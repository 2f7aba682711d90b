"""Building blocks that several networks share."""

import torch
from torch import Tensor, nn


def tile(images: Tensor, attributes: Tensor) -> Tensor:
    """Images (B, c, H, W) with attributes (B, n) replicated over H x W as n further channels (paper, section 3)."""
    maps = attributes[:, :, None, None].expand(-1, -1, *images.shape[-2:])
    return torch.cat([images, maps], dim=1)


class Residual(nn.Module):
    """x + conv(relu(norm(conv(relu(norm(x)))))), at one width and resolution."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.InstanceNorm2d(width, affine=True),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
            nn.InstanceNorm2d(width, affine=True),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = features + self.body(features)
        return result
