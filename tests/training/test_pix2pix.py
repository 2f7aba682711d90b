"""pix2pix's networks have the original's sizes and joints, and its losses come out as by hand."""

from math import exp, log

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.training.pairs import batch, lines
from training.domains import EDGES, FACES, SEASONS
from training.methods import Batch
from training.methods.pix2pix import Pix2Pix, Pix2PixConfig
from training.networks.cyclegan import PatchGAN
from training.networks.pix2pix import UNet

TINY = Pix2PixConfig(generator_width=4, generator_levels=3, discriminator_width=4, discriminator_layers=1)


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def softplus(value: float) -> float:
    return log(1 + exp(value))


def by_hand() -> Pix2Pix:
    """To the first folder: x - 0.25; to the second: x + 0.5. Logits: 2 mean(x, y), and mean(x, y) + 1."""
    method = Pix2Pix(EDGES, TINY)
    method.generator = lines((1.0, -0.25), (1.0, 0.5))
    method.discriminator = lines((2.0, 0.0), (1.0, 1.0), judge=True)
    return method


def paired(size: tuple[int, int] = (32, 24), pairs: int = 1) -> Batch:
    torch.manual_seed(1)
    images, attributes = torch.rand(2 * pairs, 3, *size) * 2 - 1, torch.eye(2).repeat(pairs, 1)
    return Batch(images, attributes, attributes, truth=images.unflatten(0, (-1, 2)).flip(1).flatten(0, 1))


@pytest.mark.parametrize(("levels", "parameters"), [(8, 54_413_955), (7, 41_828_995)])
def test_generators_have_the_original_s_parameters(levels: int, parameters: int) -> None:
    with torch.device("meta"):
        assert count(UNet(64, levels)) == parameters


def test_discriminators_have_the_original_s_parameters_and_patches() -> None:
    with torch.device("meta"):
        judge = PatchGAN(6, affine=True)
        assert count(judge) == 2_768_705
        assert judge(torch.empty(1, 6, 128, 128)).shape == (1, 1, 14, 14)
        assert judge(torch.empty(1, 6, 256, 256)).shape == (1, 1, 30, 30)


def test_the_method_holds_both_directions_at_the_original_s_sizes() -> None:
    with torch.device("meta"):
        method = Pix2Pix(EDGES, Pix2PixConfig())
    assert count(method.generator) == 2 * 54_413_955
    assert count(method.discriminator) == 2 * 2_768_705
    assert method.generator.multiple == 256


def test_networks_start_as_the_original_s() -> None:
    torch.manual_seed(0)
    network = UNet(16, 6)
    norms = [module for module in network.modules() if isinstance(module, nn.InstanceNorm2d)]
    scales = torch.cat([norm.weight.detach() for norm in norms])
    assert scales.mean().item() == pytest.approx(1, abs=5e-3)
    assert scales.std().item() == pytest.approx(0.02, rel=0.1)
    convolution = network.get_parameter("down.2.0.weight")
    assert convolution.std().item() == pytest.approx(0.02, rel=0.05)
    assert not any(p.any() for name, p in network.named_parameters() if name.endswith("bias"))


def nested(network: UNet, features: Tensor, level: int = 1) -> Tensor:
    """The U-Net from one level inwards, as blocks in blocks whose first activation overwrites what their skip holds."""
    inner = network.down[level](F.leaky_relu_(features, 0.2))
    if level < len(network.down) - 1:
        inner = nested(network, inner, level + 1)
    return torch.cat([features, network.up[len(network.down) - 1 - level](F.relu_(inner))], 1)


def test_skips_carry_what_activation_in_place_leaves_in_them() -> None:
    torch.manual_seed(0)
    network, images = UNet(8, 6).eval(), torch.rand(2, 3, 64, 128) * 2 - 1
    with torch.no_grad():
        joined = nested(network, network.down[0](images))
        expected = torch.tanh(network.out(F.relu(joined)))
        assert torch.allclose(network(images), expected, atol=1e-6)
    skip = joined[:, :8]
    plain = network.down[0](images)
    assert torch.equal(skip, F.leaky_relu(plain, 0.2))
    assert not torch.equal(skip, plain)


@pytest.mark.parametrize(("levels", "dropped"), [(8, [1, 2, 3]), (7, [1, 2]), (6, [1]), (5, []), (3, [])])
def test_dropout_is_just_outside_the_innermost_block(levels: int, dropped: list[int]) -> None:
    with torch.device("meta"):
        network = UNet(4, levels)
    found = [index for index, up in enumerate(network.up) if any(isinstance(part, nn.Dropout) for part in up.modules())]
    assert found == dropped  # 0 is the innermost


