"""INIT's losses and gradients are those of the paper's text: `tools.reference` against the engine, and by hand."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tools.reference import Reference, Sample, delta_l
from training.domains import EDGES, SYNTHETIC, Domain
from training.methods.base import Batch, Side
from training.methods.init import Fakes, Init, InitConfig
from training.networks.discriminators import Judgement
from training.networks.embedding import Embedding
from training.presets import LIGHT_OPTIONS, TrainConfig

SMALL = {"generator_width": 8, "generator_blocks": 1, "discriminator_width": 8, "discriminator_strides": (2, 2)}
CONFIGS: dict[str, dict[str, Any]] = {
    "paper": {},
    "sums": {"reduction": "sum", "radius": 0.1},
    "normalised": {"normalise": True, "cap": 1.02},
    "non-saturating": {"saturating": False},
    "a": {"aiw": False},
    "b": {"hops": 3},
    "d": {"hops": 1},
    "e": {"aiw": False, "hops": 1},
    "light": LIGHT_OPTIONS.model_dump() | {"discriminator_fold": 1},
}


def make(options: dict[str, Any], domain: Domain = SYNTHETIC) -> tuple[Init, Batch]:
    """A small method in float64 with a batch; D's last layer is scaled up, so that the weights differ."""
    torch.manual_seed(0)
    config = InitConfig.model_validate({**options, **SMALL})
    method = Init(domain, config, Embedding(8, radius=config.radius).eval() if config.aiw else None)
    for network in (method.generator, method.discriminator, method.embedding):
        if network is not None:
            network.to(torch.float64).eval()  # eval: no power iteration of the spectral norm from pass to pass
            for parameter in network.parameters():
                parameter.data += 0.05 * torch.randn_like(parameter)
    images = torch.rand(4, 3, 16, 16, dtype=torch.float64) * 2 - 1
    attributes = torch.zeros(4, len(domain.attributes), dtype=torch.float64)
    attributes[torch.arange(4), torch.arange(4) % 2] = 1
    truth = images.flip(0) if domain.kind == "paired" else None
    return method, Batch(images, attributes, attributes, truth=truth)


def sample_of(batch: Batch, fakes: Fakes) -> Sample:
    """The same batch and draws, as the reference takes them."""
    chains = [[hop.target for hop in chain] for chain in fakes.chains]
    return Sample(batch.images, batch.attributes, chains, fakes.wrong, batch.truth)


def gradients(terms: dict[str, Tensor], network: nn.Module) -> list[Tensor]:
    loss = torch.stack(list(terms.values())).sum()
    return list(torch.autograd.grad(loss, list(network.parameters()), retain_graph=True))


def assert_same(engine: dict[str, Tensor], reference: dict[str, Tensor], side: Side, network: nn.Module) -> None:
    assert list(engine) == [f"{side}/{name}" for name in reference]
    for mine, theirs in zip(engine.values(), reference.values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-11)
    for mine, theirs in zip(gradients(engine, network), gradients(reference, network), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS)
def test_losses_and_gradients_are_the_papers(options: dict[str, Any]) -> None:
    method, batch = make(options)
    fakes = method.prepare(batch, torch.Generator().manual_seed(1))
    reference, sample = Reference(method, TrainConfig(domain=SYNTHETIC)), sample_of(batch, fakes)
    own = reference.translate(sample)
    aiw = reference.importance(sample, own[0][0])
    torch.testing.assert_close(fakes.weights, aiw, check_dtype=False)
    assert_same(
        method.generator_loss(batch, fakes), reference.generator_loss(sample, own, aiw), "generator", method.generator
    )
    assert_same(
        method.discriminator_loss(batch, fakes),
        reference.discriminator_loss(sample, own, aiw),
        "discriminator",
        method.discriminator,
    )


def test_with_pairs_too() -> None:
    method, batch = make({"l1": 100.0}, EDGES)
    fakes = method.prepare(batch, torch.Generator().manual_seed(1))
    reference, sample = Reference(method, TrainConfig(domain=EDGES)), sample_of(batch, fakes)
    own = reference.translate(sample)
    aiw = reference.importance(sample, own[0][0])
    assert_same(
        method.generator_loss(batch, fakes), reference.generator_loss(sample, own, aiw), "generator", method.generator
    )


