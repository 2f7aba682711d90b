"""The engine of a process: its threads, how many photos may wait, and the watch on promotions.

One thread runs the models. A few others decode and encode; each keeps its photo while it waits for the model, so their
number also bounds how many decoded photos are in memory. An event loop only awaits.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from service.engine.pool import ModelPool
from service.engine.translate import Edit, Prediction, predict, translate
from service.errors import ServiceError
from training.images import Limits
from training.registry import Registry
from training.release import Release, Translator, load_translator

T = TypeVar("T")


class Engine:
    """Edits photos, one model run at a time.

    Args:
        releases: directory of the registry.
        limits: of photos.
        threads: that decode and encode.
        max_waiting: requests inside at once; further ones are refused.
        load: makes a Translator of a release.
    """

    def __init__(
        self,
        releases: Path,
        limits: Limits,
        threads: int = 4,
        max_waiting: int = 64,
        load: Callable[[Release], Translator] = load_translator,
    ) -> None:
        self.limits = limits
        self._model_thread = ThreadPoolExecutor(1, "model")
        self._codec_threads = ThreadPoolExecutor(threads, "codec")
        self._max_waiting, self._inside, self._seconds = max_waiting, 0, 0.5
        self.pool = ModelPool(Registry(releases), self._model_thread, load)

    def translate(self, domain: str, data: bytes, change: Mapping[str, bool], format: str | None) -> Edit:
        """See translate.translate; blocks the calling thread."""
        return translate(data, change, format, self.pool.get(domain), self._model_thread, self.limits)

    def predict(self, domain: str, data: bytes) -> Prediction:
        """See translate.predict; blocks the calling thread."""
        return predict(data, self.pool.get(domain), self._model_thread, self.limits)

    async def translate_soon(self, domain: str, data: bytes, change: Mapping[str, bool], format: str | None) -> Edit:
        """`translate` for an event loop. Raises ServiceError where too many are waiting."""
        asked = time.perf_counter()
        edit = await self._soon(partial(self.translate, domain, data, change, format))
        spent = edit.timings
        spent.queue = 1000 * (time.perf_counter() - asked) - spent.decode - spent.forward - spent.encode
        return edit

    async def predict_soon(self, domain: str, data: bytes) -> Prediction:
        """`predict` for an event loop. Raises ServiceError where too many are waiting."""
        return await self._soon(partial(self.predict, domain, data))

    async def _soon(self, work: Callable[[], T]) -> T:
        with self._admitted():
            return await asyncio.get_running_loop().run_in_executor(self._codec_threads, work)

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        if self._inside >= self._max_waiting:
            raise ServiceError("too_busy", retry_after=max(1, math.ceil(self._seconds * self._inside / 2)))
        self._inside += 1
        entered, ahead = time.monotonic(), self._inside
        try:
            yield
        finally:
            self._inside -= 1
            self._seconds += 0.1 * ((time.monotonic() - entered) / ahead - self._seconds)

    async def watch(self, seconds: float) -> None:
        """Takes up what is promoted, for ever."""
        while True:
            await asyncio.to_thread(self.pool.refresh)
            await asyncio.sleep(seconds)

    def close(self) -> None:
        """Lets go of the threads; what waits is dropped."""
        self._codec_threads.shutdown(wait=False, cancel_futures=True)
        self._model_thread.shutdown(wait=False, cancel_futures=True)
