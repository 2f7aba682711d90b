"""The Celery application: thin tasks over service.jobs; `python -m service worker` runs it. See service.broker as well.

The truth of a job is its row; a message only carries an id, so a lost or a doubled one does no harm. The parent process
never imports torch: what needs it is imported in the tasks, which run in child processes started afresh ("spawn").
"""

import faulthandler
import functools
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_init, worker_shutting_down
from kombu.exceptions import OperationalError

from service import logs
from service.broker import EVALUATION_LIMIT, QUEUES, SettingsLoader
from service.consumer import Watch
from service.jobs.database import Database
from service.jobs.files import Files
from service.jobs.models import EDITING
from service.jobs.schedules import Schedules
from service.jobs.scores import ScoreBook
from service.jobs.store import JobStore
from service.jobs.upkeep import reconcile, retire
from service.settings import TRANSLATIONS, Settings
from service.storage import FolderStore, open_store

if TYPE_CHECKING:
    from service.engine.engine import Engine
    from service.engine.orders import Order
    from service.engine.scoring import Told
    from service.jobs.evaluation import Found
    from service.jobs.models import Item, Job
    from service.jobs.training import Workshop

log = logging.getLogger(__name__)

celery = Celery("init-studio", loader=SettingsLoader, include=[__name__])
celery.steps["consumer"].add(Watch)
_making = threading.Lock()
_stopping = threading.Event()


@dataclass(frozen=True)
class Tools:
    """What tasks work with."""

    settings: Settings
    store: JobStore
    files: Files


@functools.cache
def tools() -> Tools:
    """This process's; made when its first task runs."""
    settings = Settings()
    files = Files(open_store(settings), settings.allowed_folders, settings.max_bytes)
    return Tools(settings, JobStore(Database(settings.database)), files)


def engine() -> "Engine":
    """This process's engine, with what is promoted now."""
    with _making:
        made = _engine()
        made.pool.refresh()
    return made


@functools.cache
def _engine() -> "Engine":
    from service.engine.engine import Engine
    from service.faces import CenterFaceFinder

    made = Engine(tools().settings, finder=CenterFaceFinder())
    made.load_tools()
    return made


@setup_logging.connect
def log_like_all_parts(**_: object) -> None:
    """In place of Celery's own, in the worker, in its child processes and in beat."""
    logs.configure(Settings().log_format)


@worker_process_init.connect
def prepare(**_: object) -> None:
    """Loads torch and the model before the first job, in a thread, because Celery expects a child within seconds."""
    if TRANSLATIONS not in Settings().worker_queues:
        return
    threading.Thread(target=engine, name="prepare", daemon=True).start()


@celery.task(name="run_job", max_retries=3, default_retry_delay=1)
def run_job(job_id: str) -> None:
    """Edits photos for one slice, of the job whose turn it is, then leaves the rest to the end of the queue.

    There is a message for each job that has work left, but it only says that there is some: which job is next the rows
    say. What `job_id` names may long be done.
    """
    from service.jobs.translation import Outcome, run_slice

    place, runs = tools(), engine()
    # Jobs of a domain without a model do not hold up others: reconcile_jobs comes back to them.
    ready = [name for name, status in runs.pool.statuses().items() if status.release]
    outcome = Outcome.TAKEN
    while outcome is Outcome.TAKEN and (turn := place.store.next(*EDITING, domains=ready)):
        outcome = run_slice(
            place.store,
            place.files,
            lambda job, item, photo: runs.translate(job.domain, photo, _order(job, item)),
            turn,
            place.settings.lease_seconds,
            place.settings.slice_seconds,
            runs.at_once(place.store.get(turn).domain),
        )
        if outcome is Outcome.MORE:
            enqueue(place.store.get(turn))


@task_prerun.connect
def watch_over(task: Any, **_: object) -> None:
    """Has all threads' stacks on stderr when the time of a task is over, even if the interpreter itself stands still.

    In the main thread of a child alone: a training, in a thread of its worker, may take any time. A thread does it:
    a handler of the signal that ends the task could not call the one before it, since with the large registers of some
    processors two handlers, one in the other, may need more than the stack for signals has room for.
    """
    if threading.current_thread() is threading.main_thread():
        faulthandler.dump_traceback_later(task.soft_time_limit or celery.conf.task_soft_time_limit)


@task_postrun.connect
def watch_no_longer(**_: object) -> None:
    """The task has ended in time."""
    if threading.current_thread() is threading.main_thread():
        faulthandler.cancel_dump_traceback_later()


