"""pix2pix (Isola et al., CVPR 2017): a conditional GAN on pairs, both directions as two tasks in one run.

After junyanz/pytorch-CycleGAN-and-pix2pix pix2pix_model.py. One batch of 2k images (k pairs) is the original's batch
of k in each direction. Two deviations: norms take each image's own statistics (see UNet; the same at the original's
batch of one), and there is no dropout at test time, so that the same photo gets the same translation; the original's
test is that of `generator.train()`.
"""

import torch
from pydantic import Field
from torch import Tensor

from .. import losses
from ..domains import Domain
from ..networks.cyclegan import PatchGAN
from ..networks.pairs import ByTarget
from ..networks.pix2pix import UNet
from .base import Batch, Method, MethodConfig, Phase, Terms
from .pairs import check_two_folders, over_directions


class Pix2PixConfig(MethodConfig):
    """pix2pix's options; the defaults are the original's."""

    distance: float = Field(100.0, ge=0, description="weight of the L1 distance to the true translation")
    generator_width: int = Field(64, ge=4)
    generator_levels: int = Field(8, ge=2, description="halvings; H and W must be divisible by 2^levels")
    dropout: float = Field(0.5, ge=0, lt=1, description="G's only source of randomness, in training alone")
    discriminator_width: int = Field(64, ge=4)
    discriminator_layers: int = Field(3, ge=1, description="strided layers; patches of 70 pixels with 3, 34 with 2")


class Pix2Pix(Method[Pix2PixConfig]):
    """In each direction a U-Net, and a discriminator of patches that sees the source beside the translation."""

    Config = Pix2PixConfig

    def __init__(self, domain: Domain, config: Pix2PixConfig) -> None:
        check_two_folders(domain, "pix2pix", ("paired",))
        super().__init__(domain, config)

    @classmethod
    def build_generator(cls, domain: Domain, config: Pix2PixConfig) -> ByTarget:
        ways = [UNet(config.generator_width, config.generator_levels, config.dropout) for _ in domain.attributes]
        return ByTarget(ways, ways[0].multiple)

    @classmethod
    def build_discriminator(cls, domain: Domain, config: Pix2PixConfig) -> ByTarget:
        width, layers = config.discriminator_width, config.discriminator_layers
        return ByTarget([PatchGAN(6, width, layers, affine=True) for _ in domain.attributes])

    def phases(self, step: int) -> tuple[Phase, ...]:
        """D first, then G against the new D, on the same fakes: dropout draws the same in both phases."""
        return (("discriminator",), ("generator",))

    def prepare(self, batch: Batch, random: torch.Generator) -> Tensor:
        """The target folders, (B, 2). The losses translate, as only G's needs the graph."""
        return batch.attributes.flip(1)

    def generator_loss(self, batch: Batch, prepared: Tensor) -> Terms:
        """-log D(x, G(x)) + 100 |G(x) - y|, summed over both directions."""
        assert batch.truth is not None, "a paired domain's batches have their truth"
        fakes = self.translate(batch.images, batch.attributes, prepared)
        logits = self.discriminator(torch.cat([batch.images, fakes], 1), prepared)
        distances = losses.per_sample((fakes - batch.truth).abs())
        return {
            "generator/adversarial": over_directions(-losses.log_real(logits), prepared),
            "generator/distance": self.config.distance * over_directions(distances, prepared),
        }

    def discriminator_loss(self, batch: Batch, prepared: Tensor) -> Terms:
        """-½ log D(x, y) - ½ log(1 - D(x, G(x))), summed over both directions."""
        assert batch.truth is not None, "a paired domain's batches have their truth"
        with torch.no_grad():
            fakes = self.translate(batch.images, batch.attributes, prepared)
        real = self.discriminator(torch.cat([batch.images, batch.truth], 1), prepared)
        fake = self.discriminator(torch.cat([batch.images, fakes], 1), prepared)
        return {
            "discriminator/real": -0.5 * over_directions(losses.log_real(real), prepared),
            "discriminator/fake": -0.5 * over_directions(losses.log_fake(fake), prepared),
        }
