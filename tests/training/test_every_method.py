"""What every method of METHODS owes the trainer, asked of it without one: terms, gradients, draws, conditions."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.training.conftest import phi
from training.methods import METHODS, Batch, Method
from training.presets import PRESETS, TrainConfig

NORMS = (nn.InstanceNorm2d, nn.BatchNorm2d)

# A Wasserstein critic's last bias: it cancels between real images and fakes, and the penalty is on a gradient.
CANCELLED = {"attgan": {"realism.2.bias"}, "stgan": {"realism.2.bias"}}


def debug(method: str) -> TrainConfig:
    return PRESETS[f"debug/{method}"]


def make(config: TrainConfig) -> Method[Any]:
    """A new method, a little away from its start: some generators begin with a last layer of zeros."""
    torch.manual_seed(0)
    method = METHODS[config.method].create(config.domain, config.options, phi)
    with torch.no_grad():
        for network in (method.generator, method.discriminator):
            for parameter in network.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
    return method


def batch(config: TrainConfig, size: int = 4) -> Batch:
    """Noise, as the trainer would hand it over."""
    random = torch.Generator().manual_seed(2)
    n = len(config.domain.attributes)
    images = torch.rand(size, 3, *config.size, generator=random) * 2 - 1
    if config.domain.kind == "attributes":
        attributes = torch.randint(2, (size, n), generator=random).float()
    else:
        attributes = torch.eye(n).repeat(size // n, 1)
    truth = images.unflatten(0, (-1, 2)).flip(1).flatten(0, 1) if config.domain.kind == "paired" else None
    return Batch(images, attributes, attributes, truth=truth)


def run(method: Method[Any], data: Batch) -> dict[str, dict[str, Tensor]]:
    """The terms of each side, in the first phase that it is stepped in; some methods leave the generator for later."""
    found: dict[str, dict[str, Tensor]] = {}
    for step in range(10):
        for phase in method.phases(step):
            if set(phase) <= set(found):
                continue
            torch.manual_seed(7)
            prepared = method.prepare(data, torch.Generator().manual_seed(3))
            for side in phase:
                loss = method.generator_loss if side == "generator" else method.discriminator_loss
                found[side] = loss(data, prepared)
    return found


@pytest.mark.parametrize("name", METHODS)
def test_terms_are_finite_scalars_that_the_seeds_determine(name: str) -> None:
    found, again = (run(make(debug(name)), batch(debug(name))) for _ in range(2))
    assert found == again
    assert set(found) == {"generator", "discriminator"}
    for side, terms in found.items():
        assert terms
        assert all(term.startswith(f"{side}/") for term in terms)
        assert all(value.shape == () and value.isfinite() for value in terms.values())


def normed_away(network: nn.Module) -> set[str]:
    """The biases that a norm right behind them takes out again: no loss depends on them."""
    found = set()
    for path, module in network.named_modules():
        if isinstance(module, nn.Sequential):
            layers = list(module.named_children())
            for (name, layer), (_, after) in pairwise(layers):
                if isinstance(after, NORMS) and getattr(layer, "bias", None) is not None:
                    found.add(f"{path}.{name}.bias".removeprefix("."))
    return found


@pytest.mark.parametrize("name", METHODS)
def test_gradient_reaches_every_parameter_of_both_sides(name: str) -> None:
    method = make(debug(name))
    for side, terms in run(method, batch(debug(name))).items():
        network: nn.Module = getattr(method, side)
        named = {key: value for key, value in network.named_parameters() if value.requires_grad}
        total = torch.stack(list(terms.values())).sum()
        gradients = torch.autograd.grad(total, list(named.values()), retain_graph=True, allow_unused=True)
        reached = {key for key, gradient in zip(named, gradients, strict=True) if gradient is not None}
        moved = {
            key
            for key, gradient in zip(named, gradients, strict=True)
            if gradient is not None and gradient.isfinite().all() and gradient.abs().max() > 1e-12
        }
        assert reached == set(named)
        assert set(named) - moved <= normed_away(network) | CANCELLED.get(name, set())


def part(whole: Batch, own: slice) -> Batch:
    truth = None if whole.truth is None else whole.truth[own]
    return Batch(whole.images[own], whole.attributes[own], whole.joint, own.start, truth)


def mean_terms(config: TrainConfig, parts: list[Batch]) -> dict[str, float]:
    """The terms, averaged over parts of a batch, as the trainer does; without dropout and statistics of a batch."""
    method = make(config)
    method.generator.eval()
    method.discriminator.eval()
    found = [run(method, each) for each in parts]
    names = [(side, name) for side, terms in found[0].items() for name in terms]
    return {name: sum(each[side][name].item() for each in found) / len(found) for side, name in names}


# RelGAN's triplets, and its switchable norm, are of the images of a part.
@pytest.mark.parametrize("name", [name for name in METHODS if name != "relgan"])
def test_two_halves_of_a_batch_are_drawn_for_and_judged_as_the_whole(name: str) -> None:
    # Importance weights compare the images of a part, and are the one thing that does.
    config = debug(name).changed(options={"aiw": False} if name == "init" else {})
    whole = batch(config)
    halves = [part(whole, slice(0, 2)), part(whole, slice(2, 4))]
    assert mean_terms(config, halves) == pytest.approx(mean_terms(config, [whole]), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_translations_have_the_shape_and_the_range_of_images(name: str) -> None:
    config = debug(name)
    method, data = make(config), batch(config)
    method.generator.eval()
    with torch.no_grad():
        translated = method.translate(data.images, data.attributes, data.attributes.flip(1))
    assert translated.shape == data.images.shape
    assert -1 <= translated.min() <= translated.max() <= 1
    assert not torch.allclose(translated, data.images, atol=1e-3)


@pytest.mark.parametrize("name", METHODS)
def test_a_condition_has_a_number_for_each_attribute(name: str) -> None:
    config = debug(name)
    source = batch(config).attributes
    for intensity in (0.5, 1.0, 2.0):
        condition = config.options.condition(source, source.flip(1), intensity)
        assert condition.shape == source.shape
        assert condition.isfinite().all()


@pytest.mark.parametrize("name", METHODS)
def test_options_read_back_from_json_rebuild_the_generator(name: str) -> None:
    config = debug(name)
    options = METHODS[name].Config.model_validate_json(config.options.model_dump_json())
    assert options == config.options
    kept = make(config).generator
    rebuilt = METHODS[name].build_generator(config.domain, options)
    rebuilt.load_state_dict(kept.state_dict())
    data = batch(config)
    condition = options.condition(data.attributes, data.attributes.flip(1))
    with torch.no_grad():
        assert torch.equal(rebuilt.eval()(data.images, condition), kept.eval()(data.images, condition))
