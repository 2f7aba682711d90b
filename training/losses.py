"""Loss terms as pure functions of a discriminator's logits D̃ and of images.

log D is written -softplus(-D̃) and log(1 - D) -softplus(D̃): the log of a sigmoid would underflow.
"""

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


def classification(logits: Tensor, attributes: Tensor) -> Tensor:
    """Binary cross-entropy of attribute logits (B, n) against {0, 1}, summed over attributes, averaged over the batch.

    The auxiliary classifier's term of StarGAN (Choi et al. 2018).
    """
    return F.binary_cross_entropy_with_logits(logits, attributes, reduction="sum") / len(logits)


def squared_difference(first: Tensor, second: Tensor) -> Tensor:
    """Mean squared difference of two batches of images in [-1, 1]: a scalar in [0, 4]."""
    return (first - second).square().mean()
