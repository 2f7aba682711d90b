"""How near a release comes to itself when it is run another way: in INT8, in bfloat16, by another library.

Everything is held against torch in float32. It is measured when a release is exported, on photos that nothing was
calibrated on, and again whenever one is loaded, on a golden picture that is drawn here: the first says how good a way
of running is, the second that this machine runs it as it was measured.
"""

from typing import Protocol

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from .domains import Domain

MOST_PSNR = 100.0  # of identical images, whose ratio is infinite


class Thresholds(BaseModel):
    """What must hold of a way of running a release before it may serve."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    psnr: float = Field(38.0, description="least mean PSNR of translations to those of torch in float32, in dB")
    ssim: float = Field(0.98, description="least mean SSIM of the same")
    agreement: float = Field(0.98, description="least share of the classifier's decisions that are the same")
    probability: float = Field(0.05, description="greatest mean change of its probabilities")


class Fidelity(BaseModel):
    """What was measured; means over images, except `least_psnr`, the worst image's. See Thresholds for the units."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    psnr: float
    least_psnr: float
    ssim: float
    agreement: float
    probability: float

    def misses(self, thresholds: Thresholds) -> str:
        """What is not reached, in words; empty where all is. Numbers that are not finite reach nothing."""
        least = {"psnr": "dB of PSNR", "ssim": "of SSIM", "agreement": "of decisions alike"}
        missed = [
            f"{getattr(self, name):.4g} {unit} where {getattr(thresholds, name):g} is the least"
            for name, unit in least.items()
            if not getattr(self, name) >= getattr(thresholds, name)
        ]
        if not self.probability <= thresholds.probability:
            missed.append(f"probabilities {self.probability:.4g} off where {thresholds.probability:g} is the most")
        return "; ".join(missed)


class Runs(Protocol):
    """Anything that runs a release; see release.Translator for shapes and ranges."""

    def predict(self, images: Tensor) -> Tensor:
        """Probabilities."""

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """One hop."""


class Example(BaseModel):
    """Images, what is asked of them, and what torch makes of both in float32.

    Attributes:
        images: (B, 3, H, W) in [-1, 1].
        source, target: (B, n) in {0, 1}.
        translated: (B, 3, H, W).
        probabilities: (B, n).
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    images: Tensor
    source: Tensor
    target: Tensor
    translated: Tensor
    probabilities: Tensor

    @classmethod
    def of(cls, run: Runs, images: Tensor, source: Tensor, target: Tensor) -> "Example":
        """What `run` makes of images; see Attributes."""
        translated, probabilities = _run(run, images, source, target)
        return cls(images=images, source=source, target=target, translated=translated, probabilities=probabilities)

    def measure(self, run: Runs, domain: Domain) -> Fidelity:
        """How near `run` comes to this."""
        translated, probabilities = _run(run, self.images, self.source, self.target)
        ratios = psnr(translated, self.translated)
        return Fidelity(
            psnr=ratios.mean().item(),
            least_psnr=ratios.min().item(),
            ssim=ssim(translated, self.translated).mean().item(),
            agreement=_alike(probabilities, self.probabilities, domain),
            probability=(probabilities - self.probabilities).abs().mean().item(),
        )


def _run(run: Runs, images: Tensor, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Translations and probabilities, some images at a time, for memory."""
    rows = list(zip(images.split(8), source.split(8), target.split(8), strict=True))
    translated = torch.cat([run.translate(*row).cpu() for row in rows])
    return translated, torch.cat([run.predict(row[0]).cpu() for row in rows])


def golden_inputs(domain: Domain, size: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    """Drawn images (K, 3, H, W) in [-1, 1], attributes (K, n) and targets (K, n); between folders, one of each way."""
    count = len(domain.attributes)
    targets = torch.eye(count)[: 2 if domain.kind == "attributes" else count]
    sources = torch.zeros_like(targets) if domain.kind == "attributes" else targets.roll(1, 0)
    return torch.stack([draw(size, seed) for seed in range(len(targets))]), sources, targets


def draw(size: tuple[int, int], seed: int) -> Tensor:
    """A picture (3, H, W) in [-1, 1], in whole grey levels, with the spectrum of photos: amplitude falls as 1/f."""
    height, width = size
    noise = torch.randn(3, height, width, generator=torch.Generator().manual_seed(seed))
    down, right = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None, :]
    frequency = torch.hypot(down, right).clamp(min=1 / max(size))
    pink = torch.fft.irfft2(torch.fft.rfft2(noise) / frequency, s=size)
    grey = (pink + 2 * pink.mean(0, keepdim=True)) / 3  # the channels of a photo are alike
    contrast: Tensor = (grey / grey.std() / 2).clamp(-1, 1)
    return contrast.add(1).mul(127.5).round().div(127.5).sub(1)


def psnr(images: Tensor, truth: Tensor) -> Tensor:
    """(B,) peak signal-to-noise ratio in dB, at most MOST_PSNR, of images (B, 3, H, W) cut to [-1, 1]."""
    error = (images.clamp(-1, 1) - truth.clamp(-1, 1)).div(2).square().mean((1, 2, 3))
    result: Tensor = (-10 * error.log10()).clamp(max=MOST_PSNR)
    return result


def ssim(images: Tensor, truth: Tensor) -> Tensor:
    """(B,) structural similarity (Wang et al. 2004: Gaussian window of σ 1.5) of images as for `psnr`, from 6 x 6."""
    offsets = torch.arange(-5, 6, dtype=torch.float32)
    line = torch.softmax(-(offsets / 1.5).square() / 2, 0)
    window = (line[:, None] * line)[None, None]
    padded = (F.pad(each.clamp(-1, 1).add(1).div(2), (5, 5, 5, 5), "reflect") for each in (images, truth))
    x, y = (each.flatten(0, 1)[:, None] for each in padded)
    mean_x, mean_y, square_x, square_y, product = (F.conv2d(each, window) for each in (x, y, x * x, y * y, x * y))
    spread = square_x - mean_x.square() + square_y - mean_y.square()
    joint = product - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    index = (2 * mean_x * mean_y + c1) * (2 * joint + c2) / ((mean_x.square() + mean_y.square() + c1) * (spread + c2))
    result: Tensor = index.reshape(len(images), -1).mean(1)
    return result


def _alike(one: Tensor, other: Tensor, domain: Domain) -> float:
    """The share of decisions (B, n) that are the same; of a domain of folders, of images in the same one."""
    if domain.kind != "attributes":
        return (one.argmax(1) == other.argmax(1)).float().mean().item()
    return ((one >= 0.5) == (other >= 0.5)).float().mean().item()
