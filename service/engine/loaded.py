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
from training.release import Release

_Key = tuple[str, int, int]  # what is asked for, H and W: what may run together

MOST_QUEUED = 4096  # images; requests are refused long before


@dataclass(frozen=True)
class _Work:
    image: Tensor
    more: tuple[Any, ...] = ()  # source and target, to be translated; the change, to be edited


class Loaded:
    """One release, ready to run.

    On a CPU each image runs alone: several at once would only keep other slots idle. On a GPU they are run together,
    while the next batch gathers and is made ready.

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
        return self._batcher.depth()

    def predict(self, request: Request, image: Tensor) -> "Future[Ran[Tensor]]":
        """The probabilities (n,) of an image's attributes; see Runtime.predict."""
        return self._submit(PREDICT, request, _Work(image))

    def translate(self, request: Request, image: Tensor, source: Tensor, target: Tensor) -> "Future[Ran[Tensor]]":
        """The translation (3, H, W) of an image with attributes (n,); see Runtime.translate."""
        return self._submit(TRANSLATE, request, _Work(image, (source, target)))

    def edit(self, request: Request, image: Tensor, change: Change) -> "Future[Ran[Tensor]]":
        """The translation (3, H, W) of an image from what it shows to that with a change; see Runtime.edit."""
        return self._submit(EDIT, request, _Work(image, (change,)))

    def close(self) -> None:
        """Ends threads and lets go of memory; none of its users may be left."""
        self._batcher.close()
        self.runtime.close()
        self._metrics.closed(self.release.domain.name, self.label)

    def _submit(self, kind: str, request: Request, work: _Work) -> "Future[Ran[Tensor]]":
        _, height, width = work.image.shape
        key: _Key = kind, height, width
        return self._batcher.submit(key, work, height * width, request.place, request.bulk, request.deadline)

    def _run(self, key: Hashable, batch: list[_Work]) -> Sequence[Tensor]:
        kind, *_ = cast(_Key, key)
        images = self.runtime.gather([work.image for work in batch])
        if kind == PREDICT:
            return self.runtime.predict(images).unbind()
        self._metrics.batch(self.release.domain.name, self.label, len(batch))
        more = zip(*(work.more for work in batch), strict=True)
        if kind == EDIT:
            made = self.runtime.edit(images, *more)
        else:
            made = self.runtime.translate(images, *map(torch.stack, more))
        return made.to(batch[0].image.dtype).unbind()
