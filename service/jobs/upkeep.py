"""What beat has done again and again: finding lost jobs, and removing what has been kept long enough."""

import logging
import time
from collections.abc import Callable, Sequence

from service.jobs.models import Job
from service.jobs.store import JobStore
from service.storage import BlobStore

log = logging.getLogger(__name__)


def reconcile(
    store: JobStore,
    enqueue: Callable[[Job], None],
    seconds: float,
    waiting: Callable[[str], int] = lambda queue: 0,
    queue: Callable[[str], str] = str,
) -> int:
    """Enqueues the jobs again that nobody works on; how many. Enqueued twice is harmless: the lease lets one in.

    Args:
        waiting: messages that wait in a queue. Jobs of which as many are there only wait for their turn: enqueued anew
            each time, a long queue would fill the broker.
        queue: that of a kind of job. Any message in it is as good for any of its jobs: whose turn it is the rows say.
    """
    stale = store.stale(seconds)
    messages = {name: waiting(name) for name in {queue(job.kind) for job in stale}}
    lost = []
    for job in stale:
        messages[queue(job.kind)] -= 1
        if messages[queue(job.kind)] < 0:
            lost.append(job)
    for job in lost:
        log.warning("Job %s had no worker; enqueued anew", job.id)
        enqueue(job)
    return len(lost)


def retire(store: JobStore, places: Sequence[BlobStore], hours: float, now: Callable[[], float] = time.time) -> int:
    """Removes ended jobs with their files, and files that no job knows of; how many groups of files went.

    Args:
        places: where jobs have files: photos and results, and the runs of trainings.
    """
    ended = store.remove_ended(hours)
    removed: set[str] = set()
    for files in places:
        old = [group for group, changed in files.groups() if now() - changed > 3600 * hours]
        gone = {*ended, *old} - store.existing(old)
        for group in gone:
            files.remove_group(group)
        removed |= gone
    store.database.erase()
    return len(removed)
