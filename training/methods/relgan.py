"""RelGAN (Lin et al., ICCV 2019): G sees the change of the attributes; D judges whether a change matches two images.

After willylulu/RelGAN (module.py, relgan.py): least squares for realism and matching, a gradient penalty, a cycle with
the change reversed, the identity at no change, and an interpolation term that makes half a change half as far.

Where this differs from the original:
- The degrees of interpolation are drawn anew in every step; its code draws them once, as it seems by mistake.
- The penalty is on realism alone, not on the interpolation head as well.
- The orthogonal penalty is that of Brock et al. (2017), |WᵀW - I|² over the convolutions of G, with the paper's weight;
  the original hands it to a loss that seems not to take it up.
- b and c are the next two images of the batch, which comes in random order; over several processes or accumulated
  parts, of the same part. A part needs three images or more for all wrong triplets to be wrong.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from .. import losses
from ..domains import Domain
from ..networks.relgan import RelGANDiscriminator, RelGANGenerator
from .base import Batch, Method, MethodConfig, Phase, Terms


class RelGANConfig(MethodConfig):
    """The options; the defaults are the original's at 256 x 256."""

    width: int = Field(64, ge=1, description="channels of G's first layer")
    blocks: int = Field(6, ge=1, description="residual blocks of G")
    discriminator_width: int = Field(64, ge=1, description="channels of D's first layer")
    discriminator_layers: int = Field(6, ge=1, description="halvings of D; 64 pixels and more need six, 32 five")
    penalty: float = Field(150.0, ge=0, description="weight of the gradient penalty")
    matching: float = Field(1.0, ge=0, description="weight of the matching terms")
    interpolation: float = Field(10.0, ge=0, description="weight of the interpolation terms")
    cycle: float = Field(10.0, ge=0, description="weight of the L1 of a change and its reverse")
    identity: float = Field(10.0, ge=0, description="weight of the L1 of no change")
    orthogonal: float = Field(1e-6, ge=0, description="weight of the orthogonal penalty on G")

    def condition(self, source: Tensor, target: Tensor, intensity: float = 1.0) -> Tensor:
        """The relative attributes, target - source, times `intensity`: fractions interpolate."""
        return intensity * (target - source)


@dataclass(frozen=True)
class Draw:
    """Other images of the batch and where to interpolate.

    Attributes:
        target, wrong: b and c of the triplets, images (B, 3, H, W).
        target_attributes, wrong_attributes: theirs, (B, n).
        degree: α of the interpolation, (B,) in [0, 1).
        mix: where the gradient penalty is taken, (B,) in [0, 1).
    """

    target: Tensor
    target_attributes: Tensor
    wrong: Tensor
    wrong_attributes: Tensor
    degree: Tensor
    mix: Tensor


class RelGAN(Method[RelGANConfig]):
    """RelGAN's networks and losses; D is stepped, then G, on the same batch."""

    Config = RelGANConfig
    discriminator: RelGANDiscriminator

    @classmethod
    def build_generator(cls, domain: Domain, config: Any) -> RelGANGenerator:
        return RelGANGenerator(len(domain.attributes), config.width, config.blocks)

    @classmethod
    def build_discriminator(cls, domain: Domain, config: Any) -> RelGANDiscriminator:
        return RelGANDiscriminator(len(domain.attributes), config.discriminator_width, config.discriminator_layers)

    def phases(self, step: int) -> tuple[Phase, ...]:
        return (("discriminator",), ("generator",))

    def prepare(self, batch: Batch, random: torch.Generator) -> Draw:
        """Takes the next two images as b and c, and draws degrees of interpolation and where the penalty is taken."""
        degree, mix = (batch.part(torch.rand(len(batch.joint), generator=random)) for _ in range(2))
        (b, with_b), (c, with_c) = (
            (batch.images.roll(shift, 0), batch.attributes.roll(shift, 0)) for shift in (-1, -2)
        )
        return Draw(b, with_b, c, with_c, degree, mix)

    def generator_loss(self, batch: Batch, prepared: Draw) -> Terms:
        """Realism, matching, interpolation, cycle, identity and the orthogonal penalty."""
        config, images = self.config, batch.images
        change = prepared.target_attributes - batch.attributes
        fake, same, between = self._fakes(images, change, prepared.degree)
        features, middle = self.discriminator(fake), self.discriminator(between)
        matched = self.discriminator.matches(self.discriminator(images), features, change)
        return {
            "generator/adversarial": _to(self.discriminator.realism(features), 1),
            "generator/matching": config.matching * _to(matched, 1),
            "generator/interpolation": config.interpolation * _to(self.discriminator.degree(middle), 0),
            "generator/cycle": config.cycle * F.l1_loss(self.generator(fake, -change), images),
            "generator/identity": config.identity * F.l1_loss(same, images),
            "generator/orthogonal": config.orthogonal * orthogonal_penalty(self.generator),
        }

    def discriminator_loss(self, batch: Batch, prepared: Draw) -> Terms:
        """Realism and its penalty, matching of right, faked and wrong triplets, and the degree of interpolation."""
        config, judge = self.config, self.discriminator
        change = prepared.target_attributes - batch.attributes
        with torch.no_grad():
            fake, same, between = self._fakes(batch.images, change, prepared.degree)
        a, b, c, faked = (judge(images) for images in (batch.images, prepared.target, prepared.wrong, fake))
        wrong = (
            (c, b, change),
            (a, c, change),
            (a, b, prepared.target_attributes - prepared.wrong_attributes),
            (a, b, prepared.wrong_attributes - batch.attributes),
        )
        matching = _to(judge.matches(a, b, change), 1) + _to(judge.matches(a, faked, change), 0)
        matching = matching + torch.stack([_to(judge.matches(*triplet), 0) for triplet in wrong]).sum()
        degree = torch.minimum(prepared.degree, 1 - prepared.degree)[:, None, None, None]
        middle = (judge.degree(judge(between)) - degree).square().mean()
        ends = _to(judge.degree(judge(same)), 0) + _to(judge.degree(faked), 0)
        penalty = losses.gradient_penalty(self._realism, batch.images, fake, prepared.mix)
        return {
            "discriminator/real": _to(judge.realism(a), 1),
            "discriminator/fake": _to(judge.realism(faked), 0),
            "discriminator/penalty": config.penalty * penalty,
            "discriminator/matching": config.matching * matching,
            "discriminator/interpolation": config.interpolation * (middle + ends),
        }

    def _fakes(self, images: Tensor, change: Tensor, degree: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The whole change, none, and `degree` (B,) of it."""
        conditions = (change, torch.zeros_like(change), degree[:, None] * change)
        whole, none, part = (self.generator(images, condition) for condition in conditions)
        return whole, none, part

    def _realism(self, images: Tensor) -> Tensor:
        logits: Tensor = self.discriminator.realism(self.discriminator(images))
        return logits


def orthogonal_penalty(network: nn.Module) -> Tensor:
    """Σ |W Wᵀ - I|² over convolutions, W their weights as (outputs, rest): a scalar (Brock et al., ICLR 2017)."""
    total = torch.zeros((), device=next(network.parameters()).device)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            # A transposed convolution keeps its outputs second.
            turned = module.weight.transpose(0, 1) if isinstance(module, nn.ConvTranspose2d) else module.weight
            rows = turned.flatten(1)
            total = total + (rows @ rows.T - torch.eye(len(rows), device=rows.device)).square().sum()
    return total


def _to(judged: Tensor, wanted: float) -> Tensor:
    """Least squares (Mao et al., 2017): a scalar."""
    return (judged - wanted).square().mean()
