"""Adversarial Importance Weighting (AIW), Eq. 5-8 of the paper: which fake samples teach most, and by how much."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Reduction = Literal["mean", "sum"]


def distance_matrix(source: Tensor, target: Tensor) -> Tensor:
    """E of Eq. 6: E[i, j] is the Euclidean distance of source i from fake j in the embedding space.

    Args:
        source: embeddings of the real source images, (B, d), on a sphere of radius r.
        target: embeddings of their fakes, (B, d), on the same sphere.

    Returns:
        (B, B), each in [0, 2r].
    """
    distances: Tensor = torch.linalg.vector_norm(source[:, None] - target[None, :], dim=-1)
    return distances


def content_gap(distances: Tensor, reduction: Reduction = "mean") -> Tensor:
    """Δl of Eq. 6: how much farther a fake is from other sources than from its own.

    The paper writes sums, yet its optimum Δl* = 2r can only be reached by means: no distance on the sphere exceeds 2r.
    "mean" is therefore the default, and lies in [-2r, 2r]; "sum" is the equation to the letter.

    Args:
        distances: E, (B, B) with B >= 2.

    Returns:
        A scalar.
    """
    batch = distances.shape[0]
    if batch < 2:
        raise ValueError("AIW compares images within a batch and needs at least 2 of them; raise the batch size.")
    own = distances.diagonal().sum()
    others = distances.sum() - own
    if reduction == "sum":
        return others - own
    return others / (batch * (batch - 1)) - own / batch


def scale_factor(gap: Tensor, radius: float) -> Tensor:
    """‖1 + (Δl* - Δl)‖² of Eq. 7 with Δl* = 2r: from 1 at the optimum to (1 + 4r)², for Δl of the mean reduction."""
    return (1.0 + 2.0 * radius - gap).square()


@dataclass(frozen=True)
class Weighting:
    """How AIW is computed.

    Attributes:
        radius: r, of the hypersphere that φ projects onto.
        reduction: of Eq. 6, see `content_gap`.
        normalise: divide the weights by their batch mean, which leaves the choice of samples and takes away the growth
            of exp and of the scale factor (self-normalised importance sampling).
        cap: the largest weight, after normalising; None for no limit.
    """

    radius: float = 1.0
    reduction: Reduction = "mean"
    normalise: bool = False
    cap: float | None = None


def importance_weights(source: Tensor, target: Tensor, logits: Tensor, config: Weighting) -> tuple[Tensor, Tensor]:
    """AIW(x^t) of Eq. 7 for each sample of a batch, from its 1-hop fake. No gradient flows through it.

    Args:
        source: φ(x^s), (B, d), on the sphere of `config.radius`.
        target: φ(x^t), (B, d), on the same sphere.
        logits: D̃(x^t, a^t) before the sigmoid, (B, 1, h, w); averaged over the patches.

    Returns:
        The weights, (B,), positive; and the scale factor, a scalar (for the log).
    """
    gap = content_gap(distance_matrix(source.detach(), target.detach()), config.reduction)
    scale = scale_factor(gap, config.radius)
    weights = scale * logits.detach().flatten(1).mean(1).exp()
    if config.normalise:
        weights = weights / weights.mean()
    if config.cap is not None:
        weights = weights.clamp(max=config.cap)
    return weights, scale


def effective_sample_size(weights: Tensor) -> Tensor:
    """(Σw)² / Σw², from 1 (one sample counts) to B (all count alike)."""
    return weights.sum().square() / weights.square().sum()


def statistics(weights: Tensor, scale: Tensor) -> dict[str, Tensor]:
    """What is logged of a batch of weights: its range, median, mean and effective sample size, and Eq. 7's scale.

    Scalars that stay where they are: to read one is to wait for the GPU, and the trainer does so once a step.
    """
    names = ("mean", "min", "median", "max", "effective_sample_size", "scale")
    values = (
        weights.mean(), weights.min(), weights.median(), weights.max(), effective_sample_size(weights), scale
    )  # fmt: skip
    return {f"aiw/{name}": value for name, value in zip(names, values, strict=True)}
