"""What StarGAN, AttGAN and STGAN share: a critic trained as WGAN-GP that also classifies attributes.

D = -E[D(x)] + E[D(x̂)] + penalty · GP + classification · BCE(C(x), a)
G = -E[D(x̂)] + generator_classification · BCE(C(x̂), b) + reconstruction · mean|x - x'|
(yunjey/stargan solver.py; LynnHo/AttGAN-Tensorflow train.py; csmliu/STGAN train.py)

The targets b are a permutation of the batch's attributes. What x' is, how BCE runs over the attributes and when each
side is stepped differ, and are said by the methods' own files.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from .. import losses
from ..domains import Domain
from .base import Batch, Method, MethodConfig, Terms


class WassersteinConfig(MethodConfig):
    """Options that the three methods have in common; each sets its own defaults for the weights."""

    size: tuple[int, int] = Field((128, 128), description="(height, width) of the images D judges, for its dense heads")
    width: int = Field(64, ge=1, description="channels of G's first layer")
    discriminator_width: int = Field(64, ge=1, description="channels of D's first layer")
    critic_steps: int = Field(5, ge=1, description="steps of D for each of G")
    penalty: float = Field(10.0, ge=0, description="weight of the gradient penalty")
    classification: float = Field(1.0, ge=0, description="weight of the attribute term of D, on real images")
    generator_classification: float = Field(1.0, ge=0, description="weight of the attribute term of G, on fakes")
    reconstruction: float = Field(10.0, ge=0, description="weight of the L1 to the source of its reconstruction")
    l1: float = Field(0.0, ge=0, description="weight of the L1 to the true translation; needs a paired domain")


W = TypeVar("W", bound=WassersteinConfig)


@dataclass(frozen=True)
class Draw:
    """What is drawn for a batch: `target` attributes (B, n) and the gradient penalty's `mix` (B,) in [0, 1)."""

    target: Tensor
    mix: Tensor


class WassersteinGAN(Method[W]):
    """The losses of the three methods. D is called with images alone and returns a Judgement.

    Raises:
        ValueError: `l1` is set in a domain that has no pairs.
    """

    reduction: ClassVar[Literal["sum", "mean"]]
    """How the attribute terms run over the attributes."""

    def __init__(self, domain: Domain, config: W) -> None:
        if config.l1 and domain.kind != "paired":
            raise ValueError(f"The option l1 needs paired images, which {domain.name} has not; set it to 0.")
        super().__init__(domain, config)

    @abstractmethod
    def translate_and_reconstruct(self, batch: Batch, target: Tensor) -> tuple[Tensor, Tensor]:
        """The fakes with `target` (B, n), and the reconstructions of the sources; both (B, 3, H, W)."""

    def prepare(self, batch: Batch, random: torch.Generator) -> Draw:
        """Draws the targets, a permutation of the joint batch's attributes, and where the penalty is taken.

        With `l1` the target is that of the image's counterpart instead, so that the true translation is known.

        Raises:
            ValueError: the images are of another size than the option `size`.
        """
        if tuple(batch.images.shape[-2:]) != self.config.size:
            height, width = batch.images.shape[-2:]
            raise ValueError(f"The images are {height}x{width}; set the method's option size to {(height, width)}.")
        permutation = torch.randperm(len(batch.joint), generator=random)
        mix = batch.part(torch.rand(len(batch.joint), generator=random))
        target = counterparts(batch.joint) if self.config.l1 else batch.joint[permutation]
        return Draw(batch.part(target), mix)

    def generator_loss(self, batch: Batch, prepared: Draw) -> Terms:
        """Wasserstein, attribute and reconstruction terms, and the L1 of pairs where it has a weight."""
        fake, reconstructed = self.translate_and_reconstruct(batch, prepared.target)
        judged = self.discriminator(fake)
        attributes = losses.classification(judged.attributes, prepared.target, self.reduction)
        terms = {
            "generator/adversarial": -judged.logits.mean(),
            "generator/classification": self.config.generator_classification * attributes,
            "generator/reconstruction": self.config.reconstruction * F.l1_loss(reconstructed, batch.images),
        }
        if self.config.l1 and batch.truth is not None:
            terms["generator/l1"] = self.config.l1 * F.l1_loss(fake, batch.truth)
        return terms

    def discriminator_loss(self, batch: Batch, prepared: Draw) -> Terms:
        """Wasserstein terms, gradient penalty, and the attribute term on the real images."""
        with torch.no_grad():
            fake = self.translate(batch.images, batch.attributes, prepared.target)
        real = self.discriminator(batch.images)
        attributes = losses.classification(real.attributes, batch.attributes, self.reduction)
        penalty = losses.gradient_penalty(self._realism, batch.images, fake, prepared.mix)
        return {
            "discriminator/real": -real.logits.mean(),
            "discriminator/fake": self._realism(fake).mean(),
            "discriminator/penalty": self.config.penalty * penalty,
            "discriminator/classification": self.config.classification * attributes,
        }

    def _realism(self, images: Tensor) -> Tensor:
        logits: Tensor = self.discriminator(images).logits
        return logits


def counterparts(attributes: Tensor) -> Tensor:
    """(J, n) with rows 2i and 2i + 1 exchanged: in a paired batch, what each image's counterpart has."""
    pairs: Tensor = attributes.unflatten(0, (-1, 2))
    return pairs.flip(1).flatten(0, 1)
