"""The one training loop: batches, steps of G and D, averaging, logging, sample grids, exact resume.

Everything random in step k comes from generators seeded by (seed, k), and the order of the data is a function of
(seed, epoch). A run that was interrupted and resumed therefore equals one that was not, bit for bit, on the CPU.
"""

import copy
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import torch
from torch import Tensor, nn
from tqdm import tqdm

from . import distributed
from .data.sampling import order
from .data.store import Photos
from .grids import edit_grid
from .images import to_image
from .methods import Batch, Method
from .methods.base import Phase
from .mining import Mining
from .presets import TrainConfig
from .run import Run


class DivergedError(RuntimeError):
    """A loss is no longer a finite number; the last checkpoint is good."""


@dataclass(frozen=True)
class Execution:
    """How a configuration is run; it does not change what is trained, within rounding.

    Attributes:
        device: where to train.
        precision: fp32; tf32 (NVIDIA's 19-bit products, from Ampere up); bf16 (autocast, weights stay fp32).
        compile: torch.compile for G and D.
        accumulate: parts in which a step's batch is run one after another, for memory. AIW compares images within a
            part.
        deterministic: only algorithms that give the same bits on every run of the same machine.
    """

    device: str = "cpu"
    precision: Literal["fp32", "tf32", "bf16"] = "fp32"
    compile: bool = False
    accumulate: int = 1
    deterministic: bool = False


class Trainer:
    """One run in a directory of its own; see `run.Run` for what is in it.

    Args:
        run: the run's directory; one that holds a checkpoint of the same configuration is resumed.
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
        execution: Execution = Execution(),
    ) -> None:
        self.config, self.method, self.photos, self.samples = config, method, photos, samples
        self.execution, self.device = execution, torch.device(execution.device)
        self._part = _part_size(config, execution, len(photos))
        _set_up(execution, method, self.device)
        self.average = copy.deepcopy(method.generator).eval().requires_grad_(False)
        self.networks = {"generator": method.generator, "discriminator": method.discriminator}
        self.optimizers = {
            "generator": _adam(method.generator, config, config.learning_rate),
            "discriminator": _adam(
                method.discriminator, config, config.discriminator_learning_rate or config.learning_rate
            ),
        }
        if execution.compile:
            for network in self.networks.values():
                network.compile()
        self.run = Run(run, config, photos.fingerprint)
        self.step = self.run.resume(self._modules, self.optimizers)
        self._mining = Mining(config.domain)
        self._epoch: tuple[int, Tensor] | None = None

    def train(
        self,
        time_limit: float | None = None,
        save_every: int = 250,
        sample_every: int = 500,
        progress: bool = True,
        max_artifacts: int | None = None,
    ) -> bool:
        """Runs until the configured steps are done, `time_limit` seconds are over or SIGINT / SIGTERM arrives.

        A checkpoint is written every `save_every` steps and at the end, whatever ends it but a crash. Sample grids and
        mined samples are kept within `max_artifacts` bytes, the oldest going first.
        Returns whether all steps are done. Raises DivergedError.
        """
        deadline = time.monotonic() + time_limit if time_limit else float("inf")
        main = distributed.rank() == 0
        bar = tqdm(total=self.config.steps, initial=self.step, unit="step", disable=not (progress and main))
        with _stop_signals() as stopped, self.run.writing(self.execution, self.step), bar:
            while self.step < self.config.steps:
                if distributed.any_process(bool(stopped) or time.monotonic() >= deadline, self.device):
                    break
                values = self.train_step()
                bar.update()
                if not main:
                    continue
                self.run.log(self.step, values)
                bar.set_postfix_str(_summary(values), refresh=False)
                if self.step % save_every == 0:
                    self.save()
                if self.step % sample_every == 0:
                    self.write_samples()
                    self.run.prune(max_artifacts)
            if main:
                self.save()
        return self.step >= self.config.steps

    def train_step(self) -> dict[str, float]:
        """One iteration; returns every named term and the method's statistics."""
        self._set_rates()
        terms: dict[str, Tensor] = {}
        for phase in self.method.phases(self.step):
            terms |= self._run_phase(phase)
            for side in phase:
                self.optimizers[side].step()
        self._update_average()
        values = dict(zip(terms, torch.stack(list(terms.values())).tolist(), strict=True))
        if not all(abs(value) < float("inf") for value in values.values()):
            raise DivergedError(
                f"Step {self.step + 1}: a loss is not finite ({values}). {self.run.path} keeps the checkpoint before "
                "it; lower the learning rate, or cap or normalise the importance weights."
            )
        self.step += 1
        if self.method.mined is not None:
            self._mining.see(self.step, self.method.mined)
        return values | self.method.log

    def save(self) -> None:
        """Writes the whole state, atomically."""
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

    def _run_phase(self, phase: Phase) -> dict[str, Tensor]:
        """The gradients of one phase, over all parts of the batch and all processes; returns the mean terms."""
        total: dict[str, Tensor] = {}
        for side in phase:
            self.optimizers[side].zero_grad(set_to_none=True)
        for part in range(self.execution.accumulate):
            for name, value in self._run_part(phase, part).items():
                total[name] = total.get(name, 0.0) + value.detach().float() / self.execution.accumulate
        for side in phase:
            gradients = [p.grad for p in self.networks[side].parameters() if p.grad is not None]
            distributed.average(gradients)
        distributed.average(list(total.values()))
        return total

    def _run_part(self, phase: Phase, part: int) -> dict[str, Tensor]:
        seed = _mix(self.config.seed, self.step)
        random = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed + distributed.rank())  # dropout
        batch = self._batch(random, distributed.rank() * self.execution.accumulate + part)
        terms: dict[str, Tensor] = {}
        with self._autocast():
            prepared = self.method.prepare(batch, random)
            for side in phase:
                loss = self.method.generator_loss if side == "generator" else self.method.discriminator_loss
                own = loss(batch, prepared)
                self._accumulate(side, own, keep=side != phase[-1])
                terms |= own
        return terms

    def _accumulate(self, side: str, terms: dict[str, Tensor], keep: bool) -> None:
        """Adds a side's gradient; `keep` the graph for the other side, which shares it."""
        parameters = [p for p in self.networks[side].parameters() if p.requires_grad]
        loss = torch.stack(list(terms.values())).sum() / self.execution.accumulate
        gradients = torch.autograd.grad(loss, parameters, retain_graph=keep, allow_unused=True)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if gradient is not None:
                own = (
                    gradient if gradient.stride() == parameter.stride() else torch.empty_like(parameter).copy_(gradient)
                )
                parameter.grad = own if parameter.grad is None else parameter.grad + own

    def _batch(self, random: torch.Generator, part: int) -> Batch:
        config = self.config
        per_epoch = len(self._order(0)) // config.batch
        epoch, position = divmod(self.step, per_epoch)
        joint = self._order(epoch)[position * config.batch : (position + 1) * config.batch]
        flips = torch.rand(len(joint), generator=random) < 0.5 if config.flip else None
        own = slice(part * self._part, (part + 1) * self._part)
        attributes = self.photos.attributes[joint]
        truth = None
        if config.domain.kind == "paired":
            truth = self._on_device(self.photos.truth(joint[own], 1 - attributes[own]), flips, own)
        images = self._on_device(self.photos.images(joint[own]), flips, own)
        return Batch(
            images, attributes[own].to(self.device), attributes, own.start, truth, self.step / self.config.steps
        )

    def _on_device(self, images: Tensor | None, flips: Tensor | None, own: slice) -> Tensor:
        assert images is not None
        if flips is not None:
            images = torch.where(flips[own, None, None, None], images.flip(-1), images)
        return images.to(self.device, memory_format=torch.channels_last)

    def _order(self, epoch: int) -> Tensor:
        if self._epoch is None or self._epoch[0] != epoch:
            seed = _mix(self.config.seed, -1 - epoch)
            self._epoch = epoch, order(self.photos, self.config.domain, self.config.batch, seed, epoch)
        return self._epoch[1]

    def _autocast(self) -> Any:
        if self.execution.precision != "bf16":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

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


