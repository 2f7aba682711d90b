"""StarGAN (Choi et al., CVPR 2018): one generator for all domains, held to the image by a cycle.

After yunjey/stargan (model.py, solver.py, main.py): WGAN-GP on a patch map, attribute terms summed over the attributes,
G sees the target in {0, 1}, and its reconstruction is the fake translated back. D is stepped in every iteration, G in
every fifth, after D and on the same batch.

Where this differs from the original:
- Its decay takes the learning rate to 9.99e-5 of 1e-4, so it is in effect constant; a preset has a constant one.
- RaFD's cross-entropy over classes and the joint training on two data sets are not here: folders are one-hot
  attributes, judged by the same binary cross-entropy.
"""

from typing import Any

from pydantic import Field
from torch import Tensor

from ..domains import Domain
from ..networks.stargan import StarGANDiscriminator, StarGANGenerator
from .base import Batch, Phase
from .wasserstein import WassersteinConfig, WassersteinGAN


class StarGANConfig(WassersteinConfig):
    """The options; the defaults are the original's at 128 x 128. `size` is that of the images (256: a larger D)."""

    blocks: int = Field(6, ge=1, description="residual blocks of G")
    discriminator_layers: int = Field(6, ge=1, description="halvings of D; 64 pixels and more need six, 32 five")


class StarGAN(WassersteinGAN[StarGANConfig]):
    """StarGAN's networks and schedule; its losses are those of WassersteinGAN."""

    Config = StarGANConfig
    reduction = "sum"

    @classmethod
    def build_generator(cls, domain: Domain, config: Any) -> StarGANGenerator:
        return StarGANGenerator(len(domain.attributes), config.width, config.blocks)

    @classmethod
    def build_discriminator(cls, domain: Domain, config: Any) -> StarGANDiscriminator:
        width, layers = config.discriminator_width, config.discriminator_layers
        return StarGANDiscriminator(len(domain.attributes), config.size, width, layers)

    def phases(self, step: int) -> tuple[Phase, ...]:
        """D in every iteration; in each `critic_steps`-th, G after it."""
        critic: Phase = ("discriminator",)
        return (critic, ("generator",)) if (step + 1) % self.config.critic_steps == 0 else (critic,)

    def translate_and_reconstruct(self, batch: Batch, target: Tensor) -> tuple[Tensor, Tensor]:
        """The fakes, and what they become when they are given the sources' attributes back (the cycle)."""
        fake = self.translate(batch.images, batch.attributes, target)
        return fake, self.translate(fake, target, batch.attributes)
