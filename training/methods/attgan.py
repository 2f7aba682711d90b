"""AttGAN (He et al., TIP 2019): an encoder's features, decoded under the wanted attributes; the own ones restore it.

After LynnHo/AttGAN-Tensorflow (module.py, train.py): WGAN-GP on one value an image, attribute terms averaged over the
attributes, the condition is ±1, and the reconstruction is the same encoding decoded under the source's attributes:
there is no cycle. Five iterations step D and a sixth G, each on a batch of its own. At test time it doubles the entry
that is edited: a release's `intensity` 2.

Where this differs from the original:
- Only its default losses are here (WGAN-GP between real and fake), not the other adversarial losses and penalties.
- Alignment by 68 landmarks and the random crop of 128 from 143 pixels are not: images are as this package reads them.
- The rate decays by step, not by epoch. Adam's ε is PyTorch's and TensorFlow's alike (1e-8).
- `intensity` scales every entry that differs from the source, so also those that the edit of another clears.

The PyTorch port (elvisyjlin/AttGAN-PyTorch) has `scale` 0.5 and, unless told, no `inject_layers`; its slopes of
LeakyReLU and its ReLU in D's heads are not reproduced.
"""

from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from ..domains import Domain
from ..networks.attgan import AttGANDiscriminator, AttGANGenerator
from .base import Batch, Phase
from .wasserstein import WassersteinConfig, WassersteinGAN


class AttGANConfig(WassersteinConfig):
    """The options; the defaults are the original's at 128 x 128.

    H and W must be divisible by 2^layers. Five layers suit 128 pixels (four remain); 64 need four, 32 three, with as
    many of the discriminator's, whose heads are as large as `size` says.
    """

    generator_classification: float = Field(10.0, ge=0, description="weight of the attribute term of G, on fakes")
    reconstruction: float = Field(100.0, ge=0, description="weight of the L1 to the source of its reconstruction")
    layers: int = Field(5, ge=1, description="halvings of the encoder, doublings of the decoder")
    shortcut_layers: int = Field(1, ge=0, description="decoder layers that see the encoder's features")
    inject_layers: int = Field(1, ge=0, description="decoder layers after which the condition is told again")
    momentum: float = Field(
        1e-3, gt=0, le=1, description="of the batch norms' running statistics; short runs need more"
    )
    discriminator_layers: int = Field(5, ge=1, description="halvings of D")
    discriminator_hidden: int = Field(1024, ge=1, description="hidden units of D's heads")
    scale: float = Field(1.0, gt=0, description="thres_int: attributes are told as plus or minus this")

    def condition(self, source: Tensor, target: Tensor, intensity: float = 1.0) -> Tensor:
        """The target (B, n) as ±scale; where it differs from the source, times `intensity` (test_int)."""
        strength = torch.where(target == source, 1.0, intensity)
        return self.scale * strength * (2 * target - 1)


class AttGAN(WassersteinGAN[AttGANConfig]):
    """AttGAN's networks, schedule and reconstruction; its losses are those of WassersteinGAN."""

    Config = AttGANConfig
    reduction = "mean"

    generator: AttGANGenerator
    network: ClassVar[type[AttGANGenerator]] = AttGANGenerator
    """Of what class G is."""

    @classmethod
    def build_generator(cls, domain: Domain, config: Any) -> AttGANGenerator:
        return cls.network(
            len(domain.attributes),
            config.width,
            config.layers,
            config.shortcut_layers,
            config.inject_layers,
            config.momentum,
        )

    @classmethod
    def build_discriminator(cls, domain: Domain, config: Any) -> AttGANDiscriminator:
        width, layers = config.discriminator_width, config.discriminator_layers
        return AttGANDiscriminator(len(domain.attributes), config.size, width, layers, config.discriminator_hidden)

    def phases(self, step: int) -> tuple[Phase, ...]:
        """`critic_steps` iterations of D, then one of G."""
        cycle = self.config.critic_steps + 1
        return (("generator",),) if step % cycle == cycle - 1 else (("discriminator",),)

    def translate_and_reconstruct(self, batch: Batch, target: Tensor) -> tuple[Tensor, Tensor]:
        """One encoding, decoded under the target and under the sources' own attributes."""
        encoding = self.generator.encode(batch.images)
        wanted = self.config.condition(batch.attributes, target)
        own = self.config.condition(batch.attributes, batch.attributes)
        return self.generator.decode(encoding, wanted), self.generator.decode(encoding, own)
