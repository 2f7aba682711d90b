"""How many decoded photos are in memory while they wait for the model: as many as there is room for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.engine.translate import Opened


class Memory:
    """Room for the pixels of photos that wait; one that finds none is let go and decoded again when it is needed.

    Args:
        most: pixels, of all photos together.
    """

    def __init__(self, most: int) -> None:
        self._free, self._lock = most, threading.Lock()

    @contextmanager
    def keeping(self, opened: Opened) -> Iterator[None]:
        """Keeps the photo of `opened` for the block, or takes it away."""
        pixels = opened.photo.width * opened.photo.height if opened.photo else 0
        with self._lock:
            if fits := pixels <= self._free:
                self._free -= pixels
        if not fits:
            opened.photo = None
        try:
            yield
        finally:
            if fits:
                with self._lock:
                    self._free += pixels