def _part_size(config: TrainConfig, execution: Execution, photos: int) -> int:
    """How many images one process runs at once."""
    if photos < config.batch:
        raise ValueError(f"{photos} photos are fewer than a batch of {config.batch}; add photos.")
    parts = distributed.world() * execution.accumulate
    if config.batch % parts:
        raise ValueError(
            f"A batch of {config.batch} cannot be cut into {parts} equal parts ({distributed.world()} processes x "
            f"{execution.accumulate} accumulated); change --accumulate or --set batch=..."
        )
    return config.batch // parts


def _set_up(execution: Execution, method: Method[Any], device: torch.device) -> None:
    if execution.precision != "fp32":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.use_deterministic_algorithms(execution.deterministic)
    torch.backends.cudnn.benchmark = device.type == "cuda" and not execution.deterministic
    embedding = getattr(method, "embedding", None)
    for network in (method.generator, method.discriminator, method.memory, embedding):
        if network is not None:
            network.to(device).to(memory_format=torch.channels_last)


def _adam(network: nn.Module, config: TrainConfig, rate: float) -> torch.optim.Adam:
    optimizer = torch.optim.Adam(network.parameters(), rate, config.betas, fused=True)
    for group in optimizer.param_groups:
        group["initial"] = rate
    return optimizer


def _mix(seed: int, step: int) -> int:
    """One seed from two, far apart for neighbours (the constants are SplitMix64's)."""
    value = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    return (value ^ (value >> 31)) & (2**62 - 1)


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
