"""StarGAN's networks (yunjey/stargan model.py); RelGAN builds its own on their shape."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from .blocks import tile
from .discriminators import Judgement

Norm = Callable[[int], nn.Module]


def instance_norm(channels: int) -> nn.Module:
    """Instance norm with a learned scale and shift; the statistics are always the image's own."""
    return nn.InstanceNorm2d(channels, affine=True)


class ResidualBlock(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))): no ReLU after the sum."""

    def __init__(self, width: int, norm: Norm, bias: bool) -> None:
        super().__init__()
        second = nn.Conv2d(width, width, 3, padding=1, bias=bias)
        self.body = nn.Sequential(*_conv(width, width, 3, 1, 1, norm, bias), second, norm(width))

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = features + self.body(features)
        return result


class StarGANGenerator(nn.Module):
    """G(x, c): the condition tiled beside the image, two strided convolutions, residual blocks, two transposed ones.

    All padding is with zeros: by the source, reflection lets the network ignore the condition. 8,430,528 parameters at
    five attributes. Input (B, 3, H, W) in [-1, 1] with H, W divisible by 4 and (B, n); output (B, 3, H, W) in (-1, 1).

    Args:
        attributes: n.
        width: channels of the first layer.
        blocks: residual blocks.
        norm, bias: StarGAN's own; RelGAN takes others.
    """

    multiple = 4

    def __init__(
        self, attributes: int, width: int = 64, blocks: int = 6, norm: Norm = instance_norm, bias: bool = False
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_conv(3 + attributes, width, 7, 1, 3, norm, bias),
            *_conv(width, 2 * width, 4, 2, 1, norm, bias),
            *_conv(2 * width, 4 * width, 4, 2, 1, norm, bias),
            *(ResidualBlock(4 * width, norm, bias) for _ in range(blocks)),
            *_rise(4 * width, 2 * width, norm, bias),
            *_rise(2 * width, width, norm, bias),
            nn.Conv2d(width, 3, 7, padding=3, bias=bias),
        )

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return torch.tanh(self.layers(tile(images, condition)))


class StarGANDiscriminator(nn.Module):
    """A trunk of strided convolutions without norm; one head judges patches, one the attributes of the whole image.

    44,762,048 parameters at five attributes and 128 x 128.

    Args:
        attributes: n.
        size: (height, width) of the images, at least 2^layers each; the attribute head spans the trunk's last map.
        width: channels of the first layer, doubled by each of the others.
        layers: strided convolutions.

    Input (B, 3, height, width) in [-1, 1]; output logits (B, 1, h, w) and attributes (B, n).
    """

    def __init__(self, attributes: int, size: tuple[int, int], width: int = 64, layers: int = 6) -> None:
        super().__init__()
        extent = (size[0] // 2**layers, size[1] // 2**layers)
        if not all(extent):
            raise ValueError(f"{layers} halvings leave nothing of {size[0]}x{size[1]}; set fewer discriminator_layers.")
        self.trunk = trunk(width, layers)
        self.realism = nn.Conv2d(width * 2 ** (layers - 1), 1, 3, padding=1, bias=False)
        self.classifier = nn.Conv2d(width * 2 ** (layers - 1), attributes, extent, bias=False)

    def forward(self, images: Tensor) -> Judgement:
        features = self.trunk(images)
        return Judgement(self.realism(features), self.classifier(features).flatten(1))


def trunk(width: int, layers: int) -> nn.Sequential:
    """Convolutions of stride 2 with biases and LeakyReLU(0.01); (B, 3, H, W) to (B, width · 2^(layers - 1), ...)."""
    widths = [3, *(width * 2**i for i in range(layers))]
    steps = [
        (nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.01, inplace=True)) for before, after in pairwise(widths)
    ]
    return nn.Sequential(*(layer for step in steps for layer in step))


def _conv(inputs: int, outputs: int, kernel: int, stride: int, padding: int, norm: Norm, bias: bool) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias)
    return [convolution, norm(outputs), nn.ReLU(inplace=True)]


def _rise(inputs: int, outputs: int, norm: Norm, bias: bool) -> list[nn.Module]:
    return [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=bias), norm(outputs), nn.ReLU(inplace=True)]
