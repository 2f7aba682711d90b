"""Processes that train together give what one gives with the joint batch, and only the first of them writes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.training.conftest import assert_same_training, make_trainer
from tests.training.processes import train_together
from training import distributed
from training.checkpoint import read_tensors
from training.presets import PRESETS, TrainConfig
from training.run import CHECKPOINT

# AIW weighs over the joint batch. Batch norm (AttGAN, STGAN) and dropout (pix2pix) see a process's own part.
TOGETHER = ["debug/init", "debug/stargan", "debug/cyclegan"]


def short(preset: str) -> TrainConfig:
    return PRESETS[preset].changed(steps=4)


@pytest.mark.parametrize("preset", TOGETHER)
def test_two_processes_train_as_one(tmp_path: Path, preset: str) -> None:
    config = short(preset)
    make_trainer(tmp_path / "one", config, precise=True).train(progress=False)
    train_together(2, tmp_path / "two", config, precise=True)
    one, other = (make_trainer(tmp_path / name, config, precise=True) for name in ("one", "two"))
    assert_same_training(one, other)


def test_a_run_goes_on_with_another_number_of_processes(tmp_path: Path) -> None:
    config = short("debug/init")
    make_trainer(tmp_path / "one", config, precise=True).train(progress=False)
    train_together(2, tmp_path / "both", config.changed(steps=2), precise=True)
    make_trainer(tmp_path / "both", config, precise=True).train(progress=False)
    one, other = (make_trainer(tmp_path / name, config, precise=True) for name in ("one", "both"))
    assert_same_training(one, other)


def test_only_the_first_process_writes(tmp_path: Path) -> None:
    train_together(2, tmp_path, short("debug/init"), save_every=2, sample_every=2)
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert len(lines) == 4
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 1
    assert (tmp_path / CHECKPOINT).exists()


def test_alone_nothing_is_exchanged() -> None:
    values = torch.arange(6.0).reshape(3, 2)
    assert torch.equal(distributed.own_rows(distributed.gather(values)), values)
    distributed.average([values])
    assert values.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert distributed.any_process(True, torch.device("cpu"))
    assert not distributed.any_process(False, torch.device("cpu"))


def test_sigterm_to_torchrun_saves(tmp_path: Path, celeba: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += [
        "-m",
        "--",
        "training",
        "train",
        "debug/init",
        "--data",
        str(celeba),
        "--cache",
        str(tmp_path / "cache"),
    ]
    command += ["--run", str(tmp_path / "run"), "--set", "steps=100000", "--set", "options.aiw=false"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}) as process:
        try:
            assert process.stderr is not None
            seen = b""
            while b"G " not in seen:  # the bar of the first process: steps are done
                piece = os.read(process.stderr.fileno(), 4096)
                assert piece, seen
                seen += piece
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=90)
        finally:
            process.kill()
    lines = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    _, meta = read_tensors(tmp_path / "run" / CHECKPOINT)
    assert meta["step"] == len(lines) > 0
