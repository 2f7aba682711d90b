"""INIT's step by the engine and by the reference, on drawn data, ready for `tools.bench_train` to time."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tools.reference import Reference, Sample
from training.data.store import DecodedPhotos
from training.data.table import Table
from training.execution import Execution
from training.methods.init import Init, InitConfig
from training.networks.embedding import Embedding
from training.presets import PRESETS, TrainConfig
from training.trainer import Trainer

PHOTOS = 64
REFERENCE = "reference"
CONTENDERS = {
    "cpu": {"fp32": Execution()},
    "cuda": {
        "fp32": Execution("cuda"),
        "tf32": Execution("cuda", "tf32"),
        "bf16": Execution("cuda", "bf16"),
        "bf16, compiled": Execution("cuda", "bf16", compile=True),
    },
}
Step = Callable[[], object]


@contextmanager
def step_of(preset: str, contender: str, device: str) -> Iterator[Step]:
    """A step of a contender, new, with its data read as in training."""
    config = PRESETS[preset]
    if contender == REFERENCE:
        yield reference_step(config, device)
        return
    with engine(config, CONTENDERS[device][contender]) as trainer:
        tf32 = trainer.execution.precision != "fp32"

        def step() -> None:
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
            trainer.train_step()

        yield step


@contextmanager
def engine(config: TrainConfig, execution: Execution) -> Iterator[Trainer]:
    photos = drawn_photos(config)
    with tempfile.TemporaryDirectory() as run:
        yield Trainer(Path(run), config, new_method(config), photos, photos, execution)


def reference_step(config: TrainConfig, device: str) -> Step:
    method, photos = new_method(config), drawn_photos(config)
    method.embedding = new_embedding()  # as it was trained, its batch norms not folded away
    for network in method.networks:
        network.to(device)
    reference = Reference(method, config)

    def step() -> None:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        batch = torch.randperm(PHOTOS)[: config.batch]
        images, attributes = photos.images(batch).to(device), photos.attributes[batch].to(device)
        reference.step(sample(images, attributes, method.config))

    return step


def sample(images: Tensor, attributes: Tensor, config: InitConfig) -> Sample:
    """A batch with targets drawn from its own attributes."""

    def drawn() -> Tensor:
        return attributes[torch.randperm(len(attributes), device=attributes.device)]

    target = drawn()
    chains = [[*(drawn() for _ in range(n - 1)), target] for n in range(1, config.hops + 1)]
    return Sample(images, attributes, chains, drawn())


def new_method(config: TrainConfig) -> Init:
    torch.manual_seed(0)
    assert isinstance(config.options, InitConfig)
    return Init.create(config.domain, config.options, new_embedding)


def new_embedding() -> Embedding:
    return Embedding().eval().requires_grad_(False)


def drawn_photos(config: TrainConfig) -> DecodedPhotos:
    """Noise at the model's size, in memory."""
    random = np.random.default_rng(0)
    attributes = random.integers(0, 2, (PHOTOS, len(config.domain.attributes))).astype(np.float32)
    pixels = random.integers(0, 256, (PHOTOS, 3, *config.size), np.uint8)
    return DecodedPhotos(Table((), attributes, None), pixels, "")
