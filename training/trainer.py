"""The one training loop: batches, steps of G and D, averaging, logging, sample grids, exact resume.

Everything random in step k comes from generators seeded by (seed, k), and the order of the data is a function of
(seed, epoch). A run that was interrupted and resumed therefore equals one that was not, bit for bit, on the CPU.
"""

import copy
import math
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from . import distributed
from .batches import Batches, mix
from .data.photos import Photos
from .data.table import DataError
from .execution import PLAIN, Execution
from .grids import edit_grid
from .images import to_image
from .methods import Batch, Method
from .methods.base import Phase, Side, Terms
from .mining import Mining
from .presets import TrainConfig
from .run import Run

__all__ = ["DivergedError", "Execution", "Trainer"]


class DivergedError(RuntimeError):
    """A loss or a weight is no longer a finite number; the last checkpoint is good."""


class Trainer:
    """One run in a directory of its own; see `run.Run` for what is in it.

    With `torchrun --nproc-per-node 2 -m -- training train ...` each process trains on its part of the joint batch, and
    the run is that of one process with all of it, to rounding; but batch norm averages over a process's own part (the
    first process's running averages are kept), and dropout draws anew in each.

    Args:
        run: the run's directory; one that holds a checkpoint of the same configuration is resumed, by any number of
            processes.
        config: what to train.
        method: its networks and losses, new.
        photos: what to train on.
        samples: photos for the sample grids, never trained on.
        execution: how.
    """

    def __init__(
        self,
        run: Path,
        config: TrainConfig,
        method: Method[Any],
        photos: Photos,
        samples: Photos,
        execution: Execution = PLAIN,
    ) -> None:
        self.config, self.method, self.samples = config, method, samples
        self.execution, self.device = execution, torch.device(execution.device)
        first = distributed.rank() * execution.accumulate
        self._parts = range(first, first + execution.accumulate)
        self._batches = Batches(photos, config, distributed.world() * execution.accumulate, self.device)
        self.average = copy.deepcopy(method.generator).eval().requires_grad_(False)
        self.average.to(self.device, memory_format=self._batches.layout)  # type: ignore[call-overload]  # a torch stub
        execution.set_up(method, self._batches.layout)
        self.networks: dict[str, nn.Module] = {"generator": method.generator, "discriminator": method.discriminator}
        rates = config.learning_rate, config.discriminator_learning_rate or config.learning_rate
        self.optimizers = {
            side: _adam(network, rate, config.betas)
            for (side, network), rate in zip(self.networks.items(), rates, strict=True)
        }
        self.run = Run(run, config, photos.fingerprint)
        self.step = self.run.resume(self._modules, self.optimizers)
        self._mining = Mining(config.domain)

    def train(
        self,
        time_limit: float | None = None,
        save_every: int = 250,
        sample_every: int = 500,
        progress: bool = True,
        max_artifacts: int | None = None,
    ) -> bool:
        """Runs until the configured steps are done, `time_limit` seconds are over or SIGINT / SIGTERM arrives.

        A checkpoint is written every `save_every` steps and at the end, also when photos vanish or a file cannot be
        written. Sample grids and mined samples are kept within `max_artifacts` bytes, the oldest going first. Of
        several processes the first alone writes.

        Returns:
            Whether all steps are done.

        Raises:
            DivergedError: what is on disk is from before it.
            DataError, CheckpointError, OSError: what is on disk is whole.
        """
        deadline = time.monotonic() + time_limit if time_limit else math.inf
        main = distributed.rank() == 0
        bar = tqdm(total=self.config.steps, initial=self.step, unit="step", disable=not (progress and main))
        with _stop_signals() as stopped, self.run.writing(self.execution, self.step), self._saving_on_error(), bar:
            while self.step < self.config.steps:
                if distributed.any_process(bool(stopped) or time.monotonic() >= deadline, self.device):
                    break
                values = self.train_step()
                bar.set_postfix_str(_summary(values), refresh=False)
                bar.update()
                if main:
                    self._record(values, save_every, sample_every, max_artifacts)
            if main:
                self.save()
                self._mining.write(self.run, self.step)
        return self.step >= self.config.steps

    def train_step(self) -> dict[str, float]:
        """One iteration; returns every named term and the method's statistics."""
        # All is read before anything changes: where photos have vanished, the state is that of a whole step.
        batches = [self._batches.part(self.step, number) for number in self._parts]
        self._set_rates()
        terms: dict[str, Tensor] = {}
        for phase in self.method.phases(self.step):
            terms |= self._run_phase(phase, batches)
            for side in phase:
                self.optimizers[side].step()
        self._update_average()
        values = self._read(terms | self.method.log)
        if not all(math.isfinite(values[name]) for name in terms):
            raise self._diverged(f"a loss is not finite ({ {name: values[name] for name in terms} })")
        self.step += 1
        return values

    @staticmethod
    def _read(scalars: Terms) -> dict[str, float]:
        """All at once: each read alone would wait for the GPU."""
        joined = torch.stack([scalar.detach().float() for scalar in scalars.values()])
        return dict(zip(scalars, joined.tolist(), strict=True))

    def save(self) -> None:
        """Writes the whole state, atomically. Raises DivergedError rather than replace a good checkpoint by a bad."""
        for side, network in self.networks.items():
            if not all(parameter.isfinite().all() for parameter in network.parameters()):
                raise self._diverged(f"the {side} has weights that are not finite")
        self.run.save(self.step, self._modules, self.optimizers)

    def write_samples(self) -> None:
        """A grid of held-out photos and their single edits by the averaged generator, and what was mined since."""
        chosen = torch.linspace(0, len(self.samples) - 1, 8).long()
        images, attributes = self.samples.images(chosen).to(self.device), self.samples.attributes[chosen]
        grid = edit_grid(self.translate_average, images, attributes.to(self.device), self.config.domain)
        self.run.picture(f"samples/{self.step:07d}.jpg", to_image(grid))
        self._mining.write(self.run, self.step)

    @torch.no_grad()
    def translate_average(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """`Method.translate` by the averaged generator, which is what a release holds."""
        result: Tensor = self.average(images, self.config.options.condition(source, target))
        return result

    @property
    def _modules(self) -> dict[str, nn.Module]:
        return {**self.networks, "average": self.average, "memory": self.method.memory}

    def _record(self, values: dict[str, float], save_every: int, sample_every: int, max_artifacts: int | None) -> None:
        self.run.log(self.step, values)
        if self.step % save_every == 0:
            self.save()
        if self.step % sample_every == 0:
            self.write_samples()
            self.run.prune(max_artifacts)

    @contextmanager
    def _saving_on_error(self) -> Iterator[None]:
        """Saves what was trained when photos vanish or a file cannot be written: the disk may have room by then."""
        try:
            yield
        except (DataError, OSError):
            if distributed.rank() == 0:
                with suppress(ValueError, OSError, DivergedError):
                    self.save()
            raise

    def _run_phase(self, phase: Phase, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """The gradients of one phase, over all parts of the batch and all processes; returns the mean terms."""
        total: dict[str, Tensor] = {}
        for side in phase:
            self.optimizers[side].zero_grad(set_to_none=True)
        for number, batch in zip(self._parts, batches, strict=True):
            for name, value in self._run_part(phase, batch, number).items():
                total[name] = total.get(name, 0.0) + value.detach().float() / len(batches)
        for side in phase:
            distributed.average([p.grad for p in self.networks[side].parameters() if p.grad is not None])
        distributed.average(list(total.values()))
        return total

    def _run_part(self, phase: Phase, batch: Batch, number: int) -> dict[str, Tensor]:
        """Adds the gradients of one part. All phases of a step draw the same."""
        seed = mix(self.config.seed, self.step)
        torch.manual_seed(seed + number)  # dropout
        with self.execution.autocast():
            prepared = self.method.prepare(batch, torch.Generator().manual_seed(seed))
        terms: dict[str, Tensor] = {}
        for side in phase:
            loss = self.method.generator_loss if side == "generator" else self.method.discriminator_loss
            with self.execution.autocast():
                own = loss(batch, prepared)
            self._accumulate(side, own, keep=side != phase[-1])
            terms |= own
        self._mine()
        return terms

    def _accumulate(self, side: Side, terms: dict[str, Tensor], keep: bool) -> None:
        """Adds a side's gradient; `keep` the graph for the other side, which shares it."""
        parameters = [p for p in self.networks[side].parameters() if p.requires_grad]
        loss = torch.stack([term.float() for term in terms.values()]).sum() / self.execution.accumulate
        gradients: tuple[Tensor | None, ...] = torch.autograd.grad(
            loss, parameters, retain_graph=keep, allow_unused=True
        )
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if gradient is None:
                continue
            if gradient.stride() != parameter.stride():  # fused Adam reads both as they lie in memory
                gradient = torch.empty_like(parameter).copy_(gradient)
            parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient

    def _mine(self) -> None:
        if self.method.mined is not None and distributed.rank() == 0:
            self._mining.see(self.step + 1, self.method.mined)
        self.method.mined = None

    def _set_rates(self) -> None:
        config = self.config
        factor = 1.0
        if config.decay:
            left = (config.steps - self.step) / max(1.0, config.steps * config.decay)
            factor = min(1.0, left) if config.schedule == "linear" or left > 1 else 0.1
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = group["initial"] * factor

    @torch.no_grad()
    def _update_average(self) -> None:
        # A young average follows closely (as in TF's ExponentialMovingAverage), an old one at the configured decay.
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step)) if self.config.ema else 0.0
        pairs = list(zip(self.average.parameters(), self.method.generator.parameters(), strict=True))
        torch._foreach_lerp_([mean for mean, _ in pairs], [value.detach() for _, value in pairs], 1 - decay)
        for mean, value in zip(self.average.buffers(), self.method.generator.buffers(), strict=True):
            mean.copy_(value)  # batch norm's statistics are averages already

    def _diverged(self, what: str) -> DivergedError:
        return DivergedError(
            f"Step {self.step + 1}: {what}. {self.run.path} keeps the checkpoint before it; lower the learning rate, "
            "or cap or normalise the importance weights."
        )


def _adam(network: nn.Module, rate: float, betas: tuple[float, float]) -> torch.optim.Adam:
    optimizer = torch.optim.Adam(network.parameters(), rate, betas, fused=True)
    for group in optimizer.param_groups:
        group["initial"] = rate
    return optimizer


def _summary(values: dict[str, float]) -> str:
    sums = {"G": "generator/", "D": "discriminator/"}
    parts = [f"{k} {sum(v for name, v in values.items() if name.startswith(p)):.2f}" for k, p in sums.items()]
    if "aiw/effective_sample_size" in values:
        parts.append(f"ess {values['aiw/effective_sample_size']:.1f}")
    return " ".join(parts)


@contextmanager
def _stop_signals() -> Iterator[Sequence[int]]:
    """While inside, SIGINT and SIGTERM are noted in the list instead of raised, so that a step is never torn."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    old = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
