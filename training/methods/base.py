"""What a method is, and what it shares with the training loop.

A method owns the maths: its networks, its losses and the order in which the two sides are stepped. The trainer owns the
loop: data, optimisers, precision, processes, logging and checkpoints.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ..domains import Domain

Terms = dict[str, Tensor]
"""Named scalars, each already multiplied by its weight; the trainer sums, logs and steps."""

Side = Literal["generator", "discriminator"]

Phase = tuple[Side, ...]
"""Sides whose gradients are taken on the same forward passes, before any of them is stepped."""


@dataclass(frozen=True)
class Batch:
    """What one process trains on in one pass.

    Attributes:
        images: real, (B, 3, H, W) in [-1, 1]. In a domain of folders the domains alternate: A, B, A, B, ...
        attributes: theirs, (B, n) in {0, 1}.
        joint: the attributes of the whole step's batch, over all processes and accumulated parts, (J, n). Whatever is
            drawn at random is drawn for all of it, from a generator in the same state everywhere, and then cut by
            `part`; so two processes draw what one would.
        start: the row of `joint` that is this batch's first.
        truth: of a paired domain, the same subjects in the other domain, (B, 3, H, W); else None.
    """

    images: Tensor
    attributes: Tensor
    joint: Tensor
    start: int = 0
    truth: Tensor | None = None

    def part(self, drawn: Tensor) -> Tensor:
        """This batch's rows of what was drawn for the whole step, (J, ...) to (B, ...), on the images' device."""
        return drawn[self.start : self.start + len(self.images)].to(self.images.device)


@dataclass(frozen=True)
class Mined:
    """Which samples of a batch the method took to be informative, for people to look at.

    Attributes:
        weights: (B,), the importance weights.
        sources: (B, 3, H, W) in [-1, 1].
        attributes: theirs, (B, n) in {0, 1}.
        chains: for each chain, for each hop, the fakes (B, 3, H, W) and the attributes asked for (B, n).
    """

    weights: Tensor
    sources: Tensor
    attributes: Tensor
    chains: list[list[tuple[Tensor, Tensor]]]


class MethodConfig(BaseModel):
    """Options of a method. What stands in config.json rebuilds its networks, so nobody restates flags at test time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def condition(self, source: Tensor, target: Tensor, intensity: float = 1.0) -> Tensor:
        """What G sees of the attributes, (B, n), for images with `source` that are to have `target`, (B, n) in {0, 1}.

        `intensity` scales an edit where the method allows it (test_int of AttGAN and STGAN); by default it has no part.
        """
        return target


C = TypeVar("C", bound=MethodConfig)


class Method(ABC, Generic[C]):
    """Networks, losses and schedule of one method.

    Attributes:
        Config: the class of its options; METHODS finds it here.
        domain, config: what it was made with.
        generator: G(images (B, 3, H, W) in [-1, 1], condition (B, n)) to images; all that a release keeps. Its
            attribute `multiple` is what H and W must be divisible by.
        discriminator: everything that is stepped on the other side.
        memory: state that is not learned but belongs in a checkpoint, such as CycleGAN's pool of fakes; buffers.
        log: statistics of the last pass, scalars, logged beside the terms.
        mined: the last pass's samples and their importance, without graphs, for the trainer to take; None for methods
            that do not weight.
    """

    Config: ClassVar[type[MethodConfig]]

    log: Terms
    mined: Mined | None

    def __init__(self, domain: Domain, config: C) -> None:
        self.domain, self.config = domain, config
        self.generator = self.build_generator(domain, config)
        self.discriminator = self.build_discriminator(domain, config)
        self.memory: nn.Module = nn.Module()
        self.log, self.mined = {}, None

    @classmethod
    def create(cls, domain: Domain, config: Any, embedding: Callable[[], nn.Module]) -> "Method[Any]":
        """A new method of its options; `embedding` loads φ for those that need it."""
        return cls(domain, config)

    @classmethod
    @abstractmethod
    def build_generator(cls, domain: Domain, config: Any) -> nn.Module:
        """A new generator as `config` describes it; a release is rebuilt by this."""

    @classmethod
    @abstractmethod
    def build_discriminator(cls, domain: Domain, config: Any) -> nn.Module:
        """A new discriminator as `config` describes it."""

    @property
    def networks(self) -> list[nn.Module]:
        """All that belongs on the device."""
        return [self.generator, self.discriminator, self.memory]

    def phases(self, step: int) -> tuple[Phase, ...]:
        """The phases of iteration `step` (from 0); by default both sides on one forward pass, as in Algorithm 1."""
        return (("generator", "discriminator"),)

    @abstractmethod
    def prepare(self, batch: Batch, random: Any) -> Any:
        """What both sides of a phase share: targets drawn with `random` (a CPU torch.Generator), fakes if shared."""

    @abstractmethod
    def generator_loss(self, batch: Batch, prepared: Any) -> Terms:
        """Terms named generator/...; the trainer takes their sum's gradient for the generator's parameters alone."""

    @abstractmethod
    def discriminator_loss(self, batch: Batch, prepared: Any) -> Terms:
        """Terms named discriminator/...; the trainer takes their sum's gradient for the discriminator's parameters."""

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """One hop: images (B, 3, H, W) with attributes `source` (B, n) to the attributes `target` (B, n)."""
        result: Tensor = self.generator(images, self.config.condition(source, target))
        return result
