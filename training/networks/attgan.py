"""AttGAN's networks (LynnHo/AttGAN-Tensorflow module.py); STGAN puts its transfer units on their skips.

Convolutions start as TensorFlow's do there (Glorot uniform), and the norms have its constants.
"""

import torch
from torch import Tensor, nn

from .blocks import tile
from .discriminators import Judgement

LARGEST = 16
"""No layer has more than so many times the first one's channels."""


class AttGANGenerator(nn.Module):
    """An encoder of strided convolutions, and a decoder that is told the condition and shown the encoder's features.

    43,459,203 parameters at thirteen attributes. Input (B, 3, H, W) in [-1, 1] with H, W divisible by `multiple`, and
    (B, n); output (B, 3, H, W) in (-1, 1). One encoding may be decoded under several conditions.

    Args:
        attributes: n.
        width: channels of the first layer, doubled by each of the others up to sixteen times.
        layers: halvings by the encoder and doublings by the decoder. The original's five take 128 pixels to four.
        shortcuts: decoder layers, from the deepest, whose output is joined with the encoder's features of its size.
        injections: decoder layers, from the deepest, whose output is joined with the condition; the encoding always is.
        momentum: by which the batch norms' running statistics take up each batch's.
    """

    def __init__(
        self,
        attributes: int,
        width: int = 64,
        layers: int = 5,
        shortcuts: int = 1,
        injections: int = 1,
        momentum: float = 1e-3,
    ) -> None:
        super().__init__()
        if max(shortcuts, injections) >= layers:
            raise ValueError(
                f"A decoder of {layers} layers has {layers - 1} inner ones; use fewer shortcuts, injections."
            )
        self.shortcuts, self.injections, self.multiple = shortcuts, injections, 2**layers
        widths = channels(width, layers)
        self.encoder = nn.ModuleList()
        for before, after in zip([3, *widths], widths, strict=False):
            norm = nn.BatchNorm2d(after, eps=1e-3, momentum=momentum)
            self.encoder.append(nn.Sequential(nn.Conv2d(before, after, 4, 2, 1, bias=False), norm, nn.LeakyReLU(0.2)))
        self.decoder = nn.ModuleList()
        inputs = widths[-1] + attributes
        for index, outputs in enumerate(widths[:0:-1]):
            norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=momentum)
            rise = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)
            self.decoder.append(nn.Sequential(rise, norm, nn.ReLU(inplace=True)))
            joined = widths[-2 - index] if index < shortcuts else 0
            inputs = outputs + joined + (attributes if index < injections else 0)
        self.out = nn.ConvTranspose2d(inputs, 3, 4, 2, 1)
        self.apply(glorot)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.decode(self.encode(images), condition)

    def encode(self, images: Tensor) -> list[Tensor]:
        """The features after each layer of the encoder, the deepest last."""
        features = [images]
        for layer in self.encoder:
            features.append(layer(features[-1]))
        return features[1:]

    def decode(self, features: list[Tensor], condition: Tensor) -> Tensor:
        """The image that the decoder makes of an encoding under a condition (B, n)."""
        skips = self.skips(features, condition)
        hidden = tile(features[-1], condition)
        for index, layer in enumerate(self.decoder):
            hidden = layer(hidden)
            if index < self.shortcuts:
                hidden = torch.cat([hidden, skips[index]], 1)
            if index < self.injections:
                hidden = tile(hidden, condition)
        return torch.tanh(self.out(hidden))

    def skips(self, features: list[Tensor], condition: Tensor) -> list[Tensor]:
        """What the decoder's layers are joined with, from the deepest: here the encoder's features themselves."""
        return features[-2::-1]


class AttGANDiscriminator(nn.Module):
    """Strided convolutions with instance norm; two dense heads judge the image and classify its attributes.

    44,718,990 parameters at thirteen attributes and 128 x 128.

    Args:
        attributes: n.
        size: (height, width) of the images; the trunk's last map must keep two pixels.
        width: channels of the first layer, doubled by each of the others up to sixteen times.
        layers: strided convolutions.
        hidden: units of each head's hidden layer.

    Input (B, 3, height, width) in [-1, 1]; output logits (B, 1) and attributes (B, n).
    """

    def __init__(
        self, attributes: int, size: tuple[int, int], width: int = 64, layers: int = 5, hidden: int = 1024
    ) -> None:
        super().__init__()
        extent = (size[0] // 2**layers) * (size[1] // 2**layers)
        if extent < 2:
            raise ValueError(f"{layers} halvings leave no map of {size[0]}x{size[1]}; set fewer discriminator_layers.")
        widths = channels(width, layers)
        self.trunk = nn.Sequential()
        for before, after in zip([3, *widths], widths, strict=False):
            norm = nn.InstanceNorm2d(after, eps=1e-6, affine=True)
            self.trunk.extend([nn.Conv2d(before, after, 4, 2, 1, bias=False), norm, nn.LeakyReLU(0.2)])
        self.realism, self.classifier = (_head(widths[-1] * extent, hidden, outputs) for outputs in (1, attributes))
        self.apply(glorot)

    def forward(self, images: Tensor) -> Judgement:
        features = self.trunk(images).flatten(1)
        return Judgement(self.realism(features), self.classifier(features))


def channels(width: int, layers: int) -> list[int]:
    """Of each layer: doubled from `width` on, up to LARGEST times."""
    return [width * min(2**i, LARGEST) for i in range(layers)]


def glorot(layer: nn.Module) -> None:
    """Starts a layer as TensorFlow-slim does: weights uniform after Glorot and Bengio (2010), biases zero."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _head(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, outputs))
