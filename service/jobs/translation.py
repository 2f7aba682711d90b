"""The kind of job "translation": many photos, one change of attributes. Runs in slices, so that jobs take turns."""

import io
import time
from collections.abc import Callable
from enum import Enum

from service.engine.translate import Edit
from service.jobs.models import Item, Job
from service.jobs.store import JobStore
from service.storage import BlobStore
from training.domains import AttributeChangeError
from training.images import ImageError

MAX_ATTEMPTS = 3  # a photo whose editing ended its worker this often is given up, so that the others go on


Translate = Callable[[Job, bytes], Edit]


class Outcome(Enum):
    """How a slice went: the job is over (or another worker's), or has more to do."""

    OVER = "over"
    MORE = "more"


def run_slice(
    store: JobStore, blobs: BlobStore, translate: Translate, job_id: str, lease: float, slice_seconds: float
) -> Outcome:
    """Edits photos of a job until it ends or `slice_seconds` have passed.

    Killing it at any point is harmless: what was recorded stands, the photo in hand is edited anew.
    """
    owner = store.take(job_id, lease)
    if owner is None:
        return Outcome.OVER
    stop_at = time.monotonic() + slice_seconds
    while (state := store.renew(job_id, owner, lease)) == "running" and (item := store.begin_item(job_id)):
        _edit(store, blobs, translate, store.get(job_id), item)
        if time.monotonic() > stop_at:  # after a photo, so that every slice gets somewhere
            break
    return _leave(store, job_id, owner, state)


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


def _edit(store: JobStore, blobs: BlobStore, translate: Translate, job: Job, item: Item) -> None:
    if item.attempts > MAX_ATTEMPTS:
        store.end_item(item, state="failed", error="Editing this photo stopped the worker several times; leave it out.")
        return
    try:
        edit = translate(job, blobs.read(item.source or ""))
    except (ImageError, AttributeChangeError) as error:
        store.end_item(item, state="failed", error=str(error))
        return
    key = f"{job.id}/r{item.index}"  # by the item, so that a second attempt replaces the first
    blobs.write(key, io.BytesIO(edit.data))
    store.begun_with(job.id, edit.release.name, edit.release.digest)
    release = f"{edit.release.name}@{edit.release.digest[:12]}"
    store.end_item(item, state="done", result=key, format=edit.format, release=release)
