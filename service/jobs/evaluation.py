"""The kind of job "evaluation": a release is scored on reference photos. What scores it is in service.jobs.judging."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from service.errors import NO_ROOM, ServiceError
from service.jobs.models import Job
from service.jobs.scores import ScoreBook
from service.jobs.store import JobStore

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3  # an evaluation that ended its worker this often is given up
TELL_SECONDS = 1.0  # the least between two events
_NOTHING = {"done": 0, "total": 0}


@dataclass(frozen=True)
class Found:
    """What an evaluation found; see ScoreBook.add.

    `baseline`: name and metrics of the predecessor, where it had no score to compare with and was scored as well.
    """

    name: str
    digest: str
    metrics: dict[str, dict[str, float]]
    reference: str
    predecessor: str | None
    more: dict[str, Any]
    baseline: tuple[str, dict[str, dict[str, float]]] | None = None


class Stopped(Exception):
    """The evaluation is to end: it was cancelled, or another worker has it."""


def run_evaluation(
    store: JobStore,
    book: ScoreBook,
    score: Callable[[Job, Callable[[int, int], None]], Found],
    job_id: str,
    lease: float,
) -> None:
    """Scores what a job names. Killing it at any point is harmless: the job begins anew, and has one score in the end.

    Args:
        score: scores; it tells how many edits are made, of how many. A ValueError or a ServiceError of its is the
            job's.
    """
    owner = store.take(job_id, lease)
    if owner is None:
        return
    job = store.get(job_id)
    attempts = (job.progress or {}).get("attempts", 0) + 1
    if attempts > MAX_ATTEMPTS:
        store.tell(job_id, "progress", _NOTHING, _NOTHING)  # so that it can be tried again
        store.end(job_id, owner, "failed", "Evaluating stopped the worker several times; its log may say why.")
        return
    try:
        with _Watch(store, job_id, owner, lease, attempts) as watch:
            watch.tell(0, 0)
            found = score(job, watch.tell)
            watch.check()
        _note(store, book, job, owner, found)
    except Stopped:
        if store.get(job_id).state == "cancelling":
            store.end(job_id, owner, "cancelled")
    except Exception as error:
        log.warning("The evaluation %s failed", job_id, exc_info=error)
        store.end(job_id, owner, "failed", _sentence(error))
    except BaseException:  # the worker is told to end, which is not the job's fault: another begins anew
        store.tell(job_id, "progress", _NOTHING, {**_NOTHING, "attempts": attempts - 1})
        store.release(job_id, owner)
        raise


def _note(store: JobStore, book: ScoreBook, job: Job, owner: str, found: Found) -> None:
    release = (found.name, found.digest)
    if found.baseline and found.predecessor:
        name, metrics = found.baseline
        book.add(None, job.domain, (name, found.predecessor), metrics, found.reference)
    noted = book.add(job.id, job.domain, release, found.metrics, found.reference, found.predecessor)
    store.begun_with(job.id, *release)
    outcome = {"metrics": noted.metrics, "dropped": noted.dropped, "reference": noted.reference, **found.more}
    store.end(job.id, owner, "succeeded", outcome=outcome)


def _sentence(error: Exception) -> str:
    if isinstance(error, ServiceError | ValueError):
        return str(error)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return "There is no room left on the disk; make some, then ask for the evaluation again."
    return "The evaluation failed inside the service; its log says why, under the job's id."


class _Watch:
    """Keeps a job's lease in a thread, and knows whether the job is to end."""

    def __init__(self, store: JobStore, job_id: str, owner: str, lease: float, attempts: int) -> None:
        self._store, self._job_id, self._owner, self._lease, self._attempts = store, job_id, owner, lease, attempts
        self._over, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._told = float("-inf")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """Raises Stopped where the job is to end."""
        if self._stopped.is_set():
            raise Stopped

    def tell(self, done: int, total: int) -> None:
        """How many edits are made, of how many. Raises Stopped."""
        self.check()
        if time.monotonic() - self._told >= TELL_SECONDS or done == total > 0:
            self._told = time.monotonic()
            now = {"done": done, "total": total}
            self._store.tell(self._job_id, "progress", now, {**now, "attempts": self._attempts})

    def _keep(self) -> None:
        while True:
            if self._store.renew(self._job_id, self._owner, self._lease) != "running":
                self._stopped.set()
                return
            if self._over.wait(min(1.0, self._lease / 3)):
                return