def _order(job: "Job", item: "Item") -> "Order":
    from service.jobs.translation import photo_order

    if job.kind == "study":
        return study_order(job, item)
    return photo_order(item.attributes or job.attributes, job.options, job.aligned, job.format)


def study_order(job: "Job", item: "Item") -> "Order":
    """What is asked of the release that is to make a picture of a study."""
    from service.engine.orders import Order
    from service.studies.plan import pin_of

    return Order(item.attributes or {}, aligned=job.aligned, release=pin_of(job, item), priority="bulk")


@worker_shutting_down.connect
def stop_trainings(**_: object) -> None:
    """Has trainings stop with a checkpoint: who waits for them would wait for hours."""
    _stopping.set()


@functools.cache
def workshop() -> "Workshop":
    """Where this process's trainings run."""
    from service.jobs.devices import seats
    from service.jobs.seats import Seats
    from service.jobs.training import Workshop

    place = tools()
    settings, database = place.settings, place.store.database
    return Workshop(
        place.store, Seats(database), settings.runs_dir, settings.data_dir / "photos", settings.releases_dir,
        seats(settings.training_devices), settings.lease_seconds, _stopping,
    )  # fmt: skip


# Acknowledged when it begins: no broker waits for hours, and reconcile_jobs finds a training whose worker has died.
@celery.task(name="run_training", acks_late=False)
def run_training(job_id: str) -> None:
    """Runs the training whose turn it is to its end. Like `run_job` in all else; in a thread of the worker."""
    from service.jobs.training import train_next

    if unfinished := train_next(workshop()):
        enqueue(tools().store.get(unfinished))


@celery.task(name="run_evaluation", max_retries=3, time_limit=EVALUATION_LIMIT, soft_time_limit=EVALUATION_LIMIT - 30)
def run_evaluation(job_id: str) -> None:
    """Scores the release of the evaluation whose turn it is, as `run_job` edits photos."""
    from service.jobs.evaluation import run_evaluation as run
    from service.jobs.judging import judge_job

    place = tools()
    turn, book = place.store.next("evaluation"), ScoreBook(place.store.database)
    if turn is None:
        return

    def score(job: "Job", tell: "Told") -> "Found":
        known = functools.partial(book.has, job.domain)
        return judge_job(place.settings, place.files, job, tell, known=known)

    run(place.store, book, score, turn, place.settings.lease_seconds)


@celery.task(name="evaluate_due")
def evaluate_due() -> None:
    """Makes the evaluations that are due."""
    place = tools()
    Schedules(place.store.database).act(place.store, enqueue)


@celery.task(name="reconcile_jobs")
def reconcile_jobs() -> None:
    """Enqueues lost jobs anew."""
    place = tools()
    reconcile(place.store, enqueue, place.settings.lease_seconds, messages, lambda kind: QUEUES[TASKS[kind].name])


@celery.task(name="call_webhooks")
def call_webhooks() -> None:
    """Calls the webhooks of jobs that have ended."""
    from service.jobs.webhooks import Webhooks

    place = tools()
    Webhooks(place.store.database, place.settings.webhook_secret, place.settings.webhook_private).deliver()


@celery.task(name="retire_jobs")
def retire_jobs() -> None:
    """Removes what has been kept long enough."""
    from service.studies.store import Studies

    place = tools()
    # First: what is left of their rows is overwritten by what follows.
    Studies(place.store.database).retire(place.files.blobs, place.settings.study_days)
    retire(place.store, [place.files.blobs, FolderStore(place.settings.runs_dir)], place.settings.retention_hours)


TASKS = {"translation": run_job, "training": run_training, "evaluation": run_evaluation, "study": run_job}
"""The task that works on a kind of job."""


def enqueue(job: "Job") -> None:
    """Hands a job to the workers. If the broker is away, the job's row is found later by `reconcile_jobs`."""
    try:
        TASKS[job.kind].apply_async((job.id,), retry=False)
    except OperationalError as error:
        log.warning("Job %s was not enqueued (%s); it will be once the broker is back", job.id, error)


def messages(queue: str) -> int:
    """How many messages wait in a queue; 0 where the broker does not say."""
    from redis import RedisError

    try:
        with celery.connection_for_read() as connection:
            channel: Any = connection.default_channel  # of Redis, whose queues are lists
            return int(channel.client.llen(queue))
    except (OperationalError, RedisError, OSError):
        return 0


def worker_answers() -> bool:
    """Whether any worker is there that edits photos."""
    try:
        return bool(celery.control.ping(timeout=1.0, limit=1, pattern="celery@*", matcher="glob"))
    except OperationalError:
        return False
