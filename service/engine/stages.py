"""One request's way through the queues: the codec threads, and the slots of its model. It only awaits."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from torch import Tensor

from service.engine.admission import Request
from service.engine.arithmetic import compute_alone
from service.engine.batcher import Batcher, Ran
from service.engine.loaded import Loaded
from service.engine.runtimes import Change, as_rows
from service.engine.views import View, tile
from training.domains import apply_change, decide

T = TypeVar("T")
Job = Callable[[], object]
Codec = Batcher[Job, object]


def make_codec(threads: int, capacity: int) -> Codec:
    """Threads that decode, find, paste and encode, one photo each at a time; who came first goes first."""
    return Batcher(
        lambda _, jobs: [job() for job in jobs],
        threads,
        budget=1,
        capacity=capacity,
        name="codec",
        prepare=compute_alone,
    )


class Stages:
    """The queues that one request goes through.

    Args:
        tile_pixels: a larger view is translated in pieces.
    """

    def __init__(self, request: Request, codec: Codec, loaded: Loaded, tile_pixels: int) -> None:
        self.request, self.loaded = request, loaded
        self._codec, self._tile_pixels = codec, tile_pixels

    async def codec(self, job: Callable[[], T]) -> T:
        """What `job` returns, run in a codec thread."""
        return await in_codec(self._codec, self.request, job)

    async def predict(self, views: Sequence[View]) -> list[list[float]]:
        """The probabilities of each view's attributes."""
        rows = await self._run(self.loaded.predict(self.request, view.seen[None]) for view in views)
        return [row.tolist() for row in rows]

    async def translate(self, views: Sequence[View], changes: Sequence[Change]) -> list[list[Tensor]]:
        """For each change what the model makes of each view, (H, W, 3)."""
        domain, multiple = self.loaded.release.domain, self.loaded.runtime.multiple
        tilings = [tile(view.image, multiple, self._tile_pixels) for view in views]
        if len(changes) == 1 and all(view.seen is view.image for view in views) and max(map(len, tilings)) == 1:
            # What is classified is what is translated, and once: one turn in the queue, one way to the model.
            return [await self._run(self.loaded.edit(self.request, view.image[None], changes) for view in views)]
        sources = [decide(domain, probabilities) for probabilities in await self.predict(views)]
        futures = (
            self.loaded.translate(
                self.request, piece[None], as_rows([source]), as_rows([apply_change(domain, source, change)])
            )
            for change in changes
            for view, source, tiling in zip(views, sources, tilings, strict=True)
            for piece in tiling.cut(view.image)
        )
        pieces = iter(await self._run(futures))
        return [[tiling.join([next(pieces) for _ in tiling.starts]) for tiling in tilings] for _ in changes]

    async def _run(self, futures: "Iterable[Future[Ran[Tensor]]]") -> list[Tensor]:
        # What became of each; it is about one image. They are asked for here: where one is refused, none stays behind.
        begun, asked = time.perf_counter(), list[Future[Ran[Tensor]]]()
        try:
            asked.extend(futures)
            ran = await asyncio.gather(*map(asyncio.wrap_future, asked))
        except BaseException:
            for future in asked:
                future.cancel()
            raise
        waited = time.perf_counter() - begun
        forward = min(waited, sum({each.ran for each in ran}))  # of a batch, each of its items tells the same
        self.request.timings.forward += 1000 * forward
        self.request.timings.queue += 1000 * (waited - forward)
        return [each.value[0] for each in ran]


async def in_codec(codec: Codec, request: Request, job: Callable[[], T]) -> T:
    """What `job` returns, run in a codec thread."""
    future = codec.submit("codec", job, 1, request.place, request.bulk, request.deadline)
    ran = await asyncio.wrap_future(future)
    request.timings.queue += 1000 * ran.queued
    return ran.value  # type: ignore[return-value]  # the codec's jobs are of every type
