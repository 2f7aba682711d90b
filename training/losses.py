"""Loss terms as pure functions of a discriminator's logits D̃ and of images.

log D is written -softplus(-D̃) and log(1 - D) -softplus(D̃): the log of a sigmoid would underflow.
"""

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor


def per_sample(values: Tensor) -> Tensor:
    """(B, ...) to (B,): the mean over all but the batch, for a discriminator's patch map."""
    return values.flatten(1).mean(1)


def log_real(logits: Tensor) -> Tensor:
    """log D of Eq. 2, per sample (B,), from logits (B, 1, h, w)."""
    return per_sample(-F.softplus(-logits))


def log_fake(logits: Tensor) -> Tensor:
    """log(1 - D) of Eq. 2, per sample (B,), from logits (B, 1, h, w)."""
    return per_sample(-F.softplus(logits))


def weighted(weights: Tensor, values: Tensor) -> Tensor:
    """E[AIW(x^t) · value] of Eq. 8: a scalar from (B,) and (B,)."""
    return (weights * values).mean()


def generator_adversarial(logits: Tensor, saturating: bool) -> Tensor:
    """What the generator minimises, per sample (B,).

    log(1 - D), the paper's minimax form, where `saturating`; else -log D, its usual stand-in (Goodfellow et al. 2014).
    """
    return log_fake(logits) if saturating else -log_real(logits)


def classification(logits: Tensor, attributes: Tensor, reduction: Literal["sum", "mean"] = "sum") -> Tensor:
    """Binary cross-entropy of attribute logits (B, n) against {0, 1}: a scalar, averaged over the batch.

    Over the attributes it is summed (StarGAN, Choi et al. 2018) or averaged (AttGAN, He et al. 2019), n times less.
    """
    total = F.binary_cross_entropy_with_logits(logits, attributes, reduction="sum") / len(logits)
    return total if reduction == "sum" else total / attributes.shape[1]


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """E[(|∇ critic(x)| - 1)²] at x = mix · real + (1 - mix) · fake: a scalar (WGAN-GP, Gulrajani et al. 2017).

    Args:
        critic: images (B, 3, H, W) to values (B, ...), judged sample by sample; the gradient is of their sum.
        real, fake: images (B, 3, H, W); no gradient flows back to them.
        mix: one number in [0, 1] for each sample, (B,).
    """
    share = mix[:, None, None, None]
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    # A compiled network cannot be differentiated twice, so here it runs as if it were not compiled.
    with torch.enable_grad(), torch.compiler.set_stance("force_eager"):
        gradient = torch.autograd.grad(critic(between).sum(), between, create_graph=True)[0]
    slope: Tensor = gradient.flatten(1).float().norm(dim=1)
    return (slope - 1).square().mean()


def squared_difference(first: Tensor, second: Tensor) -> Tensor:
    """Mean squared difference of two batches of images in [-1, 1]: a scalar in [0, 4]."""
    return (first - second).square().mean()
