"""A release that is loaded: its runtime, the batcher whose slots run it, and how many requests use it."""

from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass

import torch
from torch import Tensor

from service.engine.admission import Request
from service.engine.arithmetic import compute_alone
from service.engine.batcher import Batcher, Ran
from service.engine.runtimes import PREDICT, TRANSLATE, Runtime
from service.metrics import Metrics
from training.release import Release

MOST_QUEUED = 4096  # images; requests are refused long before


@dataclass(frozen=True)
class _Work:
    image: Tensor
    source: Tensor
    target: Tensor


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
        none = torch.empty(0)
        return self._submit(PREDICT, request, _Work(image, none, none))

    def translate(self, request: Request, image: Tensor, source: Tensor, target: Tensor) -> "Future[Ran[Tensor]]":
        """The translation (3, H, W) of an image with attributes (n,); see Runtime.translate."""
        return self._submit(TRANSLATE, request, _Work(image, source, target))

    def close(self) -> None:
        """Ends threads and lets go of memory; none of its users may be left."""
        self._batcher.close()
        self.runtime.close()
        self._metrics.closed(self.release.domain.name, self.label)

    def _submit(self, kind: str, request: Request, work: _Work) -> "Future[Ran[Tensor]]":
        _, height, width = work.image.shape
        return self._batcher.submit(
            (kind, height, width), work, height * width, request.place, request.bulk, request.deadline
        )

    def _run(self, key: Hashable, batch: list[_Work]) -> tuple[Tensor, ...]:
        images = torch.stack([work.image for work in batch])
        if isinstance(key, tuple) and key[0] == PREDICT:
            return self.runtime.predict(images).unbind()
        self._metrics.batch(self.release.domain.name, self.label, len(batch))
        sources, targets = (torch.stack(rows) for rows in zip(*((w.source, w.target) for w in batch), strict=True))
        return self.runtime.translate(images, sources, targets).unbind()
