"""The loop: what it logs and writes, how it is run, and that whatever ends it leaves a usable checkpoint."""

import json
import math
import os
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn

from tests.training.conftest import assert_same_training, draw_photos, make_trainer, state
from training.batches import Batches
from training.checkpoint import CheckpointError
from training.data.store import DecodedPhotos
from training.data.table import DataError
from training.execution import PLAIN, Execution
from training.presets import PRESETS, TrainConfig
from training.run import CHECKPOINT
from training.trainer import DivergedError, Trainer

DEBUG = PRESETS["debug/init"]


def steps_logged(run: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (run / "log.jsonl").read_text().splitlines()]


def after_steps(run: Path, config: TrainConfig, execution: Execution = PLAIN, precise: bool = False) -> Trainer:
    trainer = make_trainer(run, config, execution, precise)
    for _ in range(3):
        trainer.train_step()
    return trainer


def test_training_moves_every_network_and_the_average(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    networks = [trainer.method.generator, trainer.method.discriminator, trainer.average]
    before = [[parameter.clone() for parameter in network.parameters()] for network in networks]
    trainer.train(progress=False)
    for network, old in zip(networks, before, strict=True):
        assert all(not torch.equal(a, b) for a, b in zip(network.parameters(), old, strict=True))


def test_every_step_is_logged_once_with_named_terms(tmp_path: Path) -> None:
    make_trainer(tmp_path).train(time_limit=1e-9, progress=False)
    make_trainer(tmp_path).train(progress=False)
    assert steps_logged(tmp_path) == list(range(1, DEBUG.steps + 1))
    line = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])
    terms = {"generator/adversarial", "discriminator/real", "discriminator/fake", "aiw/effective_sample_size"}
    assert terms <= set(line)


def test_a_time_limit_stops_with_a_checkpoint(tmp_path: Path) -> None:
    assert not make_trainer(tmp_path).train(time_limit=1e-9, progress=False)
    assert (tmp_path / CHECKPOINT).exists()


def test_another_configuration_does_not_overwrite_a_run(tmp_path: Path) -> None:
    make_trainer(tmp_path).save()
    with pytest.raises(CheckpointError, match="another options; give the same, or another --run"):
        make_trainer(tmp_path, DEBUG.changed(options={"hops": 1}))
    assert make_trainer(tmp_path, DEBUG.changed(steps=9)).step == 0


def test_a_torn_checkpoint_is_told(tmp_path: Path) -> None:
    make_trainer(tmp_path).save()
    data = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / CHECKPOINT).write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        make_trainer(tmp_path)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.train_step()
    trainer.save()
    kept = state(tmp_path)
    with torch.no_grad():
        next(trainer.method.generator.parameters()).fill_(math.nan)
    with pytest.raises(DivergedError, match="lower the learning rate"):
        trainer.train(progress=False)
    assert state(tmp_path) == kept


def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.save()
    kept = state(tmp_path)
    with torch.no_grad():  # the last step before a save gave finite losses and an infinite weight
        next(trainer.method.discriminator.parameters()).view(-1)[0] = math.inf
    with pytest.raises(DivergedError, match="the discriminator has weights that are not finite"):
        trainer.save()
    assert state(tmp_path) == kept


class Vanishing(DecodedPhotos):
    """Photos that are gone at the n-th look."""

    looks = 4

    def images(self, indices: Tensor) -> Tensor:
        self.looks -= 1
        if not self.looks:
            raise DataError("The photos have gone.")
        return super().images(indices)


@pytest.mark.parametrize("preset", ["debug/init", "debug/stargan", "debug/pix2pix"])
def test_where_photos_vanish_the_last_whole_step_is_saved(tmp_path: Path, preset: str) -> None:
    config = PRESETS[preset]
    drawn = draw_photos(config)
    gone = make_trainer(tmp_path / "gone", config)
    drawn.__class__ = Vanishing
    gone._batches = Batches(drawn, config, 1, torch.device("cpu"))
    with pytest.raises(DataError, match="The photos have gone"):
        gone.train(progress=False)
    resumed = make_trainer(tmp_path / "gone", config)
    assert 0 < resumed.step < config.steps
    assert resumed.train(progress=False)
    make_trainer(tmp_path / "whole", config).train(progress=False)
    assert state(tmp_path / "gone") == state(tmp_path / "whole")


def test_sample_grids_are_written_and_kept_within_a_size(tmp_path: Path) -> None:
    make_trainer(tmp_path / "all").train(sample_every=3, progress=False)
    samples = sorted((tmp_path / "all" / "samples").iterdir())
    assert [path.name for path in samples] == ["0000003.jpg", "0000006.jpg"]
    newest = [*(tmp_path / "all" / "mined").glob("0000006*"), samples[1]]
    limit = sum(path.stat().st_size for path in newest)
    make_trainer(tmp_path / "limited").train(sample_every=3, progress=False, max_artifacts=limit)
    left = {path.name for folder in ("samples", "mined") for path in (tmp_path / "limited" / folder).iterdir()}
    assert left == {path.name for path in newest}


def test_too_few_photos_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="12 photos do not fill a batch of 100"):
        make_trainer(tmp_path, DEBUG.changed(batch=100))


@pytest.mark.parametrize(("preset", "parts"), [("debug/init", 3), ("debug/cyclegan", 4)])
def test_a_batch_that_cannot_be_cut_is_told(tmp_path: Path, preset: str, parts: int) -> None:
    with pytest.raises(ValueError, match="change --accumulate"):
        make_trainer(tmp_path, PRESETS[preset], Execution(accumulate=parts))


