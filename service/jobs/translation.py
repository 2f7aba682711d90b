"""The kind of job "translation": many photos, a change of attributes for all or for each.

Runs in slices, so that jobs take turns.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from enum import Enum

from service.engine.orders import Edit
from service.errors import NO_ROOM, ServiceError
from service.jobs.files import Files
from service.jobs.models import Item, Job
from service.jobs.store import JobStore
from training.domains import AttributeChangeError
from training.images import ImageError

MAX_ATTEMPTS = 3  # a photo whose editing ended its worker this often is given up, so that the others go on


Translate = Callable[[Job, Item, bytes], Edit]


class Outcome(Enum):
    """How a slice went: the job is over (or another worker's), or has more to do."""

    OVER = "over"
    MORE = "more"


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
        return Outcome.OVER
    desk = _Desk(store, files, translate, store.get(job_id), photos)
    stop_at = time.monotonic() + slice_seconds
    try:
        while True:
            state = store.renew(job_id, owner, lease)
            # At least one photo, so that every slice gets somewhere.
            while state == "running" and (not desk.begun or time.monotonic() <= stop_at) and desk.begin():
                pass
            if not desk.working:
                return _leave(store, job_id, owner, state)
            desk.wait(lease / 3)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        store.end(job_id, owner, "failed", "There is no room left on the disk; make some, then retry the job.")
        return Outcome.OVER
    finally:
        desk.close()


class _Desk:
    """The photos of a job that are in work: edited in threads, begun and recorded in one."""

    def __init__(self, store: JobStore, files: Files, translate: Translate, job: Job, photos: int) -> None:
        self._store, self._files, self._translate, self._job, self._most = store, files, translate, job, photos
        self._threads = ThreadPoolExecutor(photos, "photo")
        self.working: dict[Future[Edit], Item] = {}
        self.begun = 0

    def begin(self) -> bool:
        """Begins with the next photo; False where none is to be begun for now."""
        alone = any(item.attempts > 1 for item in self.working.values())  # see JobStore.begin_item
        if alone or len(self.working) >= self._most:
            return False
        item = self._store.begin_item(self._job.id, [item.id for item in self.working.values()])
        if item is None:
            return False
        self.begun += 1
        if item.attempts > MAX_ATTEMPTS:
            error = "Editing this photo stopped the worker several times; leave it out."
            self._store.end_item(item, state="failed", error=error)
        else:
            self.working[self._threads.submit(self._edit, item)] = item
        return True

    def wait(self, seconds: float) -> None:
        """Records what is done, once something is or `seconds` have passed."""
        for future in wait(self.working, seconds, FIRST_COMPLETED).done:
            self._record(self.working.pop(future), future)

    def close(self) -> None:
        """Ends the threads; they finish the photos in hand."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _edit(self, item: Item) -> Edit:
        return self._translate(self._job, item, self._files.read(self._job, item))

    def _record(self, item: Item, future: "Future[Edit]") -> None:
        job, store = self._job, self._store
        try:
            edit = future.result()
        except (ImageError, AttributeChangeError) as error:
            store.end_item(item, state="failed", error=str(error))
            return
        except ServiceError as error:
            if error.problem.status >= 500:  # not the photo's fault
                raise
            store.end_item(item, state="failed", error=str(error))
            return
        key = self._files.write(job, item, edit.data, edit.format)
        store.begun_with(job.id, edit.release.name, edit.release.digest)
        release = f"{edit.release.name}@{edit.release.digest[:12]}"
        store.end_item(item, state="done", result=key, format=edit.format, release=release)


def _leave(store: JobStore, job_id: str, owner: str, state: str | None) -> Outcome:
    job = store.get(job_id)
    if state == "cancelling":
        store.end(job_id, owner, "cancelled")
    elif state == "running" and job.done + job.failed < job.total:
        store.release(job_id, owner)
        return Outcome.MORE
    elif state == "running":
        store.end(job_id, owner, *(("succeeded",) if job.done else ("failed", "None of the photos could be edited.")))
    return Outcome.OVER
