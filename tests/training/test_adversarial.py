"""What StarGAN, AttGAN and STGAN share, on cases worked by hand: the critic's losses, the targets, the penalty."""

import math
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from training import losses
from training.domains import EDGES, FACES
from training.methods.base import Batch
from training.methods.stargan import StarGAN, StarGANConfig
from training.methods.wasserstein import Draw, counterparts
from training.networks.discriminators import Judgement


class Linear(nn.Module):
    """A critic Σ w · x on a map of one patch, and given attribute logits for the images of a batch."""

    def __init__(self, weight: Tensor, attributes: Tensor) -> None:
        super().__init__()
        self.weight, self.attributes = nn.Parameter(weight), attributes

    def forward(self, images: Tensor) -> Judgement:
        values = (images * self.weight).sum((1, 2, 3)).reshape(-1, 1, 1, 1)
        return Judgement(values, self.attributes[: len(images)])


class Brighten(nn.Module):
    """A generator that adds a tenth of the condition's first entry to every pixel."""

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return images + 0.1 * condition[:, 0].reshape(-1, 1, 1, 1)


def stargan(config: StarGANConfig, weight: float = 0.5) -> StarGAN:
    with torch.device("meta"):
        method = StarGAN(EDGES, config)
    method.generator = Brighten()
    method.discriminator = Linear(torch.full((3, 64, 64), weight), torch.tensor([[0.0, 2.0], [-1.0, 3.0]]))
    return method


def batch(truth: Tensor | None = None) -> Batch:
    attributes = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    images = torch.stack([torch.zeros(3, 64, 64), torch.full((3, 64, 64), 0.5)])
    return Batch(images, attributes, joint=attributes, truth=truth)


def cross_entropy(logit: float, label: float) -> float:
    return math.log1p(math.exp(-logit if label else logit))


SIZE = (64, 64)
PIXELS = 3 * 64 * 64
SWAPPED = Draw(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([0.25, 0.75]))


@pytest.mark.parametrize("slope", [0.0, 0.5, 3.0])
def test_the_penalty_of_a_linear_critic_is_the_squared_distance_of_its_slope_from_one(slope: float) -> None:
    weight = torch.zeros(3, 2, 2)
    weight[0, 1, 1] = slope
    real, fake = torch.rand(4, 3, 2, 2), torch.rand(4, 3, 2, 2)
    penalty = losses.gradient_penalty(lambda x: (x * weight).sum((1, 2, 3)), real, fake, torch.rand(4))
    assert penalty.item() == pytest.approx((slope - 1) ** 2)


def test_the_penalty_is_taken_between_real_and_fake_at_each_sample_s_own_point() -> None:
    real, fake = torch.zeros(2, 1, 1, 1), torch.tensor([4.0, 4.0]).reshape(2, 1, 1, 1)
    # The critic x² has the slope 2x; the points are 0.75 · 4 and 0 of the way to the fake.
    penalty = losses.gradient_penalty(torch.square, real, fake, torch.tensor([0.25, 1.0]))
    assert penalty.item() == pytest.approx(((6 - 1) ** 2 + (0 - 1) ** 2) / 2)


def test_the_penalty_takes_the_gradient_of_the_sum_over_patches() -> None:
    penalty = losses.gradient_penalty(
        lambda x: x.expand(-1, 1, 3, 3), torch.rand(1, 1, 1, 1), torch.rand(1, 1, 1, 1), torch.rand(1)
    )
    assert penalty.item() == pytest.approx((9 - 1) ** 2)


def test_the_penalty_reaches_the_critic_and_nothing_else_and_works_without_a_surrounding_gradient() -> None:
    weight = torch.full((3, 2, 2), 2.0, requires_grad=True)
    real, fake = torch.rand(2, 3, 2, 2), torch.rand(2, 3, 2, 2, requires_grad=True)
    losses.gradient_penalty(lambda x: (x * weight).sum((1, 2, 3)), real, fake, torch.rand(2)).backward()
    norm = 2 * math.sqrt(12)
    assert weight.grad is not None
    assert fake.grad is None
    assert weight.grad.flatten().tolist() == pytest.approx([2 * (norm - 1) * 2 / norm] * 12)


def test_the_penalty_of_a_compiled_critic_can_be_differentiated() -> None:
    critic = nn.Linear(2, 1)
    critic.compile(backend="aot_eager")
    penalty = losses.gradient_penalty(critic, torch.rand(2, 3, 2, 2), torch.rand(2, 3, 2, 2), torch.rand(2))
    gradient = torch.autograd.grad(penalty, critic.weight)[0]
    assert gradient.any()


@pytest.mark.parametrize(("reduction", "share"), [("sum", 1.0), ("mean", 0.5)])
def test_classification_over_attributes(reduction: Literal["sum", "mean"], share: float) -> None:
    logits, wanted = torch.tensor([[0.0, 3.0], [0.0, -3.0]]), torch.tensor([[1.0, 1.0], [0.0, 1.0]])
    total = (cross_entropy(0, 1) + cross_entropy(3, 1) + cross_entropy(0, 0) + cross_entropy(-3, 1)) / 2
    assert losses.classification(logits, wanted, reduction).item() == pytest.approx(share * total)


