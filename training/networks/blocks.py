"""Building blocks that several networks share."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def tile(images: Tensor, attributes: Tensor) -> Tensor:
    """Images (B, c, H, W) with attributes (B, n) replicated over H x W as n further channels (paper, section 3)."""
    maps = attributes[:, :, None, None].expand(-1, -1, *images.shape[-2:])
    return torch.cat([images, maps], dim=1)


class InstanceNorm(nn.InstanceNorm2d):
    """torch's instance norm, on a CPU by its group norm with one channel a group: the same in half the time.

    Traced it is torch's own, which OpenVINO joins with its neighbours; a group norm it would take apart.
    """

    def forward(self, features: Tensor) -> Tensor:
        if features.is_cuda or torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
            return super().forward(features)
        last = features.is_contiguous(memory_format=torch.channels_last)
        normed = F.group_norm(features.contiguous(), self.num_features, self.weight, self.bias, self.eps)
        return normed.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)


class Residual(nn.Module):
    """x + conv(relu(norm(conv(relu(norm(x)))))), at one width and resolution."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            InstanceNorm(width, affine=True),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
            InstanceNorm(width, affine=True),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = features + self.body(features)
        return result
