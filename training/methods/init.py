"""INIT (Cao et al., ECCV 2020): a conditional GAN with importance-weighted (AIW), multi-hop (MST) fakes.

With every option at its default this is the paper's objective (Eq. 2, 7, 8, 10; Algorithm 1) to the letter, on which
`faces/init-paper` stands. What a preset adds is named by an option of InitConfig.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from .. import losses
from ..distributed import gather, own_rows
from ..domains import Domain
from ..hops import Hop, draw_attributes, draw_chains, translate_chains
from ..importance import Weighting, importance_weights, statistics
from ..networks.discriminators import Judgement, PatchDiscriminator
from ..networks.embedding import folded
from ..networks.generators import DifferenceGenerator, ResidualGenerator
from .base import Batch, Method, MethodConfig, Mined, Terms


class InitConfig(MethodConfig):
    """INIT's options. The defaults are the paper's; weights of terms that it does not have are 0."""

    hops: int = Field(2, ge=1, le=8, description="N of Eq. 10")
    aiw: bool = Field(True, description="importance weights of Eq. 7; without, all weights are 1")
    radius: float = Field(1.0, gt=0, description="r of the hypersphere of φ")
    reduction: Literal["mean", "sum"] = Field("mean", description="of Eq. 6; sum is the literal reading")
    normalise: bool = Field(False, description="divide the weights by their batch mean")
    cap: float | None = Field(None, gt=0, description="largest importance weight")
    saturating: bool = Field(True, description="minimise log(1 - D), as the paper; else -log D")

    generator: Literal["residual", "difference", "blend"] = "residual"
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
    sparsity: float = Field(0.0, ge=0, description="weight of the mean absolute difference of an edit from its source")
    l1: float = Field(0.0, ge=0, description="weight of the distance to the true translation, in a paired domain")

    @property
    def weighting(self) -> Weighting:
        """The options of Eq. 7 alone."""
        return Weighting(self.radius, self.reduction, self.normalise, self.cap)

    def condition(self, source: Tensor, target: Tensor, intensity: float = 1.0) -> Tensor:
        """What G sees of the attributes (B, n): the target, or, where `relative`, the difference times `intensity`."""
        return intensity * (target - source) if self.relative else target


@dataclass(frozen=True)
class Fakes:
    """The chains of one iteration, what D says of each of their fakes, and the importance weights.

    Attributes:
        chains: of hops; see hops.translate_chains.
        judged: one judgement a hop, in the order of `hops`.
        weights: AIW, (B,); it serves all hops of its sample.
        wrong: attributes for the mismatch term, (B, n).
    """

    chains: list[list[Hop]]
    judged: list[Judgement]
    weights: Tensor
    wrong: Tensor

    @property
    def hops(self) -> list[Hop]:
        """Every fake of every chain, N (N + 1) / 2 of them: each is a term of Eq. 10."""
        return flat(self.chains)


class Init(Method[InitConfig]):
    """INIT's networks and losses; both sides are stepped on the same forward passes (Algorithm 1).

    Args:
        domain: whose attributes are translated.
        config: the options.
        embedding: φ, frozen; needed where `config.aiw`.
    """

    Config = InitConfig
    discriminator: PatchDiscriminator

    def __init__(self, domain: Domain, config: InitConfig, embedding: nn.Module | None = None) -> None:
        if config.aiw and embedding is None:
            raise ValueError("AIW needs the embedding φ; make one with `python -m training embedding`.")
        super().__init__(domain, config)
        self.embedding = embedding

    @classmethod
    def create(cls, domain: Domain, config: InitConfig, embedding: Callable[[], nn.Module]) -> "Init":
        return cls(domain, config, folded(embedding()) if config.aiw else None)

    @property
    def networks(self) -> list[nn.Module]:
        return [*super().networks, *([self.embedding] if self.embedding else [])]

    @classmethod
    def build_generator(cls, domain: Domain, config: InitConfig) -> nn.Module:
        shape = len(domain.attributes), config.generator_width, config.generator_blocks
        if config.generator == "residual":
            return ResidualGenerator(*shape)
        return DifferenceGenerator(*shape, blend=config.generator == "blend")

    @classmethod
    def build_discriminator(cls, domain: Domain, config: InitConfig) -> PatchDiscriminator:
        return PatchDiscriminator(
            len(domain.attributes),
            config.discriminator_width,
            config.discriminator_strides,
            config.conditioning,
            config.classification > 0,
            config.spectral,
            config.discriminator_fold,
        )

    def prepare(self, batch: Batch, random: torch.Generator) -> Fakes:
        """Draws target and intermediate attributes, translates along all chains (Eq. 9) and weighs them (Eq. 7)."""

        def draw() -> Tensor:
            drawn = draw_attributes(batch.joint, self.domain, self.config.toggle, random)
            return batch.part(drawn)

        target = draw() if batch.truth is None else 1 - batch.attributes  # of a pair, the other one is asked for
        chains = draw_chains(target, self.config.hops, draw)
        translated = translate_chains(self.translate, batch.images, batch.attributes, chains)
        judged = self._judge(flat(translated))
        weights = self._weights(batch, translated, judged[0].logits)
        return Fakes(translated, judged, weights, draw())

    def generator_loss(self, batch: Batch, prepared: Fakes) -> Terms:
        """The generator's part of Eq. 10, and the preset's additions."""
        config, hops = self.config, prepared.hops
        adversarial = (
            losses.weighted(prepared.weights, losses.generator_adversarial(judgement.logits, config.saturating))
            for judgement in prepared.judged
        )
        terms = {"generator/adversarial": sum_of(adversarial)}
        if config.classification:
            pairs = zip(prepared.judged, hops, strict=True)
            classified = [losses.classification(judgement.attributes, hop.target) for judgement, hop in pairs]
            terms["generator/classification"] = config.classification * mean_of(classified)
        if config.closeness:
            distances = [losses.squared_difference(hop.images, batch.images) for hop in hops]
            terms["generator/closeness"] = config.closeness * mean_of(distances)
        if config.sparsity:
            changes = [F.l1_loss(hop.images, batch.images) for hop in hops]
            terms["generator/sparsity"] = config.sparsity * mean_of(changes)
        if config.l1 and batch.truth is not None:
            errors = [F.l1_loss(hop.images, _true_image(batch, hop)) for hop in hops]
            terms["generator/l1"] = config.l1 * mean_of(errors)
        return terms

    def discriminator_loss(self, batch: Batch, prepared: Fakes) -> Terms:
        """The negative of Eq. 2 with L_g of Eq. 10, and the preset's additions."""
        features = self.discriminator.features(batch.images, batch.attributes)
        real = self.discriminator.judge(features, batch.attributes)
        fake = (losses.weighted(prepared.weights, losses.log_fake(each.logits)) for each in prepared.judged)
        terms = {"discriminator/real": -losses.log_real(real.logits).mean(), "discriminator/fake": -sum_of(fake)}
        if self.config.mismatch:
            if self.config.conditioning == "concatenate":
                features = self.discriminator.features(batch.images, prepared.wrong)
            wrong = losses.log_fake(self.discriminator.judge(features, prepared.wrong).logits)
            differs = (prepared.wrong != batch.attributes).any(1).to(wrong.dtype)
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
    def _weights(self, batch: Batch, chains: list[list[Hop]], logits: Tensor) -> Tensor:
        """AIW of Eq. 7 from the 1-hop fake; over several processes, of their joint batch."""
        if not self.config.aiw or self.embedding is None:
            return torch.ones(len(batch.images), device=batch.images.device)
        first = chains[0][0].images
        source, target = self.embedding(torch.cat([batch.images, first])).chunk(2)
        weights, scale = importance_weights(gather(source), gather(target), gather(logits), self.config.weighting)
        self.log = statistics(weights, scale)
        weights = own_rows(weights)
        shown = [[(hop.images.detach(), hop.target) for hop in chain] for chain in chains]
        self.mined = Mined(weights, batch.images, batch.attributes, shown)
        return weights


def _true_image(batch: Batch, hop: Hop) -> Tensor:
    """What a hop ought to give in a paired domain: the source itself, or its counterpart."""
    assert batch.truth is not None
    stays = (hop.target == batch.attributes).all(1)[:, None, None, None]
    return torch.where(stays, batch.images, batch.truth)


def flat(chains: list[list[Hop]]) -> list[Hop]:
    """The hops of all chains, chain by chain."""
    return [hop for chain in chains for hop in chain]


def sum_of(values: Iterable[Tensor]) -> Tensor:
    """Σ of a non-empty run of scalars."""
    return torch.stack(list(values)).sum()


def mean_of(values: Iterable[Tensor]) -> Tensor:
    """The mean of a non-empty run of scalars."""
    return torch.stack(list(values)).mean()
