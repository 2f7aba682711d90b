"""INIT (Cao et al., ECCV 2020): a conditional GAN with importance-weighted (AIW), multi-hop (MST) fakes.

With every option at its default this is the paper's objective (Eq. 2, 7, 8, 10; Algorithm 1) to the letter, on which
`faces/init-paper` stands. What a preset adds is named by an option of InitConfig.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from .. import losses
from ..domains import Domain
from ..hops import Hop, draw_attributes, draw_chains, translate_chains
from ..importance import Weighting, importance_weights, statistics
from ..networks.discriminators import Judgement, PatchDiscriminator
from ..networks.generators import DifferenceGenerator, ResidualGenerator
from .base import Batch, Terms


class InitConfig(BaseModel):
    """INIT's options. The defaults are the paper's; weights of terms that it does not have are 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hops: int = Field(2, ge=1, le=8, description="N of Eq. 10")
    aiw: bool = Field(True, description="importance weights of Eq. 7; without, all weights are 1")
    radius: float = Field(1.0, gt=0, description="r of the hypersphere of φ")
    reduction: Literal["mean", "sum"] = Field("mean", description="of Eq. 6; sum is the literal reading")
    normalise: bool = Field(False, description="divide the weights by their batch mean")
    cap: float | None = Field(None, gt=0, description="largest importance weight")
    saturating: bool = Field(True, description="minimise log(1 - D), as the paper; else -log D")

    generator: Literal["residual", "difference"] = "residual"
    generator_width: int = Field(64, ge=8)
    generator_blocks: int = Field(6, ge=1)
    relative: bool = Field(False, description="G sees target - source attributes (STGAN, RelGAN), not the target")
    discriminator_width: int = Field(64, ge=8)
    discriminator_strides: tuple[int, ...] = (2, 2, 2, 1)
    discriminator_fold: int = Field(1, ge=1, description="see PatchDiscriminator")
    conditioning: Literal["concatenate", "project"] = "concatenate"
    spectral: bool = Field(False, description="spectral norm in D in place of instance norm")

    toggle: float = Field(0.0, ge=0, le=1, description="see hops.draw_attributes")
    mismatch: float = Field(0.0, ge=0, description="weight of: a real image with wrong attributes is fake")
    classification: float = Field(0.0, ge=0, description="weight of StarGAN's attribute term for G; 1 for D where > 0")
    closeness: float = Field(0.0, ge=0, description="weight of the squared difference of an edit from its source")
    cycle: float = Field(0.0, ge=0, description="weight of the squared error of translating the 1-hop fake back")

    @property
    def weighting(self) -> Weighting:
        return Weighting(self.radius, self.reduction, self.normalise, self.cap)

    def condition(self, source: Tensor, target: Tensor, intensity: float = 1.0) -> Tensor:
        """What G sees of the attributes (B, n): the target, or, where `relative`, the difference times `intensity`."""
        return intensity * (target - source) if self.relative else target


@dataclass(frozen=True)
class Fakes:
    """The chains of one iteration; `wrong` attributes for the mismatch term; `weights` are set by the G loss."""

    chains: list[list[Hop]]
    wrong: Tensor
    importance: dict[str, Tensor]

    @property
    def first(self) -> Hop:
        """The 1-hop fake."""
        return self.chains[0][0]

    @property
    def hops(self) -> list[Hop]:
        """Every fake of every chain, N (N + 1) / 2 of them: each is a term of Eq. 10."""
        return [hop for chain in self.chains for hop in chain]


