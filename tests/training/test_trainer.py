"""The loop is exact: resumed equals uninterrupted, bit for bit; what ends a run leaves a usable checkpoint."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.training.conftest import make_trainer
from training.checkpoint import CheckpointError, read_tensors
from training.data.store import Photos
from training.presets import PRESETS, TrainConfig
from training.trainer import CHECKPOINT, DivergedError

DEBUG = PRESETS["debug/init"]


def state(run: Path) -> dict[str, bytes]:
    tensors, meta = read_tensors(run / CHECKPOINT)
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()} | {"step": bytes(meta["step"])}


def steps_logged(run: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (run / "log.jsonl").read_text().splitlines()]


def with_init(**changes: object) -> TrainConfig:
    return DEBUG.model_copy(update={"init": DEBUG.init.model_copy(update=changes)})


def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path: Path, photos: Photos) -> None:
    assert make_trainer(tmp_path / "whole", photos).train(progress=False)
    half = make_trainer(tmp_path / "parts", photos)
    for _ in range(2):
        half.train_step()
    half.save()
    half.train_step()  # a step that no checkpoint holds is done again
    resumed = make_trainer(tmp_path / "parts", photos)
    assert resumed.step == 2
    assert resumed.train(progress=False)
    assert state(tmp_path / "parts") == state(tmp_path / "whole")


def test_training_moves_every_network_and_the_average(tmp_path: Path, photos: Photos) -> None:
    trainer = make_trainer(tmp_path, photos)
    networks = [trainer.method.generator, trainer.method.discriminator, trainer.average]
    before = [[parameter.clone() for parameter in network.parameters()] for network in networks]
    trainer.train(progress=False)
    for network, old in zip(networks, before, strict=True):
        assert all(not torch.equal(a, b) for a, b in zip(network.parameters(), old, strict=True))


def test_every_step_is_logged_once_with_named_terms(tmp_path: Path, photos: Photos) -> None:
    first = make_trainer(tmp_path, photos)
    first.train(time_limit=1e-9, progress=False)
    make_trainer(tmp_path, photos).train(progress=False)
    assert steps_logged(tmp_path) == list(range(1, DEBUG.steps + 1))
    line = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])
    assert {"generator/adversarial", "discriminator/real", "discriminator/fake", "aiw/effective_sample_size"} <= set(
        line
    )


def test_lines_after_the_checkpoint_are_dropped_on_resume(tmp_path: Path, photos: Photos) -> None:
    make_trainer(tmp_path, photos).train(progress=False)
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"step": 7}\n{"step": 8, "torn')
    make_trainer(tmp_path, photos)
    assert steps_logged(tmp_path) == list(range(1, 7))


def test_a_time_limit_stops_with_a_checkpoint(tmp_path: Path, photos: Photos) -> None:
    assert not make_trainer(tmp_path, photos).train(time_limit=1e-9, progress=False)
    assert (tmp_path / CHECKPOINT).exists()


def test_another_configuration_does_not_overwrite_a_run(tmp_path: Path, photos: Photos) -> None:
    make_trainer(tmp_path, photos).save()
    with pytest.raises(CheckpointError, match="another init; give the same, or another --run"):
        make_trainer(tmp_path, photos, with_init(hops=1))
    longer = DEBUG.model_copy(update={"steps": 9})
    assert make_trainer(tmp_path, photos, longer).step == 0


def test_a_torn_checkpoint_is_told(tmp_path: Path, photos: Photos) -> None:
    make_trainer(tmp_path, photos).save()
    data = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / CHECKPOINT).write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        make_trainer(tmp_path, photos)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_checkpoint(tmp_path: Path, photos: Photos) -> None:
    trainer = make_trainer(tmp_path, photos)
    trainer.train_step()
    trainer.save()
    kept = state(tmp_path)
    with torch.no_grad():
        next(trainer.method.generator.parameters()).fill_(float("nan"))
    with pytest.raises(DivergedError, match="lower the learning rate"):
        trainer.train(progress=False)
    assert state(tmp_path) == kept


def test_sample_grids_are_written(tmp_path: Path, photos: Photos) -> None:
    make_trainer(tmp_path, photos).train(sample_every=3, progress=False)
    assert [path.name for path in sorted((tmp_path / "samples").iterdir())] == ["000003.jpg", "000006.jpg"]


def test_too_few_photos_are_told(tmp_path: Path, photos: Photos) -> None:
    with pytest.raises(ValueError, match="fewer than a batch of 100"):
        make_trainer(tmp_path, photos, DEBUG.model_copy(update={"batch": 100}))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_and_the_same_command_resumes(tmp_path: Path, celeba: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "training", "train", "debug/init", "--data", str(celeba)]
    command += ["--run", str(tmp_path / "run"), "--cache", str(tmp_path / "cache"), "--set", "steps=100000"]
    command += ["--set", "init.aiw=false", "--save-every", "1000000"]
    before = 0
    for _ in range(2):
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            try:
                _wait_for_bar(process)
                os.kill(process.pid, number)
                output, _ = process.communicate(timeout=60)
            finally:
                process.kill()
        assert process.returncode == 0
        assert b"goes on from here" in output
        _, meta = read_tensors(tmp_path / "run" / CHECKPOINT)
        assert steps_logged(tmp_path / "run") == list(range(1, meta["step"] + 1))
        assert meta["step"] > before
        before = meta["step"]


def _wait_for_bar(process: subprocess.Popen[bytes]) -> None:
    """Until some steps have been reported on stderr."""
    assert process.stderr is not None
    seen, deadline = b"", time.monotonic() + 90
    while b"G " not in seen:
        assert time.monotonic() < deadline, seen
        assert process.poll() is None, seen
        seen += os.read(process.stderr.fileno(), 4096)
