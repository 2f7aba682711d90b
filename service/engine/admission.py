"""Who may come in: said at once, before a photo is decoded. Then how long a request may take, and whether it is wanted.

As many are inside as there is memory for. Bulk takes at most half of the places, so that what is interactive finds one.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from service.engine.orders import Timings
from service.errors import ServiceError

RETURN_SECONDS = 5  # until a service that stops is there again, or another one in its place


class Abandoned(Exception):
    """Nobody waits for the result any more; raised within the work on it, seen by no caller."""


@dataclass
class Request:
    """One that was let in.

    Attributes:
        place: in every queue: the order in which requests came in.
        bulk: whether it waits for what is interactive.
        deadline: by which it must be answered, on time.monotonic's clock.
        timings: where its time went so far.
        gone: whether nobody waits for it any more.
    """

    place: int
    bulk: bool
    deadline: float
    timings: Timings = field(default_factory=Timings)
    gone: bool = False

    def check(self) -> None:
        """Raises Abandoned where going on would be for nobody."""
        if self.gone or time.monotonic() > self.deadline:
            raise Abandoned

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time that the block takes to a field of `timings`, unless nobody wants what it does."""
        self.check()
        begun = time.perf_counter()
        yield
        setattr(self.timings, name, getattr(self.timings, name) + 1000 * (time.perf_counter() - begun))


class Gate:
    """Counts the requests inside; may be used from any thread.

    Args:
        most: requests inside at once.

    Attributes:
        inside: how many are.
        draining: whether nobody is let in any more.
    """

    def __init__(self, most: int) -> None:
        self._most, self._places, self._lock = most, 0, threading.Lock()
        self._seconds = 0.1  # that a request takes with nobody else inside, as measured
        self.inside, self.draining = 0, False

    @contextmanager
    def enter(self, bulk: bool, seconds: float) -> Iterator[Request]:
        """Lets a request in for the block; it must be answered within `seconds`.

        Raises:
            ServiceError: shutting_down; or too_busy, where all places are taken, or so many that it could not be
                answered in time.
        """
        begun = time.monotonic()
        request, ahead = self._admit(bulk, begun + seconds)
        try:
            yield request
        finally:
            request.gone = True
            with self._lock:
                self.inside -= 1
                self._seconds += 0.1 * ((time.monotonic() - begun) / ahead - self._seconds)

    def retry_after(self) -> int:
        """Seconds after which half of those who are inside will be done, at least 1."""
        return max(1, math.ceil(self._seconds * self.inside / 2))

    def refusal(self, bulk: bool, seconds: float, arrived: int = 0) -> ServiceError | None:
        """Why a request that must be answered within `seconds` would not be let in now; None if it would.

        Args:
            arrived: requests that are inside or are just about to be.
        """
        if self.draining:
            return ServiceError("shutting_down", retry_after=RETURN_SECONDS)
        places = math.ceil(self._most / 2) if bulk else self._most
        inside = max(self.inside, arrived)
        if inside >= places or self._seconds * inside > seconds:
            return ServiceError("too_busy", retry_after=self.retry_after())
        return None

    def _admit(self, bulk: bool, deadline: float) -> tuple[Request, int]:
        with self._lock:
            if error := self.refusal(bulk, deadline - time.monotonic()):
                raise error
            self.inside += 1
            self._places += 1
            return Request(self._places, bulk, deadline), self.inside
