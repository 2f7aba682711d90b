"""INIT's iteration as the paper writes it (Algorithm 1, Eq. 2 and 6-10): plain, eager, one pass after another.

What `make bench-train` measures the engine against, and what tests/training/test_reference.py checks its losses and
gradients by. It shares the networks with training.methods.init and none of the maths: neither training.hops nor
training.importance nor training.losses is used. Terms that the paper does not have are in the two `added_*` functions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.methods.init import Init, InitConfig
from training.networks.discriminators import Judgement
from training.presets import TrainConfig

Terms = dict[str, Tensor]


@dataclass(frozen=True)
class Sample:
    """One iteration's batch and draws.

    Attributes:
        x_s, a_s: real images (B, 3, H, W) in [-1, 1] and their attributes (B, n) in {0, 1}.
        chains: for n = 1..N the attributes a^{t1}, ..., a^{tn} of Eq. 9, each (B, n); the last ones are the target a^t.
        wrong: attributes (B, n) that a preset's mismatch term shows with the real images.
        x_true: in a paired domain each image's counterpart, (B, 3, H, W).
    """

    x_s: Tensor
    a_s: Tensor
    chains: list[list[Tensor]]
    wrong: Tensor
    x_true: Tensor | None = None


Fake = tuple[Tensor, Tensor]
"""x^{ti} (B, 3, H, W) and a^{ti} (B, n)."""


class Reference:
    """The networks of `method`, trained by the paper's text."""

    def __init__(self, method: Init, training: TrainConfig) -> None:
        self.config: InitConfig = method.config
        self.G, self.D = method.generator, method.discriminator
        self.phi: nn.Module | None = method.embedding if self.config.aiw else None
        rate_D = training.discriminator_learning_rate or training.learning_rate
        self.adam_G = torch.optim.Adam(self.G.parameters(), training.learning_rate, training.betas, foreach=False)
        self.adam_D = torch.optim.Adam(self.D.parameters(), rate_D, training.betas, foreach=False)

    def step(self, sample: Sample) -> None:
        """One iteration, both gradients at the same weights; each side judges the fakes in passes of its own."""
        fakes = self.translate(sample)  # lines 5 and 9
        aiw = self.importance(sample, fakes[0][0])  # lines 6 and 7
        self.adam_G.zero_grad()
        sum_of(self.generator_loss(sample, fakes, aiw)).backward(inputs=list(self.G.parameters()))
        self.adam_D.zero_grad()
        sum_of(self.discriminator_loss(sample, fakes, aiw)).backward(inputs=list(self.D.parameters()))
        self.adam_G.step()  # line 14
        self.adam_D.step()  # line 15

    def generator_loss(self, sample: Sample, fakes: list[Fake], aiw: Tensor) -> Terms:
        """L_g of Eq. 10, which G minimises, or what usually stands in for it; and a preset's additions."""
        judged = [self.D(x, a) for x, a in fakes]  # line 10

        def log_of(d: Tensor) -> Tensor:
            return F.logsigmoid(-d) if self.config.saturating else -F.logsigmoid(d)  # log(1 - D), or -log D

        return {"adversarial": eq_10(judged, aiw, log_of)} | self.added_to_G(sample, fakes, judged)

    def discriminator_loss(self, sample: Sample, fakes: list[Fake], aiw: Tensor) -> Terms:
        """-L of Eq. 2 with L_g of Eq. 10, so that minimising it maximises L; and a preset's additions."""
        judged = [self.D(x.detach(), a) for x, a in fakes]
        real = self.D(sample.x_s, sample.a_s)
        L_data = F.logsigmoid(real.logits).mean()  # line 11
        L_g = eq_10(judged, aiw, lambda d: F.logsigmoid(-d))  # line 12
        return {"real": -L_data, "fake": -L_g} | self.added_to_D(sample, real)

    def translate(self, sample: Sample) -> list[Fake]:
        """Eq. 9 for n = 1..N: every image on every chain; the first is the 1-hop image x^t."""
        fakes = []
        for chain in sample.chains:
            x, a = sample.x_s, sample.a_s
            for a_ti in chain:
                x = self.G(x, self.config.condition(a, a_ti))
                a = a_ti
                fakes.append((x, a))
        return fakes

    @torch.no_grad()
    def importance(self, sample: Sample, x_t: Tensor) -> Tensor:
        """AIW(x^t) of Eq. 7 from the 1-hop images, (B,); 1 for the ablations without it."""
        if self.phi is None:
            return torch.ones(len(x_t), dtype=x_t.dtype, device=x_t.device)
        d = self.D(x_t, sample.chains[0][0]).logits.mean((1, 2, 3))
        gap = delta_l(self.phi(sample.x_s), self.phi(x_t), self.config.reduction)
        aiw: Tensor = torch.abs(1 + (2 * self.config.radius - gap)) ** 2 * torch.exp(d)
        if self.config.normalise:
            aiw = aiw / aiw.mean()
        return aiw if self.config.cap is None else torch.clamp(aiw, max=self.config.cap)

    def added_to_G(self, sample: Sample, fakes: list[Fake], judged: list[Judgement]) -> Terms:
        """What presets add to the paper's loss of G, each a mean over the fakes."""
        config, terms = self.config, Terms()
        if config.classification:
            terms["classification"] = config.classification * mean_of(
                cross_entropy(d.attributes, a) for d, (_, a) in zip(judged, fakes, strict=True)
            )
        if config.closeness:
            terms["closeness"] = config.closeness * mean_of(((x - sample.x_s) ** 2).mean() for x, _ in fakes)
        if config.l1 and sample.x_true is not None:
            terms["l1"] = config.l1 * mean_of((x - true_image(sample, a)).abs().mean() for x, a in fakes)
        return terms

    def added_to_D(self, sample: Sample, real: Judgement) -> Terms:
        """What presets add to the paper's loss of D."""
        config, terms = self.config, Terms()
        if config.mismatch:
            values = F.logsigmoid(-self.D(sample.x_s, sample.wrong).logits).mean((1, 2, 3))
            values = values * (sample.wrong != sample.a_s).any(1)
            terms["mismatch"] = -config.mismatch * values.mean()
        if config.classification:
            terms["classification"] = cross_entropy(real.attributes, sample.a_s)
        return terms


