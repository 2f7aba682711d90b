"""What is served when serving is measured: releases, photos, and the ways to serve them."""

import io
import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from service.engine.runtimes.choose import RuntimeName
from service.settings import Settings
from service.up import free_port
from tools import Problem
from tools.load import Request, multipart
from tools.servers import Server
from training import images
from training.checkpoint import CheckpointError
from training.domains import FACES
from training.export import export_runtimes
from training.methods.init import Init, InitConfig
from training.networks.classifier import AttributeClassifier
from training.registry import Registry
from training.release import Release, ReleaseConfig, write_release

PHOTO_SIDE, PHOTOS, QUALITY = 256, 16, 92
CALIBRATION, HELD_OUT = 4, 2
# The service's setting for each runtime, by the name that it then has.
CPU_RUNTIMES: dict[str, RuntimeName] = {
    "torch-cpu-fp32": "torch",
    "openvino-fp32": "openvino-fp32",
    "openvino-int8": "openvino-int8",
}
GPU_RUNTIMES: dict[str, RuntimeName] = {"torch-cuda-bf16": "torch"}
FIELDS = {"attributes": '{"Smiling": true}', "aligned": "true"}


def runtimes() -> dict[str, RuntimeName]:
    """Those of the service that are measured on this machine, the one that is meant to be fastest last."""
    return GPU_RUNTIMES if torch.cuda.is_available() else CPU_RUNTIMES


@dataclass(frozen=True)
class LitSetting:
    """How LitServe is set up: max_batch_size, batch_timeout (seconds), workers_per_device, torch's threads in each."""

    batch: int
    wait: float
    workers: int
    threads: int

    @property
    def arguments(self) -> list[str]:
        return [word for name, value in vars(self).items() for word in (f"--{name}", str(value))]