@pytest.mark.parametrize("size", [(32, 24), (8, 16)])
def test_translations_keep_the_shape(size: tuple[int, int]) -> None:
    generator = Pix2Pix.build_generator(EDGES, TINY)
    assert generator.multiple == 8
    assert generator(torch.zeros(2, 3, *size), torch.eye(2)).shape == (2, 3, *size)


def test_a_photo_s_translation_depends_on_nothing_else() -> None:
    torch.manual_seed(0)
    generator = Pix2Pix.build_generator(EDGES, TINY.model_copy(update={"generator_levels": 6})).eval()
    images, target = torch.rand(3, 3, 64, 64), torch.eye(2)[[0, 1, 0]]
    with torch.no_grad():
        together, alone = generator(images, target), generator(images[:1], target[:1])
        assert torch.allclose(together[:1], alone, atol=1e-5)
        assert not torch.equal(generator.train()(images, target), together)  # dropout, as in the original's test


def test_at_a_batch_of_one_norms_are_batch_norms() -> None:
    torch.manual_seed(0)
    ours, stock = nn.InstanceNorm2d(4, affine=True), nn.BatchNorm2d(4).train()
    features = torch.randn(1, 4, 5, 3)
    assert torch.allclose(ours(features), stock(features), atol=1e-6)


@pytest.mark.parametrize("folders", [[0, 1], [0, 1, 0, 1], [1, 0, 0]])
def test_the_losses_by_hand(folders: list[int]) -> None:
    """Each direction's mean, as if it were trained alone."""
    method, data = by_hand(), batch(folders, truth=True)
    prepared = method.prepare(data, torch.Generator())
    terms = method.generator_loss(data, prepared) | method.discriminator_loss(data, prepared)
    values = {name: term.item() for name, term in terms.items()}
    # Sources 0 and 0.2 become 0.5 and -0.05, where 0.2 and 0 are true. Logits of the second folder come first.
    fake, real = (0.25 + 1, 2 * 0.075), (0.1 + 1, 2 * 0.1)
    assert values == pytest.approx(
        {
            "generator/adversarial": sum(softplus(-logit) for logit in fake),
            "generator/distance": 100 * (0.3 + 0.05),
            "discriminator/real": 0.5 * sum(softplus(-logit) for logit in real),
            "discriminator/fake": 0.5 * sum(softplus(logit) for logit in fake),
        },
        rel=1e-5,
    )


def test_the_discriminator_sees_the_source_beside_the_translation() -> None:
    method, data = Pix2Pix(EDGES, TINY), paired()
    seen: list[Tensor] = []
    for judge in method.discriminator.get_submodule("networks").children():
        judge.register_forward_hook(lambda _judge, inputs, _output: seen.append(inputs[0]))
    method.discriminator_loss(data, method.prepare(data, torch.Generator()))
    truth, first = data.truth, seen[0]  # of the first folder: the photos of the second are its sources
    assert truth is not None
    assert torch.equal(first, torch.cat([data.images[1:], truth[1:]], 1))
    assert [images.shape[1] for images in seen] == [6] * 4


def test_the_discriminator_goes_first_on_the_fakes_that_the_generator_is_judged_by() -> None:
    method = Pix2Pix(EDGES, TINY.model_copy(update={"generator_levels": 6}))
    assert method.phases(0) == (("discriminator",), ("generator",))
    data, fakes = paired((64, 64)), []
    method.generator.register_forward_hook(lambda _generator, _inputs, output: fakes.append(output.detach()))
    for loss in (method.discriminator_loss, method.generator_loss):
        torch.manual_seed(5)  # as the trainer does before each phase
        loss(data, method.prepare(data, torch.Generator()))
    assert torch.equal(fakes[0], fakes[1])


def test_the_discriminator_s_loss_needs_no_graph_of_the_generator() -> None:
    method, data = Pix2Pix(EDGES, TINY), paired()
    terms = method.discriminator_loss(data, method.prepare(data, torch.Generator()))
    total = torch.stack(list(terms.values())).sum()
    gradients = torch.autograd.grad(total, list(method.generator.parameters()), allow_unused=True)
    assert all(gradient is None for gradient in gradients)


def test_half_precision_leaves_the_scores_and_terms_whole() -> None:
    method, data = Pix2Pix(EDGES, TINY), paired()
    with torch.autocast("cpu", torch.bfloat16):
        prepared = method.prepare(data, torch.Generator())
        terms = method.generator_loss(data, prepared) | method.discriminator_loss(data, prepared)
        assert method.discriminator(data.images.repeat(1, 2, 1, 1), prepared).dtype == torch.float32
    assert {term.dtype for term in terms.values()} == {torch.float32}


@pytest.mark.parametrize("domain", [FACES, SEASONS])
def test_it_needs_pairs(domain: object) -> None:
    with pytest.raises(ValueError, match="between two folders of paired photos"):
        Pix2Pix(domain, TINY)  # type: ignore[arg-type]  # parametrised
