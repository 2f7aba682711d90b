"""RelGAN's networks (willylulu/RelGAN module.py): StarGAN's skeleton with switchable norm; a critic of three heads."""

import torch
from torch import Tensor, nn

from .blocks import tile
from .stargan import trunk


class SwitchNorm(nn.Module):
    """Switchable normalisation (Luo et al., ICLR 2019): instance, layer and batch statistics in learned proportions.

    Features (B, c, H, W) to the same shape. In evaluation mode the batch's statistics are the running ones.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.mix_mean, self.mix_variance = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, features: Tensor) -> Tensor:
        variance, mean = torch.var_mean(features, (2, 3), keepdim=True, correction=0)
        square = variance + mean.square()
        layer, batch = mean.mean(1, keepdim=True), mean.mean(0, keepdim=True)
        layer_variance = square.mean(1, keepdim=True) - layer.square()
        batch_variance = square.mean(0, keepdim=True) - batch.square()
        if self.training:
            self._remember(batch, batch_variance)
        else:
            batch, batch_variance = self.mean[None, :, None, None], self.variance[None, :, None, None]
        mixed = _mix(self.mix_mean, mean, layer, batch)
        spread = _mix(self.mix_variance, variance, layer_variance, batch_variance)
        scale = self.weight[:, None, None] * torch.rsqrt(spread + self.eps)
        return (features - mixed) * scale + self.bias[:, None, None]

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        self.mean.lerp_(mean.flatten().to(self.mean.dtype), self.momentum)
        self.variance.lerp_(variance.flatten().to(self.variance.dtype), self.momentum)


class RelGANGenerator(nn.Module):
    """G(x, v): the relative attributes tiled beside the image, then StarGAN's layers with biases and switchable norms.

    8,471,977 parameters at 17 attributes.

    Args:
        attributes: n.
        width: channels of the first layer.
        blocks: residual blocks.

    Input (B, 3, H, W) in [-1, 1] with H, W divisible by 4 and v (B, n) in [-1, 1]; output (B, 3, H, W) in (-1, 1).
    """

    multiple = 4

    def __init__(self, attributes: int, width: int = 64, blocks: int = 6) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_conv(3 + attributes, width, 7, 1, 3),
            *_conv(width, 2 * width, 4, 2, 1),
            *_conv(2 * width, 4 * width, 4, 2, 1),
            *(_Residual(4 * width) for _ in range(blocks)),
            *_normed(nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1)),
            *_normed(nn.ConvTranspose2d(2 * width, width, 4, 2, 1)),
            nn.Conv2d(width, 3, 7, padding=3),
        )

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return torch.tanh(self.layers(tile(images, condition)))


class RelGANDiscriminator(nn.Module):
    """One trunk, three heads: is it real, does the change match the two images, how far is it interpolated.

    53,263,362 parameters at 17 attributes.

    Args:
        attributes: n.
        width: channels of the first layer, doubled by each of the others.
        layers: strided convolutions; images are at least 2^layers on a side.
    """

    def __init__(self, attributes: int, width: int = 64, layers: int = 6) -> None:
        super().__init__()
        deep = width * 2 ** (layers - 1)
        self.trunk = trunk(width, layers)
        self.realism = nn.Conv2d(deep, 1, 1)
        self.match = nn.Sequential(
            nn.Conv2d(2 * deep + attributes, deep, 1), nn.LeakyReLU(0.01, inplace=True), nn.Conv2d(deep, 1, 1)
        )
        self.interpolation = nn.Conv2d(deep, 64, 1)

    def forward(self, images: Tensor) -> Tensor:
        """The trunk's features (B, c, h, w), which the three heads judge."""
        features: Tensor = self.trunk(images)
        return features

    def matches(self, source: Tensor, target: Tensor, relative: Tensor) -> Tensor:
        """A patch map (B, 1, h, w): 1 where `relative` (B, n) leads from one image's features to the other's."""
        judged: Tensor = self.match(tile(torch.cat([source, target], 1), relative))
        return judged

    def degree(self, features: Tensor) -> Tensor:
        """A patch map (B, 1, h, w): how far from either end of an interpolation, in [0, 1/2]."""
        degree: Tensor = self.interpolation(features).mean(1, keepdim=True)
        return degree


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        first, second = _conv(width, width, 3, 1, 1), _conv(width, width, 3, 1, 1)
        self.body = nn.Sequential(*first, *second[:-1])

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = features + self.body(features)
        return result


def _conv(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> list[nn.Module]:
    return _normed(nn.Conv2d(inputs, outputs, kernel, stride, padding))


def _normed(layer: nn.Conv2d | nn.ConvTranspose2d) -> list[nn.Module]:
    return [layer, SwitchNorm(layer.out_channels), nn.ReLU(inplace=True)]


def _mix(proportions: Tensor, instance: Tensor, layer: Tensor, batch: Tensor) -> Tensor:
    shares = proportions.softmax(0)
    return shares[0] * instance + shares[1] * layer + shares[2] * batch
