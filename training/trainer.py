"""The one training loop: batches, steps of G and D, averaging, logging, sample grids, exact resume.

Everything random in step k comes from a generator seeded by (seed, k), and the order of the data is a function of
(seed, epoch). A run that was interrupted and resumed therefore equals one that was not, bit for bit, on the CPU.
"""

import copy
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import torch
from torch import Tensor
from tqdm import tqdm

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
from .data.store import Photos
from .domains import DOMAINS
from .grids import edit_grid
from .images import to_image
from .methods import Batch, Init
from .presets import TrainConfig

CHECKPOINT = "checkpoint.safetensors"


class DivergedError(RuntimeError):
    """A loss is no longer a finite number; the last checkpoint is good."""


class Trainer:
    """One run in a directory of its own: config.json, checkpoint.safetensors, log.jsonl, samples/.

    Args:
        run: the run's directory; one that holds a checkpoint of the same configuration is resumed.
        config: what to train.
        method: its networks and losses, new.
        photos: what to train on.
        samples: photos for the sample grids, never trained on.
        device: where to train.
    """

    def __init__(
        self, run: Path, config: TrainConfig, method: Init, photos: Photos, samples: Photos, device: str
    ) -> None:
        if len(photos) < config.batch:
            raise ValueError(f"{len(photos)} photos are fewer than a batch of {config.batch}; add photos.")
        self.run, self.config, self.method, self.photos, self.samples = run, config, method, photos, samples
        self.device = torch.device(device)
        for network in (method.generator, method.discriminator, method.embedding):
            if network is not None:
                network.to(self.device).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(method.generator).eval().requires_grad_(False)
        self.generator_optimizer = _adam(method.generator, config, config.learning_rate)
        rate = config.discriminator_learning_rate or config.learning_rate
        self.discriminator_optimizer = _adam(method.discriminator, config, rate)
        self.step = 0
        self._resume()

    def train(
        self, time_limit: float | None = None, save_every: int = 250, sample_every: int = 500, progress: bool = True
    ) -> bool:
        """Runs until the configured steps are done, `time_limit` seconds are over or SIGINT / SIGTERM arrives.

        A checkpoint is written every `save_every` steps and at the end, whatever ends it but a crash.
        Returns whether all steps are done. Raises DivergedError.
        """
        deadline = time.monotonic() + time_limit if time_limit else float("inf")
        bar = tqdm(total=self.config.steps, initial=self.step, unit="step", disable=not progress)
        with _stop_signals() as stopped, (self.run / "log.jsonl").open("a") as log, bar:
            while self.step < self.config.steps and not stopped and time.monotonic() < deadline:
                values = self.train_step()
                log.write(json.dumps({"step": self.step, **values}) + "\n")
                bar.update()
                bar.set_postfix_str(_summary(values))
                if self.step % save_every == 0:
                    log.flush()
                    self.save()
                if self.step % sample_every == 0:
                    self.write_samples()
            log.flush()
            self.save()
        return self.step >= self.config.steps

    def train_step(self) -> dict[str, float]:
        """One iteration of Algorithm 1; returns every named term and the weights' statistics."""
        random = torch.Generator().manual_seed(_mix(self.config.seed, self.step))
        batch = self._batch(random)
        self._set_rates()
        fakes = self.method.fakes(batch, random)
        self.method.discriminator.requires_grad_(False)
        terms = self.method.generator_loss(batch, fakes)
        _optimise(self.generator_optimizer, terms)
        self.method.discriminator.requires_grad_(True)
        critic = self.method.discriminator_loss(batch, fakes)
        _optimise(self.discriminator_optimizer, critic)
        self._update_average()
        values = {name: term.item() for name, term in {**terms, **critic}.items()}
        if not all(abs(value) < float("inf") for value in values.values()):
            raise DivergedError(
                f"Step {self.step + 1}: a loss is not finite ({values}). {self.run} keeps the checkpoint before it; "
                "lower the learning rate, or cap or normalise the importance weights."
            )
        self.step += 1
        return values | self.method.log

    def save(self) -> None:
        """Writes the whole state, atomically."""
        tensors = {
            **prefixed("generator", self.method.generator.state_dict()),
            **prefixed("discriminator", self.method.discriminator.state_dict()),
            **prefixed("average", self.average.state_dict()),
            **prefixed("generator_optimizer", optimizer_tensors(self.generator_optimizer)),
            **prefixed("discriminator_optimizer", optimizer_tensors(self.discriminator_optimizer)),
        }
        write_tensors(self.run / CHECKPOINT, tensors, {"step": self.step})

    def write_samples(self) -> None:
        """A grid of validation photos and their ten edits, by the averaged generator."""
        path = self.run / "samples" / f"{self.step:06d}.jpg"
        path.parent.mkdir(exist_ok=True)
        chosen = torch.linspace(0, len(self.samples) - 1, 8).long()
        images, attributes = self.samples.images(chosen), self.samples.attributes[chosen]
        domain = DOMAINS[self.config.domain]
        grid = edit_grid(self.translate_average, images.to(self.device), attributes.to(self.device), domain)
        to_image(grid).save(path, quality=92)

    @torch.no_grad()
    def translate_average(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """`Method.translate` by the averaged generator, which is what a release holds."""
        result: Tensor = self.average(images, self.config.init.condition(source, target))
        return result

    def _batch(self, random: torch.Generator) -> Batch:
        per_epoch = len(self.photos) // self.config.batch
        epoch, position = divmod(self.step, per_epoch)
        order = torch.Generator().manual_seed(_mix(self.config.seed, -1 - epoch))
        indices = torch.randperm(len(self.photos), generator=order)
        chosen = indices[position * self.config.batch : (position + 1) * self.config.batch].sort().values
        images = self.photos.images(chosen)
        if self.config.flip:
            flipped = torch.rand(len(images), generator=random) < 0.5
            images = torch.where(flipped[:, None, None, None], images.flip(-1), images)
        attributes = self.photos.attributes[chosen].to(self.device)
        return Batch(images.to(self.device, memory_format=torch.channels_last), attributes)

    def _set_rates(self) -> None:
        left = (self.config.steps - self.step) / max(1.0, self.config.steps * self.config.decay)
        factor = min(1.0, left) if self.config.decay else 1.0
        for optimizer in (self.generator_optimizer, self.discriminator_optimizer):
            for group in optimizer.param_groups:
                group["lr"] = group["initial"] * factor

    @torch.no_grad()
    def _update_average(self) -> None:
        # A young average follows closely (as in TF's ExponentialMovingAverage), an old one at the configured decay.
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step)) if self.config.ema else 0.0
        for mean, value in zip(self.average.parameters(), self.method.generator.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)

    def _resume(self) -> None:
        self.run.mkdir(parents=True, exist_ok=True)
        description = {**self.config.model_dump(mode="json"), "data": self.photos.fingerprint}
        if (self.run / CHECKPOINT).exists():
            self._check_same(description)
            self._load()
        write_json(self.run / "config.json", description)

    def _check_same(self, description: dict[str, object]) -> None:
        known = read_json(self.run / "config.json")
        changed = [name for name in description if known.get(name) != description[name] and name != "steps"]
        if changed:
            raise CheckpointError(
                f"{self.run} was begun with another {' and '.join(changed)}; give the same, or another --run."
            )

    def _load(self) -> None:
        tensors, meta = read_tensors(self.run / CHECKPOINT)
        self.method.generator.load_state_dict(under("generator", tensors))
        self.method.discriminator.load_state_dict(under("discriminator", tensors))
        self.average.load_state_dict(under("average", tensors))
        load_optimizer(self.generator_optimizer, under("generator_optimizer", tensors))
        load_optimizer(self.discriminator_optimizer, under("discriminator_optimizer", tensors))
        self.step = meta["step"]
        _drop_later_lines(self.run / "log.jsonl", self.step)