# What looks at one image at a time: no AIW, no spectral norm, no batch norm, no dropout.
APART = {
    "debug/init": DEBUG.changed(options={"aiw": False, "spectral": False}),
    "debug/stargan": PRESETS["debug/stargan"],
    "debug/cyclegan": PRESETS["debug/cyclegan"],
}


@pytest.mark.parametrize("preset", APART)
def test_a_batch_in_two_parts_trains_as_in_one(tmp_path: Path, preset: str) -> None:
    whole = after_steps(tmp_path / "whole", APART[preset], precise=True)
    parts = after_steps(tmp_path / "parts", APART[preset], Execution(accumulate=2), precise=True)
    assert_same_training(whole, parts)


@pytest.mark.parametrize("preset", ["debug/init", "debug/stargan", "debug/pix2pix"])
def test_bf16_trains_much_as_fp32(tmp_path: Path, preset: str) -> None:
    config = PRESETS[preset]
    whole, half = (make_trainer(tmp_path / p, config, Execution(precision=p)) for p in ("fp32", "bf16"))
    for _ in range(3):
        expected, values = whole.train_step(), half.train_step()
        assert values == pytest.approx(expected, rel=0.1, abs=0.1)
        assert values != expected
    for side, network in half.networks.items():
        assert all(parameter.dtype == torch.float32 for parameter in network.parameters())
        moments = [half.optimizers[side].state[parameter] for parameter in network.parameters()]
        assert all(moment["exp_avg"].isfinite().all() for moment in moments if moment)


def test_deterministic_runs_are_equal_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    execution = Execution(deterministic=True)
    try:
        for name in ("first", "again"):
            after_steps(tmp_path / name, DEBUG, execution).save()
        assert torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(False)
    assert state(tmp_path / "first") == state(tmp_path / "again")


@pytest.mark.parametrize(("parts", "layout"), [(1, torch.channels_last), (2, torch.contiguous_format)])
def test_images_lie_channel_by_channel_unless_a_network_sees_one_alone(
    tmp_path: Path, parts: int, layout: torch.memory_format
) -> None:
    trainer = make_trainer(tmp_path, PRESETS["debug/cyclegan"], Execution(accumulate=parts))
    networks = [*trainer.networks.values(), trainer.average]
    kernels = [value for network in networks for value in network.parameters() if value.ndim == 4]
    batch = trainer._batches.part(0, 0)
    assert all(tensor.is_contiguous(memory_format=layout) for tensor in [*kernels, batch.images])


def test_fused_adam_on_any_layout_equals_adam(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, DEBUG.changed(decay=0.0))
    generator = trainer.method.generator
    plain = [parameter.detach().clone().contiguous().requires_grad_() for parameter in generator.parameters()]
    adam = torch.optim.Adam(plain, DEBUG.learning_rate, DEBUG.betas, fused=False)
    for _ in range(3):
        trainer.train_step()
        for parameter, copy in zip(generator.parameters(), plain, strict=True):
            assert parameter.grad is not None
            copy.grad = parameter.grad.contiguous()
        adam.step()
    for parameter, copy in zip(generator.parameters(), plain, strict=True):
        assert torch.allclose(parameter, copy, atol=1e-6)


def test_a_gradient_in_another_layout_is_laid_out_as_its_parameter(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    network = nn.Conv2d(4, 4, 3, bias=False).to(memory_format=torch.channels_last)
    trainer.networks["generator"] = network
    wanted = torch.randn(4, 4, 3, 3)
    trainer._accumulate("generator", {"generator/x": (network.weight * wanted).sum()}, keep=False)
    assert network.weight.grad is not None
    assert network.weight.grad.stride() == network.weight.stride()
    assert torch.equal(network.weight.grad, wanted)


def test_the_average_follows_the_generator(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, DEBUG.changed(ema=0.9))
    mean = [value.clone() for value in trainer.average.parameters()]
    for step in range(3):
        trainer.train_step()
        share = min(0.9, (1 + step + 0) / (10 + step))
        values = list(trainer.method.generator.parameters())
        mean = [share * old + (1 - share) * new for old, new in zip(mean, values, strict=True)]
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(trainer.average.parameters(), mean, strict=True))
    without = make_trainer(tmp_path / "without", DEBUG.changed(ema=0.0))
    without.train_step()
    pairs = zip(without.average.parameters(), without.method.generator.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize(
    ("schedule", "expected"), [("linear", [1, 1, 1, 1, 2 / 3, 1 / 3]), ("tenth", [1, 1, 1, 0.1, 0.1, 0.1])]
)
def test_rates_decay_in_the_last_steps(
    tmp_path: Path, schedule: Literal["linear", "tenth"], expected: list[float]
) -> None:
    trainer = make_trainer(tmp_path, DEBUG.changed(decay=0.5, schedule=schedule))
    factors: list[Any] = []
    while trainer.step < 6:
        trainer.train_step()
        factors.append(trainer.optimizers["generator"].param_groups[0]["lr"] / DEBUG.learning_rate)
    assert factors == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # torch's own, while it traces
@pytest.mark.parametrize("preset", ["debug/init", "debug/stargan"])
def test_compiled_networks_train_as_plain_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str) -> None:
    """With a shared graph (INIT) and a gradient penalty (StarGAN); aot_eager traces as the default, in less time."""
    compiled = nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda network: compiled(network, backend="aot_eager"))
    config = PRESETS[preset]
    plain, traced = (make_trainer(tmp_path / str(on), config, Execution(compile=on)) for on in (False, True))
    for _ in range(2):
        assert traced.train_step() == pytest.approx(plain.train_step(), rel=1e-4, abs=1e-5)
    assert all(network._compiled_call_impl is not None for network in traced.networks.values())
