"""Fixtures of the training tests: a drawn data set, and a method small enough to train in a second."""

from pathlib import Path

import pytest
import torch

from tests.training.datasets import write_celeba
from training.data.store import Photos, open_photos
from training.domains import FACES
from training.methods import Init
from training.networks.embedding import Embedding
from training.presets import PRESETS, TrainConfig
from training.trainer import Trainer


@pytest.fixture(scope="session")
def celeba(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn data directory in CelebA's layout, not to be written to."""
    return write_celeba(tmp_path_factory.mktemp("data") / "celeba")


@pytest.fixture(scope="session")
def photos(celeba: Path, tmp_path_factory: pytest.TempPathFactory) -> Photos:
    return open_photos(celeba, FACES, "train", (32, 24), tmp_path_factory.mktemp("cache"))


def make_trainer(run: Path, photos: Photos, config: TrainConfig = PRESETS["debug/init"]) -> Trainer:
    """A new trainer of the debug preset in `run`; it resumes what is there."""
    torch.manual_seed(config.seed)
    phi = Embedding(8).eval().requires_grad_(False) if config.init.aiw else None
    return Trainer(run, config, Init(FACES, config.init, phi), photos, photos, "cpu")