class Init:
    """INIT's networks and losses. An iteration is: fakes, generator_loss, a step of G, discriminator_loss, a step of D.

    Args:
        domain: whose attributes are translated.
        config: the options.
        embedding: φ, frozen; needed where `config.aiw`.
    """

    def __init__(self, domain: Domain, config: InitConfig, embedding: nn.Module | None = None) -> None:
        if config.aiw and embedding is None:
            raise ValueError("AIW needs the embedding φ; make one with `python -m training embedding --data DIR`.")
        self.domain, self.config, self.embedding = domain, config, embedding
        self.generator = build_generator(len(domain.attributes), config)
        self.discriminator = PatchDiscriminator(
            len(domain.attributes),
            config.discriminator_width,
            config.discriminator_strides,
            config.conditioning,
            config.classification > 0,
            config.spectral,
            config.discriminator_fold,
        )
        self.log: dict[str, float] = {}

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """One hop: images (B, 3, H, W) with attributes `source` (B, n) to the attributes `target` (B, n)."""
        result: Tensor = self.generator(images, self.config.condition(source, target))
        return result

    def fakes(self, batch: Batch, random: torch.Generator) -> Fakes:
        """Draws target and intermediate attributes and translates along all chains (Eq. 9)."""

        def draw() -> Tensor:
            return draw_attributes(batch.attributes, self.domain, self.config.toggle, random)

        chains = draw_chains(draw(), self.config.hops, draw)
        translated = translate_chains(self.translate, batch.images, batch.attributes, chains)
        return Fakes(translated, draw(), {})

    def generator_loss(self, batch: Batch, fakes: Fakes) -> Terms:
        """The generator's part of Eq. 10, and the preset's additions. Sets the importance weights of this iteration."""
        judged = self._judge(fakes.hops)
        weights = fakes.importance["weights"] = self._weights(batch, fakes.first, judged[0].logits)
        terms = {
            "generator/adversarial": sum_of(
                losses.weighted(weights, losses.generator_adversarial(judgement.logits, self.config.saturating))
                for judgement in judged
            )
        }
        if self.config.classification:
            classified = [
                losses.classification(judgement.attributes, hop.target)
                for judgement, hop in zip(judged, fakes.hops, strict=True)
            ]
            terms["generator/classification"] = self.config.classification * sum_of(classified) / len(classified)
        if self.config.closeness:
            distances = [losses.squared_difference(hop.images, batch.images) for hop in fakes.hops]
            terms["generator/closeness"] = self.config.closeness * sum_of(distances) / len(distances)
        if self.config.cycle:
            back = self.translate(fakes.first.images, fakes.first.target, batch.attributes)
            terms["generator/cycle"] = self.config.cycle * losses.squared_difference(back, batch.images)
        return terms

    def discriminator_loss(self, batch: Batch, fakes: Fakes) -> Terms:
        """The negative of Eq. 2 with L_g of Eq. 10, on detached fakes, and the preset's additions."""
        features = self.discriminator.features(batch.images, batch.attributes)
        real = self.discriminator.judge(features, batch.attributes)
        judged = self._judge([Hop(hop.images.detach(), hop.target) for hop in fakes.hops])
        weights = fakes.importance["weights"]
        terms = {
            "discriminator/real": -losses.log_real(real.logits).mean(),
            "discriminator/fake": -sum_of(losses.weighted(weights, losses.log_fake(each.logits)) for each in judged),
        }
        if self.config.mismatch:
            if self.config.conditioning == "concatenate":
                features = self.discriminator.features(batch.images, fakes.wrong)
            wrong = losses.log_fake(self.discriminator.judge(features, fakes.wrong).logits)
            differs = (fakes.wrong != batch.attributes).any(1).to(wrong.dtype)
            terms["discriminator/mismatch"] = -self.config.mismatch * (wrong * differs).mean()
        if self.config.classification:
            terms["discriminator/classification"] = losses.classification(real.attributes, batch.attributes)
        return terms

    def _judge(self, hops: list[Hop]) -> list[Judgement]:
        """All fakes in one pass of the discriminator; one judgement a hop."""
        images, targets = torch.cat([hop.images for hop in hops]), torch.cat([hop.target for hop in hops])
        judged = self.discriminator(images, targets)
        parts = zip(judged.logits.chunk(len(hops)), judged.attributes.chunk(len(hops)), strict=True)
        return [Judgement(*part) for part in parts]

    @torch.no_grad()
    def _weights(self, batch: Batch, first: Hop, logits: Tensor) -> Tensor:
        """AIW of Eq. 7 from the 1-hop fake; it serves all hops of its sample."""
        if not self.config.aiw or self.embedding is None:
            return torch.ones(len(batch.images), device=batch.images.device)
        embedded = self.embedding(torch.cat([batch.images, first.images]))
        source, target = embedded.chunk(2)
        weights, scale = importance_weights(source, target, logits, self.config.weighting)
        self.log = statistics(weights, scale)
        return weights


def build_generator(attributes: int, config: InitConfig) -> nn.Module:
    """The generator that `config` names, for n attributes."""
    kind = {"residual": ResidualGenerator, "difference": DifferenceGenerator}[config.generator]
    return kind(attributes, config.generator_width, config.generator_blocks)


def sum_of(values: Iterable[Tensor]) -> Tensor:
    """Σ of a non-empty run of scalars."""
    return torch.stack(list(values)).sum()
