"""StarGAN's networks (yunjey/stargan model.py)."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from .blocks import tile
from .discriminators import Judgement


class ResidualBlock(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))): no ReLU after the sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        first, second = _conv(width, width, 3, 1, 1), _conv(width, width, 3, 1, 1)
        self.body = nn.Sequential(*first, *second[:-1])

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = features + self.body(features)
        return result


class StarGANGenerator(nn.Module):
    """G(x, c): the condition tiled beside the image, two strided convolutions, residual blocks, two transposed ones.

    All padding is with zeros: by the source, reflection lets the network ignore the condition. No convolution has a
    bias; the instance norms have a learned scale and shift. 8,430,528 parameters at five attributes.

    Args:
        attributes: n.
        width: channels of the first layer.
        blocks: residual blocks.

    Input (B, 3, H, W) in [-1, 1] with H, W divisible by 4 and (B, n); output (B, 3, H, W) in (-1, 1).
    """

    multiple = 4

    def __init__(self, attributes: int, width: int = 64, blocks: int = 6) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_conv(3 + attributes, width, 7, 1, 3),
            *_conv(width, 2 * width, 4, 2, 1),
            *_conv(2 * width, 4 * width, 4, 2, 1),
            *(ResidualBlock(4 * width) for _ in range(blocks)),
            *_rise(4 * width, 2 * width),
            *_rise(2 * width, width),
            nn.Conv2d(width, 3, 7, padding=3, bias=False),
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


def _conv(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> list[nn.Module]:
    return _normed(nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False))


def _rise(inputs: int, outputs: int) -> list[nn.Module]:
    return _normed(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False))


def _normed(layer: nn.Conv2d | nn.ConvTranspose2d) -> list[nn.Module]:
    return [layer, nn.InstanceNorm2d(layer.out_channels, affine=True), nn.ReLU(inplace=True)]
