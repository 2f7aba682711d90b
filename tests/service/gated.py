"""A runtime that tests can hold up and count, and the plainest one to put in it."""

import threading

from torch import Tensor

from service.engine.runtimes import Runtime
from service.engine.runtimes.torch import TorchRuntime
from training.release import Release, load_translator


class Gated(Runtime):
    """A runtime that stands still until `open` is set.

    Attributes:
        entered: set when it is asked for the next time.
        asked: how often it was asked to predict.
        translated: the size of each batch that it was asked to translate.
        closed: whether it was closed.
    """

    def __init__(self, runtime: Runtime, concurrency: int | None = None) -> None:
        self.release, self.name, self.multiple = runtime.release, runtime.name, runtime.multiple
        self.concurrency, self.warnings = concurrency or runtime.concurrency, runtime.warnings
        self._runtime = runtime
        self.open, self.entered = threading.Event(), threading.Event()
        self.open.set()
        self.asked, self.closed = 0, False
        self.translated: list[int] = []

    def predict(self, images: Tensor) -> Tensor:
        """As the runtime, once it may."""
        self.asked += 1
        self.entered.set()
        assert self.open.wait(60)
        return self._runtime.predict(images)

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """As the runtime."""
        self.translated.append(len(images))
        return self._runtime.translate(images, source, target)

    def close(self) -> None:
        """As the runtime."""
        self.closed = True
        self._runtime.close()


def plain(release: Release) -> Runtime:
    """torch on the CPU, unchecked: quick to load."""
    return TorchRuntime(load_translator(release, "cpu"))
