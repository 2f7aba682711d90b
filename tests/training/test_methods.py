"""INIT's objective term by term, and every preset's options: finite losses, gradients that reach every network."""

import pytest
import torch
from torch import Tensor, nn

from training import losses
from training.domains import FACES
from training.hops import Hop
from training.methods import Batch, Init, InitConfig
from training.methods.init import Fakes
from training.networks.embedding import Embedding
from training.presets import PRESETS

SMALL = {"generator_width": 8, "generator_blocks": 1, "discriminator_width": 8, "discriminator_strides": (2, 2)}


def batch(size: int = 4) -> Batch:
    random = torch.Generator().manual_seed(0)
    images = torch.rand(size, 3, 32, 24, generator=random) * 2 - 1
    return Batch(images, (torch.rand(size, 10, generator=random) < 0.5).float())


def method(config: InitConfig) -> Init:
    torch.manual_seed(0)
    return Init(FACES, config.model_copy(update=SMALL), Embedding(8).eval().requires_grad_(False))


class Constant(nn.Module):
    """A discriminator that says the same logit of all fakes and 0 of real images, for sums done by hand."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))

    def features(self, images: Tensor, _attributes: Tensor) -> Tensor:
        return images

    def judge(self, features: Tensor, _attributes: Tensor) -> tuple[Tensor, Tensor]:
        from training.networks.discriminators import Judgement

        return Judgement(features.new_zeros(len(features), 1, 2, 2), features.new_zeros(len(features), 0))

    def forward(self, images: Tensor, _attributes: Tensor) -> tuple[Tensor, Tensor]:
        from training.networks.discriminators import Judgement

        return Judgement(self.logit.expand(len(images), 1, 2, 2), images.new_zeros(len(images), 0))


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_gradient_reaches_every_parameter_of_every_network(name: str) -> None:
    init, data = method(PRESETS[name].init), batch()
    for parameter in init.generator.parameters():  # the difference generator's last layer starts at zero
        nn.init.normal_(parameter, std=0.1)
    fakes = init.fakes(data, torch.Generator().manual_seed(1))
    for loss, network in ((init.generator_loss, init.generator), (init.discriminator_loss, init.discriminator)):
        terms = loss(data, fakes)
        assert all(term.isfinite() and term.ndim == 0 for term in terms.values())
        network.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        missing = [name for name, value in network.named_parameters() if value.grad is None or not value.grad.any()]
        # A convolution's bias before an instance norm is subtracted again.
        assert [name for name in missing if not name.endswith("bias")] == []


def test_eq_10_to_the_letter() -> None:
    """Σ_n E[AIW(x^t) Σ_{i<=n} log(1 - D(x^ti))] on N = 2: three fakes a sample, one weight for all of them."""
    init, data = method(InitConfig()), batch(2)
    init.discriminator = Constant(0.7)  # type: ignore[assignment]  # only what the losses call
    hop = Hop(data.images, data.attributes)
    fakes = Fakes([[hop], [hop, hop]], data.attributes, {})
    adversarial = init.generator_loss(data, fakes)["generator/adversarial"].item()
    weights = fakes.importance["weights"]
    log_fake = losses.log_fake(torch.full((1, 1, 1, 1), 0.7)).item()
    assert adversarial == pytest.approx(3 * weights.mean().item() * log_fake, rel=1e-5)
    terms = init.discriminator_loss(data, fakes)
    assert terms["discriminator/fake"].item() == pytest.approx(-adversarial)  # D maximises what G minimises
    assert terms["discriminator/real"].item() == pytest.approx(torch.tensor(2.0).log().item())
    assert set(terms) == {"discriminator/real", "discriminator/fake"}  # the paper has no other terms


def test_the_weights_come_from_the_1_hop_fake() -> None:
    init, data = method(InitConfig()), batch()
    first, other = Hop(data.images, data.attributes), Hop(data.images.flip(0) * 0.3, data.attributes)
    weights = []
    for last in (first, other):
        fakes = Fakes([[first], [last, last]], data.attributes, {})
        init.generator_loss(data, fakes)
        weights.append(fakes.importance["weights"])
    assert torch.equal(weights[0], weights[1])


def test_the_discriminator_step_does_not_reach_the_generator() -> None:
    init, data = method(PRESETS["faces/init"].init), batch()
    fakes = init.fakes(data, torch.Generator().manual_seed(1))
    init.generator_loss(data, fakes)
    torch.stack(list(init.discriminator_loss(data, fakes).values())).sum().backward()
    assert all(parameter.grad is None for parameter in init.generator.parameters())


def test_without_aiw_every_weight_is_one_and_no_embedding_is_needed() -> None:
    init, data = Init(FACES, InitConfig(aiw=False, **SMALL)), batch()
    fakes = init.fakes(data, torch.Generator().manual_seed(1))
    init.generator_loss(data, fakes)
    assert fakes.importance["weights"].tolist() == [1, 1, 1, 1]
    with pytest.raises(ValueError, match="training embedding"):
        Init(FACES, InitConfig(**SMALL))


def test_the_paper_s_preset_has_nothing_that_the_paper_has_not() -> None:
    paper = PRESETS["faces/init-paper"]
    assert paper.init == InitConfig()
    assert (paper.learning_rate, paper.betas, paper.batch, paper.size) == (1e-4, (0.5, 0.999), 16, (256, 256))
    assert (paper.init.hops, paper.init.saturating, paper.init.normalise, paper.init.cap) == (2, True, False, None)
    assert paper.init.mismatch == paper.init.classification == paper.init.closeness == paper.init.cycle == 0


def test_a_relative_generator_leaves_an_image_that_needs_no_change() -> None:
    init, data = method(PRESETS["faces/init"].init), batch()
    init.generator.zero_grad()
    moved = init.translate(data.images, data.attributes, data.attributes)
    assert torch.equal(moved, data.images)  # at the start; training keeps it so only as far as it learns to
