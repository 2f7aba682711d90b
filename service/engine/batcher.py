"""What runs together, and when. Knows neither torch nor HTTP: it is given a function that runs a list of payloads.

A free slot takes at once what is queued, so an idle batcher adds no delay, and a busy one gathers a batch meanwhile.
Items of the same key run together, up to a budget of their costs. What was admitted first goes first. Bulk waits for
what is interactive, but not for ever: when INTERACTIVE_TURNS batches in a row have gone before it, one is bulk's. One
that fails does so alone: a batch that raises is run again item by item.
"""

import logging
import math
import threading
import time
from bisect import insort
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from service.engine.priority import stand_back
from service.errors import ServiceError

log = logging.getLogger(__name__)

INTERACTIVE_TURNS = 8

P = TypeVar("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Ran(Generic[R]):
    """What became of an item: its result, the seconds that it waited and ran, and how many ran together."""

    value: R
    queued: float
    ran: float
    together: int


@dataclass(eq=False)
class _Item(Generic[P, R]):
    key: Hashable
    payload: P
    cost: int
    place: int
    bulk: bool
    deadline: float
    entered: float
    future: "Future[Ran[R]]" = field(default_factory=Future)


class Batcher(Generic[P, R]):
    """Runs items in batches, in threads of its own, one a slot.

    Args:
        run: given a key and payloads that share it, their results in the same order. Called by several threads at
            once where there are several slots.
        slots: batches that run at the same time.
        budget: the most that the costs of a batch add up to; an item that costs more runs alone.
        capacity: the most items that wait.
        name: of the threads.
        clock: seconds; deadlines are read on it.
        prepare: called first in each of the threads.
    """

    def __init__(
        self,
        run: Callable[[Hashable, list[P]], Sequence[R]],
        slots: int = 1,
        budget: int = 1,
        capacity: int = 1024,
        name: str = "batcher",
        clock: Callable[[], float] = time.monotonic,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self._run, self._slots, self._budget, self._capacity, self._clock = run, slots, budget, capacity, clock
        self._prepare = prepare
        self._changed = threading.Condition()
        self._waiting: tuple[list[_Item[P, R]], list[_Item[P, R]]] = ([], [])  # interactive, bulk; each by place
        self._turns = 0
        self._seconds = 0.1  # that one item takes, as measured, all slots together
        self._closed = False
        self._threads = [threading.Thread(target=self._work, name=f"{name}-{i}", daemon=True) for i in range(slots)]
        for thread in self._threads:
            thread.start()

    def submit(
        self,
        key: Hashable,
        payload: P,
        cost: int = 1,
        place: int = 0,
        bulk: bool = False,
        deadline: float = math.inf,
    ) -> "Future[Ran[R]]":
        """Queues an item. Cancelling its future takes it out again, unless it runs already.

        Args:
            place: in the queue: lower goes first, equal as they come.
            deadline: an item that has not begun by then never does; its future raises deadline_exceeded.

        Raises:
            ServiceError: too_busy where too many wait; shutting_down once closed.
        """
        item = _Item[P, R](key, payload, cost, place, bulk, deadline, self._clock())
        with self._changed:
            if self._closed:
                raise ServiceError("shutting_down")
            if (waiting := self.depth()) >= self._capacity:
                raise ServiceError("too_busy", retry_after=max(1, math.ceil(waiting * self._seconds)))
            insort(self._waiting[bulk], item, key=lambda each: each.place)
            self._changed.notify()
        item.future.add_done_callback(self._forget)
        return item.future

    def depth(self) -> int:
        """How many items wait."""
        return sum(map(len, self._waiting))

    def waiting(self) -> list[P]:
        """What waits, to look at."""
        return [item.payload for queue in self._waiting for item in tuple(queue)]

    def close(self) -> None:
        """Ends the threads once what runs has run; what waits is answered with shutting_down."""
        with self._changed:
            self._closed = True
            dropped = [item for queue in self._waiting for item in queue]
            for queue in self._waiting:
                queue.clear()
            self._changed.notify_all()
        for item in dropped:
            if item.future.set_running_or_notify_cancel():
                item.future.set_exception(ServiceError("shutting_down"))
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _forget(self, future: "Future[Ran[R]]") -> None:
        if future.cancelled():
            with self._changed:
                for queue in self._waiting:
                    queue[:] = [item for item in queue if item.future is not future]

    def _work(self) -> None:
        stand_back()
        self._prepare()
        while self._serve():
            pass

    def _serve(self) -> bool:
        # A function of its own: the thread holds on to nothing of a batch while it waits for the next.
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self.depth())
            batch = self._take()
        alive = [item for item in batch if item.future.set_running_or_notify_cancel()]
        late = [item for item in alive if item.deadline <= self._clock()]
        for item in late:
            item.future.set_exception(ServiceError("deadline_exceeded", retry_after=self._retry_after()))
        if begun := [item for item in alive if item not in late]:
            self._run_batch(begun)
        return bool(batch) or not self._closed

    def _retry_after(self) -> int:
        return max(1, math.ceil(self.depth() * self._seconds))

    def _take(self) -> list[_Item[P, R]]:
        """The next batch, out of the queue. Called with the lock."""
        interactive, bulk = self._waiting
        queue = bulk if not interactive or (bulk and self._turns >= INTERACTIVE_TURNS) else interactive
        if not queue:
            return []
        self._turns = self._turns + 1 if queue is interactive and bulk else 0
        alike = [item for item in queue if item.key == queue[0].key]
        batch, cost = [alike[0]], alike[0].cost
        for item in alike[1:]:
            if (cost := cost + item.cost) > self._budget:
                break
            batch.append(item)
        for item in batch:
            queue.remove(item)
        return batch

    def _run_batch(self, batch: list[_Item[P, R]]) -> None:
        begun = self._clock()
        try:
            values = self._run(batch[0].key, [item.payload for item in batch])
            assert len(values) == len(batch), "a result for each payload"
        except BaseException as error:  # whatever it is, the slot goes on
            if len(batch) == 1:
                batch.pop().future.set_exception(error)  # not kept here: the error's traceback holds this frame
            else:
                log.warning("%d that were run together failed (%r), so each is run alone.", len(batch), error)
            while batch:
                self._run_batch([batch.pop(0)])
            return
        ran = self._clock() - begun
        self._seconds += 0.1 * (ran / len(batch) / self._slots - self._seconds)
        for item, value in zip(batch, values, strict=True):
            item.future.set_result(Ran(value, begun - item.entered, ran, len(batch)))
