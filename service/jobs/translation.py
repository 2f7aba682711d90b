"""The kind of job "translation": many photos, a change of attributes for all or for each.

Runs in slices, so that jobs take turns.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from queue import Empty, SimpleQueue
from typing import Any

from service.engine.orders import Edit, Order
from service.errors import NO_ROOM, ServiceError
from service.jobs.files import Files
from service.jobs.models import Item, Job
from service.jobs.photos import Ended
from service.jobs.store import JobStore
from service.storage import BUCKET_ERRORS
from training.domains import AttributeChangeError
from training.images import ImageError

MAX_ATTEMPTS = 3  # a photo whose editing ended its worker this often is given up, so that the others go on
MOMENT = 0.5  # seconds after which photos that have ended are put down, be they few


Translate = Callable[[Job, Item, bytes], Edit]


def photo_order(
    change: Mapping[str, bool], options: Mapping[str, Any], aligned: bool = False, format: str | None = None
) -> Order:
    """What is asked of one photo of a job; of the job's `strengths` those of what is changed in this photo."""
    strengths = {name: float(value) for name, value in options.get("strengths", {}).items() if name in change}
    return Order(
        change, float(options.get("strength", 1.0)), strengths, aligned=aligned, format=format, priority="bulk"
    )


class Outcome(Enum):
    """How a slice went: the job is over (or another worker's by now), has more to do, or was another's already."""

    OVER = "over"
    MORE = "more"
    TAKEN = "taken"


def run_slice(
    store: JobStore,
    files: Files,
    translate: Translate,
    job_id: str,
    lease: float,
    slice_seconds: float,
    photos: int = 1,
) -> Outcome:
    """Edits photos of a job until it ends or `slice_seconds` have passed, `photos` of them at once.

    Killing it at any point is harmless: what was recorded stands, the photos in hand are edited anew.
    """
    owner = store.take(job_id, lease)
    if owner is None:
        return Outcome.TAKEN
    desk = _Desk(files, translate, store.get(job_id), photos)
    stop_at = time.monotonic() + slice_seconds
    try:
        while True:
            # At least one photo, so that every slice gets somewhere.
            room = desk.room if not desk.begun or time.monotonic() <= stop_at else 0
            state, items = store.photos.turn(job_id, owner, lease, desk.clear(), room, desk.items)
            desk.begin(items)
            if not desk.items and not desk.ended:
                return _leave(store, job_id, owner, state)
            desk.wait(lease / 3)
    except (OSError, ServiceError, *BUCKET_ERRORS) as error:
        store.photos.turn(job_id, owner, lease, desk.clear(), 0)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            store.end(job_id, owner, "failed", "There is no room left on the disk; make some, then retry the job.")
            return Outcome.OVER
        if isinstance(error, (ServiceError, *BUCKET_ERRORS)):
            # What it is that does not answer will again: then the job is taken up anew, and no photo was at fault.
            store.photos.hand_back(list(desk.items.values()))
        raise
    finally:
        desk.close()


class _Desk:
    """The photos of a job that are in work, in threads: read, edited and stored there, and put down by whoever waits.

    Attributes:
        items: those in work, by id.
        ended: what became of others, to be put down.
        begun: how many there were.
    """

    def __init__(self, files: Files, translate: Translate, job: Job, photos: int) -> None:
        self._files, self._translate, self._job, self._most = files, translate, job, photos
        self._threads = ThreadPoolExecutor(photos, "photo")
        self._done: SimpleQueue[tuple[Item, Ended | BaseException]] = SimpleQueue()
        self.items: dict[int, Item] = {}
        self.ended: list[Ended] = []
        self.begun = 0

    @property
    def room(self) -> int:
        """How many more may be begun."""
        # One that was begun before is in work alone, see Photos.
        return 0 if any(item.attempts > 1 for item in self.items.values()) else self._most - len(self.items)

    def begin(self, items: Iterable[Item]) -> None:
        """Begins with photos."""
        for item in items:
            self.begun += 1
            if item.attempts > MAX_ATTEMPTS:
                self.ended.append(_failed(item, "Editing this photo stopped the worker several times; leave it out."))
            else:
                self.items[item.id] = item
                self._threads.submit(self._work, item)

    def wait(self, seconds: float) -> None:
        """Until half of them have ended, or a moment has passed: many are put down at the cost of one.

        The other half keeps the engine busy meanwhile. Raises what ended a photo, if that is not the photo's fault.
        """
        enough, end = max(1, self._most // 2), time.monotonic() + min(seconds, MOMENT)
        while self.items and len(self.ended) < enough:
            try:
                item, outcome = self._done.get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                return
            if isinstance(outcome, BaseException):
                raise outcome
            del self.items[item.id]
            self.ended.append(outcome)

    def clear(self) -> list[Ended]:
        """What is to be put down, from now on somebody else's to do."""
        ended, self.ended = self.ended, []
        return ended

    def close(self) -> None:
        """Ends the threads; they finish the photos in hand."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _work(self, item: Item) -> None:
        try:
            self._done.put((item, self._edit(item)))
        except BaseException as error:  # raised again where it is waited for
            self._done.put((item, error))

    def _edit(self, item: Item) -> Ended:
        job = self._job
        try:
            edit = self._translate(job, item, self._files.read(job, item))
            key = self._files.write(job, item, edit.data, edit.format)
        except (ImageError, AttributeChangeError) as error:
            return _failed(item, str(error))
        except ServiceError as error:
            if error.problem.status >= 500:  # not the photo's fault
                raise
            return _failed(item, str(error))
        release = f"{edit.release.name}@{edit.release.digest[:12]}"
        values = {"state": "done", "result": key, "format": edit.format, "release": release}
        return Ended(item, values, (edit.release.name, edit.release.digest))


def _failed(item: Item, error: str) -> Ended:
    return Ended(item, {"state": "failed", "error": error})


def _leave(store: JobStore, job_id: str, owner: str, state: str | None) -> Outcome:
    if state is None:
        return Outcome.OVER
    job = store.get(job_id)
    if state == "cancelling":
        store.end(job_id, owner, "cancelled")
    elif state == "running" and job.done + job.failed < job.total:
        store.release(job_id, owner)
        return Outcome.MORE
    elif state == "running":
        store.end(job_id, owner, *(("succeeded",) if job.done else ("failed", "None of the photos could be edited.")))
    return Outcome.OVER
