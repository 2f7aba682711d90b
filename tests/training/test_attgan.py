"""AttGAN: the original's sizes, schedule, conditions and weights; an encoding decoded twice."""

import pytest
import torch
from torch import nn

from training.domains import FACES, SEASONS, Domain
from training.methods.attgan import AttGAN, AttGANConfig
from training.methods.base import Batch
from training.networks.attgan import AttGANDiscriminator, AttGANGenerator

SMALL = AttGANConfig(
    size=(32, 24), width=4, layers=3, discriminator_width=4, discriminator_layers=3, discriminator_hidden=8
)


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def batch(domain: Domain, size: tuple[int, int]) -> Batch:
    random = torch.Generator().manual_seed(0)
    attributes = (torch.rand(4, len(domain.attributes), generator=random) < 0.5).float()
    return Batch(torch.rand(4, 3, *size, generator=random) * 2 - 1, attributes, attributes)


def test_parameter_counts_are_the_original_s() -> None:
    with torch.device("meta"):
        assert count(AttGANGenerator(13)) == 43_459_203
        assert count(AttGANGenerator(13, injections=0)) == 43_352_707
        assert count(AttGANDiscriminator(13, (128, 128))) == 44_718_990
        assert count(AttGANDiscriminator(13, (256, 256))) == 145_382_286


def test_the_defaults_are_the_original_s() -> None:
    config = AttGANConfig()
    assert (config.size, config.width, config.layers, config.discriminator_layers) == ((128, 128), 64, 5, 5)
    assert (config.shortcut_layers, config.inject_layers, config.discriminator_hidden) == (1, 1, 1024)
    assert (config.penalty, config.classification, config.generator_classification) == (10, 1, 10)
    assert (config.reconstruction, config.critic_steps, config.l1, config.scale) == (100, 5, 0, 1)
    assert AttGAN.reduction == "mean"


def test_the_defaults_build_the_original_s_networks() -> None:
    domain = Domain("thirteen", tuple(map(str, range(13))))
    with torch.device("meta"):
        method = AttGAN(domain, AttGANConfig())
    assert (count(method.generator), count(method.discriminator)) == (43_459_203, 44_718_990)


def test_the_batch_norms_are_slim_s() -> None:
    norms = [layer for layer in AttGANGenerator(2, 1).modules() if isinstance(layer, nn.BatchNorm2d)]
    assert len(norms) == 9
    assert {(norm.momentum, norm.eps) for norm in norms} == {(1e-3, 1e-3)}


@pytest.mark.parametrize(("layers", "shortcuts", "injections"), [(5, 1, 1), (4, 3, 3), (3, 0, 2), (3, 2, 0)])
def test_the_generator_is_fully_convolutional(layers: int, shortcuts: int, injections: int) -> None:
    torch.manual_seed(0)
    generator = AttGANGenerator(2, 2, layers, shortcuts, injections)
    assert generator.multiple == 2**layers
    images = torch.rand(2, 3, 3 * 2**layers, 2 * 2**layers) * 2 - 1
    output = generator(images, torch.eye(2))
    assert output.shape == images.shape
    assert -1 < output.min() < output.max() < 1
    assert not torch.equal(output, generator(images, torch.eye(2).flip(0)))


def test_a_decoder_has_one_inner_layer_less_than_layers() -> None:
    with pytest.raises(ValueError, match="3 inner ones"):
        AttGANGenerator(2, 2, 4, shortcuts=4)


def test_the_discriminator_judges_images_of_its_size() -> None:
    judged = AttGANDiscriminator(5, (64, 32), width=2, layers=4, hidden=3)(torch.zeros(2, 3, 64, 32))
    assert judged.logits.shape == (2, 1)
    assert judged.attributes.shape == (2, 5)
    with pytest.raises(ValueError, match="fewer discriminator_layers"):
        AttGANDiscriminator(5, (32, 32))


def test_five_iterations_of_the_discriminator_and_a_sixth_of_the_generator() -> None:
    phases = [AttGAN(FACES, SMALL).phases(step) for step in range(12)]
    assert [step for step, each in enumerate(phases) if each == (("generator",),)] == [5, 11]
    assert phases.count((("discriminator",),)) == 10


@pytest.mark.parametrize(
    ("scale", "intensity", "expected"),
    [(1.0, 1.0, [-1, 1, 1, -1]), (1.0, 2.0, [-1, 1, 2, -2]), (0.5, 1.0, [-0.5, 0.5, 0.5, -0.5])],
)
def test_the_condition_is_plus_or_minus_the_scale_and_an_edit_is_told_louder(
    scale: float, intensity: float, expected: list[float]
) -> None:
    source, target = torch.tensor([[0.0, 1.0, 0.0, 1.0]]), torch.tensor([[0.0, 1.0, 1.0, 0.0]])
    assert AttGANConfig(scale=scale).condition(source, target, intensity).tolist() == [expected]


def test_one_encoding_gives_the_fake_and_the_reconstruction() -> None:
    torch.manual_seed(0)
    method, data = AttGAN(FACES, SMALL), batch(FACES, (32, 24))
    target = 1 - data.attributes
    fake, restored = method.translate_and_reconstruct(data, target)
    assert torch.equal(fake, method.generator(data.images, 2 * target - 1))
    assert torch.equal(restored, method.generator(data.images, 2 * data.attributes - 1))


@pytest.mark.parametrize("domain", [FACES, SEASONS], ids=lambda domain: domain.name)
def test_each_side_s_gradient_reaches_all_its_parameters(domain: Domain) -> None:
    torch.manual_seed(0)
    method, data = AttGAN(domain, SMALL), batch(domain, (32, 24))
    draw = method.prepare(data, torch.Generator().manual_seed(1))
    for loss, network in (
        (method.generator_loss, method.generator),
        (method.discriminator_loss, method.discriminator),
    ):
        terms = loss(data, draw)
        assert all(term.isfinite() and term.ndim == 0 for term in terms.values())
        gradients = torch.autograd.grad(torch.stack(list(terms.values())).sum(), list(network.parameters()))
        missing = [
            name for (name, _), each in zip(network.named_parameters(), gradients, strict=True) if not each.any()
        ]
        # The critic's last bias raises real and fake alike, so it has no part in their difference.
        assert [name for name in missing if name != "realism.2.bias"] == []