def test_the_reference_steps_both_sides_from_the_same_weights() -> None:
    method, batch = make({})
    fakes = method.prepare(batch, torch.Generator().manual_seed(1))
    training = TrainConfig(domain=SYNTHETIC, learning_rate=1e-3, discriminator_learning_rate=2e-3)
    terms = {"generator": method.generator_loss(batch, fakes), "discriminator": method.discriminator_loss(batch, fakes)}
    sides = {"generator": (method.generator, 1e-3), "discriminator": (method.discriminator, 2e-3)}
    expected = {}
    for side, (network, rate) in sides.items():
        wanted = gradients(terms[side], network)  # Adam's first step goes `rate` against each gradient's sign
        pairs = zip(network.parameters(), wanted, strict=True)
        expected[side] = [p.detach() - rate * g / (g.abs() + 1e-8) for p, g in pairs]
    Reference(method, training).step(sample_of(batch, fakes))
    for side, (network, _) in sides.items():
        for parameter, wanted_value in zip(network.parameters(), expected[side], strict=True):
            torch.testing.assert_close(parameter.detach(), wanted_value, rtol=0, atol=1e-9)


class Shade(nn.Module):
    """G(x, a) = x + k·a: as plain as a generator can be."""

    def __init__(self) -> None:
        super().__init__()
        self.k = nn.Parameter(torch.tensor(0.5))

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return images + self.k * condition[:, :1, None, None]


class Bright(nn.Module):
    """D̃(x, a) = q·mean(x), one patch."""

    def __init__(self) -> None:
        super().__init__()
        self.q = nn.Parameter(torch.tensor(2.0))

    def forward(self, images: Tensor, attributes: Tensor) -> Judgement:
        logits = self.q * images.mean((1, 2, 3))
        return Judgement(logits[:, None, None, None], attributes[:, :0])


class Hemispheres(nn.Module):
    """φ: dark images to (1, 0), bright ones to (-1, 0), opposite points of the unit sphere."""

    def forward(self, images: Tensor) -> Tensor:
        sign = 1 - 2 * (images.mean((1, 2, 3)) > 0.25).to(images.dtype)
        return torch.stack([sign, torch.zeros_like(sign)], 1)


def softplus(value: float) -> float:
    return math.log1p(math.exp(value))


def test_two_images_by_hand() -> None:
    """x^s = 0 and 1, a^t = (1), (0), one intermediate (1), (1); G adds 0.5·a, D̃ = 2·mean.

    1-hop: 0.5 and 1, of D̃ 1 and 2. 2-hop: 0.5 then 1, and 1.5 then 1.5, of D̃ 1, 2 and 3, 3.
    φ(x^s) = +, -; φ(x^t) = -, -. E = [[2, 2], [0, 0]]; Δl_n = (2 + 0) / 2 = Δl_p, so Δl = 0 and the scale (1 + 2)² = 9.
    """
    method = Init.__new__(Init)
    method.config = InitConfig()
    method.generator, method.discriminator, method.embedding = Shade(), Bright(), Hemispheres()  # type: ignore[assignment]  # stand-ins for what the losses call
    images = torch.stack([torch.zeros(3, 2, 2), torch.ones(3, 2, 2)])
    column = torch.tensor([[1.0], [0.0]])
    sample = Sample(images, torch.zeros(2, 1), [[column], [torch.ones(2, 1), column]], column)
    reference = Reference(method, TrainConfig(domain=SYNTHETIC))
    w = 9 * math.e, 9 * math.e**2
    fakes = reference.translate(sample)
    aiw = reference.importance(sample, fakes[0][0])
    assert aiw.tolist() == pytest.approx(w)
    by_sample = [[1.0, 1.0, 2.0], [2.0, 3.0, 3.0]]
    L_g = -sum(w[b] * sum(map(softplus, by_sample[b])) for b in (0, 1)) / 2
    assert reference.generator_loss(sample, fakes, aiw)["adversarial"].item() == pytest.approx(L_g)
    terms = reference.discriminator_loss(sample, fakes, aiw)
    assert terms["fake"].item() == pytest.approx(-L_g)
    assert terms["real"].item() == pytest.approx((softplus(0) + softplus(-2)) / 2)


def test_eq_6_by_hand() -> None:
    """Own fakes at the source, others opposite on a sphere of radius 3: Δl_p = 0, Δl_n = 6 = 2r."""
    points = torch.tensor([[3.0, 0.0], [-3.0, 0.0]])
    assert float(delta_l(points, points, "mean")) == pytest.approx(6.0)
    assert float(delta_l(points, points, "sum")) == pytest.approx(12.0)
    assert float(delta_l(points, -points, "mean")) == pytest.approx(-6.0)
