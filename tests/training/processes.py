"""Trainings in processes of their own. They are forked from one that has imported torch, so they start at once."""

import multiprocessing
import os
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch

from service.up import free_port
from tests.training.conftest import make_trainer
from training.distributed import processes
from training.presets import TrainConfig

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.training.processes", "torch.utils.tensorboard"])


def start(
    run: Path,
    config: TrainConfig,
    environment: dict[str, str] | None = None,
    precise: bool = False,
    **options: Any,
) -> BaseProcess:
    """A process that trains `config` in `run` with `Trainer.train(**options)`."""
    process = _FORKS.Process(target=_train, args=(run, config, environment or {}, precise, options))
    process.start()
    return process


def finish(*started: BaseProcess) -> None:
    """Waits for processes, which must end well."""
    try:
        for process in started:
            process.join(120)
        assert [process.exitcode for process in started] == [0] * len(started)
    finally:
        for process in started:
            process.kill()


def train_together(count: int, run: Path, config: TrainConfig, **options: Any) -> None:
    """Trains in `count` processes that are joined as torchrun joins its own."""
    common = {
        "TORCHELASTIC_RUN_ID": "test",
        "WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
    }
    finish(*(start(run, config, environment={**common, "RANK": str(rank)}, **options) for rank in range(count)))


def _train(run: Path, config: TrainConfig, environment: dict[str, str], precise: bool, options: dict[str, Any]) -> None:
    os.environ.update(environment)
    torch.set_num_threads(1)
    with processes(torch.device("cpu")):
        make_trainer(run, config, precise=precise).train(progress=False, **options)
