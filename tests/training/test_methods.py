"""What holds for every method of the table, on its debug preset: a new method is tested by being added to METHODS."""

import math
from pathlib import Path

import pytest
import torch

from tests.training.conftest import draw_photos, make_trainer, state
from tests.training.releases import make_release
from training.methods import METHODS
from training.presets import PRESETS, TrainConfig
from training.release import load_translator


def debug(method: str) -> TrainConfig:
    return PRESETS[f"debug/{method}"]


@pytest.mark.parametrize("method", METHODS)
def test_losses_are_finite_and_gradients_reach_every_network(tmp_path: Path, method: str) -> None:
    trainer = make_trainer(tmp_path, debug(method))
    seen: set[str] = set()
    while trainer.step < 6:
        values = trainer.train_step()
        assert all(map(math.isfinite, values.values()))
        seen |= {name.split("/")[0] for name in values}
    assert seen >= {"generator", "discriminator"}
    for side, network in trainer.networks.items():
        moments = {name: trainer.optimizers[side].state[value] for name, value in network.named_parameters()}
        missed = [name for name, moment in moments.items() if not moment or not moment["exp_avg"].any()]
        # A convolution's bias before an instance norm is subtracted again.
        assert [name for name in missed if not name.endswith("bias")] == []


@pytest.mark.parametrize("method", METHODS)
def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path: Path, method: str) -> None:
    config = debug(method)
    assert make_trainer(tmp_path / "whole", config).train(progress=False)
    half = make_trainer(tmp_path / "parts", config)
    for _ in range(2):
        half.train_step()
    half.save()
    half.train_step()  # a step that no checkpoint holds is done again
    resumed = make_trainer(tmp_path / "parts", config)
    assert resumed.step == 2
    assert resumed.train(progress=False)
    assert state(tmp_path / "parts") == state(tmp_path / "whole")


@pytest.mark.parametrize("method", METHODS)
def test_a_release_translates_as_the_network_that_was_trained(tmp_path: Path, method: str) -> None:
    config = debug(method)
    release, generator, _ = make_release(tmp_path / "one", size=config.size, preset=f"debug/{method}")
    photos = draw_photos(config)
    chosen = torch.arange(4)
    images, source = photos.images(chosen), photos.attributes[chosen]
    target = source.flip(1)
    translated = load_translator(release, "cpu").translate(images, source, target)
    rounded = generator.half().float()(images, config.options.condition(source, target))
    assert torch.allclose(translated, rounded, atol=1e-5)
    assert translated.shape == images.shape
    assert not torch.allclose(translated, images, atol=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_a_generator_says_which_sizes_it_takes(method: str) -> None:
    config = debug(method)
    generator = METHODS[method].build_generator(config.domain, config.options).eval()
    multiple, attributes = int(generator.multiple), len(config.domain.attributes)  # type: ignore[arg-type]  # an int
    images = torch.zeros(1, 3, max(16, 2 * multiple), max(16, multiple))
    assert generator(images, torch.eye(attributes)[:1]).shape == images.shape
    assert config.size[0] % multiple == config.size[1] % multiple == 0