def lit_settings() -> tuple[LitSetting, ...]:
    """Those that are tried; the best of them is the rival."""
    cores = os.cpu_count() or 1
    if torch.cuda.is_available():
        # Its workers decode and encode too, so that one alone would leave the GPU idle.
        settings = ((8, 8), (8, 12))  # four of 16, and one of 64, got less done on the GPU that was tried
        return tuple(LitSetting(batch, 0.01, workers, max(1, cores // workers)) for batch, workers in settings)
    return (
        LitSetting(8, 0.01, 1, cores),
        LitSetting(4, 0.0, cores, 1),
        LitSetting(1, 0.0, cores, 1),
    )


@dataclass(frozen=True)
class Subject:
    """A release, alone in or promoted by its registry, and the requests that are sent for it."""

    name: str
    registry: Path
    release: Release
    requests: tuple[Request, ...]

    def ours(self, setting: str, folder: Path, **more: str) -> Server:
        """The whole service, `python -m service up`, with data of its own.

        Args:
            setting: INIT_RUNTIME.
            more: further settings, without INIT_.
        """
        return self._service("up", f"{self.name}-{setting}", {"INIT_RUNTIME": setting, **_settings(more)}, folder)

    def api(self, name: str, broker: str, folder: Path, **more: str) -> Server:
        """Of the service the API alone; `broker`: its address."""
        return self._service("api", name, {"INIT_RUNTIME": "torch", "REDIS_URL": broker, **more}, folder)

    def _service(self, part: str, name: str, more: dict[str, str], folder: Path) -> Server:
        port, data = free_port(), folder / name
        data.mkdir()
        own = {"PORT": str(port), "HOST": "127.0.0.1", "DATA_DIR": str(data), "RELEASES_DIR": str(self.registry)}
        own["DEADLINE_SECONDS"] = "120"  # the rivals answer however late; 64 that wait take half a minute of two cores
        own["API_PROCESSES"] = "1"  # the one whose memory is watched; beside a GPU there would be several
        inherited = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
        command, url = [sys.executable, "-m", "service", part], f"http://127.0.0.1:{port}"
        environment = {**inherited, **_settings(own), **more}
        return Server(name, command, environment, url, "/health/ready", folder, "service api")

    def plain(self, folder: Path) -> Server:
        """Rival (i)."""
        return self._rival("plain", lambda port: [str(self.release.path), port], folder)

    def litserve(self, setting: LitSetting, folder: Path) -> Server:
        """Rival (ii)."""
        place = [str(self.release.path), self.release.domain.name]
        return self._rival("lit", lambda port: [*place, port, *setting.arguments], folder)

    def _rival(self, module: str, arguments: Callable[[str], list[str]], folder: Path) -> Server:
        port = free_port()
        command = [sys.executable, "-m", f"tools.rivals.{module}", *arguments(str(port))]
        name = f"{self.name}-{module}"
        # LitServe does not always end when it is asked to; it has nothing to lose.
        return Server(name, command, os.environ, f"http://127.0.0.1:{port}", "/health", folder, patience=3.0)


def _settings(values: dict[str, str]) -> dict[str, str]:
    return {f"INIT_{name}": value for name, value in values.items()}


def paper_subject(folder: Path, width: int = 64, blocks: int = 6, side: int = 256, int8: bool = True) -> Subject:
    """A generator of the paper's size with random weights, exported in INT8 where a CPU may run it.

    How fast it is does not depend on the weights, but for the first convolutions that the export leaves in floating
    point where they are as sensitive as these are.
    """
    torch.manual_seed(0)
    options = InitConfig(generator="residual", generator_width=width, generator_blocks=blocks)
    config = ReleaseConfig(
        domain=FACES, size=(side, side), method="init", options=options, classifier_width=32, step=0,
        data="none: random networks to measure speed",
    )  # fmt: skip
    generator = Init.build_generator(FACES, options)
    classifier = AttributeClassifier(len(FACES.attributes), config.classifier_width)
    registry = folder / "releases"
    path = registry / FACES.name / "paper"
    path.mkdir(parents=True)
    release = write_release(path, config, generator, classifier, {}, "# Random weights, to measure speed\n")
    if int8 and runtimes() is CPU_RUNTIMES:
        views = torch.stack([images.to_tensor(images.decode(photo), config.size) for photo in portraits()])
        export_runtimes(path, views[:CALIBRATION], views[CALIBRATION : CALIBRATION + HELD_OUT])
    Registry(registry).promote(FACES.name, release.name)
    return Subject("paper", registry, release, write_requests(folder))


def shipped_subject(folder: Path) -> Subject:
    """The promoted release of faces. Raises Problem where there is none."""
    registry = Settings().releases_dir
    try:
        release = Registry(registry).current(FACES.name)
    except CheckpointError as error:
        raise Problem(str(error)) from error
    if release is None:
        raise Problem("No release of faces is promoted, so there is nothing to measure: python -m training promote.")
    return Subject("shipped", registry, release, write_requests(folder))


def write_requests(folder: Path) -> tuple[Request, ...]:
    """A request for each photo, in files."""
    requests = []
    for i, photo in enumerate(portraits()):
        file = folder / f"request-{i}"
        file.write_bytes(multipart(f"/v1/{FACES.name}/translate", FIELDS, photo))
        requests.append(Request(str(file)))
    return tuple(requests)


def portraits(count: int = PHOTOS, side: int = PHOTO_SIDE) -> list[bytes]:
    """Square JPEGs cut out of the shipped samples, the same each time."""
    draw = random.Random(0)
    samples = [Image.open(path).convert("RGB") for path in sorted(Settings().samples_dir.glob("*.jpg"))]
    photos = []
    for i in range(count):
        sample = samples[i % len(samples)]
        edge = draw.randint(min(sample.size) * 3 // 4, min(sample.size))
        left, top = draw.randint(0, sample.width - edge), draw.randint(0, sample.height - edge)
        buffer = io.BytesIO()
        cut = sample.resize((side, side), Image.Resampling.LANCZOS, box=(left, top, left + edge, top + edge))
        cut.save(buffer, "JPEG", quality=QUALITY)
        photos.append(buffer.getvalue())
    return photos
