"""Fixtures of the training tests: drawn data, and trainers small enough for a run in a second."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.training.datasets import write_celeba
from training.checkpoint import read_tensors
from training.data.store import DecodedPhotos, Pixels
from training.data.table import Table, View
from training.execution import PLAIN, Execution
from training.methods import METHODS
from training.networks.embedding import Embedding
from training.presets import PRESETS, TrainConfig
from training.run import CHECKPOINT
from training.trainer import Trainer


@pytest.fixture(scope="session")
def celeba(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn data directory in CelebA's layout, not to be written to."""
    return write_celeba(tmp_path_factory.mktemp("data") / "celeba")


class PrecisePhotos(DecodedPhotos):
    """Photos as float64."""

    def __init__(self, table: Table, pixels: Pixels, fingerprint: str) -> None:
        super().__init__(table, pixels, fingerprint)
        self.attributes = self.attributes.double()

    def images(self, indices: Tensor) -> Tensor:
        return super().images(indices).double()


def draw_photos(config: TrainConfig, count: int = 12, kind: type[DecodedPhotos] = DecodedPhotos) -> DecodedPhotos:
    """Photos of noise for any domain; attributes are random, folders alternate."""
    random, names = np.random.default_rng(0), config.domain.attributes
    if config.domain.kind == "attributes":
        attributes = random.integers(0, 2, (count, len(names)))
    else:
        attributes = np.eye(len(names), dtype=np.int64)[np.arange(count) % len(names)]
    view: View = "halves" if config.domain.kind == "paired" else "whole"
    pixels = random.integers(0, 256, (count, 3, *config.size), np.uint8)
    return kind(Table((), attributes.astype(np.float32), None, view), pixels, "drawn")


def phi() -> Embedding:
    """An embedding that was not trained."""
    return Embedding(8).eval().requires_grad_(False)


def make_trainer(
    run: Path,
    config: TrainConfig = PRESETS["debug/init"],
    execution: Execution = PLAIN,
    precise: bool = False,
) -> Trainer:
    """A new trainer of `config` in `run`, which resumes what is there; `precise`: in float64."""
    photos = draw_photos(config, kind=PrecisePhotos if precise else DecodedPhotos)
    torch.manual_seed(config.seed)
    method = METHODS[config.method].create(config.domain, config.options, phi)
    if precise:
        for network in method.networks:
            network.double()
    return Trainer(run, config, method, photos, photos, execution)


def assert_same_training(one: Trainer, other: Trainer, within: float = 1e-5) -> None:
    """Fails unless two trainers, best of float64, hold the same to rounding: every mean gradient, relative to the
    network's greatest, and every weight. In float32 an activation at a kink may fall on either side. Weights whose
    gradient is rounding alone (a bias before an instance norm) are left out: Adam moves them by full steps, here or
    there, to no effect.
    """
    assert one.step == other.step
    for side, network in one.networks.items():
        pairs = list(zip(network.parameters(), other.networks[side].parameters(), strict=True))
        moments = [(one.optimizers[side].state[a], other.optimizers[side].state[b]) for a, b in pairs]
        greatest = max(moment["exp_avg"].abs().max().item() for moment, _ in moments)
        for (a, b), (first, second) in zip(pairs, moments, strict=True):
            assert torch.allclose(first["exp_avg"], second["exp_avg"], rtol=0, atol=within * greatest)
            felt = first["exp_avg_sq"].sqrt() > 100 * within * greatest
            assert torch.allclose(a[felt], b[felt], rtol=0, atol=within)


def state(run: Path) -> dict[str, bytes]:
    """Every tensor of a run's checkpoint, bit for bit, and its step."""
    tensors, meta = read_tensors(run / CHECKPOINT)
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()} | {"step": bytes(meta["step"])}