def eq_10(judged: list[Judgement], aiw: Tensor, log_of: Callable[[Tensor], Tensor]) -> Tensor:
    """Σ_n E[AIW(x^t) Σ_{i<=n} log(1 - D(x^{ti}, a^{ti}))], a sample's value being the mean over its patches."""
    L_g = torch.zeros_like(aiw[0])
    for judgement in judged:
        L_g = L_g + (aiw * log_of(judgement.logits).mean((1, 2, 3))).mean()
    return L_g


def delta_l(source: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Δl of Eq. 6 from φ(x^s) and φ(x^t), (B, d): of sums, as printed, or of means, which alone can reach Δl* = 2r."""
    E = (source[:, None] - target[None, :]).pow(2).sum(2).sqrt()
    B = len(E)
    delta_p = E.trace()
    delta_n = E.sum() - E.trace()
    return delta_n - delta_p if reduction == "sum" else delta_n / (B * (B - 1)) - delta_p / B


def cross_entropy(logits: Tensor, attributes: Tensor) -> Tensor:
    """StarGAN's: summed over the attributes, averaged over the batch."""
    likelihood = attributes * F.logsigmoid(logits) + (1 - attributes) * F.logsigmoid(-logits)
    return -likelihood.sum(1).mean()


def true_image(sample: Sample, target: Tensor) -> Tensor:
    """Of a pair, the image that has the attributes `target`: the source itself or its counterpart."""
    assert sample.x_true is not None
    return torch.stack(
        [
            x if torch.equal(a, wanted) else other
            for x, other, a, wanted in zip(sample.x_s, sample.x_true, sample.a_s, target, strict=True)
        ]
    )


def sum_of(terms: Terms) -> Tensor:
    return torch.stack(list(terms.values())).sum()


def mean_of(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
