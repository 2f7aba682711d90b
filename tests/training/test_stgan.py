"""STGAN: the original's size, the transfer unit's equations on a case worked by hand, the difference condition."""

import math

import pytest
import torch
from torch import Tensor, nn

from training.domains import FACES
from training.methods.base import Batch
from training.methods.stgan import STGAN, STGANConfig
from training.networks.stgan import STGANGenerator, TransferUnit

SMALL = STGANConfig(
    size=(32, 24),
    width=4,
    layers=3,
    shortcut_layers=2,
    inject_layers=2,
    discriminator_width=4,
    discriminator_layers=3,
    discriminator_hidden=8,
)


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def centre(layer: nn.Conv2d, weights: list[float], bias: float) -> None:
    """Makes a 3x3 convolution the weighted sum of a pixel's own channels."""
    nn.init.zeros_(layer.weight)
    nn.init.constant_(layer.bias, bias)  # type: ignore[arg-type]  # these layers have one
    layer.weight.data[0, :, 1, 1] = torch.tensor(weights)


def test_parameter_count_is_the_original_s() -> None:
    with torch.device("meta"):
        assert count(STGANGenerator(13)) == 74_998_771


def test_the_defaults_are_the_original_s() -> None:
    config = STGANConfig()
    assert (config.shortcut_layers, config.inject_layers, config.scale) == (4, 4, 0.5)
    assert (config.penalty, config.classification, config.generator_classification) == (10, 1, 10)
    assert (config.reconstruction, config.critic_steps, STGAN.reduction) == (100, 5, "mean")
    domain = FACES.__class__("thirteen", tuple(map(str, range(13))))
    with torch.device("meta"):
        assert count(STGAN.build_generator(domain, config)) == 74_998_771


@torch.no_grad()
def test_a_transfer_unit_s_equations() -> None:
    unit = TransferUnit(features=1, state=1, attributes=1)
    unit.rise.weight[0], unit.rise.weight[1] = 0.5, 2.0  # of the state, of the condition, at every place of the kernel
    unit.rise.bias.fill_(0.1)  # type: ignore[union-attr]  # it has one
    centre(unit.reset, [0.3, -0.2], 0.05)
    centre(unit.update, [-0.4, 0.6], -0.1)
    centre(unit.candidate, [0.7, 1.5], 0.2)
    feature, state, condition = 0.8, 1.2, -1.0
    risen = 0.5 * state + 2.0 * condition + 0.1
    reset, update = sigmoid(0.3 * feature - 0.2 * risen + 0.05), sigmoid(-0.4 * feature + 0.6 * risen - 0.1)
    candidate = math.tanh(0.7 * feature + 1.5 * reset * risen + 0.2)
    output, passed = unit(torch.full((1, 1, 2, 2), feature), torch.full((1, 1, 1, 1), state), torch.tensor([[-1.0]]))
    assert output.flatten().tolist() == pytest.approx([(1 - update) * risen + update * candidate] * 4)
    assert passed.flatten().tolist() == pytest.approx([reset * risen] * 4)


def test_the_gates_see_their_neighbours_and_the_unit_doubles_the_state() -> None:
    unit = TransferUnit(features=3, state=5, attributes=2)
    assert unit.reset.kernel_size == unit.update.kernel_size == unit.candidate.kernel_size == (3, 3)
    output, passed = unit(torch.zeros(2, 3, 6, 4), torch.zeros(2, 5, 3, 2), torch.zeros(2, 2))
    assert output.shape == passed.shape == (2, 3, 6, 4)


class Recorder(nn.Module):
    """A unit that keeps the state it was given, and answers with 1s for the output and -1s for the state."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def forward(self, features: Tensor, state: Tensor, _condition: Tensor) -> tuple[Tensor, Tensor]:
        self.seen.append(state)
        return torch.ones_like(features), -torch.ones_like(features)


def test_the_state_and_not_the_output_goes_outward_from_the_encoding() -> None:
    generator = STGANGenerator(2, 2, layers=4, shortcuts=3, injections=3)
    recorders = [Recorder() for _ in range(3)]
    generator.units = nn.ModuleList(recorders)
    features = generator.encode(torch.rand(2, 3, 32, 16))
    skips = generator.skips(features, torch.zeros(2, 2))
    assert torch.equal(recorders[0].seen[0], features[-1])
    assert all((recorder.seen[0] == -1).all() for recorder in recorders[1:])
    assert [skip.shape for skip in skips] == [feature.shape for feature in features[-2::-1]]
    assert all((skip == 1).all() for skip in skips)


@pytest.mark.parametrize(("intensity", "edit"), [(1.0, 1.0), (2.0, 1.5)])
def test_the_condition_is_what_changes_and_intensity_scales_the_target_before_the_difference(
    intensity: float, edit: float
) -> None:
    source, target = torch.tensor([[0.0, 1.0, 0.0, 1.0]]), torch.tensor([[0.0, 1.0, 1.0, 0.0]])
    assert STGANConfig().condition(source, target, intensity).tolist() == [[0, 0, edit, -edit]]


@pytest.mark.parametrize("shortcuts", [0, 2, 4])
def test_the_generator_is_fully_convolutional(shortcuts: int) -> None:
    torch.manual_seed(0)
    generator = STGANGenerator(2, 2, 5, shortcuts, 4)
    images = torch.rand(2, 3, 96, 64) * 2 - 1
    assert (len(generator.units), generator.multiple) == (shortcuts, 32)
    assert generator(images, torch.eye(2)).shape == images.shape


def test_each_side_s_gradient_reaches_all_its_parameters_and_the_schedule_is_attgan_s() -> None:
    torch.manual_seed(0)
    method, random = STGAN(FACES, SMALL), torch.Generator().manual_seed(0)
    attributes = (torch.rand(4, 10, generator=random) < 0.5).float()
    data = Batch(torch.rand(4, 3, 32, 24, generator=random) * 2 - 1, attributes, attributes)
    draw = method.prepare(data, random)
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
    assert [method.phases(step)[0][0][0] for step in range(6)] == [*"ddddd", "g"]


def test_a_reconstruction_is_asked_for_by_zeros() -> None:
    torch.manual_seed(0)
    method, random = STGAN(FACES, SMALL), torch.Generator().manual_seed(0)
    attributes = (torch.rand(2, 10, generator=random) < 0.5).float()
    data = Batch(torch.rand(2, 3, 32, 24, generator=random) * 2 - 1, attributes, attributes)
    _, restored = method.translate_and_reconstruct(data, 1 - attributes)
    assert torch.equal(restored, method.generator(data.images, torch.zeros(2, 10)))