def _adam(network: torch.nn.Module, config: TrainConfig, rate: float) -> torch.optim.Adam:
    optimizer = torch.optim.Adam(network.parameters(), rate, config.betas)
    for group in optimizer.param_groups:
        group["initial"] = rate
    return optimizer


def _optimise(optimizer: torch.optim.Optimizer, terms: dict[str, Tensor]) -> None:
    optimizer.zero_grad(set_to_none=True)
    torch.stack(list(terms.values())).sum().backward()
    optimizer.step()


def _mix(seed: int, step: int) -> int:
    """One seed from two, far apart for neighbours (the constants are SplitMix64's)."""
    value = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    return (value ^ (value >> 31)) & (2**63 - 1)


def _drop_later_lines(path: Path, step: int) -> None:
    """Cuts a log back to its checkpoint, so that a resumed run logs each step once."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    kept = [line for line in lines if line.endswith("}\n") and json.loads(line)["step"] <= step]
    path.write_text("".join(kept))


def _summary(values: dict[str, float]) -> str:
    sums = {"G": "generator/", "D": "discriminator/"}
    parts = [f"{k} {sum(v for name, v in values.items() if name.startswith(p)):.2f}" for k, p in sums.items()]
    return " ".join([*parts, f"ess {values.get('aiw/effective_sample_size', 0):.1f}"])


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
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
