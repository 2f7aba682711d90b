"""StarGAN: the original's sizes, schedule and conditions, and gradients that reach every parameter."""

import pytest
import torch
from torch import nn

from training.domains import FACES, SEASONS, Domain
from training.methods.base import Batch
from training.methods.stargan import StarGAN, StarGANConfig
from training.networks.stargan import StarGANDiscriminator, StarGANGenerator

SMALL = StarGANConfig(size=(32, 24), width=8, discriminator_width=8, blocks=1, discriminator_layers=3)


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def batch(domain: Domain, size: tuple[int, int]) -> Batch:
    random = torch.Generator().manual_seed(0)
    attributes = (torch.rand(4, len(domain.attributes), generator=random) < 0.5).float()
    return Batch(torch.rand(4, 3, *size, generator=random) * 2 - 1, attributes, attributes)


def test_parameter_counts_are_the_original_s() -> None:
    with torch.device("meta"):
        assert count(StarGANGenerator(5)) == 8_430_528
        assert count(StarGANDiscriminator(5, (128, 128))) == 44_762_048
        assert count(StarGANDiscriminator(5, (256, 256))) == 44_884_928


def test_the_defaults_are_the_original_s() -> None:
    config = StarGANConfig()
    assert (config.size, config.width, config.blocks, config.discriminator_layers) == ((128, 128), 64, 6, 6)
    assert (config.penalty, config.classification, config.generator_classification) == (10, 1, 1)
    assert (config.reconstruction, config.critic_steps, config.l1) == (10, 5, 0)


def test_the_attribute_term_is_summed_over_attributes() -> None:
    assert StarGAN.reduction == "sum"


def test_the_discriminator_judges_patches_and_the_whole() -> None:
    judged = StarGANDiscriminator(5, (128, 64), width=2)(torch.zeros(2, 3, 128, 64))
    assert judged.logits.shape == (2, 1, 2, 1)
    assert judged.attributes.shape == (2, 5)
    with pytest.raises(ValueError, match="fewer discriminator_layers"):
        StarGANDiscriminator(5, (32, 128))


@pytest.mark.parametrize("size", [(32, 24), (20, 44)])
def test_the_generator_is_fully_convolutional(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    generator = StarGANGenerator(2, 4, 1)
    images = torch.rand(2, 3, *size) * 2 - 1
    assert size[0] % generator.multiple == size[1] % generator.multiple == 0
    output = generator(images, torch.eye(2))
    assert output.shape == images.shape
    assert -1 < output.min() < output.max() < 1
    assert not torch.equal(output, generator(images, torch.eye(2).flip(0)))


def test_the_discriminator_steps_always_and_the_generator_after_it_in_every_fifth_iteration() -> None:
    method = StarGAN(FACES, SMALL)
    phases = [method.phases(step) for step in range(10)]
    assert phases[4] == phases[9] == (("discriminator",), ("generator",))
    assert {phases[step] for step in range(10) if step not in (4, 9)} == {(("discriminator",),)}


def test_the_condition_is_the_target_at_any_intensity() -> None:
    source, target = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 1.0]])
    assert torch.equal(StarGANConfig().condition(source, target, 2.0), target)


@pytest.mark.parametrize("domain", [FACES, SEASONS], ids=lambda domain: domain.name)
def test_each_side_s_gradient_reaches_all_its_parameters(domain: Domain) -> None:
    torch.manual_seed(0)
    method, data = StarGAN(domain, SMALL), batch(domain, (32, 24))
    draw = method.prepare(data, torch.Generator().manual_seed(1))
    for loss, network in (
        (method.generator_loss, method.generator),
        (method.discriminator_loss, method.discriminator),
    ):
        terms = loss(data, draw)
        assert all(term.isfinite() and term.ndim == 0 for term in terms.values())
        gradients = torch.autograd.grad(torch.stack(list(terms.values())).sum(), list(network.parameters()))
        assert all(gradient.any() for gradient in gradients)
