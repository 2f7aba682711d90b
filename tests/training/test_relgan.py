"""RelGAN: the original's sizes and weights, its triplets and degrees on cases worked by hand, switchable norm."""

import pytest
import torch
from torch import Tensor, nn

from training.domains import FACES
from training.methods.base import Batch
from training.methods.relgan import RelGAN, RelGANConfig, orthogonal_penalty
from training.networks.relgan import RelGANDiscriminator, RelGANGenerator, SwitchNorm

SMALL = RelGANConfig(width=4, blocks=1, discriminator_width=4, discriminator_layers=3)


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def batch(size: int = 4) -> Batch:
    random = torch.Generator().manual_seed(0)
    attributes = (torch.rand(size, len(FACES.attributes), generator=random) < 0.5).float()
    return Batch(torch.rand(size, 3, 16, 16, generator=random) * 2 - 1, attributes, attributes)


class Told(nn.Module):
    """A discriminator that knows each image by its mean grey and says of a triplet whether the change fits."""

    def __init__(self, attributes: dict[float, Tensor]) -> None:
        super().__init__()
        self.known = attributes
        self.asked: list[tuple[Tensor, Tensor, Tensor]] = []

    def forward(self, images: Tensor) -> Tensor:
        return images.mean((1, 2, 3), keepdim=True)

    def realism(self, features: Tensor) -> Tensor:
        return features * 0 + 0.25

    def degree(self, features: Tensor) -> Tensor:
        return features * 0 + 0.5

    def matches(self, source: Tensor, target: Tensor, relative: Tensor) -> Tensor:
        self.asked.append((source, target, relative))
        return torch.ones_like(source)


def test_parameter_counts_are_the_original_s() -> None:
    with torch.device("meta"):
        assert count(RelGANGenerator(17)) == 8_471_977
        assert count(RelGANDiscriminator(17)) == 53_263_362


def test_the_defaults_are_the_original_s() -> None:
    config = RelGANConfig()
    assert (config.penalty, config.interpolation, config.cycle, config.identity) == (150, 10, 10, 10)


def test_one_triplet_is_right_and_five_are_wrong() -> None:
    method, data = RelGAN(FACES, SMALL), batch()
    told = Told({})
    method.discriminator = told  # type: ignore[assignment]  # a double
    prepared = method.prepare(data, torch.Generator().manual_seed(0))
    terms = method.discriminator_loss(data, prepared)
    a, b, c = data.attributes, data.attributes.roll(-1, 0), data.attributes.roll(-2, 0)
    changes = [relative for _, _, relative in told.asked]
    wanted = [b - a, b - a, b - a, b - a, b - c, c - a]  # right, fake, wrong source, wrong target, two wrong changes
    assert all(torch.equal(change, expected) for change, expected in zip(changes, wanted, strict=True))
    sources = [source.flatten() for source, _, _ in told.asked]
    grey = data.images.mean((1, 2, 3))
    assert torch.equal(sources[0], grey)
    assert torch.equal(sources[2], grey.roll(-2))  # the wrong source is c
    assert terms["discriminator/matching"].item() == pytest.approx(5.0)  # it said 1 of all six
    assert terms["discriminator/real"].item() == pytest.approx(0.75**2)
    assert terms["discriminator/fake"].item() == pytest.approx(0.25**2)
    degree = torch.minimum(prepared.degree, 1 - prepared.degree)
    ends, middle = 2 * 0.5**2, (0.5 - degree).square().mean().item()
    assert terms["discriminator/interpolation"].item() == pytest.approx(10 * (middle + ends), rel=1e-5)


def test_the_generator_is_held_by_cycle_and_identity_and_pushed_to_an_end() -> None:
    method, data = RelGAN(FACES, SMALL), batch()

    class Shift(nn.Module):
        def forward(self, images: Tensor, condition: Tensor) -> Tensor:
            return images + 0.1 * condition[:, :1, None, None] + 0.2

    generator = method.generator
    method.generator, method.discriminator = Shift(), Told({})  # type: ignore[assignment]  # doubles
    prepared = method.prepare(data, torch.Generator().manual_seed(0))
    method.generator.register_module("kept", generator)  # the orthogonal penalty looks at convolutions
    terms = method.generator_loss(data, prepared)
    assert terms["generator/cycle"].item() == pytest.approx(10 * 0.4, rel=1e-4)  # there and back: the change is undone
    assert terms["generator/identity"].item() == pytest.approx(10 * 0.2, rel=1e-4)
    assert terms["generator/interpolation"].item() == pytest.approx(10 * 0.5**2)
    assert terms["generator/adversarial"].item() == pytest.approx(0.75**2)
    assert terms["generator/matching"].item() == pytest.approx(0.0)


def test_switchable_norm_mixes_the_three_statistics() -> None:
    torch.manual_seed(0)
    features = torch.randn(3, 4, 5, 6) * 3 + 1
    norm = SwitchNorm(4)
    one = {
        "instance": nn.InstanceNorm2d(4)(features),
        "layer": nn.functional.layer_norm(features, features.shape[1:]),
        "batch": nn.functional.batch_norm(features, None, None, training=True),
    }
    for index, expected in enumerate(one.values()):
        with torch.no_grad():
            for mix in (norm.mix_mean, norm.mix_variance):
                mix.copy_(torch.full((3,), -50.0)).index_fill_(0, torch.tensor(index), 50.0)
        torch.testing.assert_close(norm(features), expected, atol=1e-4, rtol=1e-4)


def test_switchable_norm_remembers_the_batch_for_evaluation() -> None:
    norm = SwitchNorm(2, momentum=1.0)
    features = torch.randn(8, 2, 6, 6) * 2 + 3
    trained = norm(features)
    torch.testing.assert_close(norm.eval()(features), trained, atol=1e-4, rtol=1e-4)
    assert not torch.equal(norm(features[:1] + 1), norm(features[:1]) + 1)


def test_the_orthogonal_penalty_is_0_for_an_orthogonal_convolution() -> None:
    layer = nn.Conv2d(2, 2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.6, 0.8], [-0.8, 0.6]])[:, :, None, None])
        assert orthogonal_penalty(layer).item() == pytest.approx(0.0, abs=1e-6)
        layer.weight.mul_(2)  # W Wᵀ = 4 I: 3² twice
        assert orthogonal_penalty(layer).item() == pytest.approx(18.0, rel=1e-5)
