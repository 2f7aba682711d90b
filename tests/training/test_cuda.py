"""Training on a GPU: what a CPU trains, in every precision; exact resume; a run under torchrun with NCCL."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.conftest import make_trainer, state
from training.execution import PLAIN, Execution
from training.presets import PRESETS
from training.trainer import Trainer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")

DEBUG = PRESETS["debug/init"]
FP32 = Execution("cuda")


@pytest.fixture(autouse=True)
def switches() -> Iterator[None]:
    """Puts torch's switches back."""
    places = (
        (torch.backends.cuda.matmul, "allow_tf32"),
        (torch.backends.cudnn, "allow_tf32"),
        (torch.backends.cudnn, "benchmark"),
    )
    before = [getattr(place, name) for place, name in places]
    yield
    torch.use_deterministic_algorithms(False)
    for (place, name), value in zip(places, before, strict=True):
        setattr(place, name, value)


def first_losses(trainer: Trainer) -> dict[str, float]:
    return {name: value for name, value in trainer.train_step().items() if name.startswith(("generator", "discrim"))}


@pytest.mark.parametrize(
    ("execution", "within"),
    [(FP32, 1e-3), (replace(FP32, precision="tf32"), 0.02), (replace(FP32, precision="bf16"), 0.1)],
    ids=["fp32", "tf32", "bf16"],
)
def test_it_trains_what_a_cpu_trains(tmp_path: Path, execution: Execution, within: float) -> None:
    plain, trainer = (make_trainer(tmp_path / it.device, DEBUG, it) for it in (PLAIN, execution))
    assert first_losses(trainer) == pytest.approx(first_losses(plain), rel=within, abs=within)
    assert trainer.train(progress=False)
    assert (tmp_path / "cuda" / "mined").is_dir()


@pytest.mark.timeout(150)
def test_compiled_it_trains_the_same(tmp_path: Path) -> None:
    plain, trainer = (
        make_trainer(tmp_path / str(on), DEBUG, replace(FP32, precision="bf16", compile=on)) for on in (False, True)
    )
    for _ in range(3):
        assert first_losses(trainer) == pytest.approx(first_losses(plain), rel=0.1, abs=0.1)


@pytest.mark.parametrize("preset", ["debug/init", "debug/stargan", "debug/attgan", "debug/cyclegan", "debug/pix2pix"])
def test_every_method_takes_steps(tmp_path: Path, preset: str) -> None:
    trainer = make_trainer(tmp_path, PRESETS[preset].changed(steps=3), replace(FP32, precision="bf16"))
    assert trainer.train(save_every=2, sample_every=2, progress=False)


def test_a_resumed_run_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    execution = replace(FP32, deterministic=True)
    make_trainer(tmp_path / "whole", DEBUG, execution).train(progress=False)
    make_trainer(tmp_path / "parts", DEBUG.changed(steps=3), execution).train(progress=False)
    resumed = make_trainer(tmp_path / "parts", DEBUG, execution)
    assert resumed.step == 3
    resumed.train(progress=False)
    assert state(tmp_path / "parts") == state(tmp_path / "whole")


def test_a_gpu_s_run_goes_on_on_a_cpu(tmp_path: Path) -> None:
    make_trainer(tmp_path, DEBUG.changed(steps=3), FP32).train(progress=False)
    assert make_trainer(tmp_path, DEBUG.changed(steps=5), PLAIN).train(progress=False)


@pytest.mark.timeout(150)
def test_torchrun_trains_with_nccl(tmp_path: Path, celeba: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1", "-m", "--"]
    command += ["training", "train", "debug/init", "--device", "cuda", "--data", str(celeba)]
    command += ["--cache", str(tmp_path / "cache"), "--run", str(tmp_path / "run"), "--set", "options.aiw=false"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == DEBUG.steps
    history = json.loads((tmp_path / "run" / "history.jsonl").read_text())
    assert history["hardware"] == torch.cuda.get_device_name()
