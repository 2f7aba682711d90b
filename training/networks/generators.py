"""Generators: fully convolutional, G(x, a), the attributes replicated over the image and concatenated to it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import InstanceNorm, Residual, tile


class ResidualGenerator(nn.Module):
    """The encoder, residual blocks and decoder that StarGAN and CycleGAN use, 8.4 M parameters at width 64.

    Input (B, 3, H, W) in [-1, 1] with H, W divisible by 4, condition (B, n); output (B, 3, H, W) in (-1, 1).
    """

    multiple = 4

    def __init__(self, attributes: int, width: int = 64, blocks: int = 6) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3 + attributes, width, 7, 1, 3), _conv(width, 2 * width, 4, 2, 1))
        self.down = _conv(2 * width, 4 * width, 4, 2, 1)
        self.body = nn.Sequential(*(Residual(4 * width) for _ in range(blocks)))
        self.up = nn.Sequential(_upsample(4 * width, 2 * width), _upsample(2 * width, width))
        self.out = nn.Conv2d(width, 3, 7, padding=3)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        features = self.body(self.down(self.stem(tile(images, condition))))
        return torch.tanh(self.out(self.up(features)))


class DifferenceGenerator(nn.Module):
    """A light generator that starts at the identity and learns a masked difference to add: x + 2 m tanh(c).

    With `blend` it mixes a colour in instead, x + m (tanh(c) - x), the mask starting nearly closed (Pumarola et al.,
    GANimation, 2018): an edit then says what is to be seen, not how much of it to add to whatever was there.

    The image is folded to a quarter of its resolution first (pixel unshuffle), most of the work is done at a quarter
    and an eighth, and the last layer starts at zero. Upsampling is nearest neighbour then convolution: a transposed
    convolution leaves a checkerboard.

    Input (B, 3, H, W) in [-1, 1] with H, W divisible by 8, condition (B, n); output (B, 3, H, W), in [-1, 1] in
    evaluation mode.
    """

    multiple = 8

    def __init__(self, attributes: int, width: int = 64, blocks: int = 3, blend: bool = False) -> None:
        super().__init__()
        self.blend = blend
        self.stem = nn.Sequential(nn.Conv2d(3 * 16 + attributes, width, 3, padding=1), Residual(width))
        self.down = nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)
        self.merge = nn.Conv2d(2 * width + attributes, 2 * width, 3, padding=1)
        self.body = nn.Sequential(*(Residual(2 * width) for _ in range(blocks)))
        self.rise = nn.Conv2d(2 * width, width, 3, padding=1)
        self.join = Residual(width)
        self.refine = nn.Conv2d(width + 12, width // 2, 3, padding=1)
        self.reduce = nn.Conv2d(width // 2 + 12, 8, 3, padding=1)
        self.out = nn.Conv2d(8 + 3, 4, 3, padding=1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)
        if blend and self.out.bias is not None:
            nn.init.constant_(self.out.bias[3:], -2.0)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        fine = self.stem(tile(F.pixel_unshuffle(images, 4), condition))
        deep = self.body(self.merge(tile(self.down(fine), condition)))
        joined = self.join(fine + self.rise(_double(deep)))
        folded = F.pixel_unshuffle(images, 2)
        half = F.relu(self.refine(torch.cat([_double(joined), folded], 1)))
        reduced = F.relu(self.reduce(torch.cat([half, folded], 1)))
        change = self.out(torch.cat([_double(reduced), images], 1))
        # Each of all four channels, then cut: on a CPU, of a part of them they take several times as long.
        mask, colour = torch.sigmoid(change)[:, 3:], torch.tanh(change)[:, :3]
        moved = images + mask * (colour - images if self.blend else 2 * colour)
        # Cut to the range in training, what overshoots would get no gradient and never come back.
        return moved if self.training else moved.clamp(-1, 1)


def _conv(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
        InstanceNorm(outputs, affine=True),
        nn.ReLU(inplace=True),
    )


def _upsample(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Upsample(scale_factor=2), _conv(inputs, outputs, 3, 1, 1))


def _double(features: Tensor) -> Tensor:
    return F.interpolate(features, scale_factor=2.0, mode="nearest")
