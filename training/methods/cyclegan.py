"""CycleGAN (Zhu et al., ICCV 2017): two generators without pairs, held together by translating back.

After junyanz/pytorch-CycleGAN-and-pix2pix cycle_gan_model.py. One batch of 2k images (k of each folder) is the
original's batch of k. Both sides are stepped on the same fakes; the original steps G first, which is the same, as D's
loss sees G's fakes and not its new weights. The state of the pool is kept in checkpoints, which the original forgets.
"""

from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor, nn

from .. import losses
from ..distributed import gather, own_rows
from ..domains import Domain
from ..networks.cyclegan import PatchGAN, ResnetGenerator
from ..networks.pairs import ByTarget
from .base import Batch, Method, MethodConfig, Terms
from .pairs import check_two_folders, over_directions


class CycleGANConfig(MethodConfig):
    """CycleGAN's options; the defaults are the original's."""

    cycle: float = Field(10.0, ge=0, description="weight of the error of translating there and back")
    identity: float = Field(5.0, ge=0, description="weight of the change to an image that is there already: 0.5 x 10")
    pool: int = Field(50, ge=0, description="earlier fakes of each folder that D is shown; 0: none")
    generator_width: int = Field(64, ge=4)
    generator_blocks: int = Field(9, ge=1)
    discriminator_width: int = Field(64, ge=4)
    discriminator_layers: int = Field(3, ge=1, description="strided layers; patches of 70 pixels with 3, 34 with 2")


@dataclass(frozen=True)
class Translated:
    """One batch in the other folder.

    Attributes:
        target: (B, 2), one-hot.
        fakes: (B, 3, H, W) in (-1, 1), with their graph.
        shown: what D is shown in their place, of the same folders: these or earlier ones.
    """

    target: Tensor
    fakes: Tensor
    shown: Tensor


class CycleGAN(Method[CycleGANConfig]):
    """Least-squares GANs in both directions, a cycle either way, identity, a pool of earlier fakes."""

    Config = CycleGANConfig

    def __init__(self, domain: Domain, config: CycleGANConfig) -> None:
        check_two_folders(domain, "CycleGAN", ("unpaired", "paired"))
        super().__init__(domain, config)
        self.memory: ImagePool = ImagePool(len(domain.attributes), config.pool)

    @classmethod
    def build_generator(cls, domain: Domain, config: CycleGANConfig) -> ByTarget:
        ways = [ResnetGenerator(config.generator_width, config.generator_blocks) for _ in domain.attributes]
        return ByTarget(ways, ResnetGenerator.multiple)

    @classmethod
    def build_discriminator(cls, domain: Domain, config: CycleGANConfig) -> ByTarget:
        return ByTarget(
            [PatchGAN(3, config.discriminator_width, config.discriminator_layers) for _ in domain.attributes]
        )

    def prepare(self, batch: Batch, random: torch.Generator) -> Translated:
        """Translates the batch to the other folder, and exchanges some of the fakes for earlier ones."""
        target = batch.attributes.flip(1)
        fakes = self.translate(batch.images, batch.attributes, target)
        exchanged = batch.part(torch.rand(len(batch.joint), generator=random) < 0.5)
        places = batch.part(torch.randint(max(self.config.pool, 1), (len(batch.joint),), generator=random))
        return Translated(target, fakes, self._exchange(fakes, target.argmax(1), exchanged, places))

    def _exchange(self, fakes: Tensor, *choices: Tensor) -> Tensor:
        """The processes' pools are one: each exchanges the fakes of all of them, in the same order."""
        return own_rows(self.memory.exchange(gather(fakes), *map(gather, choices)))

    def generator_loss(self, batch: Batch, prepared: Translated) -> Terms:
        """E[(D(G(x)) - 1)²] + 10 |G(G(x)) - x| + 5 |G(x) - x| to x's own folder, summed over both directions."""
        target, source = prepared.target, batch.attributes
        scores = self.discriminator(prepared.fakes, target)
        back = self.translate(prepared.fakes, target, source)
        terms = {
            "generator/adversarial": over_directions(_squared(scores, 1.0), target),
            "generator/cycle": self.config.cycle * over_directions(_absolute(back, batch.images), target),
        }
        if self.config.identity:
            same = self.translate(batch.images, source, source)
            terms["generator/identity"] = self.config.identity * over_directions(_absolute(same, batch.images), source)
        return terms

    def discriminator_loss(self, batch: Batch, prepared: Translated) -> Terms:
        """½ E[(D(y) - 1)²] + ½ E[D(G(x))²], summed over both folders."""
        source, target = batch.attributes, prepared.target
        scores = self.discriminator(torch.cat([batch.images, prepared.shown]), torch.cat([source, target]))
        real, fake = scores.chunk(2)
        return {
            "discriminator/real": 0.5 * over_directions(_squared(real, 1.0), source),
            "discriminator/fake": 0.5 * over_directions(_squared(fake, 0.0), target),
        }


class ImagePool(nn.Module):
    """Earlier fakes of each folder, so that D does not forget what G has left behind (Shrivastava et al. 2017).

    Attributes:
        images: (folders x size, 3, H, W), a folder's after the other's; empty until the first fakes say how large.
        filled: (folders,), how many there are.
    """

    images: Tensor
    filled: Tensor

    def __init__(self, folders: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.register_buffer("images", torch.empty(0, 3, 0, 0))
        self.register_buffer("filled", torch.zeros(folders, dtype=torch.int64))
        self.register_load_state_dict_pre_hook(_make_room)  # type: ignore[no-untyped-call]  # torch's

    @torch.no_grad()
    def exchange(self, fakes: Tensor, folders: Tensor, exchanged: Tensor, places: Tensor) -> Tensor:
        """Fakes (B, 3, H, W) of `folders` (B,), or, once a folder's pool is full, some earlier ones in their place.

        Args:
            exchanged: (B,), whether a fake is to change places with an earlier one; one is added as long as there is
                room, whatever this says.
            places: (B,) in [0, size), with which.
        """
        if not self.size:
            return fakes
        if not len(self.images):
            self.images = fakes.new_zeros(len(self.filled) * self.size, *fakes.shape[1:])
        shown, filled = fakes.clone(), self.filled.tolist()
        choices = zip(folders.tolist(), exchanged.tolist(), places.tolist(), strict=True)
        for row, (folder, wanted, place) in enumerate(choices):
            if filled[folder] < self.size:
                self.images[folder * self.size + filled[folder]] = fakes[row]
                filled[folder] += 1
            elif wanted:
                shown[row] = self.images[folder * self.size + place]
                self.images[folder * self.size + place] = fakes[row]
        self.filled.copy_(torch.tensor(filled))
        return shown


def _make_room(pool: nn.Module, state: dict[str, Tensor], prefix: str, *_: object) -> None:
    """Gives a pool the size of the one that is about to be loaded."""
    assert isinstance(pool, ImagePool)
    if f"{prefix}images" in state:
        pool.images = torch.empty_like(state[f"{prefix}images"], device=pool.images.device)


def _squared(scores: Tensor, wanted: float) -> Tensor:
    return losses.per_sample((scores - wanted).square())


def _absolute(first: Tensor, second: Tensor) -> Tensor:
    return losses.per_sample((first - second).abs())
