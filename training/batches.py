"""Which photos a step shows: a pure function of (seed, step), cut into parts for processes and for memory."""

from concurrent.futures import Future, ThreadPoolExecutor

import torch
from torch import Tensor

from .data.photos import Photos
from .data.sampling import order
from .methods import Batch
from .presets import TrainConfig


class Batches:
    """The batches of a run.

    Args:
        photos: what is shown.
        config: of the run.
        parts: equal pieces that the batch of a step is cut into.
        device: where the images are put.

    Attributes:
        layout: in memory, of images and networks.

    Raises:
        ValueError: the batch cannot be cut so.
        DataError: there are too few photos.
    """

    def __init__(self, photos: Photos, config: TrainConfig, parts: int, device: torch.device) -> None:
        if str(device) == "cuda":  # which one it is, is known to this thread alone
            device = torch.device("cuda", torch.cuda.current_device())
        self._photos, self._config, self._device = photos, config, device
        # While a GPU works on a step, the CPU reads the next one's photos. Where the CPU does both, nothing is gained.
        self._reader = ThreadPoolExecutor(1, "photos") if device.type == "cuda" else None
        self._ahead: dict[tuple[int, int], Future[Batch]] = {}
        self._size = _part_size(config, parts)
        # Of one image that lies channel by channel, torch's instance norm gives wrong gradients (2.15, on a CPU).
        alone = self._size <= _folders(config)
        self.layout = torch.contiguous_format if alone else torch.channels_last
        self._epoch = (0, order(photos, config.domain, config.batch, config.seed, 0))
        self._per_epoch = len(self._epoch[1]) // config.batch

    def part(self, step: int, number: int) -> Batch:
        """Part `number` of the batch of iteration `step` (from 0). Raises DataError where photos have gone."""
        if self._reader is None:
            return self._read(step, number)
        wanted = self._ahead.pop((step, number), None) or self._reader.submit(self._read, step, number)
        self._ahead[step + 1, number] = self._reader.submit(self._read, step + 1, number)
        return wanted.result()

    def _read(self, step: int, number: int) -> Batch:
        config, own = self._config, slice(number * self._size, (number + 1) * self._size)
        joint = self._joint(step)
        random = torch.Generator().manual_seed(mix(config.seed, -1 - step))
        flips = torch.rand(len(joint), generator=random) < (0.5 if config.flip else 0.0)
        attributes, flipped = self._photos.attributes[joint], flips[own]
        truth = None
        if config.domain.kind == "paired":
            truth = self._photos.truth(joint[own], 1 - attributes[own])
            truth = None if truth is None else self._on_device(truth, flipped)
        images = self._on_device(self._photos.images(joint[own]), flipped)
        return Batch(images, attributes[own].to(self._device), attributes, own.start, truth)

    def _joint(self, step: int) -> Tensor:
        """The indices of a whole step, (J,)."""
        config = self._config
        epoch, position = divmod(step, self._per_epoch)
        if self._epoch[0] != epoch:
            self._epoch = (epoch, order(self._photos, config.domain, config.batch, config.seed, epoch))
        return self._epoch[1][position * config.batch : (position + 1) * config.batch]

    def _on_device(self, images: Tensor, flipped: Tensor) -> Tensor:
        images = torch.where(flipped[:, None, None, None], images.flip(-1), images)
        return images.to(self._device, memory_format=self.layout)


def _part_size(config: TrainConfig, parts: int) -> int:
    folders = _folders(config)
    if config.batch % (parts * folders):
        each = f", with as many photos of each of {folders} folders" if folders > 1 else ""
        raise ValueError(
            f"A batch of {config.batch} cannot be cut into {parts} equal parts{each}: change --accumulate, the number "
            "of processes or --set batch=..."
        )
    return config.batch // parts


def _folders(config: TrainConfig) -> int:
    """How many kinds of image every part holds."""
    return 1 if config.domain.kind == "attributes" else len(config.domain.attributes)


def mix(seed: int, step: int) -> int:
    """One seed from two, far apart for neighbours (the constants are SplitMix64's)."""
    value = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    return (value ^ (value >> 31)) & (2**62 - 1)
