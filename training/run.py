"""A training run's directory: what is in it, how it is written and how it is taken up again.

config.json               what is trained, and the fingerprint of the data
checkpoint.safetensors    the whole state after the last saved step, and the seconds trained; replaced in one move, so
                          never torn
log.jsonl                 one line a step: every loss term, and the method's statistics
history.jsonl             one line a start: when, at which step, on what
samples/ mined/           pictures, by step
tensorboard/              the same as log.jsonl, where the package tensorboard is installed
"""

import errno
import io
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from pydantic import ValidationError
from torch import Tensor, nn

from . import distributed
from .checkpoint import (
    CheckpointError,
    load_optimizer,
    optimizer_tensors,
    prefixed,
    read_json,
    read_tensors,
    under,
    write_json,
    write_tensors,
)
from .execution import Execution
from .presets import TrainConfig

CHECKPOINT, CONFIG, LOG = "checkpoint.safetensors", "config.json", "log.jsonl"
_PICTURES = ("samples", "mined")
Optimizers = Mapping[str, torch.optim.Optimizer]


class Run:
    """The directory of one run.

    Args:
        path: the directory; made if missing.
        config: of the run; one that is there already must be the same, but for `steps`.
        data: the fingerprint of what it is trained on.
    """

    def __init__(self, path: Path, config: TrainConfig, data: str) -> None:
        self.path = path
        self._description = {**config.model_dump(mode="json"), "data": data}
        self._log: io.FileIO | None = None
        self._seconds, self._since = 0.0, time.monotonic()
        self._board: Any = None

    def resume(self, modules: Mapping[str, nn.Module], optimizers: Optimizers) -> int:
        """Loads the checkpoint where there is one; the step to go on from. Raises CheckpointError."""
        self.path.mkdir(parents=True, exist_ok=True)
        step = 0
        if (self.path / CHECKPOINT).exists():
            self._check_same()
            step = self._load(modules, optimizers)
        if distributed.rank() == 0:
            write_json(self.path / CONFIG, self._description)
            _drop_later_lines(self.path / LOG, step)
        return step

    @contextmanager
    def writing(self, execution: Execution, step: int) -> Iterator[None]:
        """While inside, `log` works; in processes other than the first it is a no-op."""
        if distributed.rank() != 0:
            yield
            return
        self._note_start(execution, step)
        self._since = time.monotonic()
        self._board = _tensorboard(self.path / "tensorboard", step)
        try:
            with io.FileIO(self.path / LOG, "a") as self._log:
                yield
        finally:
            if self._board is not None:
                self._board.close()

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """One line, in one piece and at once; in TensorBoard every tenth step."""
        assert self._log is not None
        _write_whole(self._log, json.dumps({"step": step, **values}) + "\n")
        if self._board is not None and step % 10 == 0:
            for name, value in values.items():
                self._board.add_scalar(name, value, step)

    def picture(self, name: str, image: Image.Image) -> None:
        """Writes a picture under the run, e.g. samples/0000500.jpg."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")  # whoever watches the run never sees half of one
        image.save(part, "JPEG", quality=92)
        os.replace(part, path)

    def save(self, step: int, modules: Mapping[str, nn.Module], optimizers: Optimizers) -> None:
        """Writes the whole state; a crash leaves the old checkpoint or the new one."""
        tensors: dict[str, Tensor] = {}
        for name, module in modules.items():
            tensors |= prefixed(name, module.state_dict())
        for name, optimizer in optimizers.items():
            tensors |= prefixed(f"{name}_optimizer", optimizer_tensors(optimizer))
        seconds = self._seconds + time.monotonic() - self._since
        write_tensors(self.path / CHECKPOINT, tensors, {"step": step, "seconds": round(seconds, 1)})

    def prune(self, max_bytes: int | None) -> None:
        """Removes the oldest pictures until those that are left take no more than `max_bytes`."""
        if max_bytes is None:
            return
        pictures = [path for folder in _PICTURES for path in (self.path / folder).glob("*")]
        pictures.sort(key=lambda path: (path.stem, path.name), reverse=True)
        total = 0
        for path in pictures:
            total += path.stat().st_size
            if total > max_bytes:
                path.unlink()

    def _note_start(self, execution: Execution, step: int) -> None:
        device = torch.cuda.get_device_name() if execution.device.startswith("cuda") else "cpu"
        facts = {"time": int(time.time()), "step": step, "torch": torch.__version__, "hardware": device}
        facts |= {"processes": distributed.world(), "threads": torch.get_num_threads(), **asdict(execution)}
        with (self.path / "history.jsonl").open("a") as file:
            file.write(json.dumps(facts) + "\n")

    def _check_same(self) -> None:
        if not (self.path / CONFIG).exists():  # it begins from another run's state
            return
        known = _with_defaults(read_json(self.path / CONFIG))
        names = sorted({*known, *self._description} - {"steps"})
        changed = [name for name in names if known.get(name) != self._description.get(name)]
        if changed:
            raise CheckpointError(
                f"{self.path} was begun with another {' and '.join(changed)}; give the same, or another --run."
            )

    def _load(self, modules: Mapping[str, nn.Module], optimizers: Optimizers) -> int:
        tensors, meta = read_tensors(self.path / CHECKPOINT)
        for name, module in modules.items():
            try:
                module.load_state_dict(under(name, tensors))
            except RuntimeError as error:
                sentence = f"{self.path / CHECKPOINT} is of other networks than this configuration's ({name})"
                raise CheckpointError(f"{sentence}; give the options that it was trained with.") from error
        for name, optimizer in optimizers.items():
            load_optimizer(optimizer, under(f"{name}_optimizer", tensors))
        self._seconds = meta.get("seconds", 0.0)
        step: int = meta["step"]
        return step


def begin_from(run: Path, start: Path) -> None:
    """Has a new run begin where another stands, its networks, averages and optimisers, at its step.

    A run that has a checkpoint of its own goes on from that. Raises CheckpointError.
    """
    if (run / CHECKPOINT).exists():
        return
    if not (start / CHECKPOINT).exists():
        raise CheckpointError(f"{start} holds no checkpoint to begin from; train it first, or correct --from.")
    run.mkdir(parents=True, exist_ok=True)
    part = run / f"{CHECKPOINT}.{os.getpid()}.part"  # several processes may do it at once
    shutil.copyfile(start / CHECKPOINT, part)
    os.replace(part, run / CHECKPOINT)


def _with_defaults(described: dict[str, Any]) -> dict[str, Any]:
    """A run's config.json with what later versions added to it, so that a run begun before that goes on."""
    data = described.pop("data", None)
    try:
        return {**TrainConfig.model_validate(described).model_dump(mode="json"), "data": data}
    except ValidationError:
        return {**described, "data": data}  # not of this version: what differs is named


def run_config(path: Path) -> TrainConfig:
    """The configuration of a run. Raises CheckpointError."""
    described = read_json(path / CONFIG)
    return TrainConfig.model_validate({name: value for name, value in described.items() if name != "data"})


def read_log(path: Path) -> list[dict[str, float]]:
    """The log of a run, one mapping a step."""
    lines = (path / LOG).read_text().splitlines() if (path / LOG).exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def _write_whole(file: io.FileIO, line: str) -> None:
    """Appends a line, or nothing: what a full disk took of it is cut off again."""
    end = os.fstat(file.fileno()).st_size
    try:
        if file.write(line.encode()) < len(line.encode()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        file.truncate(end)
        raise OSError(error.errno, error.strerror, str(file.name)) from None


def _drop_later_lines(path: Path, step: int) -> None:
    """Cuts a log back to its checkpoint, so that a resumed run logs each step once."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        end = 0
        for line in file:
            if not line.endswith(b"}\n") or json.loads(line)["step"] > step:
                break
            end += len(line)
        file.truncate(end)


def _tensorboard(path: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(path), purge_step=step)
