"""Patch discriminators D(x, a): is this patch of a real image that has these attributes?"""

from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from .blocks import InstanceNorm, tile

Conditioning = Literal["concatenate", "project"]


class Judgement(NamedTuple):
    """What a discriminator says of a batch.

    Attributes:
        logits: D̃(x, a) before the sigmoid, a patch map (B, 1, h, w).
        attributes: attribute logits of the images alone, (B, n); of zero columns where there is no classifier.
    """

    logits: Tensor
    attributes: Tensor


class PatchDiscriminator(nn.Module):
    """CycleGAN's patch discriminator with the attributes as a condition, and a 3x3 head: its patches are 62 pixels wide
    at the default strides, CycleGAN's 70.

    "concatenate" replicates the attributes over the image as further input channels, as the paper says. "project"
    judges realism and each attribute from shared features and adds up those that the condition names:
    D̃(x, a) = f(x) + Σ_k (2 a_k - 1) g_k(x) (after Miyato and Koyama 2018); `classify` then adds the attribute
    classifier of StarGAN on the same features.

    `fold` 2 begins at half resolution (pixel unshuffle): on a CPU the first layers cost the most and say the least.

    Input (B, 3, H, W) in [-1, 1] and (B, n) in {0, 1}.
    """

    def __init__(
        self,
        attributes: int,
        width: int = 64,
        strides: tuple[int, ...] = (2, 2, 2, 1),
        conditioning: Conditioning = "concatenate",
        classify: bool = False,
        spectral: bool = False,
        fold: int = 1,
    ) -> None:
        super().__init__()
        self.conditioning, self.fold = conditioning, fold
        inputs = 3 * fold**2 + (attributes if conditioning == "concatenate" else 0)
        widths = [min(width * 2**i, width * 8) for i in range(len(strides))]
        layers: list[nn.Module] = []
        for before, after, stride in zip([inputs, *widths], widths, strides, strict=False):
            layers += [_normed(nn.Conv2d(before, after, 4, stride, 1), spectral), nn.LeakyReLU(0.2, inplace=True)]
            if not spectral and before != inputs:
                layers.insert(-1, InstanceNorm(after))
        self.trunk = nn.Sequential(*layers)
        heads = 1 + (attributes if conditioning == "project" else 0)
        self.heads = _normed(nn.Conv2d(widths[-1], heads, 3, padding=1), spectral)
        self.classifier = nn.Linear(2 * widths[-1], attributes) if classify else None

    def forward(self, images: Tensor, attributes: Tensor) -> Judgement:
        return self.judge(self.features(images, attributes), attributes)

    def features(self, images: Tensor, attributes: Tensor) -> Tensor:
        """The trunk's features (B, c, h, w); they depend on the attributes only where those are concatenated."""
        folded = F.pixel_unshuffle(images, self.fold)
        features: Tensor = self.trunk(tile(folded, attributes) if self.conditioning == "concatenate" else folded)
        return features

    def judge(self, features: Tensor, attributes: Tensor) -> Judgement:
        """The judgement of `features` under a condition; "project" may judge the same features under several."""
        maps = self.heads(features)
        logits = maps[:, :1]
        if self.conditioning == "project":
            signs = (2 * attributes - 1)[:, :, None, None]
            logits = logits + (signs * maps[:, 1:]).sum(1, keepdim=True)
        return Judgement(logits, self._classify(features))

    def _classify(self, features: Tensor) -> Tensor:
        if self.classifier is None:
            return features.new_zeros(len(features), 0)
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3))], 1)
        result: Tensor = self.classifier(pooled)
        return result


def _normed(layer: nn.Conv2d, spectral: bool) -> nn.Module:
    return spectral_norm(layer) if spectral else layer
