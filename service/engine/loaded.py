"""A release that is loaded: its runtime, the batcher whose slots run it, and how many requests use it."""

from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from service.engine.admission import Request
from service.engine.arithmetic import compute_alone
from service.engine.batcher import Batcher, Ran
from service.engine.runtimes import EDIT, PREDICT, TRANSLATE, Change, Runtime
from service.metrics import Metrics
from training.images import to_pictures
from training.release import Release

_Key = tuple[str, int, int]  # what is asked for, H and W: what may run together

MOST_QUEUED = 4096  # items; requests are refused long before


@dataclass(frozen=True)
class _Work:
    pictures: Tensor
    more: tuple[Any, ...] = ()  # of each image: source and target, to be translated; the change, to be edited


class Loaded:
    """One release, ready to run.

    On a CPU what is asked runs alone: several at once would only keep other slots idle. On a GPU it is run together,
    while the next batch gathers and is made ready. Images that are asked for at once stay together.

    Args:
        batch_pixels: the most in one batch on a GPU.

    Attributes:
        users: requests that have begun with it and are not done.
        used: when one last began, on time.monotonic's clock.
        retired: whether it is to be closed once its users are done.
    """

    def __init__(self, runtime: Runtime, batch_pixels: int, metrics: Metrics) -> None:
        self.runtime, self._metrics = runtime, metrics
        batched = "cuda" in runtime.name
        self._batcher = Batcher[_Work, Tensor](
            self._run,
            slots=runtime.concurrency,
            budget=batch_pixels if batched else 1,
            capacity=MOST_QUEUED,
            name=f"{runtime.release.domain.name}-{runtime.name}",
            prepare=compute_alone,
        )
        self.users, self.used, self.retired = 0, 0.0, False

    @property
    def release(self) -> Release:
        """What is loaded."""
        return self.runtime.release

    @property
    def label(self) -> str:
        """name@digest, as responses and metrics name it."""
        return f"{self.release.name}@{self.release.digest[:12]}"

    def depth(self) -> int:
        """How many images wait."""
        return sum(len(work.pictures) for work in self._batcher.waiting())

    def predict(self, request: Request, pictures: Tensor) -> "Future[Ran[Tensor]]":
        """Runtime.predict of pictures (B, H, W, 3), uint8."""
        return self._submit(PREDICT, request, _Work(pictures))

    def translate(self, request: Request, pictures: Tensor, source: Tensor, target: Tensor) -> "Future[Ran[Tensor]]":
        """Runtime.translate of pictures (B, H, W, 3), uint8, and to such."""
        return self._submit(TRANSLATE, request, _Work(pictures, (source, target)))

    def edit(self, request: Request, pictures: Tensor, changes: Sequence[Change]) -> "Future[Ran[Tensor]]":
        """Runtime.edit of pictures (B, H, W, 3), uint8, and to such."""
        return self._submit(EDIT, request, _Work(pictures, (changes,)))

    def close(self) -> None:
        """Ends threads and lets go of memory; none of its users may be left."""
        self._batcher.close()
        self.runtime.close()

    def forget(self) -> None:
        """Has metrics tell of it no longer."""
        self._metrics.closed(self.release.domain.name, self.label)

    def _submit(self, kind: str, request: Request, work: _Work) -> "Future[Ran[Tensor]]":
        count, height, width, _ = work.pictures.shape
        key: _Key = kind, height, width
        return self._batcher.submit(key, work, count * height * width, request.place, request.bulk, request.deadline)

    def _run(self, key: Hashable, batch: list[_Work]) -> Sequence[Tensor]:
        kind, *_ = cast(_Key, key)
        counts = [len(work.pictures) for work in batch]
        images = self.runtime.gather([work.pictures for work in batch])
        if kind == PREDICT:
            return torch.split(self.runtime.predict(images), counts)
        self._metrics.batch(self.release.domain.name, self.label, len(images))
        if kind == EDIT:
            made = self.runtime.edit(images, [change for work in batch for change in work.more[0]])
        else:
            made = self.runtime.translate(images, *map(torch.cat, zip(*(work.more for work in batch), strict=True)))
        return torch.split(made if made.dtype == torch.uint8 else to_pictures(made), counts)