def test_the_discriminator_raises_the_real_and_lowers_the_fake() -> None:
    terms = stargan(StarGANConfig(size=SIZE)).discriminator_loss(batch(), SWAPPED)
    real = [0.0, 0.5 * 0.5 * PIXELS]
    fake = [0.0, (0.5 + 0.1) * 0.5 * PIXELS]  # the second is asked for the first attribute: brighter by a tenth
    assert terms["discriminator/real"].item() == pytest.approx(-sum(real) / 2)
    assert terms["discriminator/fake"].item() == pytest.approx(sum(fake) / 2)
    slope = 0.5 * math.sqrt(PIXELS)
    assert terms["discriminator/penalty"].item() == pytest.approx(10 * (slope - 1) ** 2, rel=1e-5)
    each = [cross_entropy(0, 1) + cross_entropy(2, 0), cross_entropy(-1, 0) + cross_entropy(3, 1)]
    assert terms["discriminator/classification"].item() == pytest.approx(sum(each) / 2)


def test_the_generator_raises_its_fakes_and_reconstructs() -> None:
    terms = stargan(StarGANConfig(size=SIZE)).generator_loss(batch(), SWAPPED)
    assert terms["generator/adversarial"].item() == pytest.approx(-0.6 * 0.5 * PIXELS / 2)
    # There and back, each image is once asked for the first attribute, so each comes back a tenth brighter.
    assert terms["generator/reconstruction"].item() == pytest.approx(10 * 0.1, rel=1e-5)
    each = [cross_entropy(0, 0) + cross_entropy(2, 1), cross_entropy(-1, 1) + cross_entropy(3, 0)]
    assert terms["generator/classification"].item() == pytest.approx(sum(each) / 2)
    assert "generator/l1" not in terms


def test_weights_multiply_their_terms() -> None:
    config = StarGANConfig(size=SIZE)
    heavy = StarGANConfig(size=SIZE, penalty=20, classification=3, generator_classification=4, reconstruction=50)
    for side, factors in (
        ("discriminator", {"real": 1, "fake": 1, "penalty": 2, "classification": 3}),
        ("generator", {"adversarial": 1, "classification": 4, "reconstruction": 5}),
    ):
        usual, more = (getattr(stargan(each), f"{side}_loss")(batch(), SWAPPED) for each in (config, heavy))
        ratios = {name.split("/")[1]: (more[name] / usual[name]).item() for name in usual}
        assert ratios == pytest.approx(factors)


def test_pairs_are_held_to_the_true_translation() -> None:
    method = stargan(StarGANConfig(size=SIZE, l1=100))
    data = batch(truth=batch().images.flip(0))
    draw = method.prepare(data, torch.Generator().manual_seed(0))
    assert torch.equal(draw.target, data.attributes.flip(0))
    # Fakes 0 and 0.6, truths 0.5 and 0.
    assert method.generator_loss(data, draw)["generator/l1"].item() == pytest.approx(100 * (0.5 + 0.6) / 2)


def test_counterparts_exchange_neighbours() -> None:
    assert counterparts(torch.arange(4.0)[:, None]).flatten().tolist() == [1, 0, 3, 2]


def test_a_domain_without_pairs_has_no_l1() -> None:
    with pytest.raises(ValueError, match="set it to 0"), torch.device("meta"):
        StarGAN(FACES, StarGANConfig(l1=1))


def test_targets_are_a_permutation_of_the_joint_batch_and_parts_see_their_own_rows() -> None:
    joint = torch.eye(2).repeat(4, 1) * torch.arange(1.0, 9)[:, None]
    method = stargan(StarGANConfig(size=SIZE))
    images = torch.zeros(8, 3, 64, 64)

    def draw(start: int, end: int) -> Draw:
        part = Batch(images[start:end], joint[start:end], joint, start)
        return method.prepare(part, torch.Generator().manual_seed(3))

    whole, parts = draw(0, 8), [draw(0, 4), draw(4, 8)]
    assert sorted(whole.target.sum(1).tolist()) == list(range(1, 9))
    assert not torch.equal(whole.target, joint)
    assert torch.equal(torch.cat([part.target for part in parts]), whole.target)
    assert torch.equal(torch.cat([part.mix for part in parts]), whole.mix)
    assert 0 <= whole.mix.min() < whole.mix.max() < 1


def test_images_of_another_size_are_refused() -> None:
    method = stargan(StarGANConfig(size=SIZE))
    other = Batch(torch.zeros(2, 3, 32, 24), torch.eye(2), torch.eye(2))
    with pytest.raises(ValueError, match=r"32x24; set the method's option size to \(32, 24\)"):
        method.prepare(other, torch.Generator())
