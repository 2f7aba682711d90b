"""Releases: a directory with generator.safetensors, config.json, metrics.json, MODEL_CARD.md and grid.jpg.

The file of weights holds the generator and the attribute classifier; config.json rebuilds both. Nothing is unpickled.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationError, ValidationInfo, field_validator
from torch import Tensor

from .checkpoint import CheckpointError, prefixed, read_json, read_tensors, under, write_json, write_tensors
from .digest import CONFIG as CONFIG
from .digest import NAME, release_digest
from .digest import WEIGHTS as WEIGHTS
from .domains import Domain
from .methods import METHODS, MethodConfig
from .networks.classifier import AttributeClassifier

METRICS, CARD = "metrics.json", "MODEL_CARD.md"
GRID = "grid.jpg"


class ReleaseConfig(BaseModel):
    """What rebuilds a release's networks, and where it came from (config.json)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[2] = 2
    domain: Domain
    size: tuple[int, int]
    method: str
    options: SerializeAsAny[MethodConfig]
    classifier_width: int
    step: int
    data: str
    intensity: float = Field(1.0, gt=0, description="scales target - source (test_int of AttGAN and STGAN)")
    job: str = Field("", description="the service's job that trained it; empty where a person did")

    @field_validator("options", mode="before")
    @classmethod
    def _of_the_method(cls, value: Any, info: ValidationInfo) -> Any:
        kind = METHODS.get(info.data.get("method", ""))
        if kind is None:
            raise ValueError("this version does not have its method")
        return value if isinstance(value, kind.Config) else kind.Config.model_validate(value)


@dataclass(frozen=True)
class Release:
    """A release on disk.

    Attributes:
        path: its directory.
        domain: what it translates, with its attributes in the order of the attribute vector.
        name: its name, unique within the domain.
        digest: SHA-256 of its weights and configuration, hexadecimal.
        size: (height, width) of the model's view of a photo.
    """

    path: Path
    domain: Domain
    name: str
    digest: str
    size: tuple[int, int]


def read_release(path: Path) -> Release:
    """Reads a release's description and checks that it fits this version. Raises CheckpointError."""
    config = read_config(path)
    if not (path / WEIGHTS).is_file():
        raise CheckpointError(f"{path / WEIGHTS} is missing; restore it or make the release anew.")
    return Release(path, config.domain, path.name, release_digest(path), config.size)


def read_config(path: Path) -> ReleaseConfig:
    """What rebuilds the release at `path`. Raises CheckpointError where it is missing or not of this version."""
    try:
        return ReleaseConfig.model_validate(read_json(path / CONFIG))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CheckpointError(f"{path / CONFIG}: {where}: {first['msg']}; restore it.") from None


class Translator:
    """A release loaded on a device, in evaluation mode. Call it from one thread at a time.

    Attributes:
        release: what was loaded.
        device: where its tensors are; those given to it are moved there.
        generator, classifier: its networks, frozen, in channels_last.
        multiple: what H and W of images must be divisible by.
    """

    def __init__(self, release: Release, device: torch.device) -> None:
        config = read_config(release.path)
        self.release, self.device = release, device
        self._config = config
        self.generator = METHODS[config.method].build_generator(config.domain, config.options)
        self.classifier = AttributeClassifier(len(config.domain.attributes), config.classifier_width)
        self.multiple = int(self.generator.multiple)  # type: ignore[arg-type]  # a number of every generator
        tensors, _ = read_tensors(release.path / WEIGHTS)
        for name, network in (("generator", self.generator), ("classifier", self.classifier)):
            _load(network, under(name, tensors), release.path / WEIGHTS)
            network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def predict(self, images: Tensor) -> Tensor:
        """The probability of each attribute, (B, n) in [0, 1], for images (B, 3, H, W) in [-1, 1]."""
        result: Tensor = self.classifier(images.to(self.device)).sigmoid()
        return result

    def condition(self, source: Tensor, target: Tensor) -> Tensor:
        """What the generator sees of attributes (B, n) in {0, 1}, in the release's order: (B, n)."""
        return self._config.options.condition(source, target, self._config.intensity)

    @torch.inference_mode()
    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """One hop, as the paper at test time: images (B, 3, H, W) in [-1, 1] with attributes `source` to `target`.

        Attributes are (B, n) in {0, 1}, in the release's order. Returns (B, 3, H, W) in [-1, 1].
        """
        condition = self.condition(source, target)
        result: Tensor = self.generator(images.to(self.device), condition.to(self.device))
        return result


def load_translator(release: Release, device: str | None = None) -> Translator:
    """Loads a release on `device`, by default the GPU where there is one. Raises CheckpointError."""
    return Translator(release, torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu")))


def check_name(name: str) -> None:
    """Raises CheckpointError where no release may be called so."""
    if not re.fullmatch(NAME, name):
        raise CheckpointError(
            f"{name!r} is not the name of a release; use letters from A to Z, digits, dots, hyphens and underscores, "
            "at most 100 of them, of which the first is a letter or a digit."
        )


def write_release(
    path: Path,
    config: ReleaseConfig,
    generator: torch.nn.Module,
    classifier: torch.nn.Module,
    metrics: dict[str, Any],
    card: str,
) -> Release:
    """Writes a release's directory; weights are kept as float16, at which edits differ by less than a grey level."""
    tensors = prefixed("generator", generator.state_dict()) | prefixed("classifier", classifier.state_dict())
    half = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    write_tensors(path / WEIGHTS, half, {"domain": config.domain.name})
    write_json(path / METRICS, metrics)
    (path / CARD).write_text(card, encoding="utf-8")
    write_json(path / CONFIG, config.model_dump(mode="json"))
    return read_release(path)


def _load(network: torch.nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    try:
        network.load_state_dict(
            {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
        )
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{path} does not fit its config.json ({first}); restore the release.") from None
